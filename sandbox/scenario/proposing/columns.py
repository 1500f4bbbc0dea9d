"""The columns of one dataset as a scenario writes them: generator, options, and why."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.contract.imports import Described, Field
from sandbox.scenario.proposing import patterns
from sandbox.scenario.proposing.by_name import is_personal
from sandbox.scenario.proposing.layout import Layout, Link
from sandbox.scenario.proposing.made import Guess, Made, asking_of
from sandbox.scenario.proposing.moments import Knowing
from sandbox.scenario.proposing.nested import with_bearable_names
from sandbox.scenario.proposing.values import MOST_LISTED, made_of
from sandbox.scenario.proposing.words import singular, sql_name, words_of

SHARE_OF_NULLS = Guess(0.1, "How often is {} missing?", 0.0, 0.5)
RHYTHM = Guess("evening", "At which hours does {} lie?", "flat", "office")
_PEOPLE = {"user", "customer", "employee", "person", "client", "member", "driver", "patient", "staff", "student"}
_MAY_BE_NULL = ("sql", "look_up", "sample")
"""Generators that cannot promise a value; the contract's promise is written beside them."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """One column: what stands behind its name, and the comment."""

    name: str
    written: Mapping[str, Any]
    comment: str = ""
    capacity: int | None = None
    """How many rows there can be, where values must differ."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the columns of a dataset are drafted with."""

    name: str
    described: Described
    layout: Layout
    knowing: Knowing
    rows_file: str
    """Where whole rows of the schema lie, empty where it has none."""
    samples_file: str
    """Where long lists of options lie; `samples` names the columns in it."""
    samples: Mapping[str, list[Any]]


def drafted(field: Field, around: Around) -> Drafted:
    """One column of the dataset."""
    name = around.layout.columns[around.name][field.name]
    field = with_bearable_names(field)
    made, capacity = _made(field, name, around)
    options: dict[str, Any] = dict(made.options)
    column = field.column
    if made.kind != column.type and "ref" not in made.generator:
        options["type"] = column.type
    if column.type != "enum" and "decimals" in options and not _is_fraction(column.type):
        del options["decimals"]
    is_key = field.name in around.layout.keys[around.name]
    is_time = name == around.knowing.column
    if column.unique and not is_key:
        options["unique"] = True
    comments = [made.why] if made.why else []
    if "lines" in made.generator and not is_key:
        options["nullable"] = column.nullable
    elif column.nullable and not is_key and not is_time:
        options["nulls"] = _nulls(field, around)
    elif next(iter(made.generator)) in _MAY_BE_NULL and not is_key and not is_time:
        options["nullable"] = False
    if column.pii or made.pii or is_personal(column.name):
        options["pii"] = True
    check = check_of(field, made)
    if check:
        options["check"] = check
    if column.default is not None and isinstance(column.default, str | int | float) and not field.type.is_time:
        options["default"] = column.default
    if column.about:
        options["about"] = " ".join(column.about.split())
    if name != field.name:
        comments.insert(0, f"'{field.name}' in the schema")
    told = asking_of({**made.written, **options}, f"{name} of {around.name}")
    return Drafted(name, told, "; ".join(comments), capacity)


def _made(field: Field, name: str, around: Around) -> tuple[Made, int | None]:
    """How its values arise, and how many rows that allows."""
    layout, dataset = around.layout, around.name
    if around.rows_file and not field.type.is_nested:
        lines = {"file": around.rows_file, "column": field.name}
        return Made({"lines": lines}, "", "rows of the schema"), None
    if name == around.knowing.column:
        return _time(field, around.knowing), None
    if field.name in around.knowing.derived:
        return Made({"sql": around.knowing.derived[field.name]}, "", "the same moment, as the schema writes it"), None
    if field.name == around.described.type_column:
        return Made({"choice": list(field.column.values or ())}, "enum", ask="How often does each {} come?"), None
    looked_up = _looked_up(field, around)
    if looked_up is not None:
        return looked_up, None
    link = layout.links[dataset].get(field.name)
    is_unique = field.column.unique or layout.keys[dataset] == (field.name,) or _makes_unique(field, around)
    if link is not None:
        return Made(
            {"ref": _reference(link, is_unique)}, "", "a foreign key of the schema" if link.declared else ""
        ), None
    if name in around.samples:
        return Made({"sample": {"file": around.samples_file, "column": name}}, "", "options of the schema"), None
    if words_of(field.name) == ("name",) and set(map(singular, words_of(dataset))) & _PEOPLE and field.type.is_text:
        return Made({"fake": "name"}, "string", "by its name (name)", pii=True), None
    return _unique(field, dataset) if is_unique else (made_of(field), None)


def _time(field: Field, knowing: Knowing) -> Made:
    """The time of a row: of an event over the clock, of somebody or something before it."""
    if field.column.ge is not None or field.column.gt is not None:
        return made_of(field)
    if knowing.is_entity:
        since = [datetime.date(2023, 1, 1), datetime.date(2026, 1, 1)]
        return Made({"datetime": since}, "timestamp", ask="Since when is there any {}?")
    return Made({"times": RHYTHM}, "timestamp")


def _reference(link: Link, is_unique: bool) -> Any:
    """To which dataset a column leads, and how unevenly: the fan-out of the rows there."""
    dataset: Any = link.dataset
    if not link.declared:
        dataset = Guess(dataset, f"Is {{}} the key of a row of {link.dataset}?")
    if is_unique:
        return dataset
    uneven = f"How unevenly do rows spread over {link.dataset} (0 is evenly), by {{}}?"
    return {"dataset": dataset, "zipf": Guess(0.6, uneven, 0.0, 1.2)}


def _makes_unique(field: Field, around: Around) -> bool:
    """Of a key of several columns, the last that leads nowhere counts its rows, so that the whole never repeats."""
    key = around.layout.keys[around.name]
    free = [column for column in key if column not in around.layout.links[around.name]]
    return len(key) > 1 and bool(free) and field.name == free[-1]


def _looked_up(field: Field, around: Around) -> Made | None:
    """A further column of a foreign key of several: what the row that is referred to has there."""
    by_contract = {each.contract.dataset: name for name, each in around.layout.datasets.items()}
    links = around.layout.links[around.name]
    for key in around.described.contract.foreign_keys:
        if len(key.columns) < 2 or field.name not in key.columns or field.name in links:
            continue
        parent = by_contract.get(key.dataset, "")
        leading = [column for column in key.columns if column in links and links[column].dataset == parent]
        if leading:
            into = key.references[key.columns.index(field.name)]
            by = around.layout.columns[around.name][leading[0]]
            generator = {"look_up": {"by": by, "column": around.layout.columns[parent][into]}}
            return Made(generator, "", "belongs to the foreign key of the schema")
    return None


def _unique(field: Field, dataset: str) -> tuple[Made, int | None]:
    """Values that never repeat, and how many of them there are."""
    column, hint = field.column, field.hint
    kind = field.type
    if column.values:
        return made_of(field), len(column.values)
    if kind.is_number:
        low = column.ge if column.ge is not None else hint.low
        first = int(hint.start) if hint.start is not None else int(low) if low is not None else 1
        most = {"int8": 127, "uint8": 255, "int16": 32_767, "uint16": 65_535}.get(kind.name)
        most = int(10 ** (int(kind.parameters[0]) - int(kind.parameters[1])) - 1) if kind.name == "decimal" else most
        high = column.le if column.le is not None else most
        why = "iteration of the schema" if hint.start is not None else "counts the rows"
        return Made({"serial": first}, "int64", why), (int(high) - first + 1 if high is not None else None)
    if kind.name == "date":
        made = made_of(field)
        return made, 365 if made.why.startswith("range") else 700
    if column.type != "uuid" and (hint.regex or column.pattern):
        made = made_of(field)
        if "pattern" in made.generator:
            return made, patterns.capacity(made.generator["pattern"])
    return _unique_text(field, dataset)


def _unique_text(field: Field, dataset: str) -> tuple[Made, int | None]:
    column = field.column
    words = words_of(column.name)
    most = column.max_length if column.max_length is not None else 100
    if column.type == "uuid" or (set(words) & {"uuid", "guid"} and most >= 36):
        return Made({"uuid": True}, "uuid"), None
    if "email" in words and most >= 32:
        return Made(
            {"pattern": r"[a-z]{5,9}\.[a-z]{5,9}@example\.com"}, "string", "by its name (email)", pii=True
        ), None
    thing = words[-2] if len(words) > 1 else singular(words_of(dataset)[-1])
    mould = f"{thing[:4].upper()}-{{:06d}}"
    if column.type == "string" and most >= 12 and (column.min_length or 0) <= len(thing[:4]) + 7:
        return Made({"serial": mould}, "string", "counts the rows", longest=12), None
    least = column.min_length or min(most, 8)
    pattern = f"[0-9A-Z]{{{least},{max(least, min(most, 8))}}}"
    return Made({"pattern": pattern}, "string"), patterns.capacity(pattern)


def _nulls(field: Field, around: Around) -> Guess | str:
    """The share of nulls; of a column that only some kinds of events have, all rows of the others."""
    described = around.described
    holding = [kind for kind, columns in described.kinds.items() if field.name in columns]
    if described.type_column is None or len(holding) == len(described.kinds):
        return SHARE_OF_NULLS
    kinds = ", ".join("'" + kind.replace("'", "''") + "'" for kind in holding)
    return f"case when {sql_name(described.type_column)} in ({kinds}) then 0 else 1 end"


_NOTHING_MADE = Made({}, "")


def check_of(field: Field, made: Made = _NOTHING_MADE) -> dict[str, Any]:
    """The rules of the schema that the generator does not tell by itself."""
    column = field.column
    check: dict[str, Any] = {}
    if column.pattern is not None and made.generator.get("pattern") != column.pattern:
        check["pattern"] = column.pattern
    for key in ("min_length", "max_length"):
        if getattr(column, key) is not None:
            check[key] = getattr(column, key)
    if made.generator.get("integer") != [column.ge, column.le] and field.type.name != "time":
        for key in ("ge", "gt", "le", "lt"):
            bound = _plain(getattr(column, key))
            if bound is not None:
                check[key] = bound
    if column.values is not None and "choice" not in made.generator:
        check["values"] = list(column.values)
    return check


def _plain(bound: Any) -> Any:
    if isinstance(bound, decimal.Decimal):
        return float(bound)
    if isinstance(bound, str):
        return datetime.datetime.fromisoformat(bound) if len(bound) > 10 else datetime.date.fromisoformat(bound)
    return bound


def _is_fraction(kind: str) -> bool:
    return kind.startswith(("float", "decimal"))


def long_options(described: Described, layout: Layout, dataset: str) -> dict[str, list[Any]]:
    """Options that are too many for a line, by the scenario's name of the column; none that lead to another dataset."""
    return {
        layout.columns[dataset][field.name]: list(field.hint.options)
        for field in described.fields
        if len(set(map(str, field.hint.options))) > MOST_LISTED
        and not field.hint.weights
        and not field.column.values
        and field.name not in layout.links[dataset]
        and all(isinstance(option, str | int | float) for option in field.hint.options)
    }


def with_later(columns: list[Drafted], conditions: Mapping[str, str]) -> tuple[list[Drafted], dict[str, str]]:
    """The columns so that simple conditions hold (`a <= b`: b is a and something more), and which conditions do."""
    import re

    by_name = {column.name: position for position, column in enumerate(columns)}
    kept: dict[str, str] = {}
    for rule, sql in conditions.items():
        match = re.fullmatch(r"(\w+) (<|<=|>|>=) (\w+)", sql)
        if match is None or not {match[1], match[3]} <= set(by_name):
            continue
        low, high = (match[1], match[3]) if match[2].startswith("<") else (match[3], match[1])
        later = columns[by_name[high]]
        step = _step(later.written)
        if step is None or "ref" in later.written:
            continue
        more, generator = step
        hidden = f"{high}_more"[:63]
        options = {
            key: value for key, value in later.written.items() if key in ("type", "nulls", "about", "check", "pii")
        }
        sql_text = f"{sql_name(low)} + {more.format(hidden)}"
        columns[by_name[high]] = replace(
            later, written={"sql": sql_text, **options}, comment=f"{hidden} more than {low}"
        )
        asked = {kind: Guess(value, f"By how much is {high} above {low}?") for kind, value in generator.items()}
        columns.insert(by_name[high], Drafted(hidden, {**asked, "hidden": True}))
        by_name = {column.name: position for position, column in enumerate(columns)}
        kept[rule] = sql
    return columns, kept


def _step(written: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    if "date" in written:
        return "{}::integer", {"integer": [1, 14]}
    if "times" in written or "datetime" in written:
        return "to_hours({})", {"integer": [1, 48]}
    numbers = {"integer", "uniform", "lognormal", "normal", "serial", "poisson"}
    return ("{}", {"integer": [1, 20]}) if numbers & set(written) else None
