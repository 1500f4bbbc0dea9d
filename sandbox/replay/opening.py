"""Open the streams of a replay, each in the order that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.replay.checkpoint import Checkpoint
from sandbox.replay.moments import knows_time
from sandbox.replay.reading import Reading, SetAside
from sandbox.replay.sorting import Sorted
from sandbox.replay.stream import InTurn, Ordered
from sandbox.replay.work import Work
from sandbox.sources.opening import open_sources, orders_of

if TYPE_CHECKING:
    from sandbox.world.world import World


def ordered(work: Work, checkpoint: Checkpoint, world: World | None) -> dict[str, Ordered]:
    """The streams by name, as they were asked for.

    Raises:
        InputError: a source does not fit its contract.
        OutsideError: it cannot be opened.
    """
    plan, order = work.plan, work.wishes.order
    streams: dict[str, Ordered] = {}
    for name, source in open_sources(plan, work.streams, world).items():
        counts = dict(checkpoint.streams[name].set_aside)
        reading = Reading(source, SetAside(work.folder / "set-aside" / name, counts))
        span = (max(plan.clock.start_us, plan.span.since_us), min(plan.clock.end_us, plan.span.until_us))
        timed = knows_time(source.contract)
        if timed and order not in orders_of(source):
            streams[name] = Sorted(reading, order, plan.clock.zone, work.folder / "sorted" / name)
        else:
            streams[name] = InTurn(reading, order, plan.clock.zone, span if timed else None)
    return streams
