"""Types of the Open Data Contract Standard: the logical type says the kind, format and physical type say how wide."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from sandbox.contract.imports.fields import Field, Hint, list_of, struct
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.patterns import usable, whole_text
from sandbox.contract.imports.sql_types import field_of as sql_field
from sandbox.contract.model import Column
from sandbox.errors import InputError, did_you_mean
from sandbox.strict import show

DEEPEST = 12
_LOGICAL = ("string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean")
WIDTHS = {
    **{f"{sign[0]}{bits}": f"{sign[1]}int{bits}" for sign in (("i", ""), ("u", "u")) for bits in (8, 16, 32, 64)},
    "i128": "decimal(38, 0)",
    "u128": "decimal(38, 0)",
    "f32": "float32",
    "f64": "float64",
}
_TEXTS = {"uuid": "uuid", "binary": "bytes", "byte": "bytes"}
_KEYS = (
    "id", "name", "logicalType", "physicalType", "logicalTypeOptions", "description", "businessName", "required",
    "unique", "primaryKey", "primaryKeyPosition", "tags", "classification", "examples", "quality", "relationships",
    "properties", "items", "customProperties", "physicalName",
)  # fmt: skip
_OPTIONS = (
    "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "minItems", "maxItems", "timezone", "defaultTimezone", "required",
)  # fmt: skip
BOUNDS = (("minimum", "ge"), ("maximum", "le"), ("exclusiveMinimum", "gt"), ("exclusiveMaximum", "lt"))


def field_of(name: str, written: Marked, notes: Notes, dialect: str, depth: int = 0) -> Field:
    """What a property says of its values; whether they may be missing is the caller's to read. Raises InputError."""
    if depth > DEEPEST:
        raise written.error(f"nested more than {DEEPEST} deep.")
    notes.lose_keys(written, _KEYS)
    logical = written.text_of("logicalType").lower()
    if logical and logical not in _LOGICAL:
        raise written.require("logicalType").error(f"unknown type '{logical}'.{did_you_mean(logical, _LOGICAL)}")
    options = written.get("logicalTypeOptions")
    if options is not None:
        notes.lose_keys(options, _OPTIONS)
    if logical == "object" or (not logical and written.get("properties") is not None):
        made = _object(name, written, options, notes, dialect, depth)
    elif logical == "array" or (not logical and written.get("items") is not None):
        made = _array(name, written, notes, dialect, depth)
    else:
        made = _scalar(name, written, logical, options, notes, dialect)
    if options is None:
        return made
    pattern = options.text_of("pattern")
    ruled = made.with_column(**_facts(made.column, options, notes))
    return replace(ruled, hint=replace(ruled.hint, regex=whole_text(pattern)[1])) if pattern else ruled


def _object(name: str, written: Marked, options: Marked | None, notes: Notes, dialect: str, depth: int) -> Field:
    properties = written.get("properties")
    if properties is None or not properties.items():
        notes.lose("an object without properties; kept as text that holds JSON.", written.place, written.path)
        return Field(Column(name), written.place, hint=Hint(format="json"))
    required = options.get("required") if options is not None else None
    needed = {item.content for item in required.items()} if required is not None and required.is_list else set()
    parts = []
    for each in properties.items():
        part = field_of(each.require("name").text(), each, notes, dialect, depth + 1)
        said = each.get("required")
        is_needed = part.name in needed or (said is not None and said.content is True)
        parts.append(part.with_column(nullable=not is_needed, about=each.text_of("description")))
    return struct(name, parts, written.place)


def _array(name: str, written: Marked, notes: Notes, dialect: str, depth: int) -> Field:
    items = written.get("items")
    if items is None:
        notes.lose(
            "an array without items; its elements are kept as text that may be null.", written.place, written.path
        )
        return list_of(name, Field(Column("element", nullable=True), written.place), written.place)
    return list_of(name, field_of("element", items, notes, dialect, depth + 1), written.place)


def _scalar(name: str, written: Marked, logical: str, options: Marked | None, notes: Notes, dialect: str) -> Field:
    physical = _physical(name, written, notes, dialect)
    format_ = options.text_of("format") if options is not None else ""
    if logical == "" and physical is None:
        notes.lose("has no type; kept as text.", written.place, written.path)
    if logical == "":
        return physical or Field(Column(name), written.place)
    kind = physical.column.parsed if physical is not None else None
    if logical in ("number", "integer"):
        fits = kind is not None and kind.is_number and (logical == "number" or kind.is_integer)
        plain = "float64" if logical == "number" else "int64"
        type_name = WIDTHS.get(format_) or (physical.column.type if physical is not None and fits else plain)
        return Field(Column(name, type_name), written.place)
    if logical == "timestamp":
        return Field(Column(name, _timestamp(options)), written.place)
    if logical == "string":
        type_name = _TEXTS.get(format_) or (
            str(kind) if kind is not None and kind.name in ("uuid", "bytes", "enum") else "string"
        )
        if physical is not None and physical.column.type == type_name:
            return replace(physical, hint=replace(physical.hint, format=format_))
        made = Field(Column(name, type_name), written.place)
        return replace(made, hint=replace(made.hint, format=format_))
    return Field(Column(name, {"boolean": "bool"}.get(logical, logical)), written.place)


def _physical(name: str, written: Marked, notes: Notes, dialect: str) -> Field | None:
    """What the physical type says, read as SQL of the first server's dialect; None where it is no such type."""
    text = written.text_of("physicalType")
    if not text:
        return None
    from sqlglot import errors, exp

    try:
        kind = exp.DataType.build(text, dialect=dialect)
    except (errors.ParseError, errors.TokenError, ValueError):
        return None
    quiet = notes if written.get("logicalType") is None else Notes(notes.file)
    return sql_field(name, kind, written.place, quiet, {})


def _timestamp(options: Marked | None) -> str:
    """Without a word on zones the standard means UTC; `timezone: false` is a local time."""
    has_zone = options.get("timezone") if options is not None else None
    if has_zone is not None and has_zone.content is False:
        return "timestamp(us, none)"
    zone = options.text_of("defaultTimezone") if options is not None else ""
    return f"timestamp(us, {zone})" if zone and zone != "UTC" else "timestamp"


def _facts(column: Column, options: Marked, notes: Notes) -> dict[str, Any]:
    """The options of a type as facts of the column."""
    facts: dict[str, Any] = {}
    kind = column.parsed
    sizes = ("minItems", "maxItems") if kind.name == "list" else ("minLength", "maxLength")
    for keyword, key in zip(sizes, ("min_length", "max_length"), strict=True):
        size = options.get(keyword)
        if size is not None and kind.name in ("string", "bytes", "list"):
            facts[key] = size.whole()
    pattern = options.get("pattern")
    if pattern is not None and kind.name == "string":
        facts["pattern"] = usable(whole_text(pattern.text())[0], pattern, notes)
    if kind.is_number or kind.is_time:
        for keyword, key in BOUNDS:
            bound = options.get(keyword)
            if bound is not None and not _is_mark(bound, key, facts):
                facts[key] = _bound(bound, column)
    return facts


def _is_mark(bound: Marked, key: str, facts: dict[str, Any]) -> bool:
    """Version 3.0 writes `exclusiveMinimum: true` beside the bound that it is about."""
    if not isinstance(bound.content, bool):
        return False
    plain = {"gt": "ge", "lt": "le"}.get(key, "")
    if bound.content and plain in facts:
        facts[key] = facts.pop(plain)
    return True


def _bound(bound: Marked, column: Column) -> Any:
    if column.parsed.is_number:
        return bound.number()
    value = bound.value()
    shapes: dict[str, Any] = {"date": datetime.date, "time": datetime.time, "timestamp": datetime.datetime}
    try:
        return shapes[column.parsed.name].fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise InputError(bound.problem(f"got {show(value)}, must be a {column.parsed.name}.")) from None
