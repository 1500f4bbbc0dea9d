"""Rows by day on the disk: what a loop writes down of each customer would otherwise grow in memory with every day.

The file has no name and is gone with whoever holds it. A day's rows lie where they were written, piece by piece, and
as one piece once somebody has read them.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

import numpy as np
from numpy.typing import NDArray

from sandbox.errors import OutsideError
from sandbox.experiment.moments import Floats

People = NDArray[np.int32]


@dataclass(eq=False)
class Pages:
    """Sums of a number of columns, by day and person."""

    columns: int
    _file: IO[bytes] = field(init=False, repr=False)
    _ends: int = 0
    _pieces: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """By day: where each piece begins in the file, bytes, and how many rows it has."""

    def __post_init__(self) -> None:
        """An empty file. Raises OutsideError: there is no place for one."""
        with _told():
            self._file = tempfile.TemporaryFile(prefix="sandbox-days-")  # noqa: SIM115  (held as long as the pages)
        weakref.finalize(self, self._file.close)

    def write(self, day: int, people: People, sums: Floats) -> None:
        """Add rows to a day.

        Args:
            day: whose they are.
            people: of each row, shape (n,).
            sums: shape (n, columns).
        Raises:
            OutsideError: the disk is full.
        """
        self._pieces.setdefault(day, []).append(self._written(people, sums))

    def read(self, day: int) -> tuple[People, Floats]:
        """The rows of a day: each person once, rising, with the sums of all that was written of them."""
        pieces = [self._read(*piece) for piece in self._pieces.get(day, ())]
        if len(pieces) == 1:
            return pieces[0]
        people, sums = added_up([people for people, _ in pieces], [sums for _, sums in pieces], self.columns)
        if pieces:
            self._pieces[day] = [self._written(people, sums)]
        return people, sums

    def _written(self, people: People, sums: Floats) -> tuple[int, int]:
        """Add a piece to the file; where it lies."""
        rows = np.empty(len(people), self._row)
        rows["person"], rows["sums"] = people, sums
        begin, self._ends = self._ends, self._ends + rows.nbytes
        with _told():
            self._file.seek(begin)
            self._file.write(rows.tobytes())
        return begin, len(rows)

    def _read(self, begin: int, count: int) -> tuple[People, Floats]:
        with _told():
            self._file.seek(begin)
            rows = np.frombuffer(self._file.read(count * self._row.itemsize), self._row)
        return np.ascontiguousarray(rows["person"]), np.ascontiguousarray(rows["sums"])

    @property
    def _row(self) -> np.dtype[np.void]:
        return np.dtype([("person", np.int32), ("sums", np.float64, (self.columns,))])


def added_up(people: list[People], sums: list[Floats], columns: int) -> tuple[People, Floats]:
    """Each person once, rising, with the sum of all that was written of them, in the order of writing."""
    if not people:
        return np.zeros(0, np.int32), np.zeros((0, columns))
    whole = np.concatenate(sums)
    found, where = np.unique(np.concatenate(people), return_inverse=True)
    added = [np.bincount(where, weights=whole[:, column], minlength=len(found)) for column in range(columns)]
    return found, np.column_stack(added)


@contextmanager
def _told() -> Iterator[None]:
    """Says what a disk does not let us."""
    try:
        yield
    except OSError as error:
        said = f"{tempfile.gettempdir()}: cannot hold the days of an experiment: {error.strerror or error}"
        raise OutsideError(f"{said}. Let TMPDIR name a folder with room.") from error
