"""Patterns of other formats as a contract's: RE2 syntax, and the whole text must match."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes


def whole_text(pattern: str) -> tuple[str, str]:
    """A pattern that may match anywhere in a text, as one of the whole text; and its core, to make texts from."""
    begins, ends = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith(r"\$")
    core = pattern[1 if begins else 0 : -1 if ends else None]
    if begins and ends and "|" not in core:
        return core, core
    grouped = f"(?:{core})"
    return f"{'' if begins else '(?s:.*)'}{grouped}{'' if ends else '(?s:.*)'}", core


def usable(pattern: str, written: Marked, notes: Notes) -> str | None:
    """The pattern, or None where RE2 does not know its syntax, which is noted."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid:
        notes.lose(
            f"the pattern {pattern[:60]!r} is not of RE2 syntax (no look-around); it is not checked.",
            written.place,
            written.path,
        )
        return None
    return pattern
