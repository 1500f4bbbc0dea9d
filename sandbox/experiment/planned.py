"""The plan of an experiment as its scenario states it: what is sealed before the first day, and its days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from sandbox.experiment.design import Design
from sandbox.experiment.guardrails import Stage, steady_since
from sandbox.experiment.panel import Metric
from sandbox.scenario.language.experiment import Experiment
from sandbox.scenario.language.experiment import Metric as MetricTerms
from sandbox.scenario.plan import Plan
from sandbox.scenario.quantities import describe_duration

PER = "{} per"
"""The column of a panel by which a metric's is divided."""
ROW, SHOWN = "each row of the log", "was shown a list"


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """The local days of an experiment that are judged."""

    starts_us: NDArray[np.int64]
    """Where each begins, and where the last ends, in microseconds UTC; shape (days + 1,)."""
    skipped: int
    """Days before them, on which shares were smaller."""

    def of(self, moments_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """The day that each moment lies on; below 0 before the first, and `count` after the last."""
        found: NDArray[np.int64] = np.searchsorted(self.starts_us, moments_us, side="right") - 1
        return found

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.starts_us) - 1


def design_of(plan: Plan, experiment: Experiment) -> Design:
    """The plan that is sealed: what decides, and how each number is counted."""
    rest, shelves = 1 - sum(experiment.arms.values()), plan.shelves
    return Design(
        name=plan.name,
        unit=shelves.customer if shelves is not None else experiment.unit or ROW,
        trigger=SHOWN if shelves is not None else experiment.trigger or "",
        shares={experiment.control: rest, **experiment.arms},
        metrics=tuple(metric_of(name, terms) for name, terms in experiment.metrics.items()),
        primary=experiment.primary,
        guardrails=dict(experiment.guardrails),
        effect=experiment.effect,
        horizon=experiment.horizon or days_of(plan, experiment).count,
        stopping=experiment.stopping,
        alpha=experiment.alpha,
        power=experiment.power,
        correction=experiment.correction,
        segments=tuple(experiment.segments),
        definitions={name: _in_words(terms) for name, terms in experiment.metrics.items()},
    )


def metric_of(name: str, terms: MetricTerms) -> Metric:
    """A metric as the statistics take it."""
    per = PER.format(name) if terms.per is not None else None
    return Metric(name, name, per, once=terms.any is not None, better=terms.better)


def days_of(plan: Plan, experiment: Experiment) -> Days:
    """The days from the experiment's first, or from the last stage of its ramp, to its horizon or the clock's end."""
    calendar = plan.clock.calendar
    starts = np.array([calendar.day_us(day) for day in range(calendar.days + 1)])
    begin = 0 if experiment.from_ is None else _day(starts, calendar.at_us(experiment.from_))
    stages = [Stage(_day(starts, calendar.at_us(at)) - begin, tuple(each.values())) for at, each in experiment.ramped]
    skipped = steady_since(stages, calendar.days)
    end = calendar.days if experiment.horizon is None else min(begin + skipped + experiment.horizon, calendar.days)
    return Days(starts[begin + skipped : end + 1], skipped)


def _day(starts: NDArray[np.int64], at_us: int) -> int:
    return int(cast(int, np.searchsorted(starts, at_us, side="right"))) - 1


def _in_words(terms: MetricTerms) -> str:
    """How a metric is counted, from the words of the scenario alone."""
    what = f"any({terms.any})" if terms.any is not None else f"sum({terms.sum})"
    parts = [what, f"per sum({terms.per})" if terms.per is not None else "per unit"]
    parts += [f"of {terms.of}"] if terms.of is not None else []
    for key in ("within", "before"):
        length = getattr(terms, key)
        parts += [f"{key} {describe_duration(length)}"] if length is not None else []
    return ", ".join(parts)
