"""Send windows at their pace: what is due goes together, and a checkpoint is never further behind than it says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.replay.checkpoint import Checkpoint
from sandbox.replay.clock import Clock
from sandbox.replay.lane import Lane
from sandbox.replay.order import Window, places_in_order
from sandbox.replay.pace import Pace, Seconds
from sandbox.replay.stream import Stretch
from sandbox.scenario.outlets import Meeting

TICK_S = 0.01
"""Rows that are due within this go together: none is later than that, and a thousand a second cost a hundred calls."""
LONGEST_SLEEP_S = 0.2
KEPT_EVERY_S = 1.0
_SEND_S = 0.1
_FIRST, _MOST = 256, 65_536
"""Rows handed over in one go: at first, and at most; else so many as the sink takes in about `_SEND_S`."""

Told = Callable[[int, float], None]
"""Is told how many rows are sent, and by how many seconds the last one was late."""


@dataclass
class Timing:
    """How a sitting keeps its pace."""

    rows: int = 0
    first_due_s: float | None = None
    last_due_s: float = 0.0
    first_s: float = 0.0
    last_s: float = 0.0
    lag_s: float = 0.0
    most_lag_s: float = 0.0

    def settled(self, took_s: float) -> None:
        """What goes as fast as it can has gone only when the sink has settled it: a buffer's own rate is nobody's."""
        if self.last_due_s == -math.inf:
            self.last_s += took_s


@dataclass
class Sender:
    """Sends windows to lanes until there are no more."""

    lanes: Sequence[Lane]
    pace: Pace
    clock: Clock
    keep: Callable[[], None]
    """Writes the checkpoint."""
    told: Told
    checkpoint: Checkpoint
    """Holds the moment of the first row that knows a time, from which a pace counts."""
    timing: Timing = field(default_factory=Timing)
    _began_s: float | None = None
    """When, by the clock, the pace's second 0 was; going on, when it would have been."""
    _most: int = _FIRST
    _kept_s: float = 0.0
    _reserve: int = _FIRST

    def send(self, windows: Iterable[Window]) -> None:
        """Send everything; what is late is sent as soon as can be, and nothing is left out."""
        self._kept_s = self.clock.seconds()
        for window in windows:
            number = sum(lane.reached for lane in self.lanes)
            due = self._due_s(window, number)
            cursors = [0] * len(self.lanes)
            start = 0
            while start < len(due):
                now = self._now_s(due)
                stop = min(int(np.searchsorted(due, now, "right")), start + self._most)
                if stop <= start:
                    self.clock.sleep(min(max(float(due[start]) - now, TICK_S), LONGEST_SLEEP_S))
                else:
                    self._hand_over(window, cursors, start, stop)
                    self._note(now, float(due[start]), float(due[stop - 1]), stop - start)
                    start = stop
                self._tend()

    def _now_s(self, due: Seconds) -> float:
        """Where the pace is; it begins, or goes on, where the first of these rows is due that knows when."""
        if self._began_s is None:
            known = due[due >= 0]
            self._began_s = self.clock.seconds() - (float(known[0]) if len(known) else 0.0)
        return self.clock.seconds() - self._began_s

    def _due_s(self, window: Window, number: int) -> Seconds:
        first = self.checkpoint.first_us
        if first is None:
            timed = [lane.stream.extent() is not None for lane in self.lanes]
            known = window.moments[np.array(timed)[window.stream]]
            first = self.checkpoint.first_us = int(known[0]) if len(known) else None
        return self.pace.due_s(window.moments - (window.moments[0] if first is None else first), number)

    def _hand_over(self, window: Window, cursors: list[int], start: int, stop: int) -> None:
        whose = window.stream[start:stop]
        counts = np.bincount(whose, minlength=len(self.lanes)).tolist()
        self._ensure_reserved(counts)
        stretches = {}
        for at in [at for at, rows in enumerate(counts) if rows]:
            run = window.runs[at]
            assert run is not None
            stretches[at] = run.slice(cursors[at], counts[at])
            cursors[at] += counts[at]
        begun = self.clock.seconds()
        _hand(self.lanes, stretches, whose)
        took = self.clock.seconds() - begun
        if stop - start == self._most:
            self._most = min(2 * self._most, _MOST) if took < _SEND_S else max(self._most // 2, 1)

    def _ensure_reserved(self, counts: Sequence[int]) -> None:
        """Say in the checkpoint, before they are sent, that these rows may have been."""
        short = [
            lane.reached + rows > lane.position.reserved
            for lane, rows in zip(self.lanes, counts, strict=True)
            if rows and not lane.is_exact
        ]
        if not any(short):
            return
        for lane, rows in zip(self.lanes, counts, strict=True):
            lane.position.reserved = max(lane.position.reserved, lane.reached + max(rows, self._reserve))
        self._keep()

    def _tend(self) -> None:
        """Now and then, learn what is settled, and keep it."""
        now = self.clock.seconds()
        since = now - self._kept_s
        if since < KEPT_EVERY_S:
            return
        self._keep()

    def _keep(self) -> None:
        now = self.clock.seconds()
        # A reservation that lasts about as long as a checkpoint is kept: seldom written, and a close bound.
        if now - self._kept_s < KEPT_EVERY_S / 2:
            self._reserve *= 2
        elif now - self._kept_s > 2 * KEPT_EVERY_S:
            self._reserve = max(self._reserve // 2, 1)
        for lane in self.lanes:
            lane.settle()
        self.keep()
        self._kept_s = now
        self.told(sum(lane.reached for lane in self.lanes), self.timing.lag_s)

    def _note(self, now: float, first_due_s: float, last_due_s: float, rows: int) -> None:
        timing = self.timing
        if timing.first_due_s is None:
            timing.first_due_s, timing.first_s = first_due_s, now
        timing.rows += rows
        assert self._began_s is not None
        timing.last_due_s, timing.last_s = last_due_s, self.clock.seconds() - self._began_s
        timing.lag_s = max(now - first_due_s, 0.0) if np.isfinite(first_due_s) else 0.0
        timing.most_lag_s = max(timing.most_lag_s, timing.lag_s)


def _hand(lanes: Sequence[Lane], stretches: Mapping[int, Stretch], whose: npt.NDArray[np.int32]) -> None:
    """Give lanes their stretches. Where they meet in one output, rows are put there in their common order.

    Sinks that lie apart show nobody which of them was sent to first.
    """
    if len(stretches) < 2 or not all(lanes[at].part.meets for at in stretches):
        for at, stretch in stretches.items():
            lanes[at].send(stretch)
        return
    written = pa.concat_arrays([lanes[at].write(stretch) for at, stretch in sorted(stretches.items())])
    cast(Meeting, lanes[next(iter(stretches))].outlet).put(written.take(pa.array(places_in_order(whose))))
