"""What a check is: a small named function over a part in use, which answers what it saw that must not be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sandbox import registry
from sandbox.errors import EXIT_FAILED_CHECK, SandboxError

_LONGEST_SHOWN = 200
OUTLETS = "sandbox.outlets"
"""The live sinks of the group `sandbox.sinks`: rows are sent to them, and they answer for each."""
GROUPS = (*registry.GROUPS, OUTLETS)
"""Of whom there are checks."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A check does not hold: what was seen, and what was expected in its place."""

    seen: str
    expected: str


class CheckError(SandboxError):
    """A part does not keep what every part of its kind must; names the check, the part, and what was seen."""

    exit_code = EXIT_FAILED_CHECK

    def __init__(self, check: str, part: str, broken: Broken) -> None:
        self.check = check
        self.part = part
        self.broken = broken
        super().__init__(f"{part}: {check}: saw {broken.seen}; expected {broken.expected}.")


@dataclass(frozen=True, slots=True)
class Check:
    """One promise that all parts of an entry point group make; `judge` is given a part in use (its subject)."""

    group: str
    judge: Callable[[Any], Broken | None]

    @property
    def name(self) -> str:
        """What reports call it."""
        return self.judge.__name__

    @property
    def about(self) -> str:
        """What it guards, in a sentence."""
        return " ".join((self.judge.__doc__ or "").split("\n\n")[0].split())

    def __call__(self, subject: Any) -> None:
        """Hold a subject to the promise.

        Raises:
            CheckError: the promise is broken, or whatever the part did on the way raised an exception.
        """
        try:
            broken = self.judge(subject)
        except Exception as error:  # a part under check may fail in any way; that is what the check has to tell
            told = (str(error).splitlines() or [""])[0]
            seen = f"{type(error).__name__}: {told}"[:_LONGEST_SHOWN]
            raise CheckError(self.name, subject.name, Broken(seen, "no such exception")) from error
        if broken is not None:
            raise CheckError(self.name, subject.name, broken)


@dataclass(frozen=True, slots=True)
class Suite:
    """Checks of one kind of part, as an entry point of the group `sandbox.checks` names them."""

    group: str
    """The entry point group of the parts, such as `sandbox.columns`, or `sandbox.outlets`."""
    judges: tuple[Callable[[Any], Broken | None], ...]
    """In the order in which a part is held to them; what is told first should explain what follows."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """Each as a check."""
        return tuple(Check(self.group, judge) for judge in self.judges)


def first_difference(seen: pa.Array, expected: pa.Array, first_row: int = 0) -> Broken | None:
    """Where two arrays part, counting rows from `first_row`; None where they are equal. NaN equals NaN."""
    if len(seen) != len(expected):
        return Broken(f"{len(seen):,} rows", f"{len(expected):,}")
    if seen.type != expected.type:
        return Broken(f"the type {seen.type}", f"{expected.type}")
    if seen.equals(expected):
        return None
    pairs = zip(seen.to_pylist(), expected.to_pylist(), strict=True)
    for row, (value, wanted) in enumerate(pairs, first_row):
        if repr(value) != repr(wanted):
            return Broken(f"{shown(value)} in row {row:,}", shown(wanted))
    return None


def shown(value: object) -> str:
    """A value in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
