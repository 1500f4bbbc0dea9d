"""Work shared out over threads.

Threads, not processes: what takes the time (NumPy, Arrow's kernels, DuckDB, compression) lets go of the
interpreter's lock, a world is shared as it is, and nothing has to start. One worker works in the caller's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from sandbox.landing.progress import PAUSE_S

Task = TypeVar("Task")
Result = TypeVar("Result")


class Stopped(Exception):  # noqa: N818  (it is no error: somebody else's ended the work)
    """Raised inside a worker when the work is broken off."""


class Stop:
    """A sign to all workers that the work is broken off."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Break the work off."""
        self._event.set()

    def check(self) -> None:
        """Raise Stopped if the work is broken off; asked between batches."""
        if self._event.is_set():
            raise Stopped


def each(
    tasks: Sequence[Task], work: Callable[[Task], Result], workers: int, stop: Stop, tell: Callable[[], None]
) -> Iterator[Result]:
    """Do every task, and give the results as they come.

    Args:
        tasks: what to do, begun in this order.
        work: does one; called from several threads if `workers` is above one.
        workers: how many at once.
        stop: set here when a task fails or the caller leaves; `work` asks it now and then.
        tell: called from the caller's thread a few times a second while it waits.
    Raises:
        Whatever the first failing task raised, after all others have come to rest.
    """
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield work(task)
            tell()
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")
    try:
        running: set[Future[Result]] = {pool.submit(work, task) for task in tasks}
        while running:
            done, running = wait(running, timeout=PAUSE_S, return_when=FIRST_COMPLETED)
            tell()
            for future in done:
                yield future.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
