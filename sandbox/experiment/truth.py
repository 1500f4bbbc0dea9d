"""What only the world knows of an experiment: what an arm really does, at this share of the traffic and for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isnan

from sandbox.delivery.chain import chain_of
from sandbox.delivery.schedule import Downtime, downtimes
from sandbox.experiment.assignment import CONTROL
from sandbox.experiment.counterfactual import Counterfactual
from sandbox.experiment.decisions import Decision
from sandbox.experiment.design import Design
from sandbox.experiment.inputs import Input
from sandbox.experiment.panel import Panel
from sandbox.experiment.showing import Showing
from sandbox.experiment.stage import Stage
from sandbox.experiment.tally import NEVER_US
from sandbox.models.base import Estimate
from sandbox.scenario.plan import Plan, ShelvesPlan


@dataclass(frozen=True, slots=True)
class Truth:
    """What an arm really does to a metric, among those who took part."""

    arm: str
    metric: str
    expected: float
    """The difference of expected outcomes, all in the arm less all in the control, champions as they were."""
    realised: float
    """The same of outcomes as they came out, in worlds that share all their chance."""
    control: float
    """What is expected of all in the control: by this the difference is a lift."""
    rollout: float | None = None
    """The same as `expected` of a full rollout: a world in which all have the arm from the start and it learns from
    all of them, less one in which nobody has it. None where nobody asked."""

    path: tuple[float, ...] = ()
    """`expected` at the end of each day, of all who had taken part by then."""
    daily: tuple[float, ...] = ()
    """The same of each day by itself, of a metric that has a meaning there: the click rate."""
    stopped: bool = False
    """Whether a guardrail stopped the arm: from then on it shows, here as in the experiment, what the control does."""

    @property
    def lift(self) -> float:
        """The difference by the control's size; nan where that is 0."""
        return self.expected / abs(self.control) if self.control else float("nan")

    def held_by(self, found: Estimate) -> bool | None:
        """Whether the interval of an estimate holds it; None where there is no interval."""
        return None if isnan(found.low) else found.low <= self.expected <= found.high

    @property
    def interference(self) -> float | None:
        """How much of a full rollout this share does not show: what the arm learns from others' customers, or lacks.

        None too of an arm that was stopped: what its rollout would do more is mostly that it would not be stopped.
        """
        return None if self.rollout is None or self.stopped else self.rollout - self.expected


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was on while the experiment went on: an outage, a campaign, a fault."""

    what: str
    """`outage`, or the kind of the change."""
    name: str
    starts_us: int
    ends_us: int
    """The clock's end where it stays."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """How old the data was that a loop went by."""

    at_us: int
    stale_us: int
    """How long ago the latest event happened that had arrived."""
    arrived: int
    """Events in the step that ended then."""


def happenings(plan: Plan, since_us: int) -> tuple[Happening, ...]:
    """What is on from a moment on: what the plan says, and outages of the events' delivery that come by chance."""
    until_us = plan.clock.end_us
    found = [Happening("outage", name, each.starts_us, min(each.ends_us, until_us)) for name, each in _outages(plan)]
    for change in plan.changes.values():
        found.append(Happening(change.kind, change.name, change.start_us, min(change.end_us, until_us)))
    inside = [each for each in found if each.ends_us > since_us and each.starts_us < until_us]
    return tuple(sorted(inside, key=lambda each: (each.starts_us, each.name)))


def _outages(plan: Plan) -> Iterator[tuple[str, Downtime]]:
    """The outages of each stage that the experiment's events pass, announced or drawn, by the stage's name."""
    if plan.delivery is None or plan.shelves is None or plan.shelves.events not in plan.delivery.streams:
        return
    chain = chain_of(plan.delivery, plan.shelves.events, plan.clock, plan.seed, plan.engine)
    for stage in chain.stages:
        for each in downtimes(stage.working, plan.clock.end_us):
            yield stage.plan.name, each


@dataclass(frozen=True, eq=False)
class Rehearsed:
    """An experiment that was carried out, with what only the world knows beside it."""

    events: str
    """The stream whose shelves were filled."""
    panel: Panel
    decisions: tuple[Decision, ...]
    """What became of each candidate."""
    truth: tuple[Truth, ...]
    """By arm and metric; empty where nobody asked."""
    showing: Showing
    """What the world was asked with, as far back as its champions are kept."""
    worlds: Counterfactual | None = None
    """Outcomes of every customer under each arm; None where nobody asked."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """Of each arm in the stage that is judged, the control first."""
    inputs: tuple[Input, ...] = ()
    """What came from outside."""
    plan: Plan | None = None
    """As it was in the end, with what came from outside in it."""

    happenings: tuple[Happening, ...] = ()
    """What was on meanwhile."""
    freshness: tuple[Fresh, ...] = ()
    """At the end of each step."""

    def carried_out(self, planned: Design) -> Design:
        """The plan with the shares of the stage that is judged, where these became others."""
        became = {arm: round(share, 9) for arm, share in self.shares.items()}
        return replace(planned, shares=dict(planned.shares) if _near(became, planned.shares) else became)


def _near(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return all(abs(one[arm] - share) < 1e-9 for arm, share in other.items())


def truths(written: ShelvesPlan, stage: Stage) -> Iterator[Truth]:
    """What each arm does to each metric, of those who took part in a stage; nothing where nobody asked."""
    counter = stage.counter
    if counter is None or CONTROL not in counter.arms:
        return
    expected, realised = outcomes(counter, stage), outcomes(counter, stage, realised=True)
    paths = [tally.path(stage.joined, counter.draws) for tally in counter.expected]
    rates = [tally.click_rates() for tally in counter.expected]
    daily = {arm: tuple((each - rates[CONTROL]).tolist()) for arm, each in enumerate(rates)}
    for arm, named in enumerate(written.arms[1:], start=1):
        for metric, control in expected[CONTROL].items():
            came_out = realised[arm][metric] - realised[CONTROL][metric]
            path = tuple((paths[arm][metric] - paths[CONTROL][metric]).tolist())
            difference, by_day = expected[arm][metric] - control, daily if metric == "click_rate" else {}
            yield Truth(
                arm=named.policy,
                metric=metric,
                expected=difference,
                realised=came_out,
                control=control,
                path=path,
                daily=by_day.get(arm, ()),
                stopped=arm in counter.showing.closed,
            )


def outcomes(counter: Counterfactual, stage: Stage, *, realised: bool = False) -> list[dict[str, float]]:
    """By arm: the metrics of all who took part, had they all seen it; expected ones, or as they came out."""
    took_part = stage.first_us < NEVER_US
    tallies, draws = (counter.realised, 1) if realised else (counter.expected, counter.draws)
    return [tally.figures(took_part, draws) for tally in tallies]
