"""What a database must be able to do for rows to be sent to one of its tables, and in which ways it may say no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from sandbox.sinks.sql.shape import Shape


@dataclass(frozen=True, slots=True)
class Destination:
    """A table for the rows of one replay."""

    table: tuple[str, ...]
    """Its schema, where one is named, and its name."""
    shape: Shape
    replay: str
    """By which the database's books name the replay."""


class RowRefused(Exception):  # noqa: N818 (told by `Outlet.refusals`)
    """The database does not take one of the rows; nothing of them was kept."""

    def __init__(self, reason: str, row: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.row = row
        """The first row that is not taken, of those that were written; None where the database does not tell."""


class ConnectionLost(Exception):  # noqa: N818 (mended by connecting again)
    """It does not answer, or not now; whether what was written last is kept is not known."""


class Database(Protocol):
    """A connection to a database, and one table there."""

    def held(self) -> int:
        """Leading rows of the replay that the books say are there. Raises ConnectionLost."""

    def write(self, batch: pa.RecordBatch, before: int, after: int) -> None:
        """In one transaction, write rows to the table and change what the books hold from `before` to `after`.

        Raises:
            RowRefused, ConnectionLost: as they say.
            OutsideError: the books say something else than `before`, or the database refuses for good.
        """

    def close(self) -> None:
        """Let go; idempotent."""
