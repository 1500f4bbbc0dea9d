"""Bring events with their rows as far as they get by a moment, some at a time: memory follows what is under way.

Any pieces give the same arrivals, since a chain may be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE
from sandbox.delivery.cargo import ROWS_AT_ONCE, Cargo
from sandbox.delivery.chain import Arrivals, Chain, ChainState
from sandbox.delivery.damage import Delivered
from sandbox.delivery.ledger import Tally
from sandbox.delivery.transit import Transit

_FRESH_AT_ONCE = 1 << 18
"""Fresh events that set out with their rows at once; fewer would be put together more often."""
_BY_UNDER_WAY = 2
"""So many times more fresh events go at once than are under way go at once: the rows of these are copied each time."""


@dataclass(frozen=True)
class Reached:
    """How far a delivery has come: its state, and the rows of the events that are under way."""

    chain: ChainState
    cargo: Cargo | None = None
    events: int = 0
    """That have happened so far."""
    tally: Tally = field(default_factory=lambda: Tally.none(0))


@dataclass(frozen=True)
class Brought:
    """What arrived between two cuts, and the rows that it is made of."""

    arrivals: Arrivals
    cargo: Cargo | None

    def rows(self) -> Iterator[Delivered]:
        """The rows in the order of their arrival, and how each is damaged."""
        for first in range(0, len(self.arrivals), ROWS_AT_ONCE):
            assert self.cargo is not None
            last = min(first + ROWS_AT_ONCE, len(self.arrivals))
            batch = self.cargo.delivered(self.arrivals, first, last)
            yield Delivered(batch, self.arrivals.events.faults[first:last])


def bring(
    chain: Chain, reached: Reached, batches: Iterable[pa.RecordBatch], until_us: int, late_us: int
) -> tuple[Reached, list[Brought]]:
    """Let events go from where a delivery has come on, with those that are under way.

    Args:
        batches: rows with their envelope, of all events from the cut of `reached` on and before `until_us`, in order;
            read as far as they are needed.
        late_us: what takes longer counts as late.
    """
    brought = list[Brought]()
    ahead = iter(batches)
    following = next(ahead, None)
    while True:
        some, rows = list[pa.RecordBatch](), max(_FRESH_AT_ONCE, _BY_UNDER_WAY * reached.chain.under_way)
        while following is not None and (not some or following.num_rows <= rows or _are_tied(some[-1], following)):
            some.append(following)
            rows -= following.num_rows
            following = next(ahead, None)
        cut_us = until_us if following is None else _moment(following, 0)
        reached, came = _once(chain, reached, some, cut_us, late_us)
        brought += came
        if following is None:
            return reached, brought


def _are_tied(before: pa.RecordBatch, after: pa.RecordBatch) -> bool:
    """Whether a batch goes on at the moment at which the one before it ends: no cut can part them."""
    return _moment(before, -1) == _moment(after, 0)


def _moment(batch: pa.RecordBatch, row: int) -> int:
    """When an event of a batch that was just made happened, microseconds UTC."""
    happened = batch.column(ENVELOPE).field("arrived_at")
    return int(happened[row].value)


def _once(
    chain: Chain, reached: Reached, batches: Sequence[pa.RecordBatch], until_us: int, late_us: int
) -> tuple[Reached, list[Brought]]:
    fresh = Cargo.of(batches, reached.events)
    cargo = fresh if reached.cargo is None else reached.cargo.joined(fresh)
    cargo = cargo.in_one_piece() if cargo is not None else None
    setting_out = fresh.departing(chain.keys) if fresh is not None else Transit.none(len(chain.keys))
    state, pieces = chain.advance(reached.chain, setting_out, until_us)
    tally = reached.tally.sent_off(setting_out.times, chain.start_us)
    for arrivals in pieces:
        happened_us = arrivals.events.times
        if cargo is not None:
            happened_us = cargo.happened_us.take(cargo.places(arrivals.events.numbers))
        tally = tally.arrived_with(arrivals, happened_us, late_us, chain.start_us)
    pending = state.pending
    kept = cargo.kept(pending.numbers) if cargo is not None and len(pending) else None
    events = reached.events + (len(fresh) if fresh is not None else 0)
    return Reached(state, kept, events, tally), [Brought(arrivals, cargo) for arrivals in pieces]
