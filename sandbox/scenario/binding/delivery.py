"""Judge the delivery: which streams it brings, that its stages fit together, and when each works."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sandbox import registry
from sandbox.contract.model import Contract
from sandbox.errors import did_you_mean
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.binding.streams import check_dwell
from sandbox.scenario.language import Delivery, Outage, Scenario, Stage
from sandbox.scenario.language.delivery import FAULTS, KNOWN, Retries
from sandbox.scenario.parts import ColumnPart, Scope
from sandbox.scenario.plan import ClockPlan, DeliveryPlan, OutagePlan, StagePlan
from sandbox.scenario.quantities import Moment
from sandbox.strict import Path, validated

MOST_OUTAGES = 10_000
_MICROSECOND = timedelta(microseconds=1)
_ANYWHERE = Scope("", {}, {}, {}, None, -1)
_SOON = "30s"


def bind_delivery(
    scenario: Scenario, clock: ClockPlan | None, contracts: Mapping[str, Contract], notes: Notes
) -> DeliveryPlan | None:
    """How streams arrive; what is wrong with that is noted. None where they arrive as they happen."""
    written = scenario.delivery
    if written is None:
        return None
    streams = _streams(written, scenario, notes)
    stages = tuple(_stage(name, stage, clock, notes) for name, stage in written.stages.items())
    for name, stage in written.stages.items():
        _check_key(("delivery", name, "key"), stage, streams, contracts, notes)
    first = next(iter(written.stages))
    if written.stages[first].buffer is not None:
        notes.add(
            ("delivery", first, "buffer"), "the first stage has none before it that could be held up; take it out."
        )
    return DeliveryPlan(stages, streams, written.late // _MICROSECOND)


def _streams(written: Delivery, scenario: Scenario, notes: Notes) -> tuple[str, ...]:
    there = [name for name, spec in scenario.datasets.items() if spec.visits is not None and not spec.hidden]
    if not there:
        said = "brings streams, which are datasets with `visits`, and there is none; give one `visits`, or take it out."
        notes.add(("delivery",), said)
    for place, name in enumerate(written.streams or ()):
        if name not in there:
            said = "is no dataset."
            if name in scenario.datasets:
                has_rate = scenario.datasets[name].rate is not None
                mend = "give it `visits` in place of `rate`, or" if has_rate else "its rows arrive as they are, so"
                said = f"is no stream, which is a dataset with `visits`; {mend} take it out."
            notes.add(("delivery", "streams", place), f"'{name}' {said}{did_you_mean(name, there)}")
        elif name in (written.streams or ())[:place]:
            notes.add(("delivery", "streams", place), f"'{name}' stands there twice; take one out.")
    return tuple(name for name in there if written.streams is None or name in written.streams)


def _stage(name: str, stage: Stage, clock: ClockPlan | None, notes: Notes) -> StagePlan:
    path: Path = ("delivery", name)
    if stage.like is not None and stage.like not in KNOWN:
        notes.add((*path, "like"), f"no stage '{stage.like}' is known.{did_you_mean(stage.like, KNOWN)}")
    if stage.partitions is not None and stage.shards is not None:
        notes.add((*path, "shards"), "is the same as `partitions`; take one of them out.")
    if stage.batch is not None and stage.every is None:
        notes.add((*path, "batch"), "needs `every:`, how long a batch that is not full waits at most.")
    partitions = stage.partitions or stage.shards or 1
    check_dwell((*path, "latency"), stage.latency, _ANYWHERE, notes)
    if stage.slow is not None:
        check_dwell((*path, "slow", "latency"), stage.slow.latency, _ANYWHERE, notes)
    retries = stage.retries or Retries(share=0.0)
    check_dwell((*path, "retries", "after"), retries.after, _ANYWHERE, notes)
    _check_shares(path, stage, notes)
    outages = [
        _outage((*path, "outages", place), each, partitions, clock, notes) for place, each in enumerate(stage.outages)
    ]
    return StagePlan(
        name=name,
        latency=stage.latency,
        slow=stage.slow.share if stage.slow is not None else 0.0,
        slow_latency=stage.slow.latency if stage.slow is not None else None,
        every_us=stage.every // _MICROSECOND if stage.every is not None else 0,
        batch=stage.batch or 0,
        partitions=partitions,
        key=stage.key,
        capacity=_capacity(path, stage, clock, notes),
        catch_up=stage.catch_up or 0.0,
        buffer=stage.buffer or 0,
        outages=tuple(outages),
        retries=retries.share,
        retried_after=retries.after if retries.after is not None else _soon(),
        loss=stage.loss,
        corrupt=tuple(
            (code, share)
            for code, fault in enumerate(FAULTS, start=1)
            if stage.corrupt is not None and (share := getattr(stage.corrupt, fault))
        ),
    )


def _soon() -> ColumnPart:
    part: ColumnPart = validated(registry.load("sandbox.columns", "exponential"), 30.0)  # type: ignore[assignment]
    return part


def _capacity(path: Path, stage: Stage, clock: ClockPlan | None, notes: Notes) -> tuple[tuple[int, float], ...]:
    written = stage.capacity
    if written is None:
        return ()
    if not isinstance(written, dict):
        return ((0, written),)
    if clock is None:
        return ()
    found = [(clock.calendar.at_us(moment), rate) for moment, rate in written.items()]
    for (moment, _), (start_us, _) in zip(written.items(), found, strict=True):
        if start_us >= clock.end_us:
            notes.add((*path, "capacity", _written(moment)), f"got {moment}, must lie before the clock's end.")
    if len({start_us for start_us, _ in found}) < len(found):
        notes.add((*path, "capacity"), "has two numbers for one moment; take one out.")
    return tuple(sorted(found))


def _written(moment: Moment) -> str:
    return str(moment)


def _check_shares(path: Path, stage: Stage, notes: Notes) -> None:
    if stage.corrupt is None:
        return
    shares = sum(getattr(stage.corrupt, fault) for fault in FAULTS)
    if shares > 1:
        notes.add((*path, "corrupt"), f"the shares sum to {shares:g}, must be at most 1 together.")


def _outage(path: Path, outage: Outage, partitions: int, clock: ClockPlan | None, notes: Notes) -> OutagePlan:
    lasts_us = outage.lasts // _MICROSECOND
    these = tuple(outage.partitions or ())
    for place, each in enumerate(these):
        if each >= partitions:
            said = f"got {each}, must be below {partitions}, since partitions are counted from 0."
            notes.add((*path, "partitions", place), said)
    if clock is None:
        return OutagePlan(lasts_us)
    if outage.every is not None:
        mean_us = outage.every // _MICROSECOND
        expected = (clock.end_us - clock.start_us) // mean_us
        if expected > MOST_OUTAGES:
            said = f"comes about {expected:,} times within the clock, must be at most {MOST_OUTAGES:,}."
            notes.add((*path, "every"), said)
        return OutagePlan(lasts_us, mean_between_us=mean_us, partitions=these)
    assert outage.at is not None
    start_us = clock.calendar.at_us(outage.at)
    if not clock.start_us <= start_us < clock.end_us:
        side = "before the clock's end" if start_us >= clock.end_us else "at the clock's start or after it"
        notes.add((*path, "at"), f"got {outage.at}, must lie {side}.")
    return OutagePlan(lasts_us, start_us, partitions=these)


def _check_key(
    at: Path, stage: Stage, streams: tuple[str, ...], contracts: Mapping[str, Contract], notes: Notes
) -> None:
    if stage.key is None:
        return
    for stream in streams:
        contract = contracts.get(stream)
        if contract is None:
            continue
        if stage.key not in contract.names:
            notes.add(at, f"unknown column '{stage.key}' of '{stream}'.{did_you_mean(stage.key, contract.names)}")
        elif (parsed := contract.column(stage.key).parsed).parts or parsed.name in ("float32", "float64"):
            notes.add(at, f"'{stage.key}' of '{stream}' is of type {parsed}; deal by a whole number or a text.")
