"""A DuckDB file as a database of tables: rows go in as Arrow, nested ones as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from sandbox.contract.types import Type
from sandbox.errors import OutsideError
from sandbox.sinks.places import MAKE_ROOM
from sandbox.sinks.sql.database import ConnectionLost, Creating, Database, Destination, RowRefused
from sandbox.sinks.sql.latest import latest_of
from sandbox.sinks.sql.shape import rows_of
from sandbox.sinks.sql.statements import delete_rows, listed, qualified, replace_rows

_ROWS = "_sandbox_rows"
_NO_ROOM = re.compile(r"No space|quota exceeded|File too large|[Dd]isk (is )?full")
_VALUES = re.compile(r" \"[^\"]*: .*\"(?= violates)| '.*'|: \S*(?= is out of range)", re.DOTALL)


class DuckdbFile(Database):
    """A DuckDB file and one table there."""

    def __init__(self, path: Path, to: Destination, creating: Creating) -> None:
        import duckdb

        super().__init__(to)
        self._driver = duckdb
        is_new = not path.exists()
        try:
            config: dict[str, Any] = {"autoinstall_known_extensions": False}
            self._connection = duckdb.connect(str(path), config=config)
            self._connection.execute("SET TimeZone = 'UTC'")
        except duckdb.Error as error:
            if is_new:  # a file that could not be begun could not be opened again either
                path.unlink(missing_ok=True)
            raise self._unopened(error) from None
        try:
            self.prepare(creating)
        except BaseException:
            self.close()
            raise

    def put(self, batch: pa.RecordBatch) -> None:
        """Insert from Arrow; where there is a key, in the place of rows that are there."""
        shape = self.to.shape
        if not shape.key:
            names = listed(shape.names)
            self._from(
                rows_of(batch, shape), f"INSERT INTO {qualified(self.to.table)} ({names}) SELECT {names} FROM {_ROWS}"
            )
            return
        latest = latest_of(batch, shape)
        if latest.kept.num_rows:
            self._from(latest.kept, replace_rows(self.to.table, shape, _ROWS))
        if latest.gone.num_rows:
            self._from(latest.gone, delete_rows(self.to.table, shape, _ROWS))

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> Sequence[tuple[Any, ...]]:
        """Run one statement."""
        return self._connection.execute(statement, list(parameters)).fetchall()

    def columns(self) -> list[str]:
        """From the catalogue."""
        asked = (
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND schema_name = ? ORDER BY column_index"
        )
        return [row[0] for row in self.run(asked, self._place)]

    def keys(self) -> list[list[str]]:
        """Of its constraints."""
        asked = (
            "SELECT constraint_column_names FROM duckdb_constraints() WHERE table_name = ? AND schema_name = ? "
            "AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')"
        )
        return [row[0] for row in self.run(asked, self._place)]

    def type_of(self, kind: Type) -> str:
        """Every type of a contract has one here."""
        return kind.duckdb

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction."""
        self._connection.begin()
        try:
            yield
        except BaseException:
            with suppress(self._driver.Error):
                self._connection.rollback()
            raise
        self._connection.commit()

    @contextmanager
    def told(self) -> Iterator[None]:
        """By the kind of the error."""
        try:
            yield
        except (self._driver.ConstraintException, self._driver.DataError) as error:
            raise RowRefused(_VALUES.sub("", _first_line(error))) from None
        except self._driver.Error as error:
            raise OutsideError(f"{self.to.shown}: DuckDB says: {_first_line(error)}. {_mend(error)}") from None

    def close(self) -> None:
        """Close the file."""
        with suppress(self._driver.Error):
            self._connection.close()

    @property
    def _place(self) -> tuple[str, str]:
        return self.to.table[-1], self.to.table[-2] if len(self.to.table) > 1 else "main"

    def _from(self, rows: pa.RecordBatch, statement: str) -> None:
        """Run a statement over rows, which it knows as a table."""
        self._connection.register(_ROWS, pa.Table.from_batches([rows]))
        try:
            self._connection.execute(statement)
        finally:
            with suppress(self._driver.Error):  # after an error nothing more is done in a transaction
                self._connection.unregister(_ROWS)

    def _unopened(self, error: Exception) -> Exception:
        said = _first_line(error)
        if "lock" in said:
            return ConnectionLost("another process has the file open", "Close the other one.")
        mend = f" {MAKE_ROOM}" if _NO_ROOM.search(said) else ""
        return OutsideError(f"{self.to.shown}: DuckDB says: {said}.{mend}")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].partition("Error: ")[2].strip().rstrip(".!")[:300]


def _mend(error: Exception) -> str:
    return MAKE_ROOM if _NO_ROOM.search(str(error)) else "Nothing of this batch was kept."
