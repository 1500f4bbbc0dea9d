"""An Amazon Kinesis data stream as a source: what a scenario says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from sandbox.registry import from_extra
from sandbox.scenario.parts import Following, RawSource, SourcePart
from sandbox.sources.message_streams import BEGINNING, END, judge_avro, moment_of


class KinesisRecords(SourcePart):
    """Records of a stream, each a JSON object or an Avro value: `kinesis: {stream: clicks, region: eu-west-1}`.

    What is read ends at the tip of each shard as it was when it was opened; what is followed goes on. Rows arrived when
    Kinesis took them, unless they bring an envelope along under `_sandbox`. Keys to AWS come from where its tools take
    them, and AWS_ENDPOINT_URL is honoured.
    """

    needs: ClassVar[str | None] = "kinesis"

    stream: str = Field(pattern=r"^[a-zA-Z0-9_.-]{1,128}$")
    """The name of the stream."""
    region: str | None = Field(default=None, pattern=r"^[a-z]{2,}(-[a-z0-9]+)+$")
    """Where it is; else as AWS_REGION, AWS_DEFAULT_REGION or the profile says."""
    format: Literal["json", "avro"] = "json"
    """How records are written; Avro in Confluent's wire format, its schemas in the registry."""
    registry: str | None = None
    """URL of the schema registry, which Avro needs: `http://localhost:8081`."""
    start: str = BEGINNING
    """Where reading begins: the `beginning` of what is kept, its `end` (to follow only), or a moment (UTC)."""
    after: dict[str, str] = Field(default={})
    """Of some shards, by name, the sequence number of the last record that was read already."""
    message: str | None = Field(default=None, min_length=1)
    """The name of a column that holds each record whole, as the JSON that it is."""

    @classmethod
    def shorthand(cls) -> str:
        """`kinesis: clicks` is `kinesis: {stream: clicks}`."""
        return "stream"

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, str]:
        """`//STREAM`."""
        name = location.removeprefix("//")
        if not name or "/" in name:
            raise ValueError("names no stream; write kinesis://STREAM?region=REGION.")
        return {"stream": name}

    @field_validator("start", mode="before")
    @classmethod
    def _known_start(cls, start: Any) -> str:
        if start in (BEGINNING, END):
            return str(start)
        try:
            return moment_of(start)
        except ValueError:
            raise ValueError(
                f"got '{start}', must be {BEGINNING}, {END} or a moment such as 2026-01-31T12:00Z."
            ) from None

    @model_validator(mode="after")
    def _registry_where_needed(self) -> KinesisRecords:
        if self.format == "avro":
            judge_avro(self.registry, self.message)
        return self

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The stream, and the registry."""
        return {"host": [f"kinesis://{self.stream}", *([self.registry] if self.registry else [])]}

    def with_whole_messages(self, column: str) -> SourcePart | None:
        """Records are such messages, but for Avro."""
        return self.model_copy(update={"message": column}) if self.format == "json" else None

    def open(self, folder: str) -> RawSource:
        """Look at the stream's shards, and at their first records for the keys that there are."""
        from_extra("boto3", "kinesis")
        from sandbox.sources.kinesis_shards import opened

        return opened(self)

    def follow(self, folder: str, position: Mapping[str, str] | None) -> Following:
        """Look at the stream's shards; each is read from its position on, or from `start`."""
        from_extra("boto3", "kinesis")
        from sandbox.sources.kinesis_following import followed

        return followed(self, position)
