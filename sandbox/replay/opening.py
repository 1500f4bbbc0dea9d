"""Open the streams of a replay, each in the order that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.replay.checkpoint import Checkpoint
from sandbox.replay.clock import Clock
from sandbox.replay.loops import Looped
from sandbox.replay.moments import knows_time
from sandbox.replay.reading import Reading, SetAside
from sandbox.replay.sorting import Sorted
from sandbox.replay.stream import InTurn, Mark, Ordered
from sandbox.replay.work import Work
from sandbox.sources.opening import open_sources, orders_of

if TYPE_CHECKING:
    from sandbox.world.world import World


def ordered(work: Work, checkpoint: Checkpoint, world: World | None, clock: Clock) -> dict[str, Ordered]:
    """The streams by name, as they were asked for; what a fresh replay settles about times goes into the checkpoint.

    By event, a stream is sent as it happened: what the scenario's delivery does to it shows by arrival.

    Raises:
        InputError: a source does not fit its contract.
        OutsideError: it cannot be opened.
    """
    plan, order, zone = work.plan, work.wishes.order, work.plan.clock.zone
    as_sent = plan if order == "arrival" else replace(plan, delivery=None)
    streams: dict[str, Ordered] = {}
    for name, source in open_sources(as_sent, work.streams, world).items():
        counts = dict(checkpoint.streams[name].set_aside)
        reading = Reading(source, SetAside(work.folder / "set-aside" / name, counts))
        cut = (plan.span.since_us, plan.span.until_us)
        if not knows_time(source.contract):
            streams[name] = InTurn(reading, order, zone, plan.clock.start_us, None)
        elif order in orders_of(source):
            span = (max(plan.clock.start_us, cut[0]), min(plan.clock.end_us, cut[1]))
            streams[name] = InTurn(reading, order, zone, plan.clock.start_us, span)
        else:
            # A source that cannot be asked for a span gives everything, and what lies outside is passed over.
            inside = cut if name in plan.bindings and not plan.span.is_all else None
            streams[name] = Sorted(reading, order, zone, work.folder / "sorted" / name, inside)
    return _looped(work, checkpoint, streams, clock)


def _looped(work: Work, checkpoint: Checkpoint, streams: Mapping[str, Ordered], clock: Clock) -> dict[str, Ordered]:
    """The streams as often as is asked for, with their times moved."""
    wishes = work.wishes
    span_us, shift_us = 0, None
    if wishes.loops != 1 or wishes.redate is not None:
        extents = [extent for stream in streams.values() if (extent := stream.extent()) is not None]
        begin = min((extent[0] for extent in extents), default=work.plan.clock.start_us)
        end = max((extent[1] for extent in extents), default=work.plan.clock.end_us)
        span_us = max(end - begin, 1)
        if checkpoint.is_fresh and wishes.redate == "begin":
            checkpoint.shift_us = clock.now_us() - _first_moment(streams, begin)
        elif checkpoint.is_fresh and wishes.redate == "end":
            checkpoint.shift_us = clock.now_us() - (end + max(wishes.loops - 1, 0) * span_us)
        shift_us = None if wishes.redate is None else checkpoint.shift_us
    return {name: Looped(stream, wishes.loops, span_us, shift_us) for name, stream in streams.items()}


def _first_moment(streams: Mapping[str, Ordered], begin: int) -> int:
    """When the first row that knows a time is due."""
    heads = [next(stream.stretches(Mark()), None) for stream in streams.values() if stream.extent() is not None]
    return min((int(head.moments[0]) for head in heads if head is not None), default=begin)
