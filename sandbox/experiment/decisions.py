"""Keep the better model: a candidate takes the champion's place when it was better on what neither had seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sandbox.experiment.champions import Champions
from sandbox.experiment.learning import hit_rate, unmet
from sandbox.experiment.serving import Served
from sandbox.models.recommend.events import Events
from sandbox.scenario.plan import ShelvesPlan

What = Literal["first", "promoted", "kept"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a candidate, and why."""

    at_us: int
    arm: int
    policy: str
    what: What
    version: int
    """Of the champion from here on."""
    champion: float | None = None
    """Its hit rate on what came since the last decision; None where there was nothing to judge by."""
    candidate: float | None = None
    learnt_from: int = 0
    """Events."""


def promote(
    champions: Champions, arm: int, policy: str, learn: Callable[[Events], Served], seen: Events, now_us: int,
    written: ShelvesPlan,
) -> Decision:  # fmt: skip
    """Let a candidate learn, judge both, and crown the better one.

    The candidate learns without the latest stretch, which both are judged by; crowned, it learns from all.
    """
    judged_from = now_us - written.retrain_us
    known, after = seen.where(seen.at < judged_from), seen.where(seen.at >= judged_from)
    new = unmet(after, known)
    champion = hit_rate(champions.now(arm), new)
    candidate = hit_rate(learn(known), new)
    if not candidate > champion + written.better_by:
        return Decision(
            now_us, arm, policy, "kept", champions.version(arm), _known(champion), _known(candidate), len(seen)
        )
    version = champions.crown(arm, now_us, learn(seen))
    return Decision(now_us, arm, policy, "promoted", version, champion, candidate, len(seen))


def _known(figure: float) -> float | None:
    return None if figure != figure else figure
