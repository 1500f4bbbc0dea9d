"""Programs to be killed: forked from a Python that has the package in memory, they begin in milliseconds.

A user's own `sandbox` takes a second to begin; what a test kills at a random moment is what comes after that.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

_FORKS = multiprocessing.get_context("forkserver")
_IN_MEMORY = ("numpy", "pyarrow.parquet", "duckdb", "boto3", "sandbox.cli.replay", "sandbox.cli.pipe", "sandbox.pipe")
_FORKS.set_forkserver_preload([*_IN_MEMORY, "sandbox.api", "sandbox.replay", "sandbox.world.world"])


def command_line(*words: object, prints: Path | None = None) -> ForkServerProcess:
    """`sandbox WORDS…`, begun in this folder with these variables; what it prints goes to a file, or is lost."""
    return begun(_carried_out, [str(word) for word in words], prints)


def begun(work: Callable[..., object], *arguments: Any) -> ForkServerProcess:
    """A process that is at this work, a function of a module that it can import."""
    process = _FORKS.Process(target=_in_place, args=(str(Path.cwd()), dict(os.environ), work, arguments))
    process.start()
    return process


def wait_for(condition: Callable[[], object], process: ForkServerProcess) -> None:
    """Until something is so, or the process has ended."""
    while process.is_alive() and not condition():
        time.sleep(0.002)


def kill(process: ForkServerProcess) -> None:
    """`kill -9`."""
    process.kill()
    process.join()


def ended(process: ForkServerProcess) -> int | None:
    """The exit code, when it has one."""
    process.join()
    return process.exitcode


def _in_place(folder: str, variables: dict[str, str], work: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    work(*arguments)


def _carried_out(words: list[str], prints: Path | None) -> None:
    from sandbox.cli import main

    with Path(prints or os.devnull).open("w", encoding="utf-8") as printed:
        os.dup2(printed.fileno(), sys.stdout.fileno())
    main(words)
