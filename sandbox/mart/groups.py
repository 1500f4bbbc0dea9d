"""Which group each entity belongs to, as it was known at the moments at which a model was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from sandbox.mart.cut import Mart
from sandbox.mart.database import literal, name
from sandbox.mart.sql_text import Sql
from sandbox.scenario.expressions import compile_expression

UNKNOWN = "(none)"
_MOMENT = pa.timestamp("us", "UTC")


def groups(mart: Mart, of: str, entity: str, groupings: Mapping[str, str], moments_us: Iterable[int]) -> pa.Table:
    """The groups of every entity of a dataset at each moment.

    Of a history the version that was open then counts, of timed rows the latest.

    Args:
        groupings: SQL expressions over the dataset's columns, by the name of the grouping.
    Returns:
        `entity`, `moment` as timestamp[us, UTC], and a column of texts for each grouping.
    """
    contract = mart.contract(of)
    compiled = {key: compile_expression(text, {each.name: each.arrow for each in contract.columns})
                for key, text in groupings.items()}  # fmt: skip
    ordered = contract.valid_from or contract.time
    read = {entity, *(column for each in compiled.values() for column in each.columns_used)}
    read |= {column for column in (ordered, contract.valid_to) if column}
    where = f"WHERE {name(contract.valid_to)} IS NULL" if contract.valid_to else ""
    listed = ", ".join(_latest(each.sql, ordered, key) for key, each in compiled.items())
    sql = Sql(f"SELECT {name(entity)} AS entity, {listed} FROM {name(of)} {where} GROUP BY 1 ORDER BY 1")
    found = []
    for moment_us in moments_us:
        with mart.at(moment_us, {of: read}) as cut:
            table = cut.query(sql)
        moment = pa.repeat(pa.scalar(moment_us, pa.int64()), len(table)).cast(_MOMENT)
        found.append(table.add_column(1, "moment", moment))
    return pa.concat_tables(found).combine_chunks()


def _latest(sql: str, ordered: str | None, key: str) -> str:
    value = f"coalesce(({sql})::VARCHAR, {literal(UNKNOWN)})"
    chosen = f"arg_max({value}, {name(ordered)})" if ordered else f"any_value({value})"
    return f"{chosen} AS {name(key)}"
