"""Labels: what happened strictly after the cut and no later than its window's end, in all that has landed.

Unlike features, labels read late arrivals too: what counts is what happened, not when it became known.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from sandbox.contract.model import Contract
from sandbox.errors import InputError, Problem
from sandbox.mart import database
from sandbox.mart.cut import Mart, create_table, instant, moment, time_of
from sandbox.mart.database import name
from sandbox.mart.sql_text import Sql
from sandbox.scenario.quantities import describe_duration

if TYPE_CHECKING:
    from sandbox.mart.example_set import Question

# `valid_to` of an open version is written as null, or, by some systems, as a day that never comes.
_NEVER = "TIMESTAMPTZ '2200-01-01 00:00:00+00'"


def positives(mart: Mart, question: Question, moment_us: int) -> pa.Array:
    """The entities whose label is true for the cut at `moment_us`, each once.

    Of a history these may hold entities that were not there at the cut; whoever asks knows who was.
    """
    label = question.label
    cut, end = moment(moment_us), moment(moment_us + window_us(question))
    if label.occurs is not None:
        contract = mart.contract(label.occurs)
        happened = instant(contract, contract.time or "")
        return _found(mart, question, contract, f"{happened} > {cut} AND {happened} <= {end}", "{table}")
    contract = mart.contract(question.of)
    begun = instant(contract, contract.valid_from or "")
    if label.changes is not None:
        return _found(mart, question, contract, f"{begun} <= {end}", _changed(question, contract, f"{begun} > {cut}"))
    return _found(mart, question, contract, f"{begun} <= {end}", _left(question, contract, end))


def window_us(question: Question) -> int:
    """How long after the cut is looked at, in microseconds."""
    return question.label.window // timedelta(microseconds=1)


def require_known(mart: Mart, question: Question) -> None:
    """Make sure that every label can be known: that the data reach to the end of each moment's window.

    Raises:
        InputError: for each moment whose window ends after the data do, with the latest moment that is possible. A
            label that is not yet known is neither true nor false, and dropping it would bias what is left.
    """
    dataset = question.label.occurs or question.of
    end_us = known_until(mart, dataset)
    latest_us, window = end_us - window_us(question), describe_duration(question.label.window)
    problems = [
        Problem(
            f"the label looks {window} past {_day(cut_us)}, but {dataset} is known only until "
            f"{_day(end_us)}; the latest possible moment is {_day(latest_us)}.",
            f"models.{question.name}.at.{number}",
        )
        for number, cut_us in enumerate(question.moments_us)
        if cut_us > latest_us
    ]
    if problems:
        raise InputError(problems)


def known_until(mart: Mart, dataset: str) -> int:
    """Till when a dataset is known, in microseconds UTC: as the mart was told, else the latest time seen in it."""
    if dataset in mart.ends_us:
        return mart.ends_us[dataset]
    contract = mart.contract(dataset)
    times = [instant(contract, column) for column in (contract.time, contract.valid_from, contract.valid_to) if column]
    latest = ", ".join(f"max({time}) FILTER ({time} < {_NEVER})" for time in times)
    query = f"SELECT epoch_us(greatest({latest}, {moment(0)})) FROM {mart.source(dataset)}"
    with database.opened(mart.limits, mart.zone) as connection:
        found: int = database.select(connection, Sql(query), {}, mart.limits).column(0)[0].as_py()
    return found


def _found(mart: Mart, question: Question, contract: Contract, condition: str, relation: str) -> pa.Array:
    """The entities in `relation`, a query over {table}, that satisfy the label's own `where`."""
    label, entity = question.label, name(question.entity)
    where, used = _where(question, contract)
    needed = {question.entity, contract.time, contract.valid_from, contract.valid_to, label.changes, *used}
    columns = tuple(column for column in contract.names if column in needed)
    with database.opened(mart.limits, mart.zone) as connection:
        create_table(connection, contract, columns)
        copied = f"SELECT {', '.join(map(name, columns))} FROM {mart.source(contract.dataset)} WHERE {condition}"
        database.fill(connection, contract.dataset, copied)
        database.lock(connection)
        query = f"SELECT DISTINCT {entity} FROM {relation.format(table=name(contract.dataset))} WHERE {where}"
        found = database.select(connection, Sql(f"{query} AND {entity} IS NOT NULL", question.name), {}, mart.limits)
    return found.column(0).combine_chunks()


def _left(question: Question, contract: Contract, end: str) -> str:
    """Those without a version in force when the window ends."""
    entity, closed = name(question.entity), instant(contract, contract.valid_to or "")
    return (
        f"(SELECT {entity} FROM {{table}} GROUP BY {entity} "
        f"HAVING NOT bool_or({name(contract.valid_to or '')} IS NULL OR {closed} > {end}))"
    )


def _changed(question: Question, contract: Contract, after_cut: str) -> str:
    """The versions that began in the window with another value than the version before them."""
    column = name(question.label.changes or "")
    versions = f"PARTITION BY {name(question.entity)} ORDER BY {name(contract.valid_from or '')}"
    return (
        f"(SELECT * FROM {{table}} QUALIFY {after_cut} AND row_number() OVER ({versions}) > 1 "
        f"AND {column} IS DISTINCT FROM lag({column}) OVER ({versions}))"
    )


def _where(question: Question, contract: Contract) -> tuple[str, tuple[str, ...]]:
    """The label's condition as SQL and the columns that it uses; `true` where there is none."""
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    text, path = question.label.where, f"models.{question.name}.label.where"
    if text is None:
        return "true", ()
    try:
        condition = compile_expression(text, {column.name: column.arrow for column in contract.columns})
    except ExpressionError as error:
        raise InputError([Problem(fault.message, path) for fault in error.faults]) from None
    if not pa.types.is_boolean(condition.type):
        raise InputError(Problem(f"gives {condition.type}, must be a condition.", path))
    return f"({condition.sql})", condition.columns_used


def _day(moment_us: int) -> str:
    return f"{time_of(moment_us):%Y-%m-%d %H:%M} UTC"
