"""What a loop goes by: the plan of its shelves, the parts of its policies, who has which arm from when, its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.errors import InputError, Problem
from sandbox.experiment.assignment import CONTROL, HELD_OUT, Arm, Codes, assign, split_of
from sandbox.experiment.planned import days_of
from sandbox.experiment.schedule import Schedule
from sandbox.experiment.showing import Arms
from sandbox.models.recommend.policies import PolicyPart
from sandbox.scenario.plan import Plan, ShelvesPlan


def is_rehearsed(plan: Plan) -> bool:
    """Whether a plan has a loop that is its own: shelves of a stream that nobody else has filled."""
    return plan.shelves is not None and plan.shelves.events not in plan.bindings


def shelves_of(plan: Plan) -> ShelvesPlan:
    """What the scenario says of the shelves. Raises InputError: it has none, or others fill them."""
    if plan.shelves is None:
        raise InputError(f"{plan.file}: has no experiment with `shelves`; say which policies fill those of a stream.")
    if plan.shelves.events in plan.bindings:
        said = f"'{plan.shelves.events}' comes from the target '{plan.target}', where others decide what is shown"
        raise InputError(f"{plan.file}: {said}; leave --target out.")
    return plan.shelves


def parts_of(plan: Plan) -> dict[str, PolicyPart]:
    """The policies by name. Raises InputError: a part is no policy."""
    found: dict[str, PolicyPart] = {}
    for name, policy in plan.scenario.policies.items():
        if not isinstance(policy.part, PolicyPart):
            raise InputError(Problem(f"'{policy.kind}' is no policy.", f"policies.{name}"))
        found[name] = policy.part
    return found


def steps_of(plan: Plan, after_us: int, step_us: int) -> Sequence[int]:
    """The next moments at which a step ends: of local days, and every so long from the clock's start on."""
    calendar = plan.clock.calendar
    ends = np.array([calendar.day_us(day) for day in range(calendar.days + 1)])
    following: list[int] = ends[ends > after_us][:1].tolist()
    if step_us:
        following.append(after_us + step_us - (after_us - plan.clock.start_us) % step_us)
    return following


@dataclass(eq=False)
class Traffic:
    """Who has which arm from when on."""

    plan: Plan
    shelves: ShelvesPlan
    customers: pa.Array
    everybody: int | None = None
    """An arm that all have who are not held out."""
    open: set[int] = field(default_factory=set)
    """Arms that have not been stopped."""
    schedule: Schedule = field(init=False)
    _arms: Arms = field(default_factory=lambda: Arms(()))

    def __post_init__(self) -> None:
        """As the scenario has it."""
        self.open = set(range(1, len(self.shelves.arms)))
        self.schedule = Schedule(self.shelves.stages)

    def arms(self) -> Arms:
        """All stages that are planned."""
        self._arms = Arms(tuple(self._stages_from(self.schedule.stages[0][0])))
        return self._arms

    def stop(self, arm: int, now_us: int) -> Arms:
        """Let an arm's customers see the control from now on, and for good; nobody else gets their share."""
        self.open.discard(arm)
        self._arms = self._arms.without(arm, now_us)
        if not self.open:
            self.schedule = self.schedule.ended(now_us)
        return self._arms

    def give(self, shares: Mapping[int, float], now_us: int) -> Arms:
        """Let arms, by their codes, have other shares from now on; stages that were planned for them are given up."""
        self.schedule = self.schedule.given(shares, now_us)
        closed = [arm for arm in range(1, len(self.shelves.arms)) if arm not in self.open]
        for since_us, codes in self._stages_from(now_us):
            self._arms = self._arms.from_on(since_us, np.where(np.isin(codes, closed), CONTROL, codes).astype(np.int16))
        return self._arms

    def stage_at(self, now_us: int) -> int:
        """When the stage began that goes on now."""
        return self.schedule.at(now_us)[0]

    def next_us(self, now_us: int) -> int:
        """When the next one begins; the clock's end where there is none."""
        found = self.schedule.next_us(now_us)
        return self.plan.clock.end_us if found is None else found

    def shares(self, since_us: int) -> dict[str, float]:
        """The share of each arm in the stage that began at a moment, the control first."""
        taken = self.schedule.at(since_us)[1]
        policies = [arm.policy for arm in self.shelves.arms]
        return dict(zip(policies, [1 - sum(taken), *taken], strict=True))

    def days_of(self, since_us: int) -> NDArray[np.int64]:
        """The local days of a stage: to the next one, or to the horizon; the first begins with it."""
        assert self.plan.experiment is not None
        planned = days_of(self.plan, self.plan.experiment).starts_us
        until_us = self.next_us(since_us)
        last = planned[-1] if until_us >= self.plan.clock.end_us and planned[-1] > since_us else until_us
        calendar = self.plan.clock.calendar
        starts = np.array([calendar.day_us(day) for day in range(calendar.days + 1)])
        inner = starts[(starts > since_us) & (starts < last)]
        return np.array([since_us, *inner.tolist(), last], np.int64)

    def _stages_from(self, first_us: int) -> Iterator[tuple[int, Codes]]:
        """The arms of all customers in each stage from one on: what arms have hangs on what they had before."""
        written = self.shelves
        split = split_of(
            self.plan.name,
            written.arms[0].policy,
            [Arm(arm.policy, arm.share) for arm in written.arms[1:]],
            seed=self.plan.seed,
            holdout=written.holdout,
            engine=self.plan.engine,
        )
        opened = split.stretches
        for since_us, shares in self.schedule.stages:
            opened = opened.opened_to(shares)
            if since_us < first_us:
                continue
            codes = assign(split, self.customers, opened)
            if self.everybody is not None:
                codes = np.where(codes == HELD_OUT, HELD_OUT, self.everybody).astype(np.int16)
            yield since_us, codes
