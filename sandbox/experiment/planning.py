"""The plan ahead, before a first unit has come: what shares of the traffic will show by when, and what that is worth.

Before anything is seen, an arm may do good or harm: the effects that are likely lie around 0, as wide as `money.likely`
says. To release now earns nothing on average and costs what it costs; to stop earns nothing; an experiment earns the
better of the two by what it will have shown, and shows the more the larger its share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from sandbox.errors import InputError
from sandbox.experiment.design import Design
from sandbox.experiment.planned import design_of
from sandbox.experiment.planner import Baseline, Outlook, outlooks, power_by_day
from sandbox.experiment.release import Belief, Option, Prices, Stakes, options, prices
from sandbox.scenario.language.expected import Expected
from sandbox.scenario.language.experiment import Experiment, Money
from sandbox.scenario.plan import Plan

SHARES = (0.01, 0.05, 0.1)
LONGEST = 365
WAITS = (7, 14, 28, 56)


@dataclass(frozen=True, slots=True)
class Curve:
    """The chance to have shown the effect that is sought, by the end of each day."""

    share: float
    power: list[float]


@dataclass(frozen=True, slots=True)
class Ahead:
    """All that is said before the first day."""

    design: Design
    units_a_day: int
    baseline: Baseline
    outlooks: Sequence[Outlook]
    curves: Sequence[Curve]
    options: Mapping[float, Sequence[Option]] = field(default_factory=dict)
    """What releasing, experimenting for so many days and stopping are worth, by the share of the traffic."""
    prices: Prices | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        told = asdict(self)
        told["options"] = [{"share": share, **asdict(each)} for share, some in self.options.items() for each in some]
        return {"digest": self.design.digest, **told}


def plan_ahead(plan: Plan) -> Ahead:
    """Look ahead by what the scenario expects of the control.

    Raises:
        InputError: there is no experiment, it states no `effect:`, or nothing that is expected.
    """
    experiment = plan.experiment
    if experiment is None:
        raise InputError(f"{plan.file}: has no `experiment:`; say what is tried, on whom, and what is measured.")
    if experiment.expect is None:
        told = "--plan looks ahead by `experiment.expect:`; say how many units come a day, and their mean."
        raise InputError(f"{plan.file}: {told}")
    if experiment.effect is None:
        raise InputError(f"{plan.file}: --plan needs the effect that is sought; say it: `effect: 0.05`.")
    design, expect = design_of(plan, experiment), experiment.expect
    baseline = _baseline(experiment, expect, design.primary)
    units = float(expect.units) * np.arange(1.0, LONGEST + 1)
    shares = tuple(sorted({*SHARES, *experiment.arms.values()}))
    seen = {"alpha": design.alpha, "stopping": design.stopping, "horizon": design.horizon}
    curves = [Curve(share, _power(baseline, experiment.effect, units, share, seen)) for share in shares]
    money = experiment.money
    worth = None if money is None else _worth(experiment, expect, money)
    return Ahead(
        design=design,
        units_a_day=expect.units,
        baseline=baseline,
        outlooks=outlooks(
            baseline, experiment.effect, units, shares, horizon=design.horizon, power=design.power, alpha=design.alpha,
            stopping=design.stopping,
        ),
        curves=curves,
        options={} if worth is None or money is None else {s: _options(worth, expect, money, s) for s in shares},
        prices=None if worth is None or money is None else prices(worth[0], _stakes(worth, expect, money, shares[0])),
    )  # fmt: skip


def _baseline(experiment: Experiment, expect: Expected, name: str) -> Baseline:
    is_share = experiment.metrics[name].any is not None
    mean = expect.means[name]
    return Baseline(mean, float(np.sqrt(mean * (1 - mean))) if is_share else expect.deviations[name], is_share)


def _power(baseline: Baseline, effect: float, units: Any, share: float, seen: Mapping[str, Any]) -> list[float]:
    return [round(float(each), 6) for each in power_by_day(baseline, effect, units, share, **seen)]


def _worth(experiment: Experiment, expect: Expected, money: Money) -> tuple[Belief, float]:
    """What is believed of an effect in money by unit, and how units differ in money; metrics as if they were apart."""
    known = {name: _baseline(experiment, expect, name) for name in money.values if name in expect.means}
    level = sum(abs(money.values[name] * each.mean) for name, each in known.items())
    spread = float(np.sqrt(sum((money.values[name] * each.deviation) ** 2 for name, each in known.items())))
    return Belief(0.0, money.likely * level), spread


def _stakes(worth: tuple[Belief, float], expect: Expected, money: Money, share: float) -> Stakes:
    information = expect.units * share * (1 - share) / worth[1] ** 2
    return Stakes(float(expect.units), money.days, share, information, money.cost)


def _options(worth: tuple[Belief, float], expect: Expected, money: Money, share: float) -> list[Option]:
    return options(worth[0], _stakes(worth, expect, money, share), WAITS)
