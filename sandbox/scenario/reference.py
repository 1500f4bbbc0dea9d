"""The reference of the language as Markdown, made from the models, the installed parts and the examples.

python -m sandbox.scenario.reference > sandbox/docs/reference.md
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox import registry
from sandbox.scenario import examples
from sandbox.scenario.functions import ALLOWED
from sandbox.scenario.language import Model
from sandbox.scenario.quantities import DURATION_PATTERN, MOMENT_PATTERN, RATE_PATTERN
from sandbox.scenario.schema import DATE_PATTERN, TIME_PATTERN, Schema, assumed_schema, language_schema
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

_INTRODUCTION = """\
# The language of scenarios

Made from the models by `python -m sandbox.scenario.reference`. A scenario is one YAML file (or several, by
[`include`](#the-file)). Unknown keys are errors, and so is what YAML reads silently (`NO`, `12:30`, `1e3`); every
problem is told at once, with its place and a mend. `sandbox schema` prints the same as JSON Schema for editors.

Every example below is run by the tests. It completes this frame; examples of column generators are the columns of one
more dataset, `example`.

```yaml
{frame}```

**How types are written here.** *Name*: a letter, then letters, digits or `_`. *Length of time*: `20s`, `5min`,
`1h 30min`, `30 days`, `2 weeks`. *Moment*: `day 30` (so many days after the clock's start), `day 30 12:00`, a date, or
a date and a time. *Rate*: `0.002 per day`, `3 per hour`. *SQL*: text, see [Expressions](#expressions).
"""

_ASSUMED = """\
Any value beneath a key of this page may be written as `{value: …, assumed: {…}}`. It then counts as a guess, and is the
same to all that reads it. `sandbox assumptions` turns the guesses into questions, and `--vary` tells which of them
matter. Where the keys of a mapping are names of your own (columns, fields of a struct, cases of `given`), `value` and
`assumed` are such names.
"""

_DELIVERY = (
    "Stages named `kafka`, `connector`, `kinesis` and `etl` have known habits, which the keys of a stage change; "
    "`default` is these four. These keys stand beside the stages:"
)

_VALUE_TYPES = """\
## Types

Columns have the type of their values unless `type` says another: `bool`, `int8` to `int64`, `uint8` to `uint64`,
`float32`, `float64`, `decimal(precision, scale)`, `string`, `bytes`, `uuid`, `date`, `time`, `timestamp` (microseconds
UTC; `timestamp(ms)`, `timestamp(us, Europe/London)`, `timestamp(us, none)` for local times), `enum`, `list<int64>`,
`struct<city: string, zip: string?>`, `map<string, int64>`, `union<int64, string>`; a `?` marks a nested part that may
be missing. `int` and `float` are short for `int64` and `float64`.
"""

_EXPRESSIONS = """\
## Expressions

Expressions are DuckDB's SQL over the columns of one row; in a child, `parent.<column>` is a column of the parent, as of
the row's time. In a stream there are also `visit.` (of the visit so far), `item.` (the item's columns), `at.hour`,
`at.weekday` and `at.day`, and `change.<name>`, how strong a [change](#change) is then for that customer, 0 to 1. Only
functions of one row are there that give the same each time and are bounded in what they make: no aggregates, windows,
subqueries, random numbers or clocks. Features of models are whole queries, and free.

{functions}
"""


def reference() -> str:
    """The whole reference, as Markdown."""
    schema = language_schema()
    functions = "\n".join(_wrapped(", ".join(f"`{name}`" for name in sorted(ALLOWED))))
    parts = [
        _INTRODUCTION.format(frame=examples.FRAME),
        *_file(schema),
        *_columns(schema),
        *_targets(schema),
        *_models(schema),
        *_experiments(schema),
        _VALUE_TYPES,
        _EXPRESSIONS.format(functions=functions),
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def _file(schema: Schema) -> Iterator[str]:
    definitions = schema["$defs"]
    yield _section("## The file", schema, examples.FILE["Scenario"])
    yield _section("## Clock", definitions["Clock"], examples.FILE["Clock"])
    yield _section("## Dataset", definitions["Dataset"], examples.FILE["Dataset"])
    for name in ("SignUps", "Leave", "Returns", "Transition"):
        yield _section(f"### {name}", definitions[name], examples.FILE[name])
    hazard = definitions["hazard"]
    yield _section("### Hazard", {**hazard["anyOf"][1], "description": hazard["description"]}, examples.FILE["Leave"])
    yield _section("### Recent", definitions["Recent"], examples.FILE["Recent"])
    yield _section("### Correlation", definitions["Correlation"], examples.FILE["Correlation"])
    yield _section("### Visits", definitions["Visits"], examples.FILE["Visits"])
    journey = definitions["journey"]
    about = f"{journey['description']} A state is a mapping of the following keys."
    yield _section("### Journey", {**definitions["State"], "description": about}, examples.FILE["Journey"])
    yield _section("### Pick", definitions["Pick"], examples.FILE["Journey"])
    yield _section("### Shelf", definitions["Shelf"], examples.FILE["Shelf"])
    yield _section("### Choosing", definitions["Choosing"], examples.FILE["Choosing"])
    yield _section("### Taste", definitions["Taste"], examples.FILE["Choosing"])
    for name in ("Change", "Course", "Recurring"):
        yield _section(f"{'##' if name == 'Change' else '###'} {name}", definitions[name], examples.FILE["Change"])
    delivery = definitions["delivery"]
    beside = {**delivery["anyOf"][1], "description": f"{delivery['description']} {_DELIVERY}"}
    yield _section("## Delivery", beside, examples.FILE["Delivery"])
    for name in ("Stage", "Outage", "Retries", "Corrupt"):
        yield _section(f"### {name}", definitions[name], examples.FILE["Stage"])
    for name in ("Campaign", "Worth"):
        yield _section(f"{'##' if name == 'Campaign' else '###'} {name}", definitions[name], examples.FILE["Campaign"])
    yield _section("## Approval", definitions["Approval"], examples.FILE["Approval"])
    yield from _policies(schema)
    heading, _, keys = _section("## Assumptions", assumed_schema(), examples.FILE["Assumed"]).partition("\n\n")
    yield f"{heading}\n\n{_ASSUMED}\n{keys}"


def _policies(schema: Schema) -> Iterator[str]:
    definitions, example = schema["$defs"], examples.FILE["Shelves"]
    kinds = {name: definitions[_name(kind)] for name, kind in definitions["policy"]["anyOf"][1]["properties"].items()}
    yield "## Policy\n"
    about = "What decides which items are shown on the shelves of a journey: exactly one of these, or its bare name."
    yield "\n".join(_wrapped(about)) + "\n"
    for name, kind in kinds.items():
        yield (
            _section(f"### {name}", kind, example)
            if kind.get("properties")
            else f"### {name}\n\n{kind['description']}\n"
        )
    yield _section("### Shelves", definitions["Shelves"], example)
    yield _section("### Retrain", definitions["Retrain"], example)
    yield _section("### Place", definitions["Place"], example)


def _columns(schema: Schema) -> Iterator[str]:
    column = schema["$defs"]["column"]["else"]["properties"]
    generators = [name for name in registry.names("sandbox.columns") if name in column]
    options = {key: value for key, value in column.items() if key not in generators}
    about = "A column has exactly one [generator](#generators), and may have these keys beside it."
    yield _section("## Column", {"description": about, "properties": options}, examples.COLUMNS["options"])
    yield _section("### Check", schema["$defs"]["Check"], examples.COLUMNS["check"])
    yield "## Generators\n"
    links = ", ".join(f"[`{name}`](#{name})" for name in generators)
    yield "\n".join(_wrapped(f"How values arise: {links}.")) + "\n"
    yield "Any of them may be `given` another column, and then has a configuration for each of its values:\n"
    yield _fenced(examples.COLUMNS["given"])
    for name in generators:
        example = examples.FILE[name] if name in ("parent", "visit") else examples.COLUMNS.get(name, "")
        yield _section(f"### {name}", schema["$defs"][_name(column[name])], example)


def _targets(schema: Schema) -> Iterator[str]:
    binding = schema["$defs"]["binding"]
    sources = [name for name in registry.names("sandbox.sources") if name in binding["properties"]]
    options = {key: value for key, value in binding["properties"].items() if key not in sources}
    about = (
        "A target says for each dataset where it really comes from: exactly one source "
        f"({', '.join(f'[`{name}`](#{name})' for name in sources)}), and how its rows map to the contract."
    )
    yield _section("## Target", {"description": about, "properties": options}, examples.FILE["binding"])
    yield _section("### Parse", schema["$defs"]["Parse"], examples.FILE["Parse"])
    for name in sources:
        yield _section(f"### {name}", schema["$defs"][_name(binding["properties"][name])], examples.FILE.get(name, ""))


def _models(schema: Schema) -> Iterator[str]:
    kinds = {form["properties"]["blueprint"]["const"]: form for form in schema["$defs"]["model"]["anyOf"]}
    first = next(iter(kinds.values()))
    own = [key for key in ("blueprint", *Model.model_fields) if key in first["properties"]]
    properties = {key: first["properties"][key] for key in own}
    properties["blueprint"] = {"enum": list(kinds), "description": "What kind of model; its own keys stand beside."}
    about = "Whom a model predicts, at which moments, what, and from which features."
    model = {"description": about, "properties": properties, "required": first["required"]}
    yield _section("## Model", model, examples.FILE["model"])
    yield _section("### Label", schema["$defs"]["Label"], examples.FILE["Label"])
    for below in ("Fairness", "Review", "Costs"):
        yield _section(f"### {below}", schema["$defs"][below], examples.FILE["Review" if below == "Costs" else below])
    for name, form in kinds.items():
        rest = {key: value for key, value in form["properties"].items() if key not in own}
        yield _section(f"### {name}", {**form, "properties": rest}, examples.FILE.get(name, ""))
        for below in dict.fromkeys(_name(value) for value in rest.values() if "$ref" in value):
            yield _section(f"### {below}", schema["$defs"][below], examples.FILE.get(below, ""))


def _experiments(schema: Schema) -> Iterator[str]:
    for name in ("Experiment", "Metric", "RampStage", "OffPolicy", "Money", "Expected"):
        heading = f"{'##' if name == 'Experiment' else '###'} {name}"
        yield _section(heading, schema["$defs"][name], examples.FILE["Experiment" if name == "Metric" else name])
        if name == "Experiment":
            yield f"Or, as a closed loop:\n\n{_fenced(examples.FILE['Shelves'])}"


def _section(heading: str, schema: Schema, example: str) -> str:
    """A heading, what it means, a table of its keys and an example."""
    mapping = _mapping(schema)
    lines = [heading, "", *_wrapped(schema.get("description", "")), ""]
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
    return "\n".join([*lines, "", _fenced(example) if example else ""])


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
        name = _name(schema)
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


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[1]


def _fenced(example: str) -> str:
    return f"```yaml\n{example.rstrip()}\n```\n"


def _wrapped(text: str, width: int = 118) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


if __name__ == "__main__":
    sys.stdout.write(reference())
