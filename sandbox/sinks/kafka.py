"""A topic of Kafka: each row is a message, in JSON or Avro, with its envelope in a header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from sandbox.clients.kafka import Setting, judged, split_location
from sandbox.contract.model import Contract
from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.scenario import forms
from sandbox.scenario.outlets import Errand, Outlet, OutletPart


class KafkaTopic(OutletPart):
    """Messages of a topic: `kafka://localhost:9092/web?key=customer_id&partitions=3`.

    Every message is acknowledged by all replicas and written once by its producer, however often it is sent on the
    way. A user name, password or certificate comes from the environment (KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD …).
    A receipt counts as retried the messages that the client sent once more.
    """

    needs: ClassVar[str | None] = "kafka"

    servers: str = Field(min_length=1)
    """`HOST:PORT` of a broker, several with commas between."""
    topic: str = Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")
    """The name of the topic."""
    format: Literal["json", "avro"] = "json"
    """How values are written; Avro in Confluent's wire format, its schema in the registry."""
    registry: str | None = None
    """URL of the schema registry, which Avro needs: `http://localhost:8081`."""
    subject: str | None = None
    """Under which the schema is registered; without one, TOPIC-value."""
    key: list[str] | None = Field(default=None, min_length=1)
    """Columns whose values are the message's key: one as its text, several as a JSON object.

    Without it, changes of entities have the entity's key, and other messages none.
    """
    envelope: bool = True
    """Whether the header `_sandbox` tells, as JSON, event id, operation, attempt, arrival and contract version."""
    headers: list[str] = Field(default_factory=list)
    """Columns that are written as headers too, each by its name."""
    time: Literal["now", "event", "arrival"] = "now"
    """The message's own time. Brokers forget by it: what lies further back than they keep things is gone soon."""
    deletes: Literal["both", "message", "tombstone"] = "both"
    """What a delete sends: its message, a key without a value (by which compaction forgets the key), or both."""
    partitioner: Literal[
        "murmur2_random", "murmur2", "consistent_random", "consistent", "random", "fnv1a_random", "fnv1a"
    ] = "murmur2_random"
    """By which a key finds its partition; murmur2 is that of Java's clients."""
    compression: Literal["none", "lz4", "zstd", "snappy", "gzip"] = "none"
    """Of batches of messages."""
    acks: Literal["all", "1", "0"] = "all"
    """Which replicas must have a message before it counts as there."""
    idempotent: bool = True
    """Whether a message that is sent again for want of an answer is written once all the same; needs `acks: all`."""
    partitions: int | None = Field(default=None, ge=1, le=10_000)
    """Make the topic, with so many partitions, where it is not there."""
    replication: int = Field(default=-1, ge=-1, le=100)
    """Of a topic that is made: on how many brokers each message is kept; -1: as the brokers have it."""
    topic_settings: dict[str, Setting] = Field(default_factory=dict)
    """Of a topic that is made: its own settings, such as `retention.ms` or `cleanup.policy`."""
    settings: dict[str, Setting] = Field(default_factory=dict)
    """More properties of the client, by the names that librdkafka gives them, such as `linger.ms`."""

    @field_validator("key", "headers", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """An address has commas where a file has a list."""
        return given.split(",") if isinstance(given, str) else given

    @field_validator("acks", mode="before")
    @classmethod
    def _as_text(cls, given: Any) -> Any:
        return str(given) if isinstance(given, int) and not isinstance(given, bool) else given

    @field_validator("settings")
    @classmethod
    def _without_secrets(cls, given: dict[str, Setting]) -> dict[str, Setting]:
        judged(given)
        return given

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, str]:
        """`//HOST:PORT/TOPIC`."""
        return split_location(location)

    def takes_json(self) -> bool:
        """They are what is sent, but for Avro."""
        return self.format == "json"

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The brokers, and the registry."""
        return {"host": [f"kafka://{self.servers}/{self.topic}", *([self.registry] if self.registry else [])]}

    def connect(self, errand: Errand) -> Outlet:
        """Look at the topic; make it first, if that is asked for and needed. Register the schemas of Avro."""
        problems = [Problem(text, f"kafka://{self.servers}/{self.topic}") for text in self._misfits(errand.contract)]
        if problems:
            raise InputError(problems)
        from sandbox.sinks.kafka_producing import opened

        return opened(self, errand)

    def keys(self, contract: Contract) -> tuple[str, ...]:
        """The columns that make a message's key."""
        if self.key is not None:
            return tuple(self.key)
        return forms.entity_key(contract)

    def _misfits(self, contract: Contract) -> list[str]:
        named = [("key", name) for name in self.key or ()] + [("headers", name) for name in self.headers]
        told = [
            f"{option}: '{name}' is no column of {contract.dataset}.{did_you_mean(name, contract.names)}"
            for option, name in named
            if name not in contract.names
        ]
        if self.format == "avro" and self.registry is None:
            told.append("format: avro needs a schema registry; say where it is: registry=http://HOST:8081.")
        if self.format == "json" and (self.registry or self.subject):
            told.append("registry: means nothing without format=avro.")
        if self.idempotent and self.acks != "all":
            told.append(f"acks: {self.acks} does not go with idempotent messages; add idempotent=false, or let it be.")
        return told
