"""What can go wrong, said so that a user can mend it.

Every error of the house is a `SandboxError` with an exit code. Bad input is a list of `Problem`s, gathered
so that all of them are shown at once; each knows its place in the file that it came from.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

EXIT_DONE = 0
EXIT_FAILED_CHECK = 1
EXIT_BAD_INPUT = 2
EXIT_OUTSIDE = 3
EXIT_INTERRUPTED = 130
"""As shells have it: 128 and the number of the signal."""

MOST_SHOWN = 30
"""Names that a message lists; more would hide what it says."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a text file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, or, as a warning, merely unwise.

    `path` is the dotted way to the value inside the file (`targets.real.web_events`); empty where the whole
    file is meant. `message` says what is wrong and how to mend it.
    """

    message: str
    path: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        text = ": ".join(str(part) for part in (self.place, self.path, self.message) if part)
        return _UNPRINTABLE.sub("�", text)  # what a file holds must not break a line or steer a terminal


class SandboxError(Exception):
    """Base of every error that a user may see; `exit_code` is what the command line ends with."""

    exit_code = EXIT_OUTSIDE


class InputError(SandboxError):
    """The input is wrong: a scenario, a contract, an option. Nothing was done."""

    exit_code = EXIT_BAD_INPUT

    def __init__(self, problems: Sequence[Problem] | Problem | str) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class OutsideError(SandboxError):
    """Something outside failed: a disk, a broker, a file that cannot be read."""

    exit_code = EXIT_OUTSIDE


class Interrupted(OutsideError):  # noqa: N818  (nothing is wrong)
    """The user broke off."""

    exit_code = EXIT_INTERRUPTED


def together(*askings: Callable[[], Any]) -> list[Any]:
    """What each asking gives, in order. Raises InputError: all that is wrong with any of them, at once."""
    given: list[Any] = []
    problems: list[Problem] = []
    for ask in askings:
        try:
            given.append(ask())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return given


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The tail of an 'unknown name' message: ` Did you mean 'kafka'? Known: csv, jsonl, kafka.`

    Where more than `MOST_SHOWN` are known, they are listed only if none of them is near, and then not all.
    """
    names = sorted({str(candidate) for candidate in known})
    close = _nearest(str(name), tuple(names))
    guess = f" Did you mean '{close[0]}'?" if close else ""
    if close and len(names) > MOST_SHOWN:
        return guess
    shown = names if len(names) <= MOST_SHOWN else [*names[:MOST_SHOWN], "…"]
    return f"{guess} Known: {', '.join(shown)}." if names else guess


@lru_cache(maxsize=1_000)
def _nearest(name: str, names: tuple[str, ...]) -> list[str]:
    """The nearest name, if one is near; a mistake that a file makes on every line is looked up once."""
    return difflib.get_close_matches(name, names, n=1)
