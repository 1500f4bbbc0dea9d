"""Generate: the datasets of a scenario below a folder, in the form, the span and the format that are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.edges import with_edge_cases
from sandbox.errors import InputError
from sandbox.landing import Landed, land
from sandbox.runs.folder import ignored_by_git
from sandbox.runs.listening import Listener, ignore, landing
from sandbox.scenario.forms import formed
from sandbox.scenario.loader import Loaded
from sandbox.scenario.placing import in_place
from sandbox.scenario.span import in_span
from sandbox.sinks.opening import format_named
from sandbox.sources.opening import world_of

if TYPE_CHECKING:
    from sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is written and how, in the words of users; see `Scenario.generate`."""

    format: str = "parquet"
    history: str = "scd2"
    as_of: object = None
    since: object = None
    until: object = None
    workers: int = 1
    force: bool = False
    edge_cases: bool = False
    listen: Listener = ignore


def generate(loaded: Loaded, out: Path, wishes: Wishes, world: World | None = None) -> Landed:
    """Land every dataset of a scenario below `out`.

    Args:
        loaded: the scenario.
        out: the folder.
        wishes: what is asked for.
        world: of the plan, if the caller has one already; edge cases are made of it.
    Raises:
        InputError: an unknown format or form, a source that does not fit its contract, somebody else's folder.
        OutsideError: a source or the disk failed.
    """
    plan, sink = loaded.plan, format_named(wishes.format)
    formed_plan = formed(plan, wishes.history, wishes.as_of, flat=not sink.holds_structs)
    wanted = in_span(formed_plan, wishes.since, wishes.until)
    if wishes.edge_cases and formed_plan is not plan:
        raise InputError("edge cases are rows of histories as they are; take `history` and `as_of` away.")
    with in_place(loaded.document):
        landed = land(
            wanted,
            out,
            sink=sink,
            workers=wishes.workers,
            force=wishes.force,
            edge_cases=partial(with_edge_cases, plan, world or world_of(plan)) if wishes.edge_cases else None,
            progress=landing(wishes.listen),
        )
    if plan.bindings:
        ignored_by_git(out)
    return landed
