"""The closed loop, rehearsed: show, watch, deliver, learn anew, keep the better model, and know what was true."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.errors import InputError, Problem
from sandbox.experiment.arriving import Feed
from sandbox.experiment.assignment import CONTROL, HELD_OUT, Arm, assign, split_of
from sandbox.experiment.champions import BEFORE_US, Champions
from sandbox.experiment.counterfactual import Counterfactual
from sandbox.experiment.daybook import Daybook
from sandbox.experiment.decisions import Decision, promote
from sandbox.experiment.learning import Memory
from sandbox.experiment.panel import Panel
from sandbox.experiment.planned import days_of
from sandbox.experiment.serving import by_history, taught
from sandbox.experiment.showing import Arms, Showing
from sandbox.experiment.tally import NEVER_US
from sandbox.models.recommend.policies import PolicyPart
from sandbox.scenario.language import Experiment
from sandbox.scenario.plan import Plan, ShelvesPlan
from sandbox.sources.opening import world_of

Tell = Callable[[str, int, int | None], None]


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

    @property
    def lift(self) -> float:
        """The difference by the control's size; nan where that is 0."""
        return self.expected / abs(self.control) if self.control else float("nan")


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
    """What the world is to be asked for the same events once more."""
    worlds: Counterfactual | None = None
    """Outcomes of every customer under each arm; None where nobody asked."""


def silent(what: str, done: int, of: int | None) -> None:
    """Tells nobody."""


def is_rehearsed(plan: Plan) -> bool:
    """Whether a plan has a loop that is its own: shelves of a stream that nobody else has filled."""
    return plan.shelves is not None and plan.shelves.events not in plan.bindings


def rehearse(plan: Plan, tell: Tell = silent, *, truth: bool = True) -> Rehearsed:
    """Carry out the experiment of a plan.

    Args:
        plan: whose experiment's shelves are filled; their stream is simulated.
        tell: told how far it is.
        truth: also work out what would have been.
    Raises:
        InputError: the plan's experiment has no shelves, or their stream is real.
    """
    written = _shelves(plan)
    parts = _parts(plan)
    champions = Champions()
    showing = Showing(Arms(()), champions, log=None)
    world = world_of(plan, {written.events: showing})
    feed = Feed(plan, world)

    # 1. Everybody has an arm for good; until something was learnt, all are shown what history shows.
    stream, customers = feed.stream, len(feed.customers)
    showing.arms = arms = _arms(plan, written, feed)
    assert stream.story.catalogue is not None
    history = by_history(stream.story.catalogue.best, customers)
    for arm in range(len(written.arms)):
        champions.crown(arm, BEFORE_US, history)
    stream.events_a_visit  # noqa: B018 - its pilot is let go before anything counts

    # 2. What came before the start is what policies learn from first.
    memory, decisions = Memory(written.window_us), list[Decision]()
    memory.take(feed.until(plan.clock.start_us, written.starts_us), written.starts_us)
    seen = memory.events(feed.customers, feed.items)
    learners = [partial(taught, parts[arm.policy], catalogue=feed.catalogue, seed=plan.seed) for arm in written.arms]
    for arm, named in enumerate(written.arms):
        version = champions.crown(arm, written.starts_us, learners[arm](seen))
        decisions.append(Decision(written.starts_us, arm, named.policy, "first", version, learnt_from=len(seen)))

    # 3. From one moment of learning to the next:
    days_us = days_of(plan, _experiment(plan)).starts_us
    daybook, first_us = Daybook(days_us, customers), np.full(customers, NEVER_US)
    counter = Counterfactual.of(written, stream, showing) if truth else None
    spans = _spans(plan, written)
    for number, (since_us, until_us) in enumerate(spans):
        tell("spans of the experiment", number, len(spans))

        # 3a. Who comes is shown the lists of their arm, does what they do, and it arrives.
        showing.log = []
        happened = feed.until(since_us, until_us)
        _see(daybook, first_us, showing.log, max(since_us, int(days_us[0])), min(until_us, int(days_us[-1])))
        daybook.act(happened, first_us)

        # 3b. What would have been is worked out a span later, when the champions of all its visits are known.
        if counter is not None and number:
            counter.add(*spans[number - 1], first_us)

        # 3c. Candidates learn from what has arrived, and the better model serves from here on.
        memory.take(happened, until_us)
        seen = memory.events(feed.customers, feed.items)
        for arm in range(CONTROL + 1, len(written.arms)):
            decided = promote(champions, arm, written.arms[arm].policy, learners[arm], seen, until_us, written)
            decisions.append(decided)

    # 4. The truth, for those who took part.
    showing.log = None
    if counter is not None:
        counter.add(*spans[-1], first_us)
        counter.finish(first_us)
    panel = daybook.panel(tuple(arm.policy for arm in written.arms), arms.last, first_us)
    return Rehearsed(
        written.events, panel, tuple(decisions), tuple(_truths(written, counter, first_us)), showing, counter
    )


def _shelves(plan: Plan) -> ShelvesPlan:
    if plan.shelves is None:
        raise InputError(f"{plan.file}: has no experiment with `shelves`; say which policies fill those of a stream.")
    if plan.shelves.events in plan.bindings:
        said = f"'{plan.shelves.events}' comes from the target '{plan.target}', where others decide what is shown"
        raise InputError(f"{plan.file}: {said}; leave --target out.")
    return plan.shelves


def _experiment(plan: Plan) -> Experiment:
    assert plan.experiment is not None  # it has shelves
    return plan.experiment


def _parts(plan: Plan) -> dict[str, PolicyPart]:
    found: dict[str, PolicyPart] = {}
    for name, policy in plan.scenario.policies.items():
        if not isinstance(policy.part, PolicyPart):
            raise InputError(Problem(f"'{policy.kind}' is no policy.", f"policies.{name}"))
        found[name] = policy.part
    return found


def _arms(plan: Plan, written: ShelvesPlan, feed: Feed) -> Arms:
    """Who has which arm from when."""
    others = [Arm(arm.policy, arm.share) for arm in written.arms[1:]]
    split = split_of(
        plan.name, written.arms[0].policy, others, seed=plan.seed, holdout=written.holdout, engine=plan.engine
    )
    return Arms(tuple((since_us, assign(split, feed.customers, open_to)) for since_us, open_to in written.stages))


def _spans(plan: Plan, written: ShelvesPlan) -> list[tuple[int, int]]:
    """From one moment of learning to the next, microseconds UTC; the last one ends with the clock."""
    cuts = [*range(written.starts_us, plan.clock.end_us, written.retrain_us), plan.clock.end_us]
    return list(itertools.pairwise(cuts))


def _see(
    daybook: Daybook, first_us: NDArray[np.int64], log: Sequence[pa.RecordBatch], since_us: int, until_us: int
) -> None:
    """Write down the lists that were shown within a span to those who take part."""
    for batch in log:
        times = np.asarray(batch.column("shown_at").cast(pa.int64()))
        inside = (np.asarray(batch.column("arm")) != HELD_OUT) & (times >= since_us) & (times < until_us)
        people, seen_at = np.asarray(batch.column("person"))[inside], times[inside]
        np.minimum.at(first_us, people, seen_at)
        daybook.see(people, seen_at)


def _truths(written: ShelvesPlan, counter: Counterfactual | None, first_us: NDArray[np.int64]) -> Iterator[Truth]:
    if counter is None:
        return
    took_part = first_us < NEVER_US
    expected, realised = (
        [tally.figures(took_part, draws) for tally in tallies]
        for tallies, draws in ((counter.expected, counter.draws), (counter.realised, 1))
    )
    for arm, named in enumerate(written.arms[1:], start=1):
        for metric, control in expected[CONTROL].items():
            came_out = realised[arm][metric] - realised[CONTROL][metric]
            yield Truth(named.policy, metric, expected[arm][metric] - control, came_out, control)
