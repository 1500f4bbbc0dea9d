"""The SQL that databases share: names, tables made from a shape, rows that replace others, and the books of replays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from sandbox.contract.types import Type
from sandbox.errors import InputError
from sandbox.sinks.sql.shape import Shape

Creating = Literal["if_missing", "never", "replace"]
BOOKS = "_sandbox_replays"
"""The table in which a database keeps how many rows of each replay it holds."""


def quoted(name: str) -> str:
    """A name as SQL's double quotes hold it."""
    return '"' + name.replace('"', '""') + '"'


def qualified(names: Sequence[str]) -> str:
    """`schema.table`, each part in quotes."""
    return ".".join(map(quoted, names))


def listed(names: Sequence[str]) -> str:
    """Names with commas between, in quotes."""
    return ", ".join(map(quoted, names))


def create_table(table: Sequence[str], shape: Shape, type_of: Callable[[Type], str]) -> str:
    """`CREATE TABLE` for a shape: its types, what may not be null, and its key."""
    lines = [
        f"{quoted(column.name)} {type_of(column.type)}{' NOT NULL' if column.required else ''}"
        for column in shape.columns
    ]
    if shape.key:
        lines.append(f"PRIMARY KEY ({listed(shape.key)})")
    return f"CREATE TABLE {qualified(table)} (\n  " + ",\n  ".join(lines) + "\n)"


def create_books(schema: Sequence[str]) -> str:
    """`CREATE TABLE` for the books, where they are not there yet."""
    columns = "replay TEXT NOT NULL, into_table TEXT NOT NULL, held BIGINT NOT NULL, PRIMARY KEY (replay, into_table)"
    return f"CREATE TABLE IF NOT EXISTS {qualified([*schema, BOOKS])} ({columns})"


def replace_rows(table: Sequence[str], shape: Shape, rows: str) -> str:
    """Put the rows of another table, one a key, in the place of those that are there."""
    changed = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in shape.values)
    names = listed(shape.names)
    # SQLite would take `ON CONFLICT` for the condition of a join, were there no WHERE before it.
    return (
        f"INSERT INTO {qualified(table)} ({names}) SELECT {names} FROM {rows} WHERE true "
        f"ON CONFLICT ({listed(shape.key)}) DO {f'UPDATE SET {changed}' if changed else 'NOTHING'}"
    )


def delete_rows(table: Sequence[str], shape: Shape, rows: str) -> str:
    """Delete the rows whose keys stand in another table."""
    same = " AND ".join(f"{qualified(table)}.{quoted(name)} = gone.{quoted(name)}" for name in shape.key)
    return f"DELETE FROM {qualified(table)} WHERE EXISTS (SELECT 1 FROM {rows} AS gone WHERE {same})"


def require_columns(shown: str, table: Sequence[str], shape: Shape, there: Sequence[str]) -> None:
    """Raises InputError: a table that is there lacks columns."""
    lacking = [name for name in shape.names if name not in there]
    if lacking:
        columns = ", ".join(f"'{name}'" for name in lacking)
        raise InputError(
            f"{shown}: the table {'.'.join(table)} has no column {columns}; add it, name another table, or say "
            "create=replace, which drops the table first."
        )


def require_key(shown: str, table: Sequence[str], shape: Shape, keys: Sequence[Sequence[str]]) -> None:
    """Raises InputError: rows shall replace each other by a key that a table does not have."""
    if shape.key and not any(set(key) == set(shape.key) for key in keys):
        raise InputError(
            f"{shown}: the table {'.'.join(table)} has no PRIMARY KEY or UNIQUE over ({', '.join(shape.key)}), "
            "by which rows replace each other; add one, or say write=append."
        )


def missing_table(shown: str, table: Sequence[str]) -> InputError:
    """The error of a table that is not there and may not be made."""
    return InputError(f"{shown}: there is no table {'.'.join(table)}; make it, or do without create=never.")
