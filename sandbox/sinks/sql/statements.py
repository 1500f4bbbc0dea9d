"""The SQL that databases share: names, tables made from a shape, and rows that replace others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.contract.types import Type
from sandbox.sinks.sql.shape import Shape


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
