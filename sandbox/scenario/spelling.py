"""Spell the strings of a machine, letter after letter, for all rows at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.scenario.regex import Ranges

Indexes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64] | slice
"""Which rows: all of them as a slice, which NumPy reads and writes without copying, or their numbers."""

_ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Option:
    """One way on from a state: each of its letters uses `stride` indexes, from `start` on, and leads to `target`."""

    start: int
    stride: int
    letters: Ranges
    target: int
    share: int = 0
    """Of a hash of 64 bits, where the next option begins; only where the index does not decide."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do in a state: a string that may end here does so at index 0; the others take an option.

    `by_hash` says that the index has room behind every option, so that a hash of it decides.
    """

    ends: bool
    options: tuple[Option, ...]
    by_hash: bool


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is written so far: `left` is what of each index is not spelled yet, `codes` has a row for each position."""

    index: Indexes
    left: Indexes
    codes: npt.NDArray[np.unsignedinteger]
    lengths: npt.NDArray[np.int64]


def spelled(turns: tuple[Turn, ...], max_length: int, index: Indexes) -> pa.StringArray:
    """The strings at some indexes.

    Args:
        turns: what to do in each state; the first is where strings begin.
        max_length: characters of the longest string.
        index: uint64, shape (rows,), each below the number of strings.
    """
    codes = np.zeros((max_length, len(index)), dtype=_code_type(turns))
    sheet = _Sheet(index, index.copy(), codes, np.full(len(index), max_length, dtype=np.int64))
    here: dict[int, Rows] = {0: _ALL}
    for position in range(max_length + 1):
        reached: dict[int, list[Rows]] = {}
        for state, rows in here.items():
            for option, chosen in _ways_on(turns[state], rows, position, sheet):
                _write(turns[state].by_hash, option, chosen, position, sheet)
                reached.setdefault(option.target, []).append(chosen)
        here = {state: _joined(groups) for state, groups in reached.items()}
    return _as_strings(sheet.codes, sheet.lengths)


def _ways_on(turn: Turn, rows: Rows, position: int, sheet: _Sheet) -> Iterator[tuple[Option, Rows]]:
    """The rows of a state by the option that each takes; those whose string ends here get their length."""
    if not turn.options:
        sheet.lengths[rows] = position
        return
    if turn.ends:
        numbers = _numbers(rows, sheet)
        done = sheet.left[numbers] == 0
        sheet.lengths[numbers[done]] = position
        rows = numbers[~done]
    if len(turn.options) == 1:
        yield turn.options[0], rows
        return
    numbers = _numbers(rows, sheet)
    if turn.by_hash:
        shares = np.array([option.share for option in turn.options[:-1]], dtype=np.uint64)
        choice = np.searchsorted(shares, _hashed(sheet.index[numbers], 2 * position), side="right")
    else:
        starts = np.array([option.start for option in turn.options[1:]], dtype=np.uint64)
        choice = np.searchsorted(starts, sheet.left[numbers], side="right")
    for number, option in enumerate(turn.options):
        chosen = numbers[choice == number]
        if chosen.size:
            yield option, chosen


def _write(by_hash: bool, option: Option, rows: Rows, position: int, sheet: _Sheet) -> None:
    """Write one letter of some rows, and take off their indexes what it stands for."""
    count = sum(last - first + 1 for first, last in option.letters)
    if by_hash:
        drawn = _hashed(sheet.index[rows], 2 * position + 1) >> np.uint64(32)
        letter = (drawn * np.uint64(count)) >> np.uint64(32)
    else:
        left = sheet.left[rows] - np.uint64(option.start)
        letter = left // np.uint64(option.stride) if count > 1 else np.zeros(1, dtype=np.uint64)
        sheet.left[rows] = left - letter * np.uint64(option.stride)
    if len(option.letters) == 1:
        sheet.codes[position, rows] = letter + np.uint64(option.letters[0][0])
    else:
        sheet.codes[position, rows] = np.concatenate(
            [np.arange(first, last + 1, dtype=sheet.codes.dtype) for first, last in option.letters]
        )[letter]


def _hashed(index: Indexes, salt: int) -> Indexes:
    """64 bits that look like chance, from an index. Source: splitmix64, Steele, Lea and Flood 2014."""
    mixed = index + np.uint64((salt + 1) * 0x9E3779B97F4A7C15 % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _numbers(rows: Rows, sheet: _Sheet) -> npt.NDArray[np.int64]:
    return np.arange(len(sheet.index), dtype=np.int64) if isinstance(rows, slice) else rows


def _joined(groups: list[Rows]) -> Rows:
    arrays = [group for group in groups if not isinstance(group, slice)]
    return _ALL if len(arrays) < len(groups) else np.concatenate(arrays)


def _code_type(turns: tuple[Turn, ...]) -> type[np.unsignedinteger]:
    letters = [last for turn in turns for option in turn.options for _, last in option.letters]
    return np.uint8 if max(letters, default=0) < 256 else np.uint32


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
