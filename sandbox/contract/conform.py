"""A source's raw batch mapped on to the contract: renamed, ordered, read; what could not be read is marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.envelope import ENVELOPE, landed_schema
from sandbox.contract.literals import literal
from sandbox.contract.model import Column, Contract
from sandbox.contract.parse import PLAIN_PARSE, Parse
from sandbox.contract.read_column import read
from sandbox.contract.readings import Mask, Reading
from sandbox.errors import InputError, Problem, did_you_mean

_MOST_LACKING = 20
"""Columns that are named one by one; a source that lacks more is another one, or has none of its names."""


@dataclass(frozen=True)
class Conformed:
    """A batch in the contract's columns, beside what its source wrote.

    `batch` has the contract's columns in order and type, and the envelope if one was given; a value that could
    not be read is null in it. `unreadable` says where, by column, each mask of shape (n,). `raw` has the same
    rows under the contract's names, as the source wrote them, with what nobody asked for.
    """

    batch: pa.RecordBatch
    raw: pa.RecordBatch
    unreadable: Mapping[str, Mask] = field(default_factory=dict)


@dataclass(frozen=True)
class Conform:
    """How a source's columns become the contract's.

    Args:
        contract: what is asked for.
        parse: how the source writes a column, by the contract's name for it.
        rename: the contract's name for a column, by the source's name.
    """

    contract: Contract
    parse: Mapping[str, Parse] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)

    def ignored(self, schema: pa.Schema) -> tuple[str, ...]:
        """Columns of the source that the contract does not ask for."""
        wanted = {*self.contract.names, ENVELOPE}
        return tuple(name for name in schema.names if self.rename.get(name, name) not in wanted)

    def lacking(self, schema: pa.Schema) -> tuple[str, ...]:
        """Columns that every version asks for and the source lacks, without a default."""
        names = set(self._renamed(schema))
        wanted = (column for column in self.contract.columns if column.default is None and column.since == 1)
        return tuple(column.name for column in wanted if column.name not in names)

    def problems(self, schema: pa.Schema) -> list[Problem]:
        """Columns that every version asks for and the source lacks (without a default), or has twice."""
        names = self._renamed(schema)
        dataset, lacking, times = self.contract.dataset, self.lacking(schema), Counter(names)
        problems = [
            Problem(f"renames '{name}', which is not there.{did_you_mean(name, schema.names)}", f"{dataset}.rename")
            for name in self.rename
            if name not in schema.names
        ]
        for column in self.contract.columns:
            path = f"{dataset}.{column.name}"
            if times[column.name] > 1:
                problems.append(Problem("the source has this column twice.", path))
            elif column.name in lacking[:_MOST_LACKING]:
                problems.append(Problem(f"the source has no such column.{did_you_mean(column.name, names)}", path))
        if len(lacking) > _MOST_LACKING:
            more, of = len(lacking) - _MOST_LACKING, len(self.contract.columns)
            problems.append(
                Problem(f"nor has it {more:,} others; of {of:,} columns it lacks {len(lacking):,}.", dataset)
            )
        return problems

    def __call__(self, raw: pa.RecordBatch) -> Conformed:
        """Read a batch.

        Raises:
            InputError: a column is missing, or there twice; all of them at once.
        """
        problems = self.problems(raw.schema)
        if problems:
            raise InputError(problems)
        names = self._renamed(raw.schema)
        places = {name: place for place, name in enumerate(names)}
        readings = [self._column(column, raw, places) for column in self.contract.columns]
        arrays = [reading.values for reading in readings]
        found = zip(self.contract.names, readings, strict=True)
        unreadable = {name: reading.unreadable for name, reading in found if reading.unreadable is not None}
        schema = self.contract.schema
        if ENVELOPE in places:
            arrays.append(raw.column(places[ENVELOPE]))
            schema = landed_schema(schema)
        return Conformed(_batch(arrays, schema), raw.rename_columns(names), unreadable)

    def _renamed(self, schema: pa.Schema) -> list[str]:
        return [self.rename.get(name, name) for name in schema.names]

    def _column(self, column: Column, raw: pa.RecordBatch, places: Mapping[str, int]) -> Reading:
        if column.name not in places:
            value = literal(column.default, column) if column.default is not None else pa.scalar(None, column.arrow)
            return Reading(_encoded(pa.repeat(value, len(raw)), column))
        given = raw.column(places[column.name])
        options = self.parse.get(column.name, PLAIN_PARSE)
        if same_layout(given.type, column) and options == PLAIN_PARSE:
            return Reading(given)
        found = read(given, column.parsed, options)
        return Reading(_encoded(found.values, column), found.unreadable)


def same_layout(arrow: pa.DataType, column: Column) -> bool:
    """Whether an array of this type is the column's, as it is or dictionary-encoded."""
    wanted = column.arrow
    encoded = pa.types.is_dictionary(arrow) and not pa.types.is_dictionary(wanted) and arrow.value_type == wanted
    return bool(arrow == wanted or encoded)


def _encoded(values: pa.Array, column: Column) -> pa.Array:
    """An enum's text as its dictionary; words that it does not list come after its own, for its rule to find."""
    if column.parsed.name != "enum":
        return values
    listed = pa.array(column.values, pa.string())
    codes = pc.index_in(values, listed)
    strangers = pc.unique(values.filter(pc.and_(codes.is_null(), values.is_valid())))
    if len(strangers) == 0:
        return pa.DictionaryArray.from_arrays(codes.cast(column.arrow.index_type), listed)
    words = pa.concat_arrays([listed, strangers])
    return pa.DictionaryArray.from_arrays(pc.index_in(values, words), words)


def _batch(arrays: list[pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    fields = [
        field_ if array.type == field_.type else field_.with_type(array.type)
        for array, field_ in zip(arrays, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))
