"""A mart that grows: rows are put in as they arrive, and features are asked for over all that is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sandbox.contract.envelope import split_envelope
from sandbox.contract.model import Contract
from sandbox.errors import InputError, did_you_mean
from sandbox.mart import database
from sandbox.mart.cut import CutMart, instant, moment, shown
from sandbox.mart.database import Limits, name

if TYPE_CHECKING:
    import duckdb

_ROWS = "_kept"
_CAME = "_came"
_ID, _AT = "_event_id", "_at"


@dataclass(frozen=True, slots=True)
class Put:
    """What became of rows that were put in; together they are all that came."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    repeated: int = 0

    def __add__(self, other: Put) -> Put:
        return Put(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
            self.repeated + other.repeated,
        )


@dataclass(frozen=True)
class LivingMart:
    """Tables in a locked DuckDB, one a dataset, of the columns that somebody asks for. Open it by `living`.

    An event that came before, by its key or else by its id, is a repetition and changes nothing. A row of another
    dataset takes the place of the one with its key, and one whose operation is `delete` takes that away.
    """

    contracts: Mapping[str, Contract]
    columns: Mapping[str, tuple[str, ...]]
    zone: str
    limits: Limits
    connection: duckdb.DuckDBPyConnection
    newest_us: dict[str, int] = field(default_factory=dict)
    """The latest time of an event in each dataset that has some, microseconds UTC."""

    def contract(self, dataset: str) -> Contract:
        """The contract of a dataset. Raises InputError where there is no such dataset."""
        if dataset not in self.contracts:
            raise InputError(f"there is no dataset '{dataset}'.{did_you_mean(dataset, self.contracts)}")
        return self.contracts[dataset]

    def put(self, dataset: str, batch: pa.RecordBatch) -> Put:
        """Put rows in, in their order.

        Args:
            batch: rows that keep the contract, with their envelope.
        """
        contract, columns = self.contract(dataset), self.columns[dataset]
        data, told = split_envelope(batch)
        if not data.num_rows or told is None:
            return Put()
        came = pa.table(
            [*(_plain(data.column(column)) for column in columns), told.field("event_id"), _numbers(data.num_rows)],
            names=[*columns, _ID, _AT],
        )
        came = came.append_column("_operation", _plain(told.field("operation")))
        self.connection.register(_CAME, came)
        try:
            made = self._events(contract, columns) if contract.time else self._upserted(contract, columns)
        finally:
            self.connection.unregister(_CAME)
        return made

    @contextmanager
    def at(self, moment_us: int, columns: Mapping[str, Collection[str]] | None = None) -> Iterator[CutMart]:
        """The mart at a moment: of what is there (so it has arrived), what had happened by then."""
        chosen = list(self.columns if columns is None else columns)
        for dataset in chosen:
            contract, cut = self.contract(dataset), moment(moment_us)
            listed = ", ".join(shown(contract, column, cut) for column in self.columns[dataset])
            happened = contract.time or contract.valid_from
            where = f"WHERE {instant(contract, happened)} <= {cut}" if happened else ""
            self.connection.execute(
                f"CREATE OR REPLACE VIEW {name(dataset)} AS SELECT {listed} FROM {_table(dataset)} {where}"
            )
        yield CutMart(moment_us, {dataset: self.contracts[dataset] for dataset in chosen}, self.limits, self.connection)

    def rows(self, dataset: str) -> int:
        """How many rows of a dataset are there."""
        return int(self.connection.execute(f"SELECT count(*) FROM {_table(dataset)}").fetchall()[0][0])

    def _events(self, contract: Contract, columns: tuple[str, ...]) -> Put:
        key, table = _key(contract), _table(contract.dataset)
        first = f"SELECT * FROM {_CAME} QUALIFY row_number() OVER (PARTITION BY {_listed(key)} ORDER BY {_AT}) = 1"
        new = (
            f"SELECT {_listed((*columns, _ID), 'came')} FROM ({first}) AS came ANTI JOIN {table} AS old ON {_same(key)}"
        )
        inserted = self._one(f"INSERT INTO {table} {new} ORDER BY {_AT}")[0]
        latest = self._one(f"SELECT epoch_us(max({instant(contract, contract.time or '')})) FROM {_CAME}")[0]
        if latest is not None:
            self.newest_us[contract.dataset] = max(latest, self.newest_us.get(contract.dataset, latest))
        return Put(inserted=inserted, repeated=self._one(f"SELECT count(*) FROM {_CAME}")[0] - inserted)

    def _upserted(self, contract: Contract, columns: tuple[str, ...]) -> Put:
        key, table = _key(contract), _table(contract.dataset)
        last = f"SELECT * FROM {_CAME} QUALIFY row_number() OVER (PARTITION BY {_listed(key)} ORDER BY {_AT} DESC) = 1"
        gone, known = "_operation = 'delete'", f"old.{_ID} IS NOT NULL"
        inserted, updated, deleted, distinct, came = self._one(
            f"SELECT count(*) FILTER (NOT {gone} AND NOT {known}), count(*) FILTER (NOT {gone} AND {known}), "
            f"count(*) FILTER ({gone}), count(*), (SELECT count(*) FROM {_CAME}) "
            f"FROM ({last}) AS came LEFT JOIN {table} AS old ON {_same(key)}"
        )
        self.connection.execute(f"DELETE FROM {table} AS old USING ({last}) AS came WHERE {_same(key)}")
        self.connection.execute(
            f"INSERT INTO {table} SELECT {_listed((*columns, _ID))} FROM ({last}) WHERE NOT {gone} ORDER BY {_AT}"
        )
        return Put(inserted, updated, deleted, came - distinct)

    def _one(self, sql: str) -> tuple[int, ...]:
        row: tuple[int, ...] = self.connection.execute(sql).fetchall()[0]
        return row


@contextmanager
def living(
    contracts: Mapping[str, Contract], reads: Mapping[str, Collection[str]], zone: str, limits: Limits | None = None
) -> Iterator[LivingMart]:
    """An empty mart, to be filled.

    Args:
        contracts: of all datasets that feature SQL may name.
        reads: the columns of each that are asked for; keys and times are kept as well.
        zone: the scenario's.
        limits: of memory, before it spills, and of seconds a query.
    """
    limits = limits or Limits()
    columns = {dataset: _kept_columns(contracts[dataset], asked) for dataset, asked in reads.items()}
    with database.opened(limits, zone) as connection:
        connection.execute(f"CREATE SCHEMA {_ROWS}")
        for dataset, names in columns.items():
            contract = contracts[dataset]
            shape = [f"{name(column)} {contract.column(column).parsed.duckdb}" for column in names]
            connection.execute(f"CREATE TABLE {_table(dataset)} ({', '.join([*shape, f'{_ID} UBIGINT'])})")
        database.lock(connection)
        yield LivingMart(contracts, columns, zone, limits, connection)


def _kept_columns(contract: Contract, asked: Collection[str]) -> tuple[str, ...]:
    own = {contract.time, contract.valid_from, contract.valid_to, *_key(contract)}
    return tuple(column for column in contract.names if column in asked or column in own)


def _key(contract: Contract) -> tuple[str, ...]:
    """What makes two rows the same: the contract's first key, or else the event's id."""
    return contract.keys[0] if contract.primary_key else (_ID,)


def _table(dataset: str) -> str:
    return f"{_ROWS}.{name(dataset)}"


def _listed(columns: Collection[str], table: str = "") -> str:
    return ", ".join(f"{table}.{name(column)}" if table else name(column) for column in columns)


def _same(key: Collection[str]) -> str:
    return " AND ".join(f"old.{name(column)} IS NOT DISTINCT FROM came.{name(column)}" for column in key)


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _numbers(rows: int) -> pa.Array:
    return pa.array(np.arange(rows, dtype=np.int64))
