"""Columns as properties of the Open Data Contract Standard, and conditions as its quality rules."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from sandbox.contract.imports.odcs_types import BOUNDS, WIDTHS
from sandbox.contract.imports.patterns import anywhere
from sandbox.contract.model import Column, Expectation, plain
from sandbox.contract.types import Part, Type

_LOGICAL = {"bool": "boolean", "date": "date", "time": "time", "timestamp": "timestamp", "list": "array"}
_FORMATS = {name: format_ for format_, name in WIDTHS.items()} | {"uuid": "uuid", "bytes": "binary"}
_DEFAULT_FORMATS = ("int64", "float64")


def as_property(column: Column) -> dict[str, Any]:
    """A column in the standard's own words, as far as they reach."""
    kind = column.parsed
    written = {"name": column.name, **_typed(kind)}
    options = written.pop("logicalTypeOptions", {}) | _options(column)
    if options:
        written["logicalTypeOptions"] = options
    if column.about:
        written["description"] = column.about
    if not column.nullable:
        written["required"] = True
    if column.unique:
        written["unique"] = True
    if column.pii:
        written["classification"] = "pii"
    if column.values is not None:
        arguments = {"validValues": [_number_or_text(value) for value in column.values]}
        rule = {"type": "library", "metric": "invalidValues", "arguments": arguments, "mustBe": 0}
        written["quality"] = [rule]
    return written


def as_rule(condition: Expectation, dataset: str) -> dict[str, Any]:
    """A condition over the columns of a row: no row breaks it."""
    said = {"description": condition.about} if condition.about else {}
    query = f"SELECT COUNT(*) FROM {dataset} WHERE NOT ({condition.sql})"
    return {"type": "sql", "name": condition.name, **said, "query": query, "mustBe": 0}


def _typed(kind: Type) -> dict[str, Any]:
    if kind.name == "struct":
        return {"logicalType": "object", "properties": [_part(part) for part in kind.parts]}
    if kind.name in ("map", "union"):
        return {"logicalType": "object", "physicalType": kind.duckdb}
    if kind.name == "list":
        return {"logicalType": "array", "items": {**_typed(kind.parts[0].type)}}
    if kind.name == "decimal":
        return {"logicalType": "number", "physicalType": kind.duckdb}
    written = _LOGICAL.get(kind.name) or ("integer" if kind.is_integer else "number" if kind.is_number else "string")
    options: dict[str, Any] = {}
    if kind.name in _FORMATS and kind.name not in _DEFAULT_FORMATS:
        options["format"] = _FORMATS[kind.name]
    if kind.name == "timestamp":
        options = {"timezone": False} if kind.zone is None else {"timezone": True, "defaultTimezone": kind.zone}
    return {"logicalType": written, **({"logicalTypeOptions": options} if options else {})}


def _part(part: Part) -> dict[str, Any]:
    return {"name": part.name, **_typed(part.type), **({} if part.nullable else {"required": True})}


def _options(column: Column) -> dict[str, Any]:
    """Lengths, pattern and bounds."""
    kind = column.parsed
    options: dict[str, Any] = {}
    sizes = ("minItems", "maxItems") if kind.name == "list" else ("minLength", "maxLength")
    for keyword, size in zip(sizes, (column.min_length, column.max_length), strict=True):
        if size is not None and kind.name != "enum":
            options[keyword] = size
    if column.pattern is not None and kind.name == "string":
        options["pattern"] = anywhere(column.pattern)
    for keyword, key in BOUNDS:
        if getattr(column, key) is not None:
            options[keyword] = _number_or_text(getattr(column, key))
    return options


def _number_or_text(value: Any) -> Any:
    """A literal as YAML has it; a decimal as a number, the nearest where none is it."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return plain(value)
