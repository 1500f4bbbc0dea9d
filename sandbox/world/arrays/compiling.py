"""From an SQL tree to functions over arrays. What has no array form is left to DuckDB, in place and over all rows.

DuckDB says of each part of the tree which type it has, so that no rule of types is written down here twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sandbox.errors import InputError
from sandbox.scenario.locked import BLOCK, thread_connection
from sandbox.scenario.parsing import Tree, columns_of, written_back
from sandbox.world.arrays.conversions import converted
from sandbox.world.arrays.entries import OverEntries
from sandbox.world.arrays.frame import Chunk, Frame, by_duckdb
from sandbox.world.arrays.kinds import Kind, becomes, common, kind_of
from sandbox.world.arrays.operand import Operand

Run = Callable[[Chunk], Operand]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an expression: what it gives, and how; `constant` is its value where that is the same in every row."""

    kind: Kind
    run: Run
    constant: Operand | None = None
    sql: str = ""


Rule = Callable[["Compiler", Tree, Kind], Run | None]
"""Compiles a form of the tree to arrays; None where it cannot."""


@dataclass(frozen=True)
class Compiler:
    """Compiles one tree over columns of these types; `kinds` are those of its parts, by their SQL."""

    types: Mapping[str, pa.DataType]
    kinds: Mapping[str, Kind | None]
    rules: Mapping[str, Rule]

    def part(self, node: Tree) -> Part | None:
        """A part of the tree; None where arrays do not hold what it gives."""
        from sqlglot import exp

        if isinstance(node, exp.Paren):
            return self.part(node.this)
        sql = written_back(node)
        kind, names = self.kinds.get(sql), tuple(columns_of(node))
        if kind is None:
            return None
        if not names:
            return _constant(sql, kind)
        if isinstance(node, exp.Column) and len(node.parts) == 1:
            return Part(kind, lambda chunk: chunk.column(names[0]), sql=sql)
        of_texts = all(is_text(self.types[name]) for name in names)
        if of_texts and len(names) == 1:
            return Part(kind, OverEntries(sql, names, (self.types[names[0]],)), sql=sql)
        name = str(node.this) if isinstance(node, exp.Anonymous) else type(node).__name__
        rule = self.rules.get(name)
        run = rule(self, node, kind) if rule is not None else None
        if run is None:
            whole = OverEntries(sql, names, tuple(self.types[name] for name in names))
            run = whole if of_texts else _over_rows(sql, names)
        return Part(kind, run, sql=sql)

    def parts(self, nodes: Sequence[Tree]) -> list[Part] | None:
        """Several parts, or none."""
        found = [self.part(node) for node in nodes]
        return None if None in found else [part for part in found if part is not None]

    def as_kind(self, node: Tree, kind: Kind) -> Run | None:
        """A part as SQL makes it of this kind unasked."""
        part = self.part(node)
        return brought(part, kind) if part is not None and becomes(part.kind, kind) else None

    def all_as(self, nodes: Sequence[Tree], kind: Kind) -> list[Run] | None:
        """Several parts as SQL makes them of this kind unasked, or none."""
        parts = self.parts(nodes)
        if parts is None or not all(becomes(part.kind, kind) for part in parts):
            return None
        return [brought(part, kind) for part in parts]

    def alike(self, nodes: Sequence[Tree]) -> list[Run] | None:
        """Parts as they are compared: numbers as numbers, a constant text as the date or the number that it says."""
        parts = self.parts(nodes)
        if parts is None:
            return None
        told = [
            part for part in parts if not (part.constant is not None and part.kind.family in ("text", "date", "null"))
        ]
        kind = common([part.kind for part in told]) if told else None
        if kind is None:
            return None
        if kind.is_time:
            as_type = {"date": "DATE"}.get(kind.family, "TIMESTAMPTZ" if kind.zoned else "TIMESTAMP")
            parts = [part if part in told else _constant(f"CAST({part.sql} AS {as_type})", kind) for part in parts]
        elif len(told) < len(parts):
            return None
        return [brought(part, kind) for part in parts]


def brought(part: Part, kind: Kind) -> Run:
    """A part as another kind."""
    if part.constant is not None:
        constant = converted(part.constant, part.kind, kind)
        return lambda chunk: constant
    if part.kind.family == kind.family and part.kind.scale == kind.scale:
        return part.run
    run, old = part.run, part.kind
    return lambda chunk: converted(run(chunk), old, kind)


def kinds_of(tree: Tree, columns: Mapping[str, pa.DataType]) -> dict[str, Kind | None]:
    """The kind of each part of a tree that is a value of its own, by its SQL."""
    from sqlglot import exp

    no_values = (exp.Identifier, exp.DataType, exp.DataTypeParam, exp.Var, exp.Interval)
    nodes = [node for node in tree.walk() if not isinstance(node, no_values)]
    texts = list(dict.fromkeys(written_back(node) for node in nodes if not _is_branch(node)))
    return dict(zip(texts, _types(texts, columns), strict=True))


def is_text(made: pa.DataType) -> bool:
    """Whether a column holds texts."""
    plain = made.value_type if pa.types.is_dictionary(made) else made
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))


def _is_branch(node: Tree) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.If) and isinstance(node.parent, exp.Case)


def _types(texts: Sequence[str], columns: Mapping[str, pa.DataType]) -> list[Kind | None]:
    """One question for all of them; where one does not stand alone, one for each."""
    import duckdb

    connection = thread_connection()
    connection.register(BLOCK, pa.schema(list(columns.items()) or [("_", pa.null())]).empty_table())
    try:
        made = connection.sql(
            f"SELECT {', '.join(f'{text} AS c{at}' for at, text in enumerate(texts))} FROM {BLOCK}"
        ).types
        return [kind_of(str(type_)) for type_ in made]
    except duckdb.Error:
        if len(texts) == 1:
            return [None]
    finally:
        connection.unregister(BLOCK)
    return [kind for text in texts for kind in _types([text], columns)]


def _constant(sql: str, kind: Kind) -> Part:
    try:
        found = by_duckdb(sql, {}, {}, 1)
    except InputError:  # it fails where it is needed, and may never be
        found = Operand(np.zeros(1, np.int64), doubts=np.ones(1, np.bool_))
    constant = found.mapped(lambda array: array.reshape(()))
    return Part(kind, lambda chunk: constant, constant, sql)


def _over_rows(sql: str, names: tuple[str, ...]) -> Run:
    def of_frame(frame: Frame) -> Operand:
        try:
            columns = {name: frame.columns[name] for name in names}
            return by_duckdb(sql, columns, frame.types, frame.rows)
        except InputError:  # the row that fails may be one that the whole expression leaves out
            return Operand(np.zeros(frame.rows, np.int64), doubts=np.ones(frame.rows, np.bool_))

    return lambda chunk: chunk.of_frame(sql, of_frame)
