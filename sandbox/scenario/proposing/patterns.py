"""Patterns of schemas as patterns that texts can be made from: what repeats without end ends after a while."""

from __future__ import annotations

import re

from sandbox.scenario.patterns import PatternError, parse_pattern

_MOST = 8
_PIECE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\{(\d+),\}|[*+]\??|.", re.DOTALL)


def makeable(pattern: str, most: int | None = None) -> str | None:
    """A pattern all of whose texts match the given one, and from which texts can be made; None where there is none.

    `most` is how long its texts may be.
    """
    end = _MOST if most is None else max(1, min(_MOST, most))
    for tried in (
        pattern,
        *("".join(_bounded(match, last) for match in _PIECE.finditer(pattern)) for last in (end, 1)),
    ):
        try:
            made = parse_pattern(tried)
        except (PatternError, ValueError):
            continue
        if most is None or made.max_length <= most:
            return tried
    return None


def capacity(pattern: str) -> int:
    """How many texts match."""
    return parse_pattern(pattern).capacity


def longest(pattern: str) -> int:
    """How long the longest of its texts is."""
    return parse_pattern(pattern).max_length


def _bounded(match: re.Match[str], most: int) -> str:
    piece = match[0]
    if match[1] is not None:
        return f"{{{match[1]},{max(int(match[1]), most)}}}"
    if piece.startswith("*"):
        return f"{{0,{most}}}"
    return f"{{1,{most}}}" if piece.startswith("+") else piece
