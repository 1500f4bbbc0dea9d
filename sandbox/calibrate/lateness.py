"""How late real rows arrive: the latency of a stage, and the share that straggles, from event time and arrival time.

Only the sum over all stages is seen. So the slowest stage is fitted and the others stay: it takes what, together with
them, makes rows as late as the real ones are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.calibrate.beside_others import Nearest, nearest
from sandbox.calibrate.durations import Dwelling, distance, drawn, dwelling_of, lasting, unrounded
from sandbox.calibrate.families import FEW, Family, Floats, nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.numbers import Numbers, by_chance, effective, shape_of
from sandbox.calibrate.observed import Observed
from sandbox.calibrate.stragglers import Stragglers, stragglers_in
from sandbox.calibrate.under_way import Way, late_of
from sandbox.scenario.document import Path
from sandbox.scenario.language.delivery import DEFAULT, KNOWN
from sandbox.scenario.plan import Plan, StagePlan
from sandbox.world.streams.machine import seconds_of

_FIRST = "feed"
"""The stage that is added where there is none."""
_FAR = 0.1
"""The distance from which on other stages do not let rows be as they are."""
_NOTHING_S = 1e-3
"""Where the other stages take no more than that, all that is seen is one stage's."""


@dataclass(frozen=True, eq=False)
class Late:
    """Rows of streams with how late they arrived, those within the clock."""

    numbers: Numbers
    streams: Sequence[str]
    told: str
    ways: Sequence[Way]
    """How they would arrive by the scenario; none where it delivers nothing."""


def fit_lateness(evidence: Evidence) -> Iterator[Fitted]:
    """The latency of the slowest stage, with the share of rows that straggle; once for all streams of a delivery."""
    plan = evidence.plan
    streams = _delivered(plan)
    told = [name for name in streams if name in evidence.all_observed and _tells(evidence.all_observed[name])]
    if evidence.dataset not in streams and _tells(evidence.observed) and evidence.planned.spec.visits is None:
        reason = "its rows arrive late, which only streams with `visits` can; they stay as they are."
        yield Fitted(evidence.path, None, "", hindered=reason)
    if not told or told[0] != evidence.dataset:
        return
    late = _late(evidence, told)
    if late is None:
        return
    stages = plan.delivery.stages if plan.delivery is not None else ()
    place = _slowest(stages)
    found = stragglers_in(late.numbers)
    made = late_of(late.ways) if late.ways else np.zeros(len(late.numbers.values))
    off = distance(made, late.numbers.values)
    if off <= by_chance(late.numbers.people) and _same_tail(found, late.numbers, made):
        path = ("delivery", stages[place].name) if stages else ("delivery",)
        parts = [(*path, key) for key in ("latency", "slow") if evidence.document.node((*path, key)) is not None]
        yield from (Fitted(where, None, late.told, "", off, agrees=True) for where in parts or [path])
        return
    if late.ways and (late_of(way.with_stage(place, None) for way in late.ways) > _NOTHING_S).any():
        near = nearest(late.ways, place, late.numbers, found)
        if near.off > _FAR:
            others = ", ".join(stage.name for at, stage in enumerate(stages) if at != place)
            reason = f"real rows are not so late as {others} make them; mend these, since only latencies are fitted."
            yield Fitted(("delivery", stages[place].name), None, late.told, hindered=reason)
            return
        said = _of_two(near)
    else:
        said = _alone(late.numbers) if found is None else _of_two(found)
    beside = {} if len(late.streams) == len(streams) else {"streams": [*late.streams]}
    for where, new in _written(evidence, stages[place] if stages else None, said, beside):
        yield Fitted(where, new, late.told, said.interval, off)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a stage takes, as the scenario writes it."""

    parts: Mapping[str, Any]
    """`latency`, and `slow` where some straggle."""
    interval: str

    @property
    def stage(self) -> Any:
        """As a stage of its own, in its short form where there is one."""
        latency = self.parts["latency"]
        return latency if len(self.parts) == 1 and isinstance(latency, str) else dict(self.parts)


def _alone(own: Numbers) -> _Said:
    """All of one kind."""
    said = dwelling_of(own)
    if said is None:
        shape = shape_of(own, kind="histogram")
        assert shape is not None
        said = Dwelling({"histogram": shape.written}, shape.interval)
    return _Said({"latency": said.written}, said.interval)


def _of_two(found: Stragglers | Nearest) -> _Said:
    """Prompt and, where some straggle, slow."""
    parts: dict[str, Any] = {"latency": _of_family(found.prompt)}
    if found.slow is not None:
        parts["slow"] = {"share": nice(found.share, 3), "latency": _of_family(found.slow)}
    return _Said(parts, found.interval)


def _of_family(family: Family) -> Any:
    """A length of time, where it is one by chance."""
    return lasting(family.parameters["mean"]) if family.kind == "exponential" else {family.kind: family.written()}


def _written(
    evidence: Evidence, stage: StagePlan | None, said: _Said, beside: Mapping[str, Any]
) -> Iterator[tuple[Path, Any]]:
    """Where the scenario says it, and what: in the parts of a stage, where it is there and has some."""
    path: Path = ("delivery",)
    node = evidence.document.node(path)
    if stage is None or node is None:
        yield path, {**beside, _FIRST: said.stage}
        return
    if node.value() == DEFAULT:
        yield path, {name: {} for name in KNOWN} | {stage.name: dict(said.parts)}
        return
    path = (*path, stage.name)
    node = evidence.document.node(path)
    if node is None or not isinstance(node.content, Mapping):
        yield path, said.stage
        return
    yield from (((*path, key), new) for key, new in said.parts.items())
    if stage.slow and "slow" not in said.parts:
        yield (*path, "slow", "share"), 0


def _delivered(plan: Plan) -> list[str]:
    """The streams that a delivery brings, or could bring."""
    if plan.delivery is not None:
        return [*plan.delivery.streams]
    return [name for name, each in plan.datasets.items() if each.spec.visits is not None and not each.spec.hidden]


def _tells(seen: Observed) -> bool:
    return seen.late_s is not None and bool(np.isfinite(seen.late_s).any())


def _late(evidence: Evidence, streams: Sequence[str]) -> Late | None:
    """What was seen of streams, together; None where it is of too few people."""
    plan, clock = evidence.plan, evidence.plan.clock
    seconds, people, ways, counted = list[Floats](), list[npt.NDArray[np.int32]](), list[Way](), 0
    for name in streams:
        seen, time = evidence.all_observed[name], plan.datasets[name].contract.time
        assert seen.late_s is not None
        moments = seen.table[str(time)].combine_chunks().cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64())
        at_us = np.asarray(moments.fill_null(clock.end_us), np.int64)
        kept = np.flatnonzero((at_us >= clock.start_us) & (at_us < clock.end_us) & np.isfinite(seen.late_s))
        late_s = np.maximum(seen.late_s[kept], 0.0)
        if not len(kept):
            continue
        seconds.append(late_s)
        people.append(seen.entities[kept] + counted)
        counted += int(seen.entities.max()) + 1
        if plan.delivery is not None:
            until_us = int((at_us[kept] + late_s * 1e6).max()) + 1
            ways.append(Way.of(plan, plan.delivery, name, seen.table.take(pa.array(kept)), at_us[kept], until_us))
    if not seconds:
        return None
    numbers = Numbers(np.maximum(unrounded(np.concatenate(seconds)), 1e-6), np.concatenate(people))
    several = len(np.unique(numbers.people))
    if several < FEW:
        return None
    seen = evidence.observed
    told = f"{seen.told(len(numbers.values), several)}, by when each happened and arrived"
    return Late(numbers, streams, told, ways)


def _slowest(stages: Sequence[StagePlan]) -> int:
    """The stage whose latency is the longest on average; the last, if none has one."""
    means = [float(drawn(seconds_of(stage.latency)).mean()) if stage.latency is not None else 0.0 for stage in stages]
    return int(np.argmax(means)) if any(means) else len(stages) - 1


def _same_tail(found: Stragglers | None, seen: Numbers, made: Floats) -> bool:
    """Whether as many straggle by the scenario as do, as far as chance tells."""
    if found is None:
        return True
    slow = seen.values[found.straggles(seen.values) > 0.5]
    if not len(slow):
        return True
    share, theirs = len(slow) / len(seen.values), float((made >= slow.min()).mean())
    return abs(share - theirs) <= 1.96 * float(np.sqrt(2 * share * (1 - share) / effective(seen.people)))
