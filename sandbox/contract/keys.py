"""Rules that need every row: keys that come twice, and references that lead nowhere, over landed Parquet parts.

DuckDB judges them by value, exactly, under a memory limit, and spills to disk beyond it. NaN equals NaN and
-0.0 equals 0.0, as in SQL's grouping; text is compared byte by byte, so two ways to write é are two keys.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.contract.model import Contract, ForeignKey
from sandbox.contract.rules import Rule, foreign_key_name, rules_of
from sandbox.contract.types import quoted
from sandbox.errors import OutsideError

if TYPE_CHECKING:
    import duckdb

Paths = Sequence[Path | str]
OFFENDERS = pa.schema([("part", pa.int32()), ("row", pa.int64()), ("reason", pa.string())])


def broken_keys(
    contract: Contract,
    parts: Paths,
    parents: Mapping[str, Paths],
    *,
    spill: Path,
    proven: frozenset[str] = frozenset(),
    memory_mb: int = 600,
    threads: int = 2,
) -> pa.Table:
    """Find the rows that break a key, as `OFFENDERS` says, sorted by part and row.

    Of equal keys the first stays, by part and then by row; a key with a null in it is no key and breaks nothing.

    Args:
        contract: whose unique columns and groups, primary key and foreign keys are judged.
        parts: the dataset's Parquet files in order; `part` counts them and `row` the rows of each, from 0.
        parents: by dataset, the Parquet files that foreign keys point into.
        spill: a folder for what does not fit into memory; it is left as it was found.
        proven: names of rules that hold by the data's making and are not looked at.
        memory_mb: what DuckDB may hold at once.
    Raises:
        OutsideError: a file cannot be read, or the disk is full.
    """
    rules = [rule for rule in rules_of(contract) if rule.across and rule.name not in proven]
    if not parts or not rules:
        return OFFENDERS.empty_table()
    import duckdb

    foreign = {foreign_key_name(key): key for key in contract.foreign_keys}
    try:
        with _database(spill, memory_mb, threads) as database:
            found = [_offenders(database, rule, foreign.get(rule.name), parts, parents) for rule in rules]
    except duckdb.Error as error:
        reason = _torn([*parts, *(part for group in parents.values() for part in group)]) or _reason(error)
        raise OutsideError(f"{contract.dataset}: its keys could not be checked: {reason}.") from error
    return pa.concat_tables(found).sort_by([("part", "ascending"), ("row", "ascending")])


def _torn(parts: Sequence[Path | str]) -> str:
    """The first part that is no whole Parquet file, in words; empty if all are."""
    import pyarrow.parquet as pq

    for part in parts:
        try:
            pq.read_metadata(part)
        except (OSError, pa.ArrowException):
            return f"{part} is no whole Parquet file; make it again"
    return ""


def _reason(error: duckdb.Error) -> str:
    """What DuckDB says where that is about files and memory; all else may quote a value of somebody's row."""
    import duckdb

    about_outside = isinstance(error, (duckdb.IOException, duckdb.OutOfMemoryException))
    return str(error).split("\n", 1)[0].rstrip(".") if about_outside else type(error).__name__


@contextmanager
def _database(spill: Path, memory_mb: int, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    with tempfile.TemporaryDirectory(dir=spill, prefix="keys-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": folder,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(config=settings) as database:
            yield database


def _offenders(
    database: duckdb.DuckDBPyConnection, rule: Rule, key: ForeignKey | None, parts: Paths, parents: Mapping[str, Paths]
) -> pa.Table:
    if key is not None:
        query = _orphans(key, parts, parents.get(key.dataset, ()))
    elif _all_differ(database, rule.columns, parts):
        return OFFENDERS.empty_table()
    else:
        query = _repeats(rule.columns, parts)
    rows = database.sql(query).to_arrow_table()
    reasons = pa.repeat(pa.scalar(rule.name), len(rows))
    return pa.table([*rows.columns, reasons], names=OFFENDERS.names).cast(OFFENDERS)


def _all_differ(database: duckdb.DuckDBPyConnection, columns: Sequence[str], parts: Paths) -> bool:
    """Whether no key comes twice: all that most data needs, in less time and memory than finding the rows."""
    keys = f"SELECT count(*) AS rows FROM {_files(parts)} WHERE {_there(columns)} GROUP BY {_names(columns)}"
    return not bool(database.sql(f"SELECT coalesce(max(rows), 0) > 1 FROM ({keys})").fetchall()[0][0])


def _repeats(columns: Sequence[str], parts: Paths) -> str:
    names = _names(columns)
    keyed = f"SELECT file_index AS part, file_row_number AS row, {names} FROM {_files(parts)} WHERE {_there(columns)}"
    return f"""
        WITH keyed AS ({keyed}),
        repeated AS (SELECT {names}, min((part, row)) AS first FROM keyed GROUP BY ALL HAVING count(*) > 1)
        SELECT part, row FROM keyed JOIN repeated USING ({names}) WHERE (part, row) <> first
    """


def _orphans(key: ForeignKey, parts: Paths, parent: Paths) -> str:
    rows = (
        f"SELECT file_index AS part, file_row_number AS row FROM {_files(parts)} AS child WHERE {_there(key.columns)}"
    )
    if not parent:
        return rows
    pairs = zip(key.columns, key.references, strict=True)
    same = " AND ".join(
        f"child.{quoted(column, always=True)} = parent.{quoted(reference, always=True)}" for column, reference in pairs
    )
    return f"{rows} AND NOT EXISTS (FROM {_files(parent)} AS parent WHERE {same})"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(quoted(column, always=True) for column in columns)


def _there(columns: Sequence[str]) -> str:
    return " AND ".join(f"{quoted(column, always=True)} IS NOT NULL" for column in columns)


def _files(paths: Paths) -> str:
    """A table of these files and no others; a folder's name never becomes a column, nor a pattern."""
    listed = ", ".join(f"'{_literal(str(path))}'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = false)"


def _literal(path: str) -> str:
    plain = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)
    return plain.replace("'", "''")
