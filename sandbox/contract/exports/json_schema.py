"""A contract as a JSON Schema (2020-12): its rows are objects, its columns their properties.

Values are as JSON lines have them: what JSON has no number for is text, and its `format` says which. A format that no
registry knows is the type as contracts write it, such as `decimal(12, 2)`. Bounds of texts are `formatMinimum` and its
like, as ajv has them.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sandbox.contract.canonical import BOUNDS, plain_value
from sandbox.contract.exports.exported import Exported, losses, reduced, without
from sandbox.contract.exports.nesting import with_text_keys
from sandbox.contract.imports.json_rules import FORMATS, NUMBER_BOUNDS, TEXT_BOUNDS
from sandbox.contract.imports.patterns import anywhere
from sandbox.contract.model import Column, Contract
from sandbox.contract.types import Part, Type

_COLUMN_FACTS = frozenset({"name", "type", "nullable", "about", "default", "values"})
_TEXT_FACTS = frozenset({"pattern", "min_length", "max_length"})
_CONTRACT_FACTS = frozenset({"dataset", "columns", "about"})
_PLAIN = {"string": "string", "enum": "string", "bool": "boolean", "int64": "integer", "float64": "number"}
_WRITTEN = {name: written for written, name in reversed(FORMATS.items())} | {
    "timestamp": ("string", "date-time"),
    "timestamp(us, none)": ("string", "date-time-local"),
    "time": ("string", "time-local"),
}


def export_json_schema(contract: Contract) -> Exported:
    """The contract as the text of a `.json` file."""
    kept = reduced([contract], _reduced)
    text = json.dumps(json_schema(contract), indent=2, ensure_ascii=False) + "\n"
    return Exported("JSON Schema", text, kept, losses("JSON Schema", [contract], kept))


def json_schema(contract: Contract) -> dict[str, Any]:
    """The schema of one row, without the envelope."""
    (said,) = reduced([contract], _reduced)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": said.dataset}
    properties = {column.name: _column(column) for column in said.columns}
    required = [column.name for column in said.columns if not column.nullable]
    return {**schema, **_described(said.about), **_object(properties, required)}


def json_value(value: Any) -> Any:
    """A literal, as `plain_value` gives it, as JSON lines have it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) if isinstance(value, decimal.Decimal) else value


def _reduced(contract: Contract) -> Contract:
    said: Contract = without(contract, _CONTRACT_FACTS)
    return replace(said, columns=tuple(_reduced_column(column) for column in contract.columns))


def _reduced_column(column: Column) -> Column:
    kind, facts = column.parsed, _COLUMN_FACTS
    if kind.name == "string" and column.values is None:
        facts |= _TEXT_FACTS if column.pattern is None or _is_common(column.pattern) else _TEXT_FACTS - {"pattern"}
    if kind.name == "list":
        facts |= {"min_length", "max_length"}
    if kind.is_nested:
        facts -= {"default"}
    if kind.is_number or kind.is_time:
        facts |= frozenset(BOUNDS)
    facts -= {key for key in ("default", *BOUNDS) if _is_infinite(getattr(column, key))}
    if any(map(_is_infinite, column.values or ())):
        facts -= {"values"}
    words = kind.name == "string" and "values" in facts and column.values is not None
    said: Column = without(replace(column, type="enum" if words else str(json_type(kind))), facts)
    given = {key: getattr(said, key) for key in ("default", *BOUNDS) if getattr(said, key) is not None}
    return replace(said, **{key: plain_value(value, said) for key, value in given.items()})


def json_type(kind: Type) -> Type:
    """The type of a contract that reading its JSON Schema gives."""
    parts = tuple(replace(part, type=json_type(part.type)) for part in kind.parts)
    return with_text_keys(*parts) if kind.name == "map" else replace(kind, parts=parts)


def _column(column: Column) -> dict[str, Any]:
    kind = column.parsed
    schema = _nullable(_type(kind)) if column.nullable else _type(kind)
    if column.values is not None:
        schema["enum"] = [*map(json_value, column.values), *([None] if column.nullable else [])]
    if column.pattern is not None:
        schema["pattern"] = anywhere(column.pattern)
    sizes = ("minItems", "maxItems") if kind.name == "list" else ("minLength", "maxLength")
    for keyword, size in zip(sizes, (column.min_length, column.max_length), strict=True):
        if size is not None:
            schema[keyword] = size
    for keyword, key in TEXT_BOUNDS if _type(kind).get("type") == "string" else NUMBER_BOUNDS:
        if getattr(column, key) is not None:
            schema[keyword] = json_value(getattr(column, key))
    if column.default is not None:
        schema["default"] = json_value(column.default)
    return {**schema, **_described(column.about)}


def _type(kind: Type) -> dict[str, Any]:
    if kind.name == "struct":
        properties = {part.name: _part(part) for part in kind.parts}
        return _object(properties, [part.name for part in kind.parts if not part.nullable])
    if kind.name == "list":
        return {"type": "array", "items": _part(kind.parts[0])}
    if kind.name == "map":
        return {"type": "object", "additionalProperties": _part(kind.parts[1])}
    if kind.name == "union":
        return {"anyOf": [_type(part.type) for part in kind.parts]}
    if kind.name in _PLAIN:
        return {"type": _PLAIN[kind.name]}
    if kind.name == "bytes":
        return {"type": "string", "contentEncoding": "base64"}
    written, format_ = _WRITTEN.get(str(kind), ("string", str(kind)))
    return {"type": written, "format": format_}


def _part(part: Part) -> dict[str, Any]:
    written = _type(part.type)
    return _nullable(written) if part.nullable else written


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def _object(properties: dict[str, Any], required: Sequence[str]) -> dict[str, Any]:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed}


def _described(about: str) -> dict[str, str]:
    return {"description": about} if about else {}


def _is_infinite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _is_common(pattern: str) -> bool:
    """Whether others than RE2 read the pattern too."""
    try:
        re.compile(anywhere(pattern))
    except re.error:
        return False
    return True
