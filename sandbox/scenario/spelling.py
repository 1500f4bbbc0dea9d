"""Spell the strings of a machine, letter after letter, for all rows at once.

In each state what is left of an index says which letter comes and what is left then. Where there are more strings than
indexes, that alone would reach a corner of them only: so what is left is turned around by a hash of the letters so
far, and where there is room for all indexes behind several letters, a hash chooses one and the index is kept. Strings
still differ: behind the same letters, different indexes have different things left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.scenario.regex import Ranges, size

Indexes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64] | slice
"""Which rows: all of them as a slice, which NumPy reads and writes without copying, or their numbers."""

_ALL = slice(None)
_NUMBER_OF_OPTION, _NUMBER_OF_LETTER = np.uint64(1), np.uint64(2)


@dataclass(frozen=True, slots=True)
class Option:
    """A way on that the index chooses: each of its letters uses `stride` indexes, from `start` on."""

    letters: Ranges
    target: int
    start: int
    stride: int


@dataclass(frozen=True, slots=True)
class Wide:
    """A way on with room for all indexes, which a hash chooses: below `until`, and not below that of the one before."""

    letters: Ranges
    target: int
    until: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do in a state: a string that may end here does so at index 0, then come the options, then the wide ones.

    `taken` is how many indexes the end and the options use, `room` how many there can be.
    """

    ends: bool
    options: tuple[Option, ...]
    wide: tuple[Wide, ...]
    taken: int
    room: int


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is written so far.

    `left` is what of each index is not spelled yet; `codes` has a row for each position; `prefix` is a hash of the
    letters so far, where strings are more than indexes.
    """

    left: Indexes
    codes: npt.NDArray[np.unsignedinteger]
    lengths: npt.NDArray[np.int64]
    prefix: Indexes | None


def spelled(turns: tuple[Turn, ...], max_length: int, index: Indexes, spread: bool) -> pa.StringArray:
    """The strings at some indexes.

    Args:
        turns: what to do in each state; the first is where strings begin.
        max_length: characters of the longest string.
        index: uint64, shape (rows,), each below the number of strings.
        spread: there are more strings than indexes.
    """
    codes = np.zeros((max_length, len(index)), dtype=_code_type(turns))
    prefix = np.zeros(len(index), dtype=np.uint64) if spread else None
    sheet = _Sheet(index.copy(), codes, np.full(len(index), max_length, dtype=np.int64), prefix)
    here: dict[int, Rows] = {0: _ALL}
    for position in range(max_length + 1):
        reached: dict[int, list[Rows]] = {}
        for state, rows in here.items():
            for way, chosen in _ways_on(turns[state], rows, position, sheet):
                _write(way, chosen, position, sheet)
                reached.setdefault(way.target, []).append(chosen)
        here = {state: _joined(groups) for state, groups in reached.items()}
    return _as_strings(sheet.codes, sheet.lengths)


def _ways_on(turn: Turn, rows: Rows, position: int, sheet: _Sheet) -> Iterator[tuple[Option | Wide, Rows]]:
    """The rows of a state by the way that each takes; those whose string ends here get their length."""
    ways: list[Option | Wide] = [*turn.options, *turn.wide]
    if not ways:
        sheet.lengths[rows] = position
        return
    if sheet.prefix is not None:
        sheet.left[rows] = _turned(sheet.left[rows], sheet.prefix[rows], turn.room)
    if turn.ends:
        numbers = _numbers(rows, sheet)
        done = sheet.left[numbers] == 0
        sheet.lengths[numbers[done]] = position
        rows = numbers[~done]
    if len(ways) == 1:
        yield ways[0], rows
        return
    numbers = _numbers(rows, sheet)
    choice = _choice(turn, numbers, sheet)
    for number, way in enumerate(ways):
        chosen = numbers[choice == number]
        if chosen.size:
            yield way, chosen


def _choice(turn: Turn, numbers: npt.NDArray[np.int64], sheet: _Sheet) -> npt.NDArray[np.intp]:
    """The number of the way that each row takes: the options first, then the wide ones."""
    left = sheet.left[numbers]
    starts = np.array([option.start for option in turn.options[1:]], dtype=np.uint64)
    choice = np.searchsorted(starts, left, side="right")
    if turn.wide and sheet.prefix is not None:
        borders = np.array([way.until for way in turn.wide[:-1]], dtype=np.uint64)
        drawn = np.searchsorted(borders, _drawn(sheet, numbers, _NUMBER_OF_OPTION), side="right")
        choice = np.where(left < np.uint64(turn.taken), choice, drawn + len(turn.options))
    return choice


def _write(way: Option | Wide, rows: Rows, position: int, sheet: _Sheet) -> None:
    """Write one letter of some rows, and take off what is left of their indexes what it stands for."""
    if isinstance(way, Wide):
        letter = _drawn(sheet, rows, _NUMBER_OF_LETTER) >> np.uint64(32)
        letter = (letter * np.uint64(size(way.letters))) >> np.uint64(32)
    else:
        left = sheet.left[rows] - np.uint64(way.start)
        letter = left // np.uint64(way.stride) if size(way.letters) > 1 else np.zeros(1, dtype=np.uint64)
        sheet.left[rows] = left - letter * np.uint64(way.stride)
    if len(way.letters) == 1:
        code = letter + np.uint64(way.letters[0][0])
    else:
        code = np.concatenate([np.arange(first, last + 1, dtype=np.uint64) for first, last in way.letters])[letter]
    sheet.codes[position, rows] = code
    if sheet.prefix is not None:
        sheet.prefix[rows] = _hashed(sheet.prefix[rows] + code)


def _turned(left: Indexes, prefix: Indexes, room: int) -> Indexes:
    """`left` further on by a hash, around in [0, room)."""
    back = np.uint64(room) - _hashed(prefix) % np.uint64(room)
    return np.where(left >= back, left - back, left + (np.uint64(room) - back))


def _drawn(sheet: _Sheet, rows: Rows, purpose: np.uint64) -> Indexes:
    prefix = sheet.prefix if sheet.prefix is not None else np.zeros_like(sheet.left)
    return _hashed(_hashed(sheet.left[rows] ^ prefix[rows]) + purpose)


def _hashed(number: Indexes) -> Indexes:
    """64 bits that look like chance. Source: splitmix64, Steele, Lea and Flood 2014."""
    mixed = number + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _numbers(rows: Rows, sheet: _Sheet) -> npt.NDArray[np.int64]:
    return np.arange(len(sheet.left), dtype=np.int64) if isinstance(rows, slice) else rows


def _joined(groups: list[Rows]) -> Rows:
    arrays = [group for group in groups if not isinstance(group, slice)]
    return _ALL if len(arrays) < len(groups) else np.concatenate(arrays)


def _code_type(turns: tuple[Turn, ...]) -> type[np.unsignedinteger]:
    letters = [way.letters for turn in turns for way in turn.options]
    letters += [way.letters for turn in turns for way in turn.wide]
    return np.uint8 if max((ranges[-1][1] for ranges in letters), default=0) < 256 else np.uint32


def _as_strings(codes: npt.NDArray[np.unsignedinteger], lengths: npt.NDArray[np.int64]) -> pa.StringArray:
    """Arrow strings from character codes, shape (positions, rows), of which each row has its length."""
    by_row = np.ascontiguousarray(codes.T)
    flat = by_row.ravel() if bool((lengths == len(codes)).all()) else by_row[np.arange(len(codes)) < lengths[:, None]]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    if flat.size and int(flat.max()) >= 128:
        widths = 1 + (flat >= 0x80).astype(np.int64) + (flat >= 0x800) + (flat >= 0x10000)
        ends = np.concatenate([[0], np.cumsum(widths)])[ends]
        data = flat.astype("<u4").tobytes().decode("utf-32-le").encode()
    else:
        data = flat.astype(np.uint8).tobytes()
    offsets = pa.py_buffer(ends.astype(np.int32))
    return pa.StringArray.from_buffers(len(lengths), offsets, pa.py_buffer(data))
