"""Ctrl-C between two writes, never in the middle of one: what a file's books say is what the file holds."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType


@contextmanager
def unbroken() -> Iterator[None]:
    """Have Ctrl-C wait until the block is through; also a decorator.

    For what takes moments and would be neither done nor undone if it were broken off: a write and the count of its
    rows. Never for waiting on somebody else. Other threads are not interrupted anyway.
    """
    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(before):
        yield
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)
