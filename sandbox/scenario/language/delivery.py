"""Delivery: the stages that events pass on their way from where they happen to where they land."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from sandbox.scenario.language.stream import Dwell
from sandbox.scenario.language.terms import Duration, Moment, Name
from sandbox.strict import Findings, Strict, show, validated

Share = Annotated[float, Field(ge=0, le=1)]
PerSecond = Annotated[float, Field(gt=0, le=1e8)]
Partitions = Annotated[int, Field(ge=1, le=10_000)]

DEFAULT: Final = "default"
_BESIDE: Final = ("streams", "late")
"""Keys that stand beside the stages; no stage may have these names."""
FAULTS: Final = ("truncated", "encoding", "schema_id", "oversized")
"""How an event can be damaged on its way, in the order of their codes, from 1."""


class Outage(Strict):
    """A time in which a stage does nothing; what comes waits."""

    exactly_one: ClassVar = ("at", "every")
    at: Moment | None = None
    """When it begins."""
    every: Duration | None = None
    """It comes by chance: the mean time from the end of one to the next."""
    lasts: Duration = Field(alias="for")
    """How long it lasts; of those that come by chance, on average (exponential)."""
    partitions: list[Annotated[int, Field(ge=0)]] | None = Field(default=None, min_length=1)
    """Which partitions it hits, counted from 0; without it, all."""


class Slow(Strict):
    """Events that take long, beside those that come promptly: a straggling tail."""

    share: Share
    """The share of events."""
    latency: Dwell
    """How long these take, in place of `latency`: `2h` on average (exponential), or a generator of seconds."""


class Retries(Strict):
    """Events that are sent once more, though they had come through: at-least-once delivery."""

    share: Share
    """The share of events."""
    after: Dwell | None = None
    """How much later the second one leaves: `30s` on average (exponential), or a generator of seconds. Else `30s`."""

    @classmethod
    def shorthand(cls) -> str:
        """`retries: 0.01`."""
        return "share"


class Corrupt(Strict):
    """Shares of events that come damaged, in four ways: they land among the rejected rows."""

    truncated: Share = 0.0
    """The end is missing."""
    encoding: Share = 0.0
    """The bytes are no text."""
    schema_id: Share = 0.0
    """It names a schema that nobody knows."""
    oversized: Share = 0.0
    """It is larger than any consumer takes."""


class Stage(Strict):
    """A stage of the delivery: a log, a connector, a job. A bare length of time is its `latency`."""

    like: Name | None = None
    """The stage with known habits that it resembles; without it, that of its own name, if there is one."""
    latency: Dwell | None = None
    """How long an event takes: `20s` on average (exponential), or a generator of seconds."""
    slow: Slow | None = None
    """The share of events that take another `latency`: late phones, a job that is run again."""
    every: Duration | None = None
    """Events leave together, every so long from the clock's start."""
    batch: int | None = Field(default=None, ge=1, le=10_000_000)
    """So many events of a partition leave at once, without waiting for `every`."""
    partitions: Partitions | None = None
    """Into how many queues events are dealt, each with its own order; 1 unless said."""
    shards: Partitions | None = None
    """The same as `partitions`."""
    key: Name | None = None
    """The column by which they are dealt, so that equal values keep their order; without it, evenly."""
    capacity: PerSecond | Annotated[dict[Moment, PerSecond], Field(min_length=1)] | None = None
    """Events a second that a partition takes at most: a number, or numbers by the moment from which they hold."""
    catch_up: PerSecond | None = None
    """Events a second that a partition takes while it works off what an outage left; else `capacity`."""
    buffer: int | None = Field(default=None, ge=10, le=10_000_000)
    """Events that a partition holds at most; when it is full, the stage before is held up."""
    outages: list[Outage] = Field(default=[], max_length=100)
    """When it does nothing."""
    retries: Retries | None = None
    """The share of events that it sends twice."""
    loss: Share = 0.0
    """The share of events that it loses."""
    corrupt: Corrupt | None = None
    """The shares of events that it damages."""

    @classmethod
    def shorthand(cls) -> str:
        """`feed: 2min`."""
        return "latency"


KNOWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "kafka": {"partitions": 6, "latency": {"lognormal": {"median": 0.01, "sigma": 0.6}}},
    "connector": {
        "latency": {"lognormal": {"median": 0.25, "sigma": 0.5}},
        "every": timedelta(seconds=1),
        "batch": 500,
        "retries": {"share": 0.002, "after": {"exponential": 30.0}},
    },
    "kinesis": {"shards": 4, "capacity": 1_000.0, "latency": {"lognormal": {"median": 0.07, "sigma": 0.5}}},
    "etl": {"every": timedelta(minutes=5), "latency": {"lognormal": {"median": 20.0, "sigma": 0.4}}},
}
"""Stages with known habits, in the order of the default delivery; what a scenario says of a stage comes first."""


class Delivery(Strict):
    """The stages by name, in order; `streams` and `late` stand beside them."""

    stages: dict[Name, Stage] = Field(min_length=1, max_length=20)
    """By name."""
    streams: list[Name] | None = Field(default=None, min_length=1)
    """Which streams are delivered; without it, all simulated datasets with `visits`."""
    late: Duration = timedelta(hours=1)
    """An event that takes longer counts as late."""

    @classmethod
    def read(cls, value: Any) -> Delivery:
        """A delivery as written: `default`, or stages by name and some keys beside them."""
        if isinstance(value, cls):
            return value
        if value == DEFAULT:
            value = {name: {} for name in KNOWN}
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be `{DEFAULT}`, or stages by name.")])
        beside = {key: value[key] for key in _BESIDE if key in value}
        stages = {key: _habits(key, stage) for key, stage in value.items() if key not in _BESIDE}
        try:
            return validated(cls, {"stages": stages, **beside})
        except Findings as error:
            raise Findings(
                [(path[1:] if path[:1] == ("stages",) else path, text) for path, text in error.findings]
            ) from None


def _habits(name: str, stage: Any) -> Any:
    """A stage as written over the habits of the one that it is like."""
    if not isinstance(stage, dict):
        return stage
    known = KNOWN.get(stage.get("like", name), {}) if isinstance(stage.get("like", name), str) else {}
    given = {"partitions", "shards"} & stage.keys()
    return {**{key: each for key, each in known.items() if not (given and key in ("partitions", "shards"))}, **stage}


DeliveryField = Annotated[Delivery, BeforeValidator(Delivery.read), WithJsonSchema({"part": "delivery"})]
