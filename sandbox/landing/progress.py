"""How far the work is, told to whoever wants to show it: at most five times a second, from one thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Protocol

PAUSE_S = 0.2


class Progress(Protocol):
    """Told of a dataset's rows done so far; `rows_total` is -1 where it is not known before."""

    def __call__(self, dataset: str, rows_done: int, rows_total: int) -> None: ...


def silent(dataset: str, rows_done: int, rows_total: int) -> None:
    """Tell nobody."""


class Meter:
    """Counts rows from any thread, and tells of them from the one that asks it to."""

    def __init__(self, totals: Mapping[str, int], progress: Progress) -> None:
        self._totals = totals
        self._progress = progress
        self._done = dict.fromkeys(totals, 0)
        self._told: dict[str, int] = {}
        self._lock = threading.Lock()
        self._last = 0.0
        self._owner = threading.get_ident()

    def add(self, dataset: str, rows: int) -> None:
        """Count rows; on the owner's thread, tell of them if it is time."""
        with self._lock:
            self._done[dataset] += rows
        if threading.get_ident() == self._owner:
            self.tell()

    def tell(self, at_once: bool = False) -> None:
        """Tell of what has changed, if the last time is long enough ago."""
        now = time.monotonic()
        if now - self._last < PAUSE_S and not at_once:
            return
        self._last = now
        with self._lock:
            done = dict(self._done)
        for dataset, rows in done.items():
            if self._told.get(dataset) != rows:
                self._told[dataset] = rows
                self._progress(dataset, rows, self._totals[dataset])
