"""How the values of a field may arise: by what the schema lists, hints at or bounds, by its name, or by its type."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sandbox.contract.imports import Field
from sandbox.contract.model import Column
from sandbox.scenario.proposing import patterns
from sandbox.scenario.proposing.by_name import number_by_name, text_by_name
from sandbox.scenario.proposing.made import Guess, Made
from sandbox.scenario.proposing.nested import nested
from sandbox.scenario.proposing.words import words_of

MOST_LISTED = 60
_FORMATS = {
    "email": {"fake": "email"},
    "uri": {"fake": "url"},
    "url": {"fake": "url"},
    "hostname": {"fake": "domain_name"},
    "ipv4": {"fake": "ipv4_private"},
    "ipv6": {"fake": "ipv6"},
}
_LARGEST = {"int8": 127, "uint8": 255, "int16": 32_767, "uint16": 65_535}
_LONGEST_FAKE = 60
_RANGE = "Between which values does {} lie?"
_DAYS = (datetime.date(2024, 1, 1), datetime.date(2025, 12, 31))
_BIRTHS = (datetime.date(1941, 1, 1), datetime.date(2007, 12, 31))


def made_of(field: Field) -> Made:
    """How values of a field arise. Whether they are unique, and what other columns say, is the caller's to add."""
    column, hint = field.column, field.hint
    kind = column.parsed
    if kind.is_nested:
        return nested(field, made_of)
    if column.values:
        weights = dict(zip(hint.options, hint.weights, strict=False)) if hint.weights else {}
        return Made(_choice(column.values, weights), _listed_kind(column), "its values by the schema")
    if hint.options and all(isinstance(option, str | int | float) for option in hint.options):
        counted: Mapping[Any, float] = Counter(hint.options)
        weights = dict(zip(hint.options, hint.weights, strict=False)) if hint.weights else dict(counted)
        why = "counted in the sample" if hint.weights else "options of the schema"
        return Made(_choice(tuple(counted), weights), _kind_of(hint.options), why)
    if hint.examples and kind.is_text and len(set(hint.examples)) > 1 and _are_words(hint.examples):
        return Made(_choice(tuple(dict.fromkeys(hint.examples)), {}), "enum", ask="Has {} other values than these?")
    if kind.is_text or kind.name == "bytes":
        return _text(field)
    if kind.is_number:
        return _number(field)
    if kind.name == "bool":
        if hint.odds is not None:
            return Made({"bernoulli": hint.odds}, "bool", "odds of the schema")
        return Made({"bernoulli": Guess(0.5, "How often is {} true?", 0.1, 0.9)}, "bool")
    return _moment(field)


def _choice(values: tuple[Any, ...], weights: Mapping[Any, float]) -> dict[str, Any]:
    if len(set(weights.values())) > 1 and all(isinstance(value, str) for value in values):
        return {"choice": {value: int(weights.get(value, 1)) for value in values}}
    return {"choice": list(values)}


def _listed_kind(column: Column) -> str:
    return "enum" if column.type == "enum" else _kind_of(column.values or ())


def _kind_of(values: tuple[Any, ...]) -> str:
    kinds = {type(value) for value in values}
    if kinds == {str}:
        return "enum"
    return {bool: "bool", int: "int64"}.get(kinds.pop(), "float64") if len(kinds) == 1 else "float64"


def _are_words(examples: tuple[Any, ...]) -> bool:
    return all(isinstance(each, str) and each.isalpha() and len(each) <= 20 for each in examples)


def _text(field: Field) -> Made:
    column, hint = field.column, field.hint
    most = column.max_length if column.max_length is not None else 10_000
    written = hint.regex or column.pattern or ""
    pattern = patterns.makeable(written, column.max_length) if written else None
    if pattern is not None:
        why = "pattern of the schema" if pattern == written else "pattern of the schema, with an end"
        return Made({"pattern": pattern}, "string", why, longest=patterns.longest(pattern))
    if column.type == "uuid":
        return Made({"uuid": True}, "uuid")
    if hint.start is not None:
        mould = {"start": int(hint.start), "step": max(int(hint.step), 1), "format": "{}"}
        return Made({"serial": mould}, "string", "iteration of the schema")
    if column.type == "bytes":
        length = column.min_length or min(column.max_length if column.max_length is not None else 8, 16)
        return Made({"fake": {"provider": "binary", "args": {"length": length}}}, "bytes", ask="What does {} hold?")
    if hint.format == "json":
        return Made({"pattern": r'\{"a": [0-9]{1,3}\}'}, "string", longest=10, ask="What does the JSON in {} hold?")
    if hint.format in _FORMATS and most >= _LONGEST_FAKE:
        return Made(
            _FORMATS[hint.format], "string", f"format of the schema ({hint.format})", pii=hint.format == "email"
        )
    guess = text_by_name(column.name)
    if guess is not None and guess.longest <= most and not column.pattern and (column.min_length or 0) <= 1:
        return guess
    words = words_of(column.name)
    if words[-1:] == ("id",) and most >= 12 and (column.min_length or 0) <= 5 and not column.pattern:
        thing = words[-2][:4].upper() if len(words) > 1 else "ID"
        return Made(
            {"pattern": f"{thing}-[0-9]{{3}}"}, "string", longest=8, ask="How is {} written, and how many are there?"
        )
    if hint.length is not None:
        column = dataclasses.replace(column, min_length=hint.length[0], max_length=hint.length[1])
    return Made({"pattern": _letters("[a-z]", column, 8)}, "string", ask="What does {} hold?")


def _letters(letters: str, column: Column, usual: int) -> str:
    least = column.min_length if column.min_length is not None else min(3, column.max_length or 3)
    most = min(column.max_length if column.max_length is not None else max(usual, least), 200)
    least = min(least, most)
    return f"{letters}{{{least}}}" if least == most else f"{letters}{{{least},{most}}}"


def _number(field: Field) -> Made:
    column, hint = field.column, field.hint
    kind = column.parsed
    is_whole = kind.is_integer or (kind.name == "decimal" and not kind.parameters[1])
    options = {} if is_whole else {"decimals": int(kind.parameters[1]) if kind.name == "decimal" else 2}
    if hint.start is not None and float(hint.start).is_integer():
        generator = {"start": int(hint.start), "step": max(int(hint.step), 1)}
        return Made(
            {"serial": generator if generator["step"] > 1 else generator["start"]}, "int64", "iteration of the schema"
        )
    if len(set(hint.edges)) > 2 and words_of(column.name)[-1:] not in (("id",), ("key",), ("code",)):
        edges = sorted({float(f"{edge:.6g}") for edge in hint.edges})
        weights = [
            sum(low <= float(f"{edge:.6g}") < high for edge in hint.edges[:-1])
            for low, high in itertools.pairwise(edges)
        ]
        return Made({"histogram": {"edges": edges, "weights": weights}}, "float64", "quantiles of the sample", options)
    low, high = _bounds(column, hint.low, hint.high)
    if low is not None and high is not None:
        return Made(_between(low, high, is_whole), "int64" if is_whole else "float64", "range of the schema", options)
    guess = number_by_name(column.name, is_whole)
    if guess is not None and _lies_within(guess, low, high) and not kind.name.endswith("int8"):
        return _fitted(guess, kind.name, kind.parameters)
    least = low if low is not None else (high - 100 if high is not None else (0 if not is_whole else 1))
    most = high if high is not None else min(least + 1_000, _LARGEST.get(kind.name, 2**62)) if is_whole else least + 100
    if kind.name == "decimal":
        most = min(most, 10 ** (int(kind.parameters[0]) - int(kind.parameters[1])) - 1)
    return Made(
        _between(least, max(most, least), is_whole),
        "int64" if is_whole else "float64",
        options=options,
        ask=_RANGE,
    )


def _lies_within(guess: Made, low: Any, high: Any) -> bool:
    """Whether all that a guess makes is allowed; what is above 0 may have a least value of at most 0."""
    bounds = guess.generator.get("integer") or guess.generator.get("uniform") or [0, None]
    is_high_enough = low is None or low <= (bounds[0] or 0.01)
    return is_high_enough and (high is None or (bounds[1] is not None and bounds[1] <= high))


def _fitted(guess: Made, kind: str, parameters: tuple[int | str, ...]) -> Made:
    """A guess that goes into the type: of a decimal, as many digits before the point."""
    if kind != "decimal":
        return guess
    digits, scale = int(parameters[0]), int(parameters[1])
    options = {**guess.options, "decimals": min(int(guess.options.get("decimals", scale)), scale)} if scale else {}
    if digits - scale >= 6:
        return dataclasses.replace(guess, options=options)
    most = 10 ** (digits - scale) - 1
    return Made(
        {"uniform": [0, max(most, 1)]} if scale else {"integer": [0, most]},
        "float64" if scale else "int64",
        options=options,
        ask=_RANGE,
    )


def _bounds(column: Column, low: Any, high: Any) -> tuple[Any, Any]:
    """The range of a number: what a hint says within what the contract allows."""
    step = 1 if column.parsed.is_integer else 0.01
    least = column.ge if column.ge is not None else column.gt + step if column.gt is not None else None
    most = column.le if column.le is not None else column.lt - step if column.lt is not None else None
    lows = [each for each in (least, low) if each is not None]
    highs = [each for each in (most, high) if each is not None]
    return (max(lows) if lows else None), (min(highs) if highs else None)


def _between(low: Any, high: Any, is_whole: bool) -> dict[str, Any]:
    if is_whole:
        return {"integer": [int(low), int(high)]}
    return {"uniform": [float(low), float(high)]} if low < high else {"constant": float(low)}


def _moment(field: Field) -> Made:
    column = field.column
    kind = column.parsed
    low, high = (_first(column.ge, column.gt), _first(column.le, column.lt))
    if kind.name == "date":
        is_birth = "birth" in column.name.lower() or column.name.lower() == "dob"
        first, last = _BIRTHS if is_birth else _DAYS
        bounds: list[datetime.date] = [
            _day(low, 1 if column.gt is not None else 0) or first,
            _day(high, -1 if column.lt is not None else 0) or last,
        ]
        is_said = low is not None and high is not None
        why, ask = ("range of the schema", "") if is_said else ("", _RANGE)
        return Made({"date": bounds}, "date", why, pii=is_birth, ask=ask)
    if kind.name == "time":
        return Made(
            {"datetime": [datetime.date(2026, 1, 1), datetime.date(2026, 1, 2)]},
            "timestamp",
            ask="At which time of day is {}?",
        )
    if low is None and high is None:
        return Made({"times": "flat"}, "timestamp", ask=_RANGE)
    between = [_instant(low) or datetime.date(2020, 1, 1), _instant(high) or datetime.date(2026, 1, 1)]
    return Made({"datetime": between}, "timestamp", "range of the schema")


def _first(*bounds: Any) -> Any:
    return next((bound for bound in bounds if bound is not None), None)


def _day(bound: Any, more: int) -> datetime.date | None:
    if bound is None:
        return None
    day = datetime.date.fromisoformat(bound) if isinstance(bound, str) else bound
    return day + datetime.timedelta(days=more)


def _instant(bound: Any) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(bound) if isinstance(bound, str) else bound
