"""What a JSON Schema asks of a value that is neither object nor list, as facts of a column."""

from __future__ import annotations

import base64
from typing import Any

from sandbox.contract.imports.fields import Hint
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.patterns import usable, whole_text
from sandbox.contract.type_text import parse_type
from sandbox.errors import InputError
from sandbox.strict import show

FORMATS = {
    ("string", "date-time"): "timestamp",
    ("string", "date"): "date",
    ("string", "time"): "time",
    ("string", "uuid"): "uuid",
    ("string", "date-time-local"): "timestamp(us, none)",
    ("string", "time-local"): "time",
    **{("integer", f"{sign}int{bits}"): f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
    ("number", "float"): "float32",
    ("number", "double"): "float64",
}
NUMBER_BOUNDS = (("minimum", "ge"), ("maximum", "le"), ("exclusiveMinimum", "gt"), ("exclusiveMaximum", "lt"))
TEXT_BOUNDS = (
    ("formatMinimum", "ge"), ("formatMaximum", "le"), ("formatExclusiveMinimum", "gt"), ("formatExclusiveMaximum", "lt")
)  # fmt: skip


def type_of_format(kind: str, format_: str) -> str:
    """The type that a format means, such as `date-time`, or a type as contracts write it; empty where it means none."""
    known = FORMATS.get((kind, format_), "")
    if known or kind != "string" or not format_.startswith(("decimal(", "timestamp(")):
        return known
    try:
        return str(parse_type(format_))
    except InputError:
        return ""


def facts_of(schema: Marked, type_name: str, notes: Notes) -> dict[str, Any]:
    """Facts of a column: its type, values, pattern, lengths, bounds and default.

    `type_name` is empty where the schema does not say; then its values tell. Raises InputError.
    """
    facts: dict[str, Any] = {}
    values = _values(schema)
    if values is not None:
        facts["nullable"] = None in values
        values = [value for value in values if value is not None]
        type_name = _type_of_values(schema, values, type_name)
        facts["values"] = tuple(values)
    elif not type_name:
        notes.lose("has no type; kept as text that may be null.", schema.place, schema.path)
        facts["nullable"] = True
    facts["type"] = type_name or "string"
    if facts["type"] == "string":
        facts |= _text_facts(schema, notes)
    kind = parse_type(facts["type"])
    if kind.is_integer or kind.name in ("float32", "float64"):
        facts |= _bounds(schema)
    if kind.is_time or kind.name == "decimal":
        bounds = {key: schema.get(keyword) for keyword, key in TEXT_BOUNDS}
        facts |= {key: bound.text() for key, bound in bounds.items() if bound is not None}
    default = schema.get("default")
    if default is not None and (default.is_mapping or default.is_list):
        raise default.error(f"got {show(default.value())}, which is no value of type {facts['type']}.")
    if default is not None:
        facts["default"] = default.content
    return facts if facts["type"] != "bytes" else facts | _decoded(facts, schema)


def _decoded(facts: dict[str, Any], schema: Marked) -> dict[str, Any]:
    """The values of a column of bytes, which JSON writes in base64."""
    try:
        values = facts.get("values")
        listed = {"values": tuple(base64.b64decode(value, validate=True) for value in values)} if values else {}
        default = facts.get("default")
        return listed | ({"default": base64.b64decode(default, validate=True)} if default is not None else {})
    except (ValueError, TypeError):
        raise schema.error("lists a value, or has a default, that is not base64.") from None


def hint_of(schema: Marked) -> Hint:
    """What guides generation: examples, the name of a text's format, a pattern to make texts from."""
    examples = schema.get("examples")
    pattern = schema.get("pattern")
    return Hint(
        examples=tuple(item.value() for item in examples.content) if examples is not None and examples.is_list else (),
        format=schema.text_of("format"),
        regex=whole_text(pattern.text())[1] if pattern is not None else "",
    )


def _values(schema: Marked) -> list[Any] | None:
    entries = schema.entries()
    if "const" in entries:
        return [entries["const"].value()]
    listed = schema.get("enum")
    if listed is None:
        return None
    values = [item.value() for item in listed.items()]
    if not values:
        raise listed.error("an enum needs at least one value.")
    return values


def _type_of_values(schema: Marked, values: list[Any], type_name: str) -> str:
    if not values:
        return type_name or "string"
    at = schema.get("enum") or schema
    if any(isinstance(value, dict | list) for value in values):
        raise at.error("lists nested values; a contract lists numbers, texts, or true and false.")
    if all(isinstance(value, str) for value in values):
        return "enum" if type_name in ("", "string") else type_name
    kinds = {bool: "bool", int: "int64", float: "float64", str: "string"}
    found = {kinds[type(value)] for value in values}
    if found == {"int64", "float64"}:
        found = {"float64"}
    if not type_name and len(found) > 1:
        raise at.error("lists values of several types; a column has one.")
    return type_name or found.pop()


def _text_facts(schema: Marked, notes: Notes) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for keyword, key in (("minLength", "min_length"), ("maxLength", "max_length")):
        size = schema.get(keyword)
        if size is not None:
            facts[key] = size.whole()
    pattern = schema.get("pattern")
    if pattern is not None:
        facts["pattern"] = usable(whole_text(pattern.text())[0], pattern, notes)
    return facts


def _bounds(schema: Marked) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for keyword, key in NUMBER_BOUNDS:
        bound = schema.get(keyword)
        if bound is None:
            continue
        if isinstance(bound.content, bool):  # draft 4: a mark beside the plain bound
            plain = {"gt": "ge", "lt": "le"}.get(key, "")
            if bound.content and plain in facts:
                facts[key] = facts.pop(plain)
            continue
        try:
            facts[key] = bound.number()
        except InputError:
            raise bound.error(f"got {show(bound.value())}, must be a number.") from None
    return facts
