"""The landed data as it stood at one moment: only what had happened and had arrived by then is there at all.

A cut is a copy, not a filter: later rows are never in the database that feature SQL runs in, so no SQL can find them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.errors import InputError, OutsideError, did_you_mean
from sandbox.mart import database
from sandbox.mart.database import Limits, literal, name
from sandbox.mart.sql_text import Sql

if TYPE_CHECKING:
    import duckdb

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Mart:
    """What has landed, ready to be cut.

    `parts` are the landed Parquet files of each dataset, in their order; none is an empty dataset. `ends_us` says till
    when a dataset is known, where that is known better than by the latest time in it. `zone` is the scenario's: days
    in feature SQL are its days, and dates and local times are read in it.
    """

    parts: Mapping[str, Sequence[Path]]
    contracts: Mapping[str, Contract]
    ends_us: Mapping[str, int] = field(default_factory=dict)
    zone: str = "UTC"
    limits: Limits = field(default_factory=Limits)

    def contract(self, dataset: str) -> Contract:
        """The contract of a dataset. Raises InputError where there is no such dataset."""
        if dataset not in self.contracts:
            raise InputError(f"there is no dataset '{dataset}'.{did_you_mean(dataset, self.contracts)}")
        return self.contracts[dataset]

    def source(self, dataset: str) -> str:
        """The landed rows of a dataset as a table in SQL, the envelope included."""
        contract, files = self.contract(dataset), self.parts.get(dataset, ())
        if files:
            listed = ", ".join(literal(str(part)) for part in files)
            return f"read_parquet([{listed}], {_folders(contract, files)})"
        columns = [f"NULL::{column.parsed.duckdb} AS {name(column.name)}" for column in contract.columns]
        arrival = f"{{'arrived_at': NULL::TIMESTAMPTZ}} AS {name(ENVELOPE)}"
        return f"(SELECT {', '.join([*columns, arrival])} WHERE false)"

    @contextmanager
    def at(self, moment_us: int, columns: Mapping[str, Collection[str]] | None = None) -> Iterator[CutMart]:
        """The mart as it stood at a moment (microseconds UTC), locked; `columns` says what of which dataset is wanted.

        Raises:
            OutsideError: a part cannot be read, or the disk is full.
        """
        everything = {dataset: contract.names for dataset, contract in self.contracts.items()}
        wanted = everything if columns is None else columns
        with database.opened(self.limits, self.zone) as connection:
            for dataset, chosen in wanted.items():
                contract = self.contract(dataset)
                create_table(connection, contract, chosen)
                where = seen_by(contract, moment(moment_us))
                listed = [shown(contract, column, moment(moment_us)) for column in kept(contract, chosen)]
                copied = f"SELECT {', '.join(listed)} FROM {self.source(dataset)} WHERE {where}"
                database.fill(connection, dataset, copied)
            database.lock(connection)
            yield CutMart(moment_us, {dataset: self.contracts[dataset] for dataset in wanted}, self.limits, connection)


@dataclass(frozen=True)
class CutMart:
    """The datasets at one moment, as tables of their names."""

    moment_us: int
    contracts: Mapping[str, Contract]
    limits: Limits
    connection: duckdb.DuckDBPyConnection

    def query(self, sql: Sql, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """The rows of a SELECT. Raises InputError (one line, with its place) and OutsideError."""
        return database.select(self.connection, sql, parameters or {}, self.limits)

    def rows(self, dataset: str) -> int:
        """How many rows of a dataset the cut shows."""
        count: int = self.query(Sql(f"SELECT count(*) AS n FROM {name(dataset)}")).column(0)[0].as_py()
        return count

    def there(self, dataset: str, entity: str) -> pa.Array:
        """The entities that a history has an open version of, each once, in order."""
        contract, column = self.contracts[dataset], name(entity)
        is_open = f"{column} IS NOT NULL AND {name(contract.valid_to or '')} IS NULL"
        found = self.query(Sql(f"SELECT DISTINCT {column} FROM {name(dataset)} WHERE {is_open} ORDER BY 1"))
        return found.column(0).combine_chunks()


def create_table(connection: duckdb.DuckDBPyConnection, contract: Contract, columns: Collection[str]) -> None:
    """An empty table of a dataset, typed by its contract, so that SQL reads dummy and real alike."""
    shape = [f"{name(column)} {contract.column(column).parsed.duckdb}" for column in kept(contract, columns)]
    connection.execute(f"CREATE TABLE {name(contract.dataset)} ({', '.join(shape)})")


def kept(contract: Contract, columns: Collection[str]) -> tuple[str, ...]:
    """The wanted columns in the contract's order; the first one where none is, since rows are counted all the same."""
    return tuple(column for column in contract.names if column in columns) or contract.names[:1]


def seen_by(contract: Contract, cut: str) -> str:
    """The condition in SQL that a row had happened and had arrived by `cut`; both to the very microsecond."""
    happened = contract.time or contract.valid_from
    arrived = f"{name(ENVELOPE)}.arrived_at <= {cut}"
    return f"{arrived} AND {instant(contract, happened)} <= {cut}" if happened else arrived


def instant(contract: Contract, column: str) -> str:
    """The moment in a column of times, as TIMESTAMPTZ; a date is known when its day is over, in the mart's zone."""
    if contract.column(column).parsed.name == "date":
        return f"(CAST(CAST({name(column)} + INTERVAL 1 DAY AS TIMESTAMP) AS TIMESTAMPTZ) - INTERVAL 1 MICROSECOND)"
    return f"CAST({name(column)} AS TIMESTAMPTZ)"


def moment(microseconds: int) -> str:
    """A moment in SQL."""
    return f"make_timestamptz({microseconds}::BIGINT)"


def time_of(microseconds: int) -> datetime:
    """A moment as Python has it."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _folders(contract: Contract, files: Sequence[Path]) -> str:
    """Columns that are not in the files but name their folders, as in `plan=basic/part-00000.parquet`."""
    folders = {word.partition("=")[0] for part in files for word in part.parts[:-1] if "=" in word}
    absent = folders - set(parquet_names(files[0])) if folders else folders
    named = [column for column in contract.columns if column.name in absent]
    types = [f"{name(column.name)}: {literal(column.parsed.duckdb)}" for column in named]
    return f"hive_partitioning = true, hive_types = {{{', '.join(types)}}}" if types else "hive_partitioning = false"


def parquet_names(part: Path) -> list[str]:
    """The columns in a landed part. Raises OutsideError: it cannot be read."""
    import pyarrow.parquet as pq

    try:
        names: list[str] = pq.read_schema(part).names
    except (OSError, pa.ArrowException) as error:
        raise OutsideError(f"{part}: cannot be read as Parquet: {' '.join(str(error).split())}") from None
    return names


def shown(contract: Contract, column: str, cut: str) -> str:
    """A column as a cut shows it: a version whose end lies after it is still open."""
    if column == contract.valid_to:
        return f"CASE WHEN {instant(contract, column)} <= {cut} THEN {name(column)} END AS {name(column)}"
    return name(column)
