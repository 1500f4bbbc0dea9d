"""How an experiment stands between two steps of its loop: each arm's outcomes, who serves, how fresh the data is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sandbox.experiment.assignment import CONTROL
from sandbox.experiment.comparing import estimate
from sandbox.experiment.decisions import Decision
from sandbox.experiment.effects import Figure, effect, levels
from sandbox.experiment.inputs import moment_text
from sandbox.experiment.loop import Loop
from sandbox.experiment.moments import Moments, moments_by
from sandbox.experiment.tally import NEVER_US
from sandbox.experiment.truth import outcomes
from sandbox.models.base import Estimate

_LISTS, _CLICKS, _GOALS, _VALUE = range(4)


@dataclass(frozen=True, slots=True)
class ArmNow:
    """One arm, of the stage that goes on now."""

    policy: str
    share: float
    is_open: bool
    """False once it was stopped: its customers see the control."""
    units: int
    """Customers who have seen a list."""
    lists: int
    clicks: int
    goals: int
    value: float
    conversion: Estimate
    """With an interval that is right for one look."""
    click_rate: Estimate
    difference: Estimate | None
    """Of conversion, to the control; None of the control."""
    true_difference: float | None
    """Where the truth is worked out, of those visits that it was worked out for."""
    version: int
    """Of the champion."""
    serves_since_us: int
    last: Decision | None
    """What became of the latest candidate."""
    faults: dict[str, int]
    """Times that the champion's fallback answered, by reason."""


@dataclass(frozen=True, slots=True)
class Now:
    """The experiment at a moment."""

    at_us: int
    day: int
    """Whole days of the stage that have passed, `of` so many."""
    of: int
    arms: tuple[ArmNow, ...]
    arrived: int
    """Events since the experiment's start."""
    stale_us: int
    """How long ago the latest event happened that has arrived."""
    under_way: int
    """Events that have happened and not arrived."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"at": moment_text(self.at_us), **asdict(self)}


def now_of(loop: Loop) -> Now:
    """How a loop stands."""
    stage, day = loop.stage, max(loop.stage.passed(loop.now_us), 0)
    took_part = stage.first_us < NEVER_US
    totals = stage.daybook.totals.T
    codes = np.where(took_part, stage.codes, -1)
    columns = np.column_stack([np.minimum(totals[:, _GOALS], 1), totals[:, _CLICKS], totals[:, _LISTS]])
    moments = moments_by(codes, columns, len(stage.arms))
    shares = loop.traffic.shares(stage.since_us)
    true = _true(loop)
    arms = []
    for arm, policy in enumerate(stage.arms):
        mine = totals[codes == arm].sum(axis=0)
        decided = [each for each in loop.decisions if each.arm == arm]
        arms.append(
            ArmNow(
                policy=policy,
                share=shares[policy],
                is_open=arm == CONTROL or arm in loop.traffic.open,
                units=int((codes == arm).sum()),
                lists=int(mine[_LISTS]),
                clicks=int(mine[_CLICKS]),
                goals=int(mine[_GOALS]),
                value=float(mine[_VALUE]),
                conversion=_level(moments.at(arm), Figure(0), loop.design.alpha),
                click_rate=_level(moments.at(arm), Figure(1, 2), loop.design.alpha),
                difference=None if arm == CONTROL else _difference(moments, arm, loop.design.alpha),
                true_difference=true[arm],
                version=loop.champions.version(arm),
                serves_since_us=loop.champions.since(arm),
                last=decided[-1] if decided else None,
                faults=loop.champions.now(arm).faults,
            )
        )
    stale_us = loop.now_us - loop.latest_us if loop.latest_us else 0
    return Now(
        loop.now_us, day, len(stage.days_us) - 1, tuple(arms), loop.arrived, stale_us, loop.feed.under_way
    )  # fmt: skip


def _level(moments: Moments, figure: Figure, alpha: float) -> Estimate:
    with np.errstate(divide="ignore", invalid="ignore"):
        level = levels(moments, figure)
        return estimate(level.value, *level.interval(alpha))


def _difference(moments: Moments, arm: int, alpha: float) -> Estimate:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = effect(moments.at(CONTROL), moments.at(arm), Figure(0), alpha)
    return estimate(found.difference, found.low, found.high)


def _true(loop: Loop) -> list[float | None]:
    """The true difference in conversion by arm, as far as it is worked out."""
    nothing: list[float | None] = [None for _ in loop.stage.arms]
    counter = loop.stage.counter
    if counter is None or CONTROL not in counter.arms or not counter.expected[CONTROL].converted.any():
        return nothing
    found = outcomes(counter, loop.stage)
    return [
        None if arm == CONTROL else each["conversion"] - found[CONTROL]["conversion"]
        for arm, each in enumerate(found)
    ]  # fmt: skip
