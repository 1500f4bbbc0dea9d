"""The closed loop, rehearsed: show, watch, deliver, learn anew, keep the better model, and know what was true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pyarrow as pa

from sandbox.experiment.arriving import Feed
from sandbox.experiment.champions import BEFORE_US, Champions
from sandbox.experiment.counterfactual import Counterfactual
from sandbox.experiment.decisions import Cause, Decision, Seen, first, promote
from sandbox.experiment.demands import do
from sandbox.experiment.inputs import Input, check_input
from sandbox.experiment.journal import Journal
from sandbox.experiment.learning import Memory
from sandbox.experiment.offering import offer_of
from sandbox.experiment.planned import design_of
from sandbox.experiment.retraining import Retraining
from sandbox.experiment.schedule import check_shares
from sandbox.experiment.serving import by_history
from sandbox.experiment.setting_up import Traffic, is_rehearsed, parts_of, shelves_of, steps_of
from sandbox.experiment.showing import Arms, Showing, shown_between
from sandbox.experiment.stage import Stage
from sandbox.experiment.teaching import Teacher
from sandbox.experiment.truth import Fresh, Rehearsed, Truth, happenings, truths
from sandbox.experiment.wishes import Tell, Wishes, silent
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import world_of

_DAY_US = 86_400_000_000
__all__ = ["Loop", "Rehearsed", "Tell", "Truth", "Wishes", "is_rehearsed", "rehearse", "silent"]


@dataclass(eq=False)
class Loop:
    """An experiment that goes on step by step; between two of them it can be looked at, and inputs sent.

    `for step in loop` goes on to the end of the clock; each step is the moment that it has reached.
    """

    plan: Plan
    wishes: Wishes = field(default_factory=Wishes)
    tell: Tell = silent
    now_us: int = 0
    decisions: list[Decision] = field(default_factory=list)
    taken: list[Input] = field(default_factory=list)
    """What came from outside so far."""
    _inputs: list[Input] = field(default_factory=list)
    latest_us: int = 0
    """When the latest event that has arrived happened: how fresh the data is."""
    freshness: list[Fresh] = field(default_factory=list)
    """At the end of each step."""
    arrived: int = 0
    """Events since the experiment's start."""

    def __post_init__(self) -> None:
        """Set the scene, up to the moment at which the experiment begins.

        Raises:
            InputError: the plan's experiment has no shelves, their stream is real, or an input makes no sense.
        """
        plan = self.plan
        self.shelves = written = shelves_of(plan)
        assert plan.experiment is not None
        for each in self.wishes.inputs:
            self.send(each)
        self.design = design_of(plan, plan.experiment)
        self.champions = Champions()
        self.showing = Showing(Arms(()), self.champions, log=None, layouts=written.layouts)
        world = (self.wishes.world or world_of(plan)).showing({written.events: self.showing})
        self.feed = feed = Feed(plan, world, self.wishes.hear)
        self.journal = Journal.begin(self.wishes.journal) if self.wishes.journal is not None else None

        # 1. Everybody has an arm for good; until something was learnt, all are shown what history shows.
        self.traffic = Traffic(plan, written, feed.customers, self.wishes.everybody)
        self.showing.arms = self.traffic.arms()
        assert feed.stream.story.catalogue is not None
        history = by_history(feed.stream.story.catalogue.best, len(feed.customers))
        for arm in range(len(written.arms)):
            self.champions.crown(arm, BEFORE_US, history, 0)
        feed.stream.events_a_visit  # noqa: B018 - its pilot is let go before anything counts
        self.now_us = written.starts_us
        self.stage = self.stage_from(written.starts_us)

        # 2. What came before the start is what policies learn from first.
        self.memory = Memory(feed.customers, feed.items, written.retrain.window_us)
        self.memory.take(feed.until(feed.begins_us(written.starts_us), written.starts_us), written.starts_us)
        parts, offer = parts_of(plan), offer_of(written.offer, feed.catalogue, feed.people)
        explore = written.explore or (0.0,) * len(written.arms)
        teachers = [
            Teacher(parts[arm.policy], feed.catalogue, plan.seed, offer, explore[number], self.wishes.longest_s)
            for number, arm in enumerate(written.arms)
        ]
        self.retraining = Retraining(written, teachers, self.champions, plan.seed, plan.engine)
        if self.journal is not None:
            self.journal.head(plan, self.wishes.step_us, self.design.digest)
        seen = self._seen()
        for arm, named in enumerate(written.arms):
            self.decide(first(self.champions, arm, named.policy, teachers[arm], seen))
            self.retraining.learnt(arm, seen)

    def __iter__(self) -> Iterator[int]:
        """Go on to the end."""
        whole = (self.plan.clock.end_us - self.shelves.starts_us) or 1
        while not self.is_over:
            self.tell("days of the experiment", (self.now_us - self.shelves.starts_us) // _DAY_US, whole // _DAY_US)
            now_us = self.step()
            if self.wishes.watch is not None:
                self.wishes.watch(self)
            yield now_us

    @property
    def is_over(self) -> bool:
        """Whether the clock has come to its end."""
        return self.now_us >= self.plan.clock.end_us

    def send(self, given: Input) -> None:
        """Let something come from outside, now or at a later moment. Raises InputError: the loop cannot do it."""
        check_input(given, self.plan)
        at_us = max(given.at_us, self.now_us)
        inputs = sorted([*self._inputs, replace(given, at_us=at_us)], key=lambda each: each.at_us)
        check_shares(self.shelves, [*self.taken, *inputs])
        self._inputs = inputs

    def take(self) -> bool:
        """Do the first thing that was sent, if its moment has come; whether there was one. A step does so with all."""
        if not self._inputs or self._inputs[0].at_us > self.now_us:
            return False
        given = self._inputs.pop(0)
        self.taken.append(given)
        if self.journal is not None:
            self.journal.took(given)
        do(self, given)
        return True

    def step(self) -> int:
        """Go on to the next moment at which something may be decided; that moment, microseconds UTC."""
        if self.is_over:
            return self.now_us

        # 3a. What comes from outside comes first.
        while self.take():
            pass
        since_us, until_us = self.now_us, self.next_us()

        # 3b. Who comes is shown the lists of their arm, does what they do, and it arrives.
        log: list[pa.RecordBatch] = []
        self.showing.log = log
        happened = self.feed.until(since_us, until_us)
        self.showing.log, lists = None, shown_between(log, since_us, until_us)
        if self.journal is not None:
            self.journal.show(lists, since_us, until_us)
        self.stage.watch(lists, happened, since_us, until_us)
        self.memory.take(happened, until_us)
        self.now_us, self.arrived = until_us, self.arrived + len(happened)
        self.latest_us = max(self.latest_us, int(happened.times_us.max(initial=0)))
        self.freshness.append(Fresh(until_us, until_us - (self.latest_us or self.shelves.starts_us), len(happened)))

        # 3c. What would have been is worked out when the champions of all its visits are known.
        self.stage.work_out(until_us - self.feed.stream.story.longest_us)

        # 3d. An arm that loses more than is put up with is stopped.
        if until_us in self.stage.days_us[1:] and until_us < self.plan.clock.end_us:
            self._guard()

        # 3e. Candidates learn from what has arrived, and the better model serves from here on.
        for arm, cause in self.retraining.due(until_us, self.memory):
            self.retrain(arm, cause)
        if self.traffic.stage_at(until_us) == until_us < self.plan.clock.end_us:
            self.stage = self.stage_from(until_us)
        self.champions.forget(min(until_us - self.feed.stream.story.longest_us, self.stage.asked_from_us(until_us)))
        return until_us

    def finish(self) -> Rehearsed:
        """Go on to the end, and say what came of it."""
        for _ in self:
            pass
        if self.stage.counter is not None:
            self.stage.work_out(self.plan.clock.end_us)
            self.stage.counter.finish(self.stage.first_us)
        if self.journal is not None:
            self.journal.end(self.now_us)
        stage = self.stage
        return Rehearsed(
            self.shelves.events, stage.panel(), tuple(self.decisions), tuple(truths(self.shelves, stage)),
            self.showing, stage.counter, self.traffic.shares(stage.since_us), tuple(self.taken), self.plan,
            happenings(self.plan, self.shelves.starts_us), tuple(self.freshness),
        )  # fmt: skip

    def next_us(self) -> int:
        """Where the step that begins now ends, if nothing comes from outside meanwhile."""
        moments = [*steps_of(self.plan, self.now_us, self.wishes.step_us), self.traffic.next_us(self.now_us)]
        moments += [self.retraining.next_us(self.now_us), self.plan.clock.end_us]
        moments += [each.at_us for each in self._inputs]
        return min(moment for moment in moments if moment > self.now_us)

    def _seen(self) -> Seen:
        return Seen(self.memory.events(), self.memory.owned(), self.now_us)

    def stage_from(self, since_us: int) -> Stage:
        """Watch a stage of the ramp from its beginning."""
        names, arms = tuple(arm.policy for arm in self.shelves.arms), self.showing.arms
        days_us, counter = self.traffic.days_of(since_us), None
        if self.wishes.truth:
            only = () if self.wishes.everybody is None else (self.wishes.everybody,)
            counter = Counterfactual.of(
                self.shelves, self.feed.stream, self.showing, days_us, arms=only, workers=self.wishes.workers,
                at_once=self.wishes.at_once,
            )  # fmt: skip
        segments = {name: self.feed.people[name].combine_chunks() for name in self.design.segments}
        return Stage(names, arms.at_moment(since_us), days_us, counter, since_us, segments)

    def _guard(self) -> None:
        if self.wishes.everybody is not None:
            return
        open_arms = self.traffic.open
        for guardrail in self.stage.broken(self.design, self.now_us):
            arm = self.stage.arms.index(guardrail.arm)
            if arm not in open_arms or arm not in self.traffic.open:
                continue
            self.showing.arms, self.showing.closed[arm] = self.traffic.stop(arm, self.now_us), self.now_us
            said = f"{guardrail.metric} lost more than {guardrail.loss:.0%}; its customers see the control from here on"
            version = self.champions.version(arm)
            self.decide(Decision(self.now_us, arm, guardrail.arm, "stopped", version, cause="guardrail", because=said))
        if not self.traffic.open and self.stage.until_us > self.now_us:
            self.stage.end(self.now_us)

    def retrain(self, arm: int, cause: Cause) -> None:
        """Let a candidate of an arm learn from what has arrived, and the better model serve."""
        policy, seen = self.shelves.arms[arm].policy, self._seen()
        takes_us, drift = self.retraining.begin(arm, self.now_us)
        teacher, retrain = self.retraining.teachers[arm], self.shelves.retrain
        judges = self.stage.codes != arm
        made = promote(self.champions, arm, policy, teacher, seen, retrain, takes_us, judges, cause)
        self.decide(replace(made, drift=drift))
        if made.what in ("promoted", "rolled back"):
            self.retraining.learnt(arm, seen)

    def decide(self, decision: Decision) -> None:
        """Write down what was decided."""
        self.decisions.append(decision)
        if self.journal is not None:
            self.journal.decided(decision)


def rehearse(plan: Plan, tell: Tell = silent, *, truth: bool = True, wishes: Wishes | None = None) -> Rehearsed:
    """Carry out the experiment of a plan.

    Args:
        plan: whose experiment's shelves are filled; their stream is simulated.
        tell: told how far it is.
        truth: also work out what would have been; where `wishes` do not say.
        wishes: how it is carried out.
    Raises:
        InputError: the plan's experiment has no shelves, or their stream is real.
    """
    return Loop(plan, wishes or Wishes(truth=truth), tell).finish()
