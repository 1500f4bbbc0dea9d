"""The closed loop, rehearsed: show, watch, deliver, learn anew, keep the better model, and know what was true."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from sandbox.experiment.arriving import Feed, Hear
from sandbox.experiment.champions import BEFORE_US, Champions
from sandbox.experiment.counterfactual import VISITS_AT_ONCE, Counterfactual
from sandbox.experiment.decisions import Cause, Decision, Seen, first, promote, rolled_back
from sandbox.experiment.inputs import Input, applied, arms_meant, check_input
from sandbox.experiment.journal import Journal
from sandbox.experiment.learning import Memory
from sandbox.experiment.offering import offer_of
from sandbox.experiment.planned import design_of
from sandbox.experiment.retraining import Retraining
from sandbox.experiment.serving import by_history
from sandbox.experiment.setting_up import Traffic, is_rehearsed, parts_of, shelves_of, steps_of
from sandbox.experiment.showing import Arms, Showing, shown_between
from sandbox.experiment.stage import Stage
from sandbox.experiment.teaching import LONGEST_S, Teacher
from sandbox.experiment.truth import Fresh, Rehearsed, Truth, happenings, truths
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import world_of

_DAY_US = 86_400_000_000
Tell = Callable[[str, int, int | None], None]
__all__ = ["Loop", "Rehearsed", "Tell", "Truth", "Wishes", "is_rehearsed", "rehearse", "silent"]


def silent(what: str, done: int, of: int | None) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a loop is carried out; nothing here but `inputs` and `step_us` changes what comes of it."""

    truth: bool = True
    """Also work out what would have been."""
    everybody: int | None = None
    """An arm that all customers have who are not held out: the world after a full rollout."""
    inputs: Sequence[Input] = ()
    """What comes from outside, and when."""
    step_us: int = 0
    """Length of a step; 0: a local day."""
    journal: Path | None = None
    """The folder to write a journal into."""
    workers: int = 2
    at_once: int = VISITS_AT_ONCE
    """Visits whose truth is worked out together: few make the truth come soon, many make it quick."""
    longest_s: float = LONGEST_S
    """How long a policy may learn, by the clock on the wall."""
    watch: Callable[[Loop], None] | None = None
    """Is shown the loop after each step."""
    hear: Hear | None = None
    """Is told of all rows of the stream that arrive, for whoever looks on."""


@dataclass(eq=False)
class Loop:
    """An experiment that goes on step by step; between two of them it can be looked at, and inputs sent.

    `for step in loop` goes on to the end of the clock; each step is the moment that it has reached.
    """

    plan: Plan
    wishes: Wishes = Wishes()
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
    _watched_until_us: int = 0

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
        self.feed = feed = Feed(plan, world_of(plan, {written.events: self.showing}), self.wishes.hear)
        self.journal = Journal.begin(self.wishes.journal) if self.wishes.journal is not None else None

        # 1. Everybody has an arm for good; until something was learnt, all are shown what history shows.
        self.traffic = Traffic(plan, written, feed.customers, self.wishes.everybody)
        self.showing.arms = self.traffic.arms()
        assert feed.stream.story.catalogue is not None
        history = by_history(feed.stream.story.catalogue.best, len(feed.customers))
        for arm in range(len(written.arms)):
            self.champions.crown(arm, BEFORE_US, history, 0)
        feed.stream.events_a_visit  # noqa: B018 - its pilot is let go before anything counts
        self.now_us = self._watched_until_us = written.starts_us
        self.stage = self._begun(written.starts_us)

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
        self._write_head()
        seen = self._seen()
        for arm, named in enumerate(written.arms):
            self._decide(first(self.champions, arm, named.policy, teachers[arm], seen))
            self.retraining.learnt(arm, seen)

    def __iter__(self) -> Iterator[int]:
        """Go on to the end."""
        whole = (self.plan.clock.end_us - self.shelves.starts_us) or 1
        while self.now_us < self.plan.clock.end_us:
            self.tell("days of the experiment", (self.now_us - self.shelves.starts_us) // _DAY_US, whole // _DAY_US)
            now_us = self.step()
            if self.wishes.watch is not None:
                self.wishes.watch(self)
            yield now_us

    def send(self, given: Input) -> None:
        """Let something come from outside, now or at a later moment. Raises InputError: the loop cannot do it."""
        check_input(given, self.plan)
        at_us = max(given.at_us, self.now_us)
        self._inputs = sorted([*self._inputs, replace(given, at_us=at_us)], key=lambda each: each.at_us)

    def take(self) -> bool:
        """Do the first thing that was sent, if its moment has come; whether there was one. A step does so with all."""
        if not self._inputs or self._inputs[0].at_us > self.now_us:
            return False
        self._take(self._inputs.pop(0))
        return True

    def step(self) -> int:
        """Go on to the next moment at which something may be decided; that moment, microseconds UTC."""
        if self.now_us >= self.plan.clock.end_us:
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
        self._work_out(until_us - self.feed.stream.story.longest_us)

        # 3d. An arm that loses more than is put up with is stopped.
        if until_us in self.stage.days_us[1:] and until_us < self.plan.clock.end_us:
            self._guard()

        # 3e. Candidates learn from what has arrived, and the better model serves from here on.
        for arm, cause in self.retraining.due(until_us, self.memory):
            self._retrain(arm, cause)
        if self.traffic.stage_at(until_us) == until_us < self.plan.clock.end_us:
            self.stage = self._begun(until_us)
        self.champions.forget(min(until_us - self.feed.stream.story.longest_us, self._asked_from_us()))
        return until_us

    def finish(self) -> Rehearsed:
        """Go on to the end, and say what came of it."""
        for _ in self:
            pass
        if self.stage.counter is not None:
            self._work_out(self.plan.clock.end_us)
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

    def _begun(self, since_us: int) -> Stage:
        """Watch a stage of the ramp from its beginning."""
        names, arms = tuple(arm.policy for arm in self.shelves.arms), self.showing.arms
        days_us, counter = self.traffic.days_of(since_us), None
        if self.wishes.truth:
            only = () if self.wishes.everybody is None else (self.wishes.everybody,)
            counter = Counterfactual.of(
                self.shelves, self.feed.stream, self.showing, days_us, arms=only, workers=self.wishes.workers,
                at_once=self.wishes.at_once,
            )  # fmt: skip
        self._watched_until_us = since_us
        return Stage(names, arms.at_moment(since_us), days_us, counter)

    def _work_out(self, until_us: int) -> None:
        """What would have been of visits that begin before a moment."""
        until_us = min(until_us, self.stage.until_us)
        if self.stage.counter is not None and until_us > self._watched_until_us:
            self.stage.counter.add(self._watched_until_us, until_us, self.stage.first_us)
            self._watched_until_us = until_us

    def _asked_from_us(self) -> int:
        if self.stage.counter is None or self._watched_until_us >= self.stage.until_us:
            return self.now_us
        waiting = self.stage.counter.needed_us
        return self._watched_until_us if waiting is None else waiting

    def _guard(self) -> None:
        if self.wishes.everybody is not None:
            return
        open_arms = self.traffic.open
        for guardrail in self.stage.broken(self.design, self.now_us):
            arm = self.stage.arms.index(guardrail.arm)
            if arm not in open_arms or arm not in self.traffic.open:
                continue
            self.showing.arms = self.traffic.stop(arm, self.now_us)
            said = f"{guardrail.metric} lost more than {guardrail.loss:.0%}; its customers see the control from here on"
            version = self.champions.version(arm)
            self._decide(Decision(self.now_us, arm, guardrail.arm, "stopped", version, cause="guardrail", because=said))
        if not self.traffic.open and self.stage.until_us > self.now_us:
            self.stage.end(self.now_us)

    def _retrain(self, arm: int, cause: Cause) -> None:
        policy, seen = self.shelves.arms[arm].policy, self._seen()
        takes_us, drift = self.retraining.begin(arm, self.now_us)
        teacher, retrain = self.retraining.teachers[arm], self.shelves.retrain
        judges = self.stage.codes != arm
        made = promote(self.champions, arm, policy, teacher, seen, retrain, takes_us, judges, cause)
        self._decide(replace(made, drift=drift))
        if made.what in ("promoted", "rolled back"):
            self.retraining.learnt(arm, seen)

    def _take(self, given: Input) -> None:
        """Do what somebody asks for from outside."""
        self.taken.append(given)
        if self.journal is not None:
            self.journal.write("input", given.at_us, **{k: v for k, v in given.to_dict().items() if k != "at"})
        plan = applied(self.plan, given, len(self.taken))
        if plan is not self.plan:
            self.plan = plan
            self.feed.go_on(plan, world_of(plan, {self.shelves.events: self.showing}))
            if self.stage.counter is not None:
                self.stage.counter.stream = self.feed.stream
        if given.what == "share":
            self.showing.arms = self.traffic.open_to(given.size, self.now_us)
            self.stage = self._begun(self.now_us)
            said = f"raised from outside to {given.size:.1%} at most"
            for arm in self.traffic.open:
                version, policy = self.champions.version(arm), self.shelves.arms[arm].policy
                self._decide(Decision(self.now_us, arm, policy, "share", version, cause="demand", because=said))
        for arm in arms_meant(given, self.shelves):
            if given.what == "retrain":
                self._retrain(arm, "demand")
            elif given.what == "roll back":
                policy = self.shelves.arms[arm].policy
                self._decide(rolled_back(self.champions, arm, policy, self.now_us, "asked for from outside"))

    def _decide(self, decision: Decision) -> None:
        self.decisions.append(decision)
        if self.journal is not None:
            told = {name: value for name, value in asdict(decision).items() if name != "at_us"}
            self.journal.write("decision", decision.at_us, **told)

    def _write_head(self) -> None:
        if self.journal is not None:
            plan = self.plan
            self.journal.write(
                "begin", self.shelves.starts_us, version=1, scenario=plan.name, digest=plan.digest, seed=plan.seed,
                engine=plan.engine, step_us=self.wishes.step_us, plan=self.design.digest,
            )  # fmt: skip


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
