"""One section of the reference: what a part means, a table of its keys with type, default and meaning, an example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.scenario.quantities import DURATION_PATTERN, MOMENT_PATTERN, RATE_PATTERN
from sandbox.scenario.schema import DATE_PATTERN, TIME_PATTERN, Schema
from sandbox.strict import NAME

_TEXTS = {
    NAME: "name",
    DURATION_PATTERN: "length of time",
    MOMENT_PATTERN: "moment",
    RATE_PATTERN: "rate",
    DATE_PATTERN: "date",
    TIME_PATTERN: "date or time",
}
_TYPES = {"boolean": "true or false", "integer": "whole number", "null": "null", "number": "number", "string": "text"}
_SIGNS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
_HEADINGS = {"binding": "target", "generator": "generators"}
_SHOWN_BOUND = 10**12


def section(heading: str, schema: Schema, example: str) -> str:
    """A heading, what it means, a table of its keys and an example."""
    mapping = _mapping(schema)
    lines = [heading, "", *wrapped(schema.get("description", "")), ""]
    if mapping is not schema:
        lines += [f"A bare value is `{_left_out(schema)}`.", ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    required = mapping.get("required", [])
    choices = [form["required"][0] for form in mapping.get("oneOf", []) if len(form.get("required", [])) == 1]
    for key, value in mapping["properties"].items():
        default = "required" if key in required else _default(value)
        if key in choices:
            default = "one of " + ", ".join(f"`{choice}`" for choice in choices)
        cells = (f"`{key}`", _type(value), default, value.get("description", ""))
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    other = mapping.get("additionalProperties")
    if isinstance(other, dict):
        lines.append(f"| *any other* | {_type(other)} |  | {other.get('description', '')} |")
    return "\n".join([*lines, "", fenced(example) if example else ""])


def _mapping(schema: Schema) -> Schema:
    """The form of a part in which its keys are written out."""
    return schema if "properties" in schema else next(form for form in schema["anyOf"] if "properties" in form)


def _left_out(schema: Schema) -> str:
    """The key that may be left out, since a bare value stands for it."""
    bare = {key: value for key, value in schema["anyOf"][1].items() if key not in ("default", "not")}
    properties: dict[str, Schema] = _mapping(schema)["properties"]
    return next(
        key
        for key, value in properties.items()
        if {name: each for name, each in value.items() if name != "default"} == bare
    )


def _type(schema: Schema) -> str:
    """What a value is, in words."""
    if "$ref" in schema:
        name = referred(schema)
        return f"[{name.lower()}](#{_HEADINGS.get(name, name.lower())})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return _either([f"`{value}`" for value in schema["enum"]])
    forms = schema.get("anyOf") or schema.get("oneOf", []) if "properties" not in schema else []
    if forms:
        words = list(dict.fromkeys(_type(form) for form in forms if form.get("type") != "null"))
        covered = {"whole number": "number", "date": "date or time"}
        return _either([word for word in words if covered.get(word) not in words])
    kind = schema.get("type")
    if kind == "array":
        items = _type(schema.get("items", {}))
        return f"list of {f'({items})' if ' or ' in items else items}{_size(schema)}"
    if kind == "object":
        return f"mapping of {_type(_values_of(schema))}"
    if kind == "string" and schema.get("pattern") in _TEXTS:
        return _TEXTS[schema["pattern"]]
    return _TYPES.get(str(kind), "any") + _bounds(schema)


def _values_of(schema: Schema) -> Schema:
    values = next(iter(schema.get("patternProperties", {}).values()), None) or schema.get("additionalProperties")
    return values if isinstance(values, dict) else {}


def _bounds(schema: Mapping[str, Any]) -> str:
    found = [
        f"{sign} {schema[key]}" for key, sign in _SIGNS.items() if key in schema and abs(schema[key]) <= _SHOWN_BOUND
    ]
    return f" {', '.join(found)}" if found else ""


def _size(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and least == most:
        return f", {least} of them"
    return f", at least {least}" if least is not None and least > 1 else ""


def _default(schema: Schema) -> str:
    default = schema.get("default")
    return "" if default in (None, "", [], {}) else f"`{json.dumps(default).strip(chr(34))}`"


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def referred(schema: Schema) -> str:
    """The name of the part that a reference means."""
    return str(schema["$ref"]).rsplit("/", 1)[1]


def fenced(example: str) -> str:
    """YAML as a block of Markdown."""
    return f"```yaml\n{example.rstrip()}\n```\n"


def wrapped(text: str, width: int = 118) -> list[str]:
    """Lines of words, none longer than `width` unless a word is."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
