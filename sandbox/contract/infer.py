"""A contract from what is there: a schema or per-column facts, and what a sample of rows suggests beyond it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.arrow_types import type_of
from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Column, Contract

# An enum is proposed for so few values, each of them seen this often on average.
_MOST_VALUES = 50
_LEAST_REPEATS = 10
# Fewer rows than this say nothing of uniqueness or of ranges.
_LEAST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that a sample suggests and only a person can promise: `column` with `key` set to `value`."""

    column: str
    key: str
    value: Any
    reason: str


def infer_contract(
    dataset: str, source: pa.Schema | Sequence[Column], sample: pa.Table | None = None, **rest: Any
) -> Contract:
    """Draft a contract.

    Args:
        dataset: its name.
        source: an Arrow schema (the envelope in it is left out), or facts, column by column.
        sample: rows under that schema. A column without a null among them is drafted as never null; what else
            they suggest is for `propose`.
        rest: further fields of the contract, such as `primary_key` and `time`.
    Raises:
        InputError: a type that contracts do not know.
    """
    columns = _columns(source) if isinstance(source, pa.Schema) else tuple(source)
    if sample is not None and len(sample):
        columns = tuple(_with_nullability(column, sample) for column in columns)
    return Contract(dataset, columns, **rest)


def propose(contract: Contract, sample: pa.Table) -> list[Proposal]:
    """What the rows of a sample suggest and a person may accept: keys, enums, and numbers that are never negative."""
    if len(sample) < _LEAST_ROWS:
        return []
    there = set(sample.column_names)
    columns = [column for column in contract.columns if column.name in there]
    return [proposal for column in columns for proposal in _proposals(column, sample.column(column.name))]


def _columns(schema: pa.Schema) -> tuple[Column, ...]:
    return tuple(_column(field) for field in schema if field.name != ENVELOPE)


def _column(field: pa.Field) -> Column:
    kind = type_of(field)
    # A schema knows that a column is a dictionary, but not of which words: those are a sample's to tell.
    return Column(field.name, "string" if kind.name == "enum" else str(kind), nullable=field.nullable)


def _with_nullability(column: Column, sample: pa.Table) -> Column:
    if sample.schema.get_field_index(column.name) < 0:
        return column
    return dataclasses.replace(column, nullable=sample.column(column.name).null_count > 0)


def _proposals(column: Column, values: pa.ChunkedArray) -> Iterator[Proposal]:
    kind, rows = column.parsed, len(values) - values.null_count
    if kind.is_nested or rows < _LEAST_ROWS:
        return
    values = values.cast(kind.arrow()) if kind.name != "enum" else values.cast(pa.string())
    distinct = pc.count_distinct(values, mode="only_valid").as_py()
    if distinct == rows and not column.unique and kind.name not in ("float32", "float64"):
        yield Proposal(column.name, "unique", True, f"{rows:,} rows, no value twice")
    if kind.name == "string" and distinct <= _MOST_VALUES and rows >= distinct * _LEAST_REPEATS:
        words = tuple(sorted(pc.unique(values).drop_null().to_pylist()))
        yield Proposal(column.name, "values", words, f"{distinct} different values in {rows:,} rows")
    if kind.is_number and not kind.name.startswith("uint") and column.ge is None:
        least = pc.min(values).as_py()
        if least is not None and least >= 0:
            yield Proposal(column.name, "ge", 0, f"the least of {rows:,} rows is {least}")
