"""Strings by a pattern: `[A-Z]{3}-\\d{4}` gives each string that it matches, at an index of its own.

The pattern is turned into a machine that spells every string by exactly one path (`automaton`). Counting paths gives
the exact number of strings; dividing an index by counts, letter after letter and for all rows at once, gives the
string at that index. Where there are more strings than 63 bits count, indexes reach all over them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np
import pyarrow as pa

from sandbox.scenario.automaton import State, automaton, counts
from sandbox.scenario.regex import PatternError, Ranges, longest, read_pattern, size
from sandbox.scenario.spelling import Indexes, Option, Turn, Wide, spelled

__all__ = ["Pattern", "PatternError", "parse_pattern"]

_INDEXES = 2**63
_CELLS_AT_ONCE = 2**24


@dataclass(frozen=True, slots=True)
class Pattern:
    """The strings of a pattern.

    `capacity` is how many there are; `index_count`, how many have an index: all, or 2**63 of them.
    """

    text: str
    capacity: int
    max_length: int
    turns: tuple[Turn, ...]

    @property
    def index_count(self) -> int:
        """Indexes run from 0 to this, exclusive."""
        return min(self.capacity, _INDEXES)

    def strings(self, index: Indexes) -> pa.StringArray:
        """The strings at some indexes; different indexes, different strings.

        Neighbours look alike (`AAA-0001`, `AAA-0002`): shuffle indexes, or draw them, for strings that do not.

        Args:
            index: uint64, shape (rows,), each below `index_count`.
        Raises:
            ValueError: an index is too large.
        """
        index = np.asarray(index, dtype=np.uint64)
        if index.size and int(index.max()) >= self.index_count:
            raise ValueError(f"index {int(index.max())} is not below the {self.index_count} strings of {self.text}")
        rows = max(1, _CELLS_AT_ONCE // max(1, self.max_length))
        parts = [
            spelled(self.turns, self.max_length, index[start : start + rows], self.capacity > _INDEXES)
            for start in range(0, max(1, len(index)), rows)
        ]
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


@lru_cache(maxsize=256)
def parse_pattern(text: str, unbounded: int | None = None) -> Pattern:
    """Read a pattern and count its strings.

    Args:
        text: letters, classes, groups, alternatives, `?` and bounded repetition; the whole string matches.
        unbounded: how often `*`, `+` and `{2,}` repeat at most; None refuses them.
    Raises:
        PatternError: it cannot be read, has no end, or its strings or its machine are too large.
    """
    part = read_pattern(text, unbounded)
    states = automaton(part)
    ways = counts(states)
    turns = tuple(_turn(state, count, ways) for state, count in zip(states, ways, strict=True))
    return Pattern(text, ways[0], longest(part), turns)


def _turn(state: State, count: int, ways: list[int]) -> Turn:
    """What to do in a state from which `count` strings can be spelled, with at most `_INDEXES` indexes."""
    wide = [(letters, target) for letters, target in state.moves if ways[target] >= _INDEXES]
    options, taken = [], int(state.ends)
    for letters, target in state.moves:
        if ways[target] < _INDEXES:
            # Where strings outnumber indexes, each letter has its share of these, rounded up: never above its strings.
            stride = ways[target] if count <= _INDEXES else -(-ways[target] * _INDEXES // count)
            options.append(Option(letters, target, taken, stride))
            taken += stride * size(letters)
    return Turn(state.ends, tuple(options), _shared(wide, ways), taken, _INDEXES if wide else taken)


def _shared(wide: list[tuple[Ranges, int]], ways: list[int]) -> tuple[Wide, ...]:
    """The ways on with room for all indexes, each to be taken as often as it has strings."""
    weights = [size(letters) * ways[target] for letters, target in wide]
    untils = [passed * 2**64 // sum(weights) for passed in accumulate(weights)]
    return tuple(Wide(letters, target, until) for (letters, target), until in zip(wide, untils, strict=True))
