"""Rows of a real source read as a contract wants them: which count, what the columns are called, when each row came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.checks import Checked
from sandbox.contract.conform import Conform, Conformed
from sandbox.contract.envelope import ENVELOPE, envelope, is_envelope, restamped, split_envelope, with_envelope
from sandbox.contract.model import Contract
from sandbox.contract.parse import PLAIN_PARSE, Parse, parse_problems
from sandbox.contract.read_column import read
from sandbox.contract.rejected import refuse
from sandbox.contract.type_text import parse_type
from sandbox.contract.versions import versions_at
from sandbox.errors import InputError, Problem
from sandbox.scenario.expressions import Expression, ExpressionError, compile_expression
from sandbox.scenario.locked import evaluate, locked_connection, quoted
from sandbox.scenario.parts import Following, RawSource, Unread
from sandbox.sources.gathering import Numbered
from sandbox.sources.json_digits import exact_keys

if TYPE_CHECKING:
    import duckdb

    from sandbox.scenario.language import Binding

_MOMENT = pa.timestamp("us", tz="UTC")
ALWAYS_THERE = 0
"""When rows arrived of which nothing tells it: in 1970, before any moment that is looked at."""


@dataclass(frozen=True)
class Reading:
    """How raw rows become a contract's. Rows that `where` leaves out are not the dataset's at all."""

    contract: Contract
    conform: Conform
    where: Expression | None = None
    arrived_at: Expression | None = None
    arrived_parse: Parse = PLAIN_PARSE
    brought: bool = False
    """Whether the rows bring an envelope along."""

    @property
    def arrival(self) -> str:
        """How `arrived_at` of a row is known, in words."""
        own = self.contract.time or self.contract.valid_from
        rest = f"its own {own}" if own else "before everything"
        if self.brought:
            rest = "as its source tells"
        return f"{self.arrived_at.text}; without it, {rest}" if self.arrived_at else rest

    @property
    def columns_used(self) -> frozenset[str]:
        """Raw columns that the rules of counting and of arrival read."""
        return frozenset(name for each in (self.where, self.arrived_at) if each for name in each.columns_used)

    def __call__(self, found: Iterable[Numbered]) -> Iterator[Conformed | Checked]:
        """The rows, batch by batch, each with the id that it came with or else was numbered with."""
        asked = {"where": self.where, "arrived_at": self.arrived_at}
        expressions = {name: expression.sql for name, expression in asked.items() if expression}
        connection = locked_connection() if expressions else None
        for rows, event_ids in found:
            if isinstance(rows, Unread):
                yield self._refused(rows, event_ids)
                continue
            answers = self._evaluated(connection, expressions, rows)
            arrived = answers.get("arrived_at")
            if "where" in answers:
                kept = pa.array(answers["where"].cast(pa.bool_())).fill_null(False)
                rows, event_ids = rows.filter(kept), event_ids.filter(kept)
                arrived = None if arrived is None else arrived.filter(kept)
            yield self._mapped(rows, event_ids, arrived)

    def _mapped(self, found: pa.RecordBatch, event_ids: pa.Array, arrived: pa.Array | None) -> Conformed:
        """Rows in the contract's columns; an envelope that they bring along is kept, the rule of arrival before it."""
        found, told = split_envelope(found)
        conformed = self.conform(found)
        moments = self._own_moments(conformed.batch)
        versions = versions_at(self.contract, moments)
        if arrived is not None:
            arrived = read(arrived, parse_type("timestamp"), self.arrived_parse).values
        if told is not None and self.brought:
            column = restamped(told, arrived_at=arrived, contract_version=versions)
        else:
            moments = moments if arrived is None else pc.coalesce(arrived, moments)
            column = envelope(event_ids, moments, contract_version=versions)
        return Conformed(
            with_envelope(conformed.batch, column), with_envelope(conformed.raw, column), conformed.unreadable
        )

    def _own_moments(self, batch: pa.RecordBatch) -> pa.Array:
        own = self.contract.time or self.contract.valid_from
        if own is None:
            return pa.repeat(pa.scalar(ALWAYS_THERE, _MOMENT), batch.num_rows)
        moments = batch.column(own)
        if pa.types.is_timestamp(moments.type):
            moments = moments.view(pa.timestamp(moments.type.unit, tz="UTC"))
        # A day that is too far for microseconds overflows; it is of no use as a time of arrival.
        return pc.fill_null(moments.cast(_MOMENT, safe=False), pa.scalar(ALWAYS_THERE, _MOMENT))

    def _refused(self, unread: Unread, event_ids: pa.Array) -> Checked:
        """Rows that could not be taken apart; their text stands in a personal column, if there is one, to be masked."""
        rows = len(unread.texts)
        holder = next((name for name in self.contract.names if name in self.contract.pii), self.contract.names[0])
        batch = pa.record_batch({holder: pa.array(unread.texts, pa.string())})
        moments = pa.repeat(pa.scalar(ALWAYS_THERE, _MOMENT), rows)
        batch = with_envelope(batch, envelope(event_ids, moments, contract_version=self.contract.version))
        reasons = pa.array([[unread.rule]] * rows, pa.list_(pa.string()))
        nothing = self.contract.schema.empty_table().to_batches()
        accepted = nothing[0] if nothing else pa.RecordBatch.from_pylist([], schema=self.contract.schema)
        return Checked(accepted, refuse(self.contract, batch, np.arange(rows), reasons), {unread.rule: rows})

    def _evaluated(
        self, connection: duckdb.DuckDBPyConnection | None, expressions: Mapping[str, str], found: pa.RecordBatch
    ) -> dict[str, pa.Array]:
        if connection is None or not found.num_rows:
            return {name: pa.nulls(found.num_rows, pa.bool_() if name == "where" else _MOMENT) for name in expressions}
        names = [name for name in found.schema.names if name in self.columns_used] or found.schema.names[:1]
        answers = evaluate(connection, expressions, found.select(names))
        return {name: answers.column(name).combine_chunks() for name in expressions}


def reading_of(schema: pa.Schema, binding: Binding, contract: Contract, path: str) -> Reading:
    """Settle how rows of a raw schema are read.

    Args:
        path: where the binding stands in the scenario, for what is said of it.
    Raises:
        InputError: a column is missing, or an option makes no sense with the source's columns; all at once.
    """
    parse = {name: options.read_as() for name, options in binding.parse.items()}
    conform = Conform(contract, parse, binding.rename)
    problems = [_below(f"{path}.parse", problem) for problem in parse_problems(contract, parse)]
    problems += [Problem(problem.message, f"{path}: {problem.path}") for problem in conform.problems(schema)]
    columns = {field.name: field.type for field in schema}
    compiled: dict[str, Expression] = {}
    for key, text in (("where", binding.where), ("arrived_at", binding.arrived_at)):
        if text is None:
            continue
        try:
            compiled[key] = compile_expression(text, columns)
        except ExpressionError as error:
            problems += [Problem(fault.message, f"{path}.{key}") for fault in error.faults]
    if problems:
        raise InputError(problems)
    if "where" in compiled and not pa.types.is_boolean(compiled["where"].type):
        raise InputError(Problem(f"gives {compiled['where'].type}, must be a condition.", f"{path}.where"))
    arrived_at = compiled.get("arrived_at")
    brought = ENVELOPE in schema.names and is_envelope(schema.field(ENVELOPE).type)
    parse_arrived = _parse_of(arrived_at, conform)
    return Reading(contract, conform, compiled.get("where"), arrived_at, parse_arrived, brought)


def keep_digits(raw: RawSource | Following, binding: Binding, contract: Contract) -> None:
    """Ask a source of JSON to keep the digits of numbers that the contract reads as decimals."""
    keep = getattr(raw, "keep_digits", None)
    if keep is not None:
        keep(exact_keys(contract, binding.rename))


def _parse_of(arrived_at: Expression | None, conform: Conform) -> Parse:
    """How a moment of arrival is written: as its column is, if it is nothing but a column of the contract too."""
    if arrived_at is None or arrived_at.sql not in map(quoted, arrived_at.columns_used):
        return PLAIN_PARSE
    name = arrived_at.columns_used[0]
    return conform.parse.get(conform.rename.get(name, name), PLAIN_PARSE)


def _below(path: str, problem: Problem) -> Problem:
    return Problem(problem.message, f"{path}.{problem.path}")
