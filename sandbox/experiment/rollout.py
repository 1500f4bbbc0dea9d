"""The truth of a full rollout: a world in which everybody has the arm, which learns from all, beside one without it."""

from __future__ import annotations

from dataclasses import replace

from sandbox.experiment.assignment import CONTROL
from sandbox.experiment.loop import Loop, Tell, Wishes, silent
from sandbox.experiment.truth import Rehearsed, outcomes
from sandbox.scenario.plan import Plan


def rolled_out(rehearsed: Rehearsed, plan: Plan, tell: Tell = silent, wishes: Wishes | None = None) -> Rehearsed:
    """The same with the truth of a full rollout beside it: each arm in a world in which everybody has it.

    The arm learns there from all customers, from the experiment's first day on; the other world is that in which
    nobody has it. Its control keeps what it learnt before the start, so it is the same with or without an experiment.

    Args:
        rehearsed: with its truth.
        plan: as it was before anything came from outside.
        tell: told how far it is.
        wishes: those of the rehearsal.
    """
    wishes = wishes or Wishes()
    outside = tuple(each for each in rehearsed.inputs if each.what in ("break", "campaign", "poison"))
    expected: dict[str, dict[str, float]] = {}
    for arm in range(CONTROL + 1, len(rehearsed.panel.arms)):
        name = rehearsed.panel.arms[arm]
        wished = replace(wishes, everybody=arm, inputs=outside, journal=None, truth=True, watch=None)
        loop = Loop(plan, wished, _told_of(name, tell))
        loop.finish()
        counter = loop.stage.counter
        assert counter is not None
        expected[name] = outcomes(counter, loop.stage)[arm]
    found = [replace(each, rollout=expected[each.arm][each.metric] - each.control) for each in rehearsed.truth]
    return replace(rehearsed, truth=tuple(found))


def _told_of(arm: str, tell: Tell) -> Tell:
    """Tells that it is about the other world."""
    return lambda what, done, of: tell(f"{what}, {arm} for everybody", done, of)
