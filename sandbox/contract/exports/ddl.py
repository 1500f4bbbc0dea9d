"""Contracts as SQL: `CREATE TABLE` with keys, checks, defaults and comments, in any dialect that sqlglot writes.

What a dialect has no word for is found by reading the text again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from sandbox.contract.canonical import canonical
from sandbox.contract.exports.ddl_rules import conditions_of, literal_in_sql
from sandbox.contract.exports.ddl_types import sql_type
from sandbox.contract.exports.exported import Exported, losses
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.sql import read_sql
from sandbox.contract.model import Column, Contract, ForeignKey
from sandbox.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from sqlglot import exp

DIALECTS = ("postgres", "duckdb", "sqlite", "mysql", "snowflake", "bigquery", "databricks", "redshift")
_COMMENT_ON = ("postgres", "duckdb", "snowflake", "redshift")
_COMMENT_INLINE = ("mysql", "bigquery", "databricks")
_WITHOUT_CHECKS = ("snowflake", "bigquery", "redshift", "databricks")


def export_ddl(contracts: Sequence[Contract], dialect: str = "postgres") -> Exported:
    """The contracts as the text of an `.sql` file, each after those that it refers to.

    Raises:
        InputError: the dialect is unknown.
    """
    if dialect not in DIALECTS:
        raise InputError(f"unknown dialect '{dialect}'.{did_you_mean(dialect, DIALECTS)}")
    whole = [canonical(contract) for contract in _ordered(contracts)]
    made: dict[str, Contract] = {}
    statements: list[exp.Expr] = []
    for contract in whole:
        made[contract.dataset] = contract
        statements.append(_table(contract, made, dialect))
        statements += _comments(contract) if dialect in _COMMENT_ON else ()
    written = ";\n\n".join(statement.sql(dialect=dialect, pretty=True) for statement in statements)
    text = f"-- dialect: {dialect}\n{written};\n"
    read = read_sql(text, Notes("ddl.sql")).datasets
    again = {one.dataset: canonical(described.whole) for one, described in zip(whole, read, strict=True)}
    kept = tuple(again[contract.dataset] for contract in contracts)
    return Exported(f"SQL ({dialect})", text, kept, losses(f"SQL ({dialect})", contracts, kept))


def _ordered(contracts: Sequence[Contract]) -> list[Contract]:
    """Parents before children; as given where they refer to each other in a circle."""
    named = {contract.dataset: contract for contract in contracts}
    graph = {
        name: [key.dataset for key in contract.foreign_keys if key.dataset in named and key.dataset != name]
        for name, contract in named.items()
    }
    try:
        return [named[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError:
        return list(contracts)


def _table(contract: Contract, made: dict[str, Contract], dialect: str) -> exp.Create:
    from sqlglot import exp

    elements: list[exp.Expr] = [_column(column, dialect) for column in contract.columns]
    if contract.primary_key:
        elements.append(exp.PrimaryKey(expressions=[_name(column) for column in contract.keys[0]]))
    for group in contract.unique:
        elements.append(exp.UniqueColumnConstraint(this=exp.Schema(expressions=[_name(column) for column in group])))
    elements += [_link(key) for key in contract.foreign_keys if _leads_to_a_key(key, made)]
    if dialect not in _WITHOUT_CHECKS:
        elements += _expected(contract, dialect)
    table = exp.Table(this=_name(contract.dataset))
    about = contract.about if dialect not in _COMMENT_ON else ""
    properties = None
    if about and dialect in _COMMENT_INLINE:
        properties = exp.Properties(expressions=[exp.SchemaCommentProperty(this=exp.Literal.string(about))])
    return exp.Create(this=exp.Schema(this=table, expressions=elements), kind="TABLE", properties=properties)


def _column(column: Column, dialect: str) -> exp.ColumnDef:
    from sqlglot import exp

    kinds: list[exp.Expr] = []
    if not column.nullable:
        kinds.append(exp.NotNullColumnConstraint())
    if column.default is not None and _is_writable(column):
        kinds.append(exp.DefaultColumnConstraint(this=literal_in_sql(column.default, column, dialect)))
    if column.unique:
        kinds.append(exp.UniqueColumnConstraint())
    if dialect not in _WITHOUT_CHECKS:
        kinds += [exp.CheckColumnConstraint(this=condition) for condition in conditions_of(column, dialect)]
    if column.about and dialect in _COMMENT_INLINE:
        kinds.append(exp.CommentColumnConstraint(this=exp.Literal.string(column.about)))
    longest = column.max_length if column.parsed.name == "string" and column.max_length else None
    return exp.ColumnDef(
        this=_name(column.name),
        kind=sql_type(column.parsed, dialect, longest),
        constraints=[exp.ColumnConstraint(kind=kind) for kind in kinds],
    )


def _is_writable(column: Column) -> bool:
    kind = column.parsed
    is_infinite = isinstance(column.default, float) and not math.isfinite(column.default)
    return not kind.is_nested and kind.name != "bytes" and not is_infinite


def _link(key: ForeignKey) -> exp.ForeignKey:
    from sqlglot import exp

    parent = exp.Schema(this=exp.Table(this=_name(key.dataset)), expressions=[_name(name) for name in key.references])
    return exp.ForeignKey(expressions=[_name(name) for name in key.columns], reference=exp.Reference(this=parent))


def _leads_to_a_key(key: ForeignKey, made: dict[str, Contract]) -> bool:
    """Whether a database takes the key: it leads to a table that is there, and to what is unique in it."""
    parent = made.get(key.dataset)
    return parent is not None and any(set(group) == set(key.references) for group in parent.keys)


def _expected(contract: Contract, dialect: str) -> Iterator[exp.Constraint]:
    import sqlglot
    from sqlglot import exp

    for condition in contract.expectations:
        check = exp.CheckColumnConstraint(this=sqlglot.parse_one(condition.sql, read="duckdb"))
        yield exp.Constraint(this=_name(condition.name), expressions=[check])


def _comments(contract: Contract) -> Iterator[exp.Comment]:
    from sqlglot import exp

    table = exp.Table(this=_name(contract.dataset))
    if contract.about:
        yield exp.Comment(this=table, kind="TABLE", expression=exp.Literal.string(contract.about))
    for column in contract.columns:
        if column.about:
            named = exp.Column(this=_name(column.name), table=_name(contract.dataset))
            yield exp.Comment(this=named, kind="COLUMN", expression=exp.Literal.string(column.about))


def _name(name: str) -> exp.Identifier:
    from sqlglot import exp

    return exp.to_identifier(name, quoted=True)
