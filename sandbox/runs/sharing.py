"""Whole runs shared out over processes: fitting a model holds the interpreter's lock and sets the process's threads."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from sandbox.errors import OutsideError

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_processes(work: Callable[[Task], Result], tasks: Sequence[Task], workers: int) -> Iterator[tuple[Task, Result]]:
    """Do every task, and give each with its result as it ends; one worker works in the caller's own process.

    Args:
        work: a function at the top of a module; tasks and results are pickled.
        workers: how many at once.
    Raises:
        OutsideError: a process died.
        Whatever the first failing task raised, once those at work have ended.
    """
    workers = min(workers, len(tasks))
    if workers <= 1:
        for task in tasks:
            yield task, work(task)
        return
    # Spawned, since a fork would copy the locks of threads that it does not copy.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_dies_quietly)
    try:
        futures = {pool.submit(work, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool:
        raise OutsideError("a process that worked on it died; --workers 1 needs less memory.") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _dies_quietly() -> None:
    """An interrupt at the terminal reaches every process; this one has nothing to say about it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
