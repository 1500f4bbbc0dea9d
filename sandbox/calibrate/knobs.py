"""The values of a scenario that decide who comes and how often, each with the scale on which it is searched for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sandbox.calibrate.families import nice
from sandbox.calibrate.fitted import Evidence
from sandbox.contract.zones import to_local
from sandbox.scenario.clock import utc_us
from sandbox.scenario.document import Path
from sandbox.scenario.plan import Plan
from sandbox.scenario.quantities import Rate
from sandbox.world.columns.calendar import DatetimeRange

ROWS = "rows"
"""The number of people: the one knob that need not be turned, since all else is alike for any number of them."""
_LEAST_VARIANCE, _MOST_VARIANCE = 0.0025, 100.0
_LEADING = re.compile(r"\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*\*(.*)", re.DOTALL)
_BY_SQL = 5.0
"""By how many times (as a logarithm) something may be off."""


@dataclass(frozen=True, eq=False)
class Knob:
    """One value: `value` is where the scenario has it, on a scale on which steps are alike."""

    name: str
    path: Path
    value: float
    turned: Callable[[Plan, float], Plan]
    """The plan with another one."""
    written: Callable[[float], Any]
    """As the scenario has it."""
    said: Callable[[float], str]
    low: float = -_BY_SQL
    high: float = _BY_SQL
    rises: int = 1
    """1 where what is written rises with the value, else -1."""

    @property
    def start(self) -> float:
        """Where the search begins."""
        return min(max(self.value, self.low + 0.5), self.high - 0.5)

    def bounded(self, value: float) -> float:
        """The nearest value that may be."""
        return min(max(value, self.low), self.high)


def knobs_of(evidence: Evidence, plan: Plan, all_seen: bool) -> list[Knob]:
    """The knobs of a stream, and those of its parent where only the stream tells of it."""
    parent = plan.datasets[str(evidence.planned.parent)]
    found = [*_of_visits(evidence, plan)]
    if parent.spec.hidden and not all_seen:
        found += _of_people(evidence, plan, parent.name)
    return found


def _of_visits(evidence: Evidence, plan: Plan) -> Iterator[Knob]:
    name = evidence.dataset
    visits = plan.datasets[name].spec.visits
    assert visits is not None
    said = visits.per_day

    def faster(plan: Plan, value: float) -> Plan:
        return _with(plan, name, visits={"per_day": scaled(said, float(np.exp(value)), digits=15)})

    def of_rate(value: float) -> str:
        text = nice(float(np.exp(value)) * (1.0 if isinstance(said, str) else float(said)), 3)
        return f"{text} times" if isinstance(said, str) else f"{text}"

    path = (*evidence.path, "visits")
    yield Knob("per_day", (*path, "per_day"), 0.0, faster, lambda v: scaled(said, float(np.exp(v))), of_rate)

    def spread(value: float) -> float:
        """The figures follow the square: near 0 a small spread is like none."""
        return 0.0 if value <= 2 * _LEAST_VARIANCE else float(nice(float(np.sqrt(value)), 3))

    yield Knob(
        "spread", (*path, "spread"), visits.spread**2,
        lambda plan, value: _with(plan, name, visits={"spread": float(np.sqrt(value))}),
        spread, lambda value: f"{spread(value)}", _LEAST_VARIANCE, _MOST_VARIANCE,
    )  # fmt: skip


def _of_people(evidence: Evidence, plan: Plan, parent: str) -> Iterator[Knob]:
    spec, path = plan.datasets[parent].spec, ("datasets", parent)
    rows = plan.datasets[parent].rows
    if spec.rows is not None:
        yield Knob(
            ROWS, (*path, "rows"), float(np.log(rows)), lambda plan, value: plan,
            lambda value: int(nice(float(np.exp(value)), 3)), lambda value: f"{np.exp(value):,.0f}", 0.0, 25.0,
        )  # fmt: skip
    if spec.leave is not None:
        yield _leaving(evidence, parent, path, spec.leave.hazard.base.per_day)
    there = _beginning(plan, parent, path)
    if there is not None:
        yield there


def _leaving(evidence: Evidence, parent: str, path: Path, base: float) -> Knob:
    node = evidence.document.node((*path, "leave", "hazard"))
    has_base = node is not None and isinstance(node.content, Mapping)
    where = (*path, "leave", "hazard", "base") if has_base else (*path, "leave", "hazard")

    def faster(plan: Plan, value: float) -> Plan:
        leave = plan.datasets[parent].spec.leave
        assert leave is not None
        hazard = leave.hazard.model_copy(update={"base": Rate(float(np.exp(value)), dt.timedelta(days=1))})
        return _with(plan, parent, leave={"hazard": hazard})

    return Knob("leave", where, float(np.log(max(base, 1e-7))), faster, per_day, per_day, -16.0, 2.0)


def _beginning(plan: Plan, parent: str, path: Path) -> Knob | None:
    """The share of people who are there from the start."""
    planned, clock = plan.datasets[parent], plan.clock
    if planned.spec.sign_ups is not None:
        share = planned.spec.sign_ups.there
        return Knob(
            "there", (*path, "sign_ups", "there"), _logit(share),
            lambda plan, value: _with(plan, parent, sign_ups={"there": _share(value)}),
            lambda value: nice(_share(value), 3), lambda value: f"{_share(value):.3f}",
        )  # fmt: skip
    begins = [each for each in planned.columns if each.name == "valid_from"]
    if not begins or not isinstance(begins[0].generator, DatetimeRange):
        return None
    column, between = begins[0], begins[0].generator.between
    low, high = (utc_us(moment, clock.zone) for moment in between)
    if not low < clock.start_us < high:
        return None

    def since(value: float) -> dt.datetime:
        share = _share(value)
        us = clock.start_us - int(min(share / (1 - share) * (high - clock.start_us), 50 * 365 * 86_400e6))
        local = int(to_local(np.array([us]), clock.zone)[0])
        day = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=local)
        return day.replace(hour=0, minute=0, second=0, microsecond=0)

    def turned(plan: Plan, value: float) -> Plan:
        found = plan.datasets[parent]
        generator = column.generator.model_copy(update={"between": [since(value), between[1]]})
        columns = tuple(replace(e, generator=generator) if e.name == column.name else e for e in found.columns)
        return replace(plan, datasets={**plan.datasets, parent: replace(found, columns=columns)})

    return Knob(
        "there", (*path, "columns", column.name, "datetime"), _logit((clock.start_us - low) / (high - low)), turned,
        lambda value: [since(value).date(), _as_day(between[1])], lambda value: f"{since(value):%Y-%m-%d}", rises=-1,
    )  # fmt: skip


def per_day(value: float) -> str:
    """A rate as the scenario writes it, by its logarithm."""
    return f"{nice(float(np.exp(value)), 3):.10f}".rstrip("0") + " per day"


def scaled(said: float | str, factor: float, digits: int = 4) -> float | str:
    """A rate so many times as high: SQL keeps its form, with another factor in front."""
    if not isinstance(said, str):
        return float(nice(float(said) * factor, digits))
    leading = _LEADING.fullmatch(said)
    if leading is not None:
        return f"{nice(float(leading[1]) * factor, digits)} *{leading[2]}"
    return f"{nice(factor, digits)} * ({said})"


def _with(plan: Plan, dataset: str, **parts: dict[str, Any]) -> Plan:
    """The plan with other values within parts of what a dataset says."""
    planned = plan.datasets[dataset]
    update = {name: getattr(planned.spec, name).model_copy(update=values) for name, values in parts.items()}
    return replace(
        plan, datasets={**plan.datasets, dataset: replace(planned, spec=planned.spec.model_copy(update=update))}
    )


def _as_day(moment: Any) -> Any:
    return moment.date() if isinstance(moment, dt.datetime) and moment.time() == dt.time() else moment


def _share(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


def _logit(share: float) -> float:
    share = min(max(share, 0.01), 0.99)
    return float(np.log(share / (1 - share)))
