"""Keep the better model: when a candidate learns, when it takes the champion's place, when one goes back.

The words are MLflow's: a candidate is validated by a threshold, a minimum absolute and a minimum relative change, and
what serves has the alias `champion`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sandbox.experiment.champions import Champions
from sandbox.experiment.learning import hit_rate, unmet
from sandbox.experiment.serving import Served
from sandbox.experiment.teaching import LearningError, Teacher
from sandbox.models.recommend.events import Events, Matrix
from sandbox.scenario.plan import RetrainPlan

FEWEST_JUDGES = 50
"""Customers who met something new, by which two models are told apart: of fewer, chance decides."""
What = Literal["first", "promoted", "kept", "rolled back", "failed", "given up", "stopped", "share"]
Cause = Literal["start", "schedule", "drift", "demand", "guardrail"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a candidate or of an arm, and why."""

    at_us: int
    arm: int
    policy: str
    what: What
    version: int
    """Of the model that serves from here on."""
    champion: float | None = None
    """Its hit rate on what came since the last decision; None where there was nothing to judge by."""
    candidate: float | None = None
    learnt_from: int = 0
    """Events."""
    cause: Cause = "schedule"
    because: str = ""
    """In words."""
    model: int | None = None
    """The version of the candidate; None where there was none."""
    serves_from_us: int | None = None
    """When a new champion begins to serve; None where the old one goes on."""
    drift: float | None = None
    """How far the data or the scores had moved (PSI), where that was looked at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be learnt from."""

    events: Events
    owned: Matrix
    now_us: int


def first(champions: Champions, arm: int, policy: str, teacher: Teacher, seen: Seen) -> Decision:
    """Let a policy learn for the first time, and serve; where it fails, the rules of history go on."""
    try:
        served = teacher.taught(seen.events, seen.owned)
    except LearningError as error:
        said = f"it {error}, and the rules of history go on"
        return Decision(seen.now_us, arm, policy, "failed", champions.version(arm), cause="start", because=said)
    version = champions.crown(arm, seen.now_us, served)
    count = len(seen.events)
    said = "the first model that learnt"
    return Decision(
        seen.now_us, arm, policy, "first", version, learnt_from=count, cause="start", because=said, model=version,
        serves_from_us=seen.now_us,
    )  # fmt: skip


def promote(
    champions: Champions, arm: int, policy: str, teacher: Teacher, seen: Seen, retrain: RetrainPlan, takes_us: int,
    judges: NDArray[np.bool_], cause: Cause = "schedule",
) -> Decision:  # fmt: skip
    """Let a candidate learn, judge it beside the champion, and crown the better one.

    The candidate learns without the latest stretch, which both are judged by; crowned, it learns from all. Customers
    who see the champion's lists meet what stands there, so they would keep any champion: others are the judges.

    Args:
        takes_us: how long that takes; a crowned candidate serves so much later.
        judges: the customers by whom they are judged, where there are any; shape (customers,).
    """
    now = Decision(
        seen.now_us, arm, policy, "kept", champions.version(arm), learnt_from=len(seen.events), cause=cause,
        model=champions.candidate(arm),
    )  # fmt: skip
    if retrain.time_box_us and takes_us > retrain.time_box_us:
        box, took = (length / 60e6 for length in (retrain.time_box_us, takes_us))
        said = f"it would have taken {took:,.0f} minutes, and its time box is {box:,.0f}"
        return replace(now, what="given up", because=said)
    judged_from = seen.now_us - retrain.every_us
    known, after = seen.events.where(seen.events.at < judged_from), seen.events.where(seen.events.at >= judged_from)
    new = unmet(after.of(judges) if judges.any() else after, known)
    champion, count = hit_rate(champions.now(arm), new), len(np.unique(new.person))
    if count < FEWEST_JUDGES:
        said = f"{count} customers met something new, and it takes {FEWEST_JUDGES} to judge by"
        return replace(now, because=said, champion=_known(champion))
    try:
        candidate = hit_rate(teacher.taught(known, seen.owned), new)
        better, because = judged(champion, candidate, retrain)
        learnt = teacher.taught(seen.events, seen.owned) if better else None
    except LearningError as error:
        return replace(now, what="failed", because=f"it {error}, and the champion goes on", champion=_known(champion))
    now = replace(now, champion=_known(champion), candidate=_known(candidate), because=because)
    if learnt is not None:
        serves_us = seen.now_us + takes_us
        version = champions.crown(arm, serves_us, learnt, now.model)
        return replace(now, what="promoted", version=version, serves_from_us=serves_us)
    return _rolled_back(champions, now, new, champion, retrain) or now


def judged(champion: float, candidate: float, retrain: RetrainPlan) -> tuple[bool, str]:
    """Whether a candidate takes the champion's place, and why."""
    change = candidate - champion
    if candidate < retrain.threshold:
        return False, f"its hit rate of {candidate:.2%} is below the threshold of {retrain.threshold:.2%}"
    if not change > 0:
        return False, f"its hit rate of {candidate:.2%} is not above the champion's of {champion:.2%}"
    if not change > retrain.min_absolute_change:
        return False, f"it is better by {change:.2%}, and more than {retrain.min_absolute_change:.2%} is asked for"
    if not change > retrain.min_relative_change * champion:
        asked = f"more than {retrain.min_relative_change:.1%} of the champion's is asked for"
        return False, f"it is better by {change / champion:.1%}, and {asked}"
    return True, f"its hit rate of {candidate:.2%} is above the champion's of {champion:.2%}"


def rolled_back(champions: Champions, arm: int, policy: str, now_us: int, because: str) -> Decision:
    """Let the champion before the present one serve again."""
    if champions.before(arm) is None:
        said = "there is no champion before the present one"
        return Decision(now_us, arm, policy, "kept", champions.version(arm), cause="demand", because=said)
    version = champions.dethrone(arm, now_us)
    return Decision(now_us, arm, policy, "rolled back", version, cause="demand", because=because, serves_from_us=now_us)


def _rolled_back(
    champions: Champions, now: Decision, new: Events, champion: float, retrain: RetrainPlan
) -> Decision | None:
    """The champion before the present one, where it would have done better by more than is put up with."""
    before: Served | None = champions.before(now.arm)
    if retrain.roll_back is None or before is None or champion != champion:
        return None
    rate = hit_rate(before, new)
    if not rate > champion * (1 + retrain.roll_back):
        return None
    said = f"the champion before it hits {rate:.2%} of what came, it {champion:.2%}"
    version = champions.dethrone(now.arm, now.at_us)
    return replace(now, what="rolled back", version=version, serves_from_us=now.at_us, because=said)


def _known(figure: float) -> float | None:
    return None if figure != figure else figure
