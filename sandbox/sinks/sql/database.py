"""What a database must be able to do for rows to be sent to one of its tables, and in which ways it may say no.

Beside the table lies another one, the books: how many leading rows of each replay the table holds. Both change in one
transaction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pyarrow as pa

from sandbox.contract.types import Type
from sandbox.errors import InputError, OutsideError
from sandbox.sinks.sql.shape import Shape
from sandbox.sinks.sql.statements import create_table, qualified

Creating = Literal["if_missing", "never", "replace"]
BOOKS = "_sandbox_replays"


@dataclass(frozen=True, slots=True)
class Destination:
    """A table for the rows of one replay."""

    table: tuple[str, ...]
    """Its schema, where one is named, and its name."""
    shape: Shape
    replay: str
    """By which the database's books name the replay."""
    shown: str
    """The database as messages name it."""

    def __str__(self) -> str:
        return ".".join(self.table)


class RowRefused(Exception):  # noqa: N818 (told by `Outlet.refusals`)
    """The database does not take one of the rows; nothing of them was kept."""

    def __init__(self, reason: str, row: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.row = row
        """The first row that is not taken, of those that were written; None where the database does not tell."""


class ConnectionLost(Exception):  # noqa: N818 (mended by connecting again)
    """It does not answer, or takes nothing now; whether what was written last is kept is not known."""

    def __init__(self, said: str, mend: str = "Is it running, and is this its address?") -> None:
        super().__init__(said)
        self.mend = mend


class Database(ABC):
    """A connection to a database, and one table there."""

    mark: ClassVar[str] = "?"
    """What stands for a parameter in SQL."""

    def __init__(self, to: Destination) -> None:
        self.to = to

    def prepare(self, creating: Creating) -> None:
        """Make the table and the books, or see that the table that is there will do.

        Raises:
            InputError: there is no table and none may be made, or it lacks columns or a key.
            ConnectionLost, OutsideError: as `write`.
        """
        with self.told(), self.transaction():
            if creating == "replace":
                self.run(f"DROP TABLE IF EXISTS {qualified(self.to.table)}")
            self.run(
                f"CREATE TABLE IF NOT EXISTS {self._books} (replay TEXT NOT NULL, into_table TEXT NOT NULL, "
                "held BIGINT NOT NULL, PRIMARY KEY (replay, into_table))"
            )
            there = self.columns()
            if there:
                _require(self.to, there, self.keys())
            else:
                if creating == "never":
                    raise InputError(
                        f"{self.to.shown}: there is no table {self.to}; make it, or leave out create=never."
                    )
                self.run(create_table(self.to.table, self.to.shape, self.type_of))
                self.run(f"DELETE FROM {self._books} WHERE into_table = {self.mark}", (self.to.table[-1],))
            self.run(
                f"INSERT INTO {self._books} VALUES ({self.mark}, {self.mark}, 0) ON CONFLICT DO NOTHING", self._entry
            )

    def held(self) -> int:
        """Leading rows of the replay that the books say are there. Raises as `write`."""
        with self.told(), self.transaction():
            asked = f"SELECT held FROM {self._books} WHERE replay = {self.mark} AND into_table = {self.mark}"
            return int(self.run(asked, self._entry)[0][0])

    def write(self, batch: pa.RecordBatch, before: int, after: int) -> None:
        """In one transaction, write rows to the table and change what the books hold from `before` to `after`.

        Raises:
            RowRefused, ConnectionLost: as they say.
            OutsideError: the books say something else than `before`, or the database refuses for good.
        """
        changed = (
            f"UPDATE {self._books} SET held = {self.mark} "
            f"WHERE replay = {self.mark} AND into_table = {self.mark} AND held = {self.mark} RETURNING held"
        )
        with self.told(), self.transaction():
            if not self.run(changed, (after, *self._entry, before)):
                raise OutsideError(
                    f"{self.to.shown}: somebody else sends the same replay into {self.to}; let one of them end."
                )
            self.put(batch)

    @abstractmethod
    def put(self, batch: pa.RecordBatch) -> None:
        """Write rows, within a transaction."""

    @abstractmethod
    def run(self, statement: str, parameters: Sequence[Any] = ()) -> Sequence[tuple[Any, ...]]:
        """Run one statement and give its rows; none where it gives none."""

    @abstractmethod
    def columns(self) -> list[str]:
        """The names of the table's columns; none where there is no table."""

    @abstractmethod
    def keys(self) -> list[list[str]]:
        """The columns of each of the table's primary and unique keys."""

    @abstractmethod
    def type_of(self, kind: Type) -> str:
        """The type of a column for values of a contract's type."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Any]:
        """All or nothing of what is run inside."""

    @abstractmethod
    def told(self) -> AbstractContextManager[None]:
        """The database's errors as RowRefused, ConnectionLost and OutsideError, without any row's values."""

    @abstractmethod
    def close(self) -> None:
        """Let go; idempotent."""

    @property
    def _books(self) -> str:
        return qualified([*self.to.table[:-1], BOOKS])

    @property
    def _entry(self) -> tuple[str, str]:
        return self.to.replay, self.to.table[-1]


def _require(to: Destination, there: Sequence[str], keys: Sequence[Sequence[str]]) -> None:
    """Raises InputError: the table that is there lacks columns, or the key by which rows replace each other."""
    lacking = ", ".join(f"'{name}'" for name in to.shape.names if name not in there)
    if lacking:
        raise InputError(
            f"{to.shown}: the table {to} has no column {lacking}; add it, name another table, or say create=replace, "
            "which drops the table first."
        )
    if to.shape.key and not any(set(key) == set(to.shape.key) for key in keys):
        raise InputError(
            f"{to.shown}: the table {to} has no PRIMARY KEY or UNIQUE over ({', '.join(to.shape.key)}), "
            "by which rows replace each other; add one, or say write=append."
        )
