"""The experiment of a run whose arms fill shelves: rehearsed first, and what was shown is shown again as data lands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.experiment.experiment import Tried, told_of
from sandbox.experiment.journal import read_journal
from sandbox.experiment.loop import Wishes as LoopWishes
from sandbox.experiment.loop import rehearse
from sandbox.experiment.rollout import rolled_out
from sandbox.experiment.shown_again import ShownAgain
from sandbox.runs.modelling import Wishes
from sandbox.scenario.plan import Plan

if TYPE_CHECKING:
    from sandbox.world.streams.stream import Policy
    from sandbox.world.world import World


def rehearsed_into(folder: Path, plan: Plan, wishes: Wishes, world: World) -> Tried:
    """Rehearse the experiment of a plan in its world, its journal in a folder; what it says."""
    asked = LoopWishes(truth=wishes.truth, journal=folder, world=world)
    rehearsed = rehearse(plan, wishes.listen, wishes=asked)
    return told_of(plan, rolled_out(rehearsed, plan, wishes.listen, asked) if wishes.truth else rehearsed)


def shown_again(folder: Path, plan: Plan) -> Mapping[str, Policy]:
    """The policy by which the stream of a rehearsed experiment is made again: what its journal says was shown."""
    assert plan.shelves is not None
    return {plan.shelves.events: ShownAgain.of(read_journal(folder), plan.shelves.starts_us)}
