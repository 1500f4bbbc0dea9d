"""An experiment on a log, as a story: the plan, the log, the analysis, other policies, what it means in money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from sandbox.errors import InputError
from sandbox.experiment.a_a import Redealt, redealt
from sandbox.experiment.analysis import analyse
from sandbox.experiment.decisions import Decision
from sandbox.experiment.design import Design, deviations
from sandbox.experiment.effects import Figure, levels
from sandbox.experiment.figures import figures_of
from sandbox.experiment.findings import Analysis
from sandbox.experiment.loop import Rehearsed, Tell, Truth, Wishes, rehearse, silent
from sandbox.experiment.off_policy import OffPolicy, learnt, off_policy, on_policy
from sandbox.experiment.panel import Panel, moments_at_end
from sandbox.experiment.planned import design_of
from sandbox.experiment.planner import Baseline, Outlook, outlooks
from sandbox.experiment.reading import Told, read
from sandbox.experiment.release import Belief, Option, Prices, Stakes, believed, money_of, options, prices
from sandbox.experiment.rollout import rolled_out
from sandbox.experiment.truth import Fresh, Happening
from sandbox.models.base import Estimate
from sandbox.models.gates import Verdict, judge
from sandbox.scenario.language.experiment import Experiment, Money
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import world_of
from sandbox.world.world import World

SHARES = (0.01, 0.05, 0.1)
"""Of the traffic, for which the planner tells what they can show."""
SUBJECT = "experiment"
LONGEST_PLAN = 730
"""Days that the planner looks ahead."""


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """What one arm's policy earns a row, by its own log and by that of another arm."""

    policy: str
    log: str
    own: Estimate
    by_log: OffPolicy


@dataclass(frozen=True, slots=True)
class Judged:
    """A `done:` line on the experiment, and how it ended."""

    text: str
    verdict: Verdict
    value: float


@dataclass(frozen=True, slots=True)
class Tried:
    """All that is said of an experiment."""

    analysis: Analysis
    outlooks: Sequence[Outlook] = ()
    """What shares of this traffic can show of the effect that is sought, at this baseline."""
    policies: Sequence[PolicyValue] = ()
    redealt: Redealt | None = None
    """What an A/A test of the primary metric says on the control's own units."""
    options: Mapping[str, Sequence[Option]] = field(default_factory=dict)
    """What releasing, waiting and stopping are worth, by arm."""
    prices: Mapping[str, Prices] = field(default_factory=dict)
    """What it costs to be slow, and to be wrong, by arm."""
    gates: Sequence[Judged] = ()
    truth: Sequence[Truth] = ()
    """What only the world knows, of an experiment that was rehearsed."""
    learning: Sequence[Decision] = ()
    """What became of each candidate meanwhile."""

    happenings: Sequence[Happening] = ()
    """Outages, campaigns and faults meanwhile."""
    freshness: Sequence[Fresh] = ()
    """How old the data was that the loop went by, at the end of each of its steps."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        plain = {
            "outlooks": [asdict(each) for each in self.outlooks],
            "policies": [asdict(each) for each in self.policies],
            "gates": [asdict(each) for each in self.gates],
            "truth": [{**asdict(each), "lift": each.lift, "interference": each.interference} for each in self.truth],
            "learning": [asdict(each) for each in self.learning],
            "happenings": [asdict(each) for each in self.happenings],
            "freshness": [asdict(each) for each in self.freshness],
        }
        money = {arm: [asdict(option) for option in some] for arm, some in self.options.items()}
        a_a = None if self.redealt is None else asdict(self.redealt)
        costs = {arm: asdict(each) for arm, each in self.prices.items()}
        return {**self.analysis.to_dict(), **plain, "a/a": a_a, "options": money, "prices": costs}


def planned(plan: Plan) -> Design:
    """The plan of a scenario's experiment. Raises InputError: it has none."""
    return design_of(plan, _experiment(plan))


def try_out(
    plan: Plan,
    world: World | None = None,
    sealed: Mapping[str, Any] | None = None,
    tell: Tell = silent,
    wishes: Wishes | None = None,
) -> Tried:
    """Analyse the experiment of a scenario by its log; where arms fill shelves, rehearse it first.

    Args:
        plan: with an experiment; the log may be simulated or real.
        world: of this plan, if the caller has one already.
        sealed: the plan as it was sealed, as plain values: what differs from it is named.
        tell: told how far a rehearsal is.
        wishes: how a rehearsal is carried out.
    Raises:
        InputError: there is no experiment, its log is empty, or a source does not fit its contract.
        OutsideError: a source cannot be read.
    """
    # 1. The plan, before anything is seen.
    experiment = _experiment(plan)
    design = design_of(plan, experiment)
    bent = deviations(sealed, design) if sealed is not None else []

    # 2. The log, or the rehearsal that makes it.
    rehearsed = None
    if plan.shelves is not None:
        wishes = replace(wishes or Wishes(), world=world or world_of(plan))
        rehearsed = rehearse(plan, tell, wishes=wishes)
        rehearsed = rolled_out(rehearsed, plan, tell, wishes) if rehearsed.truth else rehearsed
    told = read(plan, experiment, world) if rehearsed is None else Told(rehearsed.panel, {}, {}, 0, 0)
    if not told.panel.days:
        said = "; ".join(f"{count:,} {reason}" for reason, count in told.left_out.items()) or "it has no rows"
        raise InputError(f"{plan.file}: no row of the experiment's log counts: {said}. See `sandbox verify`.")
    return _told_of(plan, experiment, design, told, rehearsed, bent)


def _told_of(
    plan: Plan, experiment: Experiment, design: Design, told: Told, rehearsed: Rehearsed | None, bent: Sequence[str]
) -> Tried:
    # 3. The analysis, by the plan alone; where a ramp was stopped or a share raised, by the stage that was reached.
    if rehearsed is not None:
        carried_out = rehearsed.carried_out(design)
        bent = [*bent, *deviations(design.to_dict(), carried_out)]
        design = carried_out
    analysis = analyse(told.panel, design, told.left_out, bent)

    # 4. What it means: whether the metric is honest on this data, for other policies, the next experiment, in money.
    at_stake = {} if experiment.money is None else _at_stake(told.panel, design, experiment.money)
    return Tried(
        analysis=analysis,
        outlooks=_outlooks(told.panel, design),
        policies=_policies(told, design),
        redealt=_redealt(told.panel, design),
        options={arm: options(*known) for arm, known in at_stake.items()},
        prices={arm: prices(*known) for arm, known in at_stake.items()},
        gates=judged(plan, analysis),
        truth=rehearsed.truth if rehearsed is not None else (),
        learning=rehearsed.decisions if rehearsed is not None else (),
        happenings=rehearsed.happenings if rehearsed is not None else (),
        freshness=rehearsed.freshness if rehearsed is not None else (),
    )


def told_of(plan: Plan, rehearsed: Rehearsed) -> Tried:
    """All that is said of an experiment that was rehearsed already."""
    experiment = _experiment(plan)
    return _told_of(plan, experiment, design_of(plan, experiment), Told(rehearsed.panel, {}, {}, 0, 0), rehearsed, ())


def figures_by_log(plan: Plan, world: World | None = None) -> dict[str, float]:
    """The figures that gates ask for; none where no row of the log counts."""
    experiment = _experiment(plan)
    if plan.shelves is not None:
        return {}
    panel = read(plan, experiment, world).panel
    return figures_of(analyse(panel, design_of(plan, experiment))) if panel.days else {}


def judged(plan: Plan, analysis: Analysis) -> list[Judged]:
    """How the gates on the experiment ended."""
    figures = figures_of(analysis)
    found = []
    for gate in plan.gates:
        if gate.subject == SUBJECT:
            value = figures[gate.figure]
            found.append(Judged(gate.text, judge(value, value, value, gate.operator, gate.bar), value))
    return found


def _experiment(plan: Plan) -> Experiment:
    if plan.experiment is None:
        raise InputError(f"{plan.file}: has no `experiment:`; say what is tried, on whom, and what is measured.")
    return plan.experiment


def _outlooks(panel: Panel, design: Design) -> list[Outlook]:
    """By the control of this experiment, and as many new units a day as came on average."""
    metric = design.metric(design.primary)
    control = moments_at_end(panel, replace(metric, per=None)).at(0)
    mean, deviation = float(control.mean[0]), float(np.sqrt(control.covariance[0, 0]))
    if design.effect is None or metric.per is not None or not mean > 0 or not deviation > 0:
        return []
    units = panel.units / panel.days * np.arange(1.0, LONGEST_PLAN + 1)
    baseline = Baseline(mean, deviation, is_share=metric.once)
    return outlooks(
        baseline,
        design.effect,
        units,
        SHARES,
        horizon=design.horizon,
        power=design.power,
        alpha=design.alpha,
        stopping=design.stopping,
    )


def _redealt(panel: Panel, design: Design) -> Redealt | None:
    """An A/A test with the share of the smallest arm, whose interval is the least sure."""
    smallest = min(share for name, share in design.shares.items() if name != design.control)
    return redealt(panel, design.metric(design.primary), smallest, design.alpha)


def _policies(told: Told, design: Design) -> list[PolicyValue]:
    """Each arm's policy by the log of each other arm."""
    whole = {arm: log for arm, log in told.logs.items() if len(log) > 1}
    found = []
    for policy, own in whole.items():
        chances = learnt(own, told.contexts, told.actions)
        for name, log in whole.items():
            if name != policy:
                value = off_policy(log, chances, design.alpha)
                found.append(PolicyValue(policy, name, on_policy(own, design.alpha), value))
    return found


def _at_stake(panel: Panel, design: Design, money: Money) -> dict[str, tuple[Belief, Stakes]]:
    """What is believed of each arm, in money by unit, and what is at stake."""
    metrics = {metric.name: metric for metric in design.metrics}
    worth = sum(
        abs(value) * float(levels(moments_at_end(panel, metrics[name]), Figure(0)).value[0])
        for name, value in money.values.items()
    )
    counts = panel.counts()
    found = {}
    for arm, name in enumerate(panel.arms[1:], start=1):
        difference, error = money_of(panel, metrics, money.values, arm)
        if not np.isfinite(difference) or not error > 0:
            continue
        stakes = Stakes(
            units_a_day=sum(counts.values()) / panel.days,
            days=money.days,
            share=design.shares[name],
            information_a_day=error**-2.0 / panel.days,
            cost=money.cost,
        )
        found[name] = believed(difference, error, money.likely * worth), stakes
    return found
