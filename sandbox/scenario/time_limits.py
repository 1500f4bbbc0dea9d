"""Queries that take too long are broken off: by one thread that watches all of them.

A world asks thousands of small queries, and a thread of its own would cost each of them more than its answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_LOOK_EVERY_S = 0.05
_IDLE_S = 1.0
"""So long after the last query the thread ends."""


class _Watch:
    """What runs now, each until when, and the thread that looks at it: it begins with the first and ends when idle."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[float, duckdb.DuckDBPyConnection]] = {}
        self._numbers = count()
        self._thread: threading.Thread | None = None

    def begin(self, connection: duckdb.DuckDBPyConnection, seconds: float) -> int:
        number = next(self._numbers)
        self._running[number] = (time.monotonic() + seconds, connection)
        # Of a forked process the thread stayed behind. Two that begin at once do no harm.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._look, name="time-limits", daemon=True)
            self._thread.start()
        return number

    def end(self, number: int) -> None:
        self._running.pop(number, None)

    def _look(self) -> None:
        busy_s = time.monotonic()
        while self._thread is not None:
            time.sleep(_LOOK_EVERY_S)
            now = time.monotonic()
            for until, connection in list(self._running.values()):
                busy_s = now
                if now > until:
                    connection.interrupt()
            if now - busy_s > _IDLE_S:
                mine, self._thread = self._thread, None
                if self._running:  # one began after the last look, and took this thread for its own
                    self._thread = mine


_watch = _Watch()


@contextmanager
def broken_off_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Have what runs on a connection meanwhile end with DuckDB's InterruptException, once so many seconds are over."""
    number = _watch.begin(connection, seconds)
    try:
        yield
    finally:
        _watch.end(number)
