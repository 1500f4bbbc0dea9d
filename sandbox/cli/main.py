"""Start a verb, and turn whatever goes wrong into one clear message and the right exit code."""

from __future__ import annotations

import atexit
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import current_thread, main_thread
from threading import enumerate as threads
from types import FrameType

import click

from sandbox.cli.app import app
from sandbox.cli.messages import tell_error
from sandbox.errors import EXIT_DONE, EXIT_INTERRUPTED, InputError, Interrupted, OutsideError, SandboxError

_GOES_ON = ("run", "generate", "replay", "pipe", "assumptions")
_KEPT = "what is done is kept, and the same command goes on from there."
_WHOLE = "there is no result, and the same command begins anew."
EXIT_PIPE_CLOSED = 141  # 128 + SIGPIPE, which Windows does not have


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    0: done; 1: a gate does not hold; 2: the input is wrong; 3: something outside failed; 130: interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    _ready_streams()
    with _interrupts() as interrupts:
        try:
            code = _carried_out(words)
        except Exception as error:
            if "--debug" in words and not isinstance(error, click.ClickException):
                raise
            # A library may turn an interrupt inside it into an error of its own; DuckDB has two for that.
            told = _interrupted(words) if interrupts else _in_words(error)
            with suppress(OSError):  # nobody can be told where even standard error is gone; the code still tells
                tell_error(told, words)
            code = told.exit_code
        if arguments is None:  # the process is the verb's own, and ends with it
            _ending.append(code)
        sys.exit(code)


_ending: list[int] = []
"""The exit code of this process, once its verb is done."""


@atexit.register
def _leave_threads() -> None:
    """End at once where a thread still works, as a model that learns beside a page that was closed.

    The interpreter, before 3.14, ends such a thread as it comes back from native code, and C++ between there and here
    then aborts the process. And it ends by SIGINT, whatever the code, where an interrupt came within an `exec`, as
    dataclasses are made by. What was registered later has been called by now, and threads to wait for have ended.
    """
    if not _ending:
        return
    if _ending[-1] == EXIT_INTERRUPTED or any(each.daemon and each.name not in _ONLY_SLEEPING for each in threads()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(_ending[-1])


_ONLY_SLEEPING = ("time-limits",)
"""Threads that are in no native code for long."""


def _ready_streams() -> None:
    """Let output never be what fails: a closed stream swallows it, and what an encoding lacks becomes a `?`."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """The user's signals to break off, as they come while the block runs; each still raises KeyboardInterrupt."""
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler or current_thread() is not main_thread():
        yield noted
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _carried_out(words: list[str]) -> int:
    try:
        with app.make_context("sandbox", words) as context:
            app.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.Abort):
        raise _interrupted(words) from None
    except BrokenPipeError:  # the reader (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE_CLOSED
    return EXIT_DONE


def _interrupted(words: list[str]) -> Interrupted:
    verb = next((word for word in words if not word.startswith("-")), "")
    return Interrupted(f"interrupted; {_KEPT if verb in _GOES_ON else _WHOLE}")


def _in_words(error: Exception) -> SandboxError | click.ClickException:
    """An error that may be shown. What nobody foresaw is told by its kind alone: its text may hold personal data."""
    if isinstance(error, (SandboxError, click.ClickException)):
        return error
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return OutsideError(f"{where}{error.strerror or type(error).__name__}.")
    if isinstance(error, RecursionError):
        return InputError("something that was to be read is nested deeper than anything may be; make it flatter.")
    if isinstance(error, MemoryError):
        return OutsideError("there is not enough memory; --workers 1 or a smaller --scale needs less.")
    kind = type(error).__name__
    return OutsideError(f"sandbox itself is at fault ({kind}); the same command with --debug shows where.")
