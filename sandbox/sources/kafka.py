"""A topic of Kafka as a source: what a scenario says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from sandbox import registry
from sandbox.clients.kafka import Setting, judged, split_location
from sandbox.scenario.parts import Following, RawSource, SourcePart
from sandbox.sources.message_streams import BEGINNING, END, judge_avro, moment_of


class KafkaMessages(SourcePart):
    """Messages of a topic, each a JSON object or an Avro value: `kafka: {servers: "${KAFKA_SERVERS}", topic: web}`.

    What is read ends at the end that each partition had when it was opened; what is followed goes on. Rows arrived by
    the time of their messages, unless these bring an envelope along in the header `_sandbox`. A key without a value is
    no row: it says once more that the key was deleted. A user name, password or certificate comes from the environment
    (KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD …).
    """

    needs: ClassVar[str | None] = "kafka"

    servers: str = Field(min_length=1)
    """`HOST:PORT` of a broker, several with commas between."""
    topic: str = Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")
    """The name of the topic."""
    format: Literal["json", "avro"] = "json"
    """How values are written; Avro in Confluent's wire format, its schemas in the registry."""
    registry: str | None = None
    """URL of the schema registry, which Avro needs: `http://localhost:8081`."""
    start: str | int = BEGINNING
    """Where reading begins: `beginning` of what is kept, its `end` (to follow only), a moment (UTC) or an offset."""
    after: dict[str, int] = Field(default={})
    """Of some partitions, by number, the offset of the last message that was read already."""
    patience_s: float = Field(default=60.0, gt=0)
    """How long brokers that do not answer are asked again, in seconds."""
    message: str | None = Field(default=None, min_length=1)
    """The name of a column that holds each message whole, as the JSON that it is."""
    settings: dict[str, Setting] = Field(default={})
    """More properties of the client, by the names that librdkafka gives them."""

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, str]:
        """`//HOST:PORT/TOPIC`."""
        return split_location(location)

    @field_validator("start", mode="before")
    @classmethod
    def _known_start(cls, start: Any) -> str | int:
        if start in (BEGINNING, END) or (isinstance(start, int) and not isinstance(start, bool) and start >= 0):
            return start  # type: ignore[no-any-return]
        if str(start).isdigit():
            return int(start)
        try:
            return moment_of(start)
        except ValueError:
            raise ValueError(
                f"got '{start}', must be {BEGINNING}, {END}, an offset, or a moment such as 2026-01-31T12:00Z."
            ) from None

    @field_validator("settings")
    @classmethod
    def _without_secrets(cls, given: dict[str, Setting]) -> dict[str, Setting]:
        judged(given)
        return given

    @model_validator(mode="after")
    def _registry_where_needed(self) -> KafkaMessages:
        if self.format == "avro":
            judge_avro(self.registry, self.message)
        return self

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The brokers, and the registry."""
        return {"host": [f"kafka://{self.servers}/{self.topic}", *([self.registry] if self.registry else [])]}

    def with_whole_messages(self, column: str) -> SourcePart | None:
        """Messages are such, but for Avro."""
        return self.model_copy(update={"message": column}) if self.format == "json" else None

    def open(self, folder: str) -> RawSource:
        """Look at the topic's partitions, and at their first messages for the keys that there are."""
        registry.from_extra("confluent_kafka", "kafka")
        from sandbox.sources.kafka_partitions import opened

        return opened(self)

    def follow(self, folder: str, position: Mapping[str, str] | None) -> Following:
        """Look at the topic's partitions; each is read from its position on, or from `start`."""
        registry.from_extra("confluent_kafka", "kafka")
        from sandbox.sources.kafka_following import followed

        return followed(self, position)
