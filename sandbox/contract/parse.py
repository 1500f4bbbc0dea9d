"""How a source writes its values, column by column: what a scenario's `parse:` may say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa

from sandbox.contract.model import Column, Contract
from sandbox.contract.zones import require_zone
from sandbox.errors import InputError, Problem, did_you_mean

# Powers of ten that turn a written number into the contract's, and units of a count since 1970.
NUMBER_UNITS = {"cents": -2, "percent": -2, "thousands": 3, "millions": 6}
TIME_UNITS = ("s", "ms", "us", "ns")


@dataclass(frozen=True)
class Parse:
    """How one column of a source is to be read; what is not said has its plain reading.

    Args:
        formats: of dates and times, as strptime writes them, tried in this order; without any, ISO 8601.
        zone: of times that carry no offset of their own; otherwise the column's zone.
        decimal: the decimal mark. thousands: the mark between groups of three digits.
        nulls: texts that mean null. None: blank text does, except in text columns.
        true, false: words of a bool, case ignored.
        unit: of numbers `cents`, `percent`, `thousands`, `millions`; of times given as numbers `s`, `ms`, `us`, `ns`.
    """

    formats: tuple[str, ...] = ()
    zone: str | None = None
    decimal: str = "."
    thousands: str = ""
    nulls: tuple[str, ...] | None = None
    true: tuple[str, ...] = ("true", "t", "yes", "y", "1")
    false: tuple[str, ...] = ("false", "f", "no", "n", "0")
    unit: str | None = None


PLAIN_PARSE = Parse()


def parse_of(record: Mapping[str, Any]) -> Parse:
    """Build the options from plain values; one text stands for a list of one.

    Raises:
        InputError: an unknown key.
    """
    known = [field.name for field in fields(Parse)]
    problems = [Problem(f"unknown key '{key}'.{did_you_mean(key, known)}") for key in record if key not in known]
    if problems:
        raise InputError(problems)
    lists = ("formats", "nulls", "true", "false")
    options: dict[str, Any] = {key: _texts(value) if key in lists else value for key, value in record.items()}
    return Parse(**options)


def parse_problems(contract: Contract, parse: Mapping[str, Parse]) -> list[Problem]:
    """Everything that is wrong with the options of a source; paths start at the column."""
    problems = []
    for name, options in parse.items():
        if name not in contract.names:
            problems.append(Problem(f"no column '{name}'.{did_you_mean(name, contract.names)}", name))
            continue
        found = _option_problems(contract.column(name), options)
        problems += [Problem(message, f"{name}.{key}") for key, message in found]
    return problems


def _option_problems(column: Column, parse: Parse) -> Iterator[tuple[str, str]]:
    kind = column.parsed
    if parse.formats and not kind.is_time:
        yield "formats", f"{column.type} has no formats; only date, time and timestamp have."
    elif parse.formats:
        yield from _format_problems(parse.formats)
    if parse.zone is not None:
        try:
            require_zone(parse.zone)
        except InputError as error:
            yield "zone", str(error)
    if parse.zone is not None and kind.name not in ("timestamp", "date"):
        yield "zone", f"{column.type} has no zone; only date and timestamp have."
    if len(parse.decimal) != 1 or parse.decimal in "0123456789+-eE":
        yield "decimal", f"got '{parse.decimal}', must be one mark such as ','."
    if parse.thousands and (len(parse.thousands) != 1 or parse.thousands in "0123456789+-eE"):
        yield "thousands", f"got '{parse.thousands}', must be one mark such as '.'."
    if parse.thousands == parse.decimal:
        yield "thousands", "is the same as decimal; a number could not be read."
    both = sorted({word.lower() for word in parse.true} & {word.lower() for word in parse.false})
    if both:
        yield "true", f"'{both[0]}' means true and false."
    units = TIME_UNITS if kind.name == "timestamp" else NUMBER_UNITS if kind.is_number else ()
    if parse.unit is not None and parse.unit not in units:
        wrong = f"unknown unit '{parse.unit}'.{did_you_mean(parse.unit, units)}"
        yield "unit", wrong if units else f"{column.type} has no unit; only numbers and timestamps have."


def _format_problems(formats: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    import duckdb

    from sandbox.contract.duck import evaluate

    for text in formats:
        try:
            evaluate("try_strptime(x, $1)", pa.array([""]), [text])
        except duckdb.Error:
            yield "formats", f"'{text}' is no strptime format; write it as %d/%m/%Y %H:%M."
        else:
            if "%" not in text:
                yield "formats", f"'{text}' names no part of a time; write it as %d/%m/%Y %H:%M."


def _texts(value: Any) -> tuple[str, ...] | None:
    if value is None or isinstance(value, str):
        return None if value is None else (value,)
    return tuple(str(part) for part in value)
