"""Features: one SELECT by a data scientist, one row an entity, over the datasets as they stood at the cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.masking import MASK
from sandbox.contract.model import Contract
from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.mart import database
from sandbox.mart.cut import CutMart, create_table, time_of
from sandbox.mart.database import Limits
from sandbox.mart.passing import passed_through
from sandbox.mart.sql_text import Sql
from sandbox.mart.statement import CUT, Statement, parse_statement

_EXAMPLES = 3


@dataclass(frozen=True)
class FeaturePlan:
    """A feature SQL that binds: the entity's column, the features with their DuckDB types, and what is read for them.

    `secret` says that the entities' names are personal data, which no message may show.
    """

    sql: Sql
    entity: str
    columns: Mapping[str, str]
    reads: Mapping[str, tuple[str, ...]]
    uses_cut: bool
    secret: bool


def check_features(sql: Sql, contracts: Mapping[str, Contract], entity: str, of: str, zone: str = "UTC") -> FeaturePlan:
    """Judge a feature SQL without any data.

    Raises:
        InputError: each problem in a line with its place: it is not one SELECT, does not bind, does not repeat itself,
            gives the entity not once or nothing beside it, or hands a `pii` column through as a feature.
    """
    statement = parse_statement(sql, contracts)
    reads = {dataset: statement.columns(contracts[dataset]) for dataset in statement.datasets}
    columns = _bind(statement, contracts, zone)
    problems = _shape_problems(sql, columns, entity)
    if not problems:
        read = {dataset: contracts[dataset] for dataset in statement.datasets}
        handed = passed_through(statement, read, [name for name, _ in columns])
        problems = [
            sql.problem(f"feature '{feature}' is people's data ({source}) as it stands; derive what matters from it.")
            for feature, source in handed.items()
            if feature != entity
        ]
    if problems:
        raise InputError(problems)
    secret = any(entity in contract.pii for contract in contracts.values())
    return FeaturePlan(
        sql, entity, {name: kind for name, kind in columns if name != entity}, reads, statement.uses_cut, secret
    )


def feature_rows(cut: CutMart, plan: FeaturePlan) -> pa.Table:
    """The features at a cut: the entity first, one row each, in the entities' order.

    Whatever DuckDB makes of sums comes as float64, and moments as timestamp[us, UTC].

    Raises:
        InputError: the SQL fails on a value, or an entity is null or comes more than once.
    """
    found = cut.query(plan.sql, {CUT: time_of(cut.moment_us)} if plan.uses_cut else {})
    order = [plan.entity, *(name for name in found.column_names if name != plan.entity)]
    table = pa.table({name: _plain(found.column(name).combine_chunks()) for name in order})
    entity = table.column(plan.entity)
    if entity.null_count:
        missing = f"{entity.null_count} rows have no {plan.entity}; add `WHERE {plan.entity} IS NOT NULL`."
        raise InputError(plan.sql.problem(missing))
    table = table.take(pc.sort_indices(entity)).combine_chunks()
    again = _repeated(table.column(plan.entity))
    if len(again):
        shown = ", ".join(MASK if plan.secret else str(value) for value in again[:_EXAMPLES].to_pylist())
        rows = f"{len(again)} of {plan.entity} have more than one row (such as {shown})"
        raise InputError(plan.sql.problem(f"{rows}; give one row each: group by {plan.entity}, or keep open versions."))
    return table


def _bind(statement: Statement, contracts: Mapping[str, Contract], zone: str) -> list[tuple[str, str]]:
    limits = Limits(memory_mb=200)
    with database.opened(limits, zone) as connection:
        for dataset in statement.datasets:
            create_table(connection, contracts[dataset], contracts[dataset].names)
        database.lock(connection)
        cut = {CUT: time_of(0)} if statement.uses_cut else {}
        names = {column for dataset in statement.datasets for column in contracts[dataset].names}
        return database.describe(connection, statement.sql, cut, limits, names)


def _shape_problems(sql: Sql, columns: list[tuple[str, str]], entity: str) -> list[Problem]:
    names = [name for name, _ in columns]
    problems = [
        sql.problem(f"two columns are called '{name}'; give each a name of its own.")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if entity not in names:
        problems.append(sql.problem(f"does not give the entity's column '{entity}'.{did_you_mean(entity, names)}"))
    elif len(names) == 1:
        problems.append(sql.problem(f"gives no feature beside '{entity}'."))
    return problems


def _plain(values: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        return values.dictionary_decode()
    if pa.types.is_decimal(values.type):
        return values.cast(pa.float64())
    if pa.types.is_timestamp(values.type) and values.type.tz:
        return values.cast(pa.timestamp("us", "UTC"))
    return values


def _repeated(ordered: pa.ChunkedArray) -> pa.Array:
    """The values that stand more than once in a sorted column, each once."""
    values = ordered.combine_chunks()
    if len(values) < 2:
        return values.slice(0, 0)
    same = pc.equal(values.slice(1), values.slice(0, len(values) - 1)).to_numpy(zero_copy_only=False)
    return values.take(pa.array(np.flatnonzero(same))).unique()
