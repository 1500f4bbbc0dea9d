"""What comes in, counted as it arrives: rows by hour and kind of event, how long they took, and where they wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.delivery.bringing import Reached
from sandbox.delivery.chain import ChainState, chain_of
from sandbox.delivery.ledger import quantiles_s
from sandbox.delivery.schedule import Downtime, downtimes
from sandbox.scenario.plan import Plan
from sandbox.world.periods import HOUR_US

_SHOWN_HOURS = 48
_FUNNEL_HOURS = 24
_LATE_HOURS = 6
"""Over how long it is told how late rows come."""


@dataclass(eq=False)
class Traffic:
    """Counts of one stream, by the hour of the clock."""

    start_us: int
    kinds: tuple[str, ...]
    """Events, in the order of the journey."""
    column: str
    """The stream's column that tells which a row is."""
    counts: NDArray[np.int64]
    """Rows by the hour in which they arrived, and kind; shape (hours, kinds)."""
    rows: int = 0
    _late: deque[tuple[int, NDArray[np.int64]]] = field(default_factory=deque)

    @classmethod
    def of(cls, plan: Plan, column: str, kinds: Sequence[str]) -> Traffic:
        """Nothing has come yet."""
        hours = -(-(plan.clock.end_us - plan.clock.start_us) // HOUR_US)
        return cls(plan.clock.start_us, tuple(kinds), column, np.zeros((hours, len(kinds)), np.int64))

    def hear(self, rows: pa.RecordBatch, arrived_us: NDArray[np.int64]) -> None:
        """Count rows, in their turn."""
        self.rows += rows.num_rows
        told = rows.column(self.column)
        told = told.cast(told.type.value_type) if pa.types.is_dictionary(told.type) else told
        kind = np.asarray(pc.fill_null(pc.index_in(told, pa.array(self.kinds, told.type)), -1))
        hour = (arrived_us - self.start_us) // HOUR_US
        inside = (kind >= 0) & (hour >= 0) & (hour < len(self.counts))
        places = hour[inside] * len(self.kinds) + kind[inside]
        self.counts += np.bincount(places, minlength=self.counts.size).reshape(self.counts.shape)

    def by_hour(self, now_us: int, reached: Reached | None) -> dict[str, Any]:
        """Rows that happened and rows that arrived, in the latest hours."""
        last = (now_us - self.start_us - 1) // HOUR_US + 1
        first = max(0, last - _SHOWN_HOURS)
        arrived = self.counts.sum(axis=1) if reached is None else reached.tally.arrived_by_hour
        sent = arrived if reached is None else reached.tally.sent_by_hour
        return {
            "from": (self.start_us + first * HOUR_US) // 1000,
            "sent": sent[first:last].tolist(),
            "arrived": arrived[first:last].tolist(),
        }

    def funnel(self, now_us: int) -> list[tuple[str, int]]:
        """Rows of each kind that arrived in the latest day."""
        last = (now_us - self.start_us - 1) // HOUR_US + 1
        sums = self.counts[max(0, last - _FUNNEL_HOURS) : last].sum(axis=0)
        return list(zip(self.kinds, sums.tolist(), strict=True))

    def lag(self, now_us: int, reached: Reached) -> dict[str, float]:
        """How late rows came of late, in seconds; empty where none came."""
        whole = reached.tally.lateness
        if not self._late or self._late[-1][0] + HOUR_US <= now_us:
            self._late.append((now_us, whole))
        while len(self._late) > 1 and self._late[1][0] <= now_us - _LATE_HOURS * HOUR_US:
            self._late.popleft()
        return quantiles_s(whole - self._late[0][1], (0.5, 0.95))


@dataclass(frozen=True, eq=False)
class Way:
    """The stages that events pass, with their outages."""

    names: tuple[str, ...]
    down: tuple[tuple[Downtime, ...], ...]
    """By stage."""

    @classmethod
    def of(cls, plan: Plan, stream: str) -> Way:
        """As a plan has it; none where the stream is not delivered."""
        if plan.delivery is None or stream not in plan.delivery.streams:
            return cls((), ())
        chain = chain_of(plan.delivery, stream, plan.clock, plan.seed, plan.engine)
        down = tuple(tuple(downtimes(stage.working, plan.clock.end_us)) for stage in chain.stages)
        return cls(tuple(stage.plan.name for stage in chain.stages), down)

    def told(self, now_us: int, reached: Reached | None) -> list[dict[str, Any]]:
        """Each stage now: how many wait for it or in it, and until when it does nothing."""
        found = []
        waiting = self._waiting(now_us, reached.chain) if reached is not None else [0] * len(self.names)
        for number, name in enumerate(self.names):
            ends = [each.ends_us for each in self.down[number] if each.starts_us <= now_us < each.ends_us]
            found.append({"name": name, "waiting": waiting[number], "until": max(ends) // 1000 if ends else None})
        return found

    def _waiting(self, now_us: int, chain: ChainState) -> list[int]:
        """How many are at each stage. Who is noted at the next one for a later moment has not left this one yet."""
        noted = [each.times for each in (*chain.waiting, chain.arriving)]
        return [
            int(np.count_nonzero(noted[at] <= now_us) + np.count_nonzero(noted[at + 1] > now_us)) + chain.held(at)
            for at in range(len(self.names))
        ]

    def outages(self, now_us: int) -> list[dict[str, Any]]:
        """All that have begun by a moment."""
        return [
            {"stage": name, "from": each.starts_us // 1000, "to": each.ends_us // 1000}
            for name, some in zip(self.names, self.down, strict=True)
            for each in some
            if each.starts_us <= now_us
        ]
