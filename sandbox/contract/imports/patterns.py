"""Patterns of other formats as a contract's: RE2 syntax, and the whole text must match. And the way back."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes

_ANYTHING = "(?s:.*)"


def whole_text(pattern: str) -> tuple[str, str]:
    """A pattern that may match anywhere in a text, as one of the whole text; and its core, to make texts from."""
    begins, ends = pattern.startswith("^"), pattern.endswith("$") and not pattern.endswith(r"\$")
    core = pattern[1 if begins else 0 : -1 if ends else None]
    if (begins or ends) and _has_choice(core):  # each anchor is of one branch alone
        return f"{_ANYTHING}(?:{pattern}){_ANYTHING}", pattern
    core = _ungrouped(core)
    if begins and ends:
        return core, core
    return f"{'' if begins else _ANYTHING}(?:{core}){'' if ends else _ANYTHING}", core


def anywhere(pattern: str) -> str:
    """A pattern of the whole text as one that may match anywhere: `whole_text` gives it back."""
    begins, ends = not pattern.startswith(_ANYTHING), not pattern.endswith(_ANYTHING)
    core = pattern[0 if begins else len(_ANYTHING) : None if ends else -len(_ANYTHING)]
    if (begins and ends) or core == _ungrouped(core):
        core, begins, ends = pattern, True, True
    core = _ungrouped(core) if not (begins and ends) else core
    written = core if not (begins or ends) else f"{'^' if begins else ''}(?:{core}){'$' if ends else ''}"
    return written if whole_text(written)[0] == pattern else f"^(?:{pattern})$"


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


def _ungrouped(pattern: str) -> str:
    """What is in a group that encloses the whole pattern; the pattern where none does."""
    if not pattern.startswith("(?:"):
        return pattern
    depths = list(_depths(pattern))
    closes = next((at for at, depth in enumerate(depths) if at and depth == 0), None)
    return pattern[3:-1] if closes == len(pattern) - 1 else pattern


def _has_choice(pattern: str) -> bool:
    return any(letter == "|" and depth == 0 for letter, depth in zip(pattern, _depths(pattern), strict=True))


def _depths(pattern: str) -> list[int]:
    """How many groups are open after each letter; one more where it is escaped or stands in a class."""
    depths, depth, at, in_class = [], 0, 0, False
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            depths += [depth + 1] * len(pattern[at : at + 2])
            at += 2
            continue
        if in_class:
            in_class = letter != "]"
            depths.append(depth + 1)
        elif letter == "[":
            in_class = True
            depths.append(depth + 1)
            if pattern[at + 1 : at + 2] == "^":
                at += 1
                depths.append(depth + 1)
            if pattern[at + 1 : at + 2] == "]":
                at += 1
                depths.append(depth + 1)
        else:
            depth += (letter == "(") - (letter == ")")
            depths.append(depth)
        at += 1
    return depths
