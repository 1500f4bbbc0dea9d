"""The reference of the language as Markdown, made from the models, the installed parts and the examples.

python -m sandbox.scenario.reference > sandbox/docs/reference.md
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from sandbox import registry
from sandbox.scenario import examples
from sandbox.scenario.functions import ALLOWED
from sandbox.scenario.language import Model
from sandbox.scenario.reference_section import fenced, referred, section, wrapped
from sandbox.scenario.schema import Schema, assumed_schema, language_schema

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
    functions = "\n".join(wrapped(", ".join(f"`{name}`" for name in sorted(ALLOWED))))
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
    yield section("## The file", schema, examples.FILE["Scenario"])
    yield section("## Clock", definitions["Clock"], examples.FILE["Clock"])
    yield section("## Dataset", definitions["Dataset"], examples.FILE["Dataset"])
    for name in ("SignUps", "Leave", "Returns", "Transition"):
        yield section(f"### {name}", definitions[name], examples.FILE[name])
    hazard = definitions["hazard"]
    yield section("### Hazard", {**hazard["anyOf"][1], "description": hazard["description"]}, examples.FILE["Leave"])
    yield section("### Recent", definitions["Recent"], examples.FILE["Recent"])
    yield section("### Correlation", definitions["Correlation"], examples.FILE["Correlation"])
    yield section("### Visits", definitions["Visits"], examples.FILE["Visits"])
    journey = definitions["journey"]
    about = f"{journey['description']} A state is a mapping of the following keys."
    yield section("### Journey", {**definitions["State"], "description": about}, examples.FILE["Journey"])
    yield section("### Pick", definitions["Pick"], examples.FILE["Journey"])
    yield section("### Shelf", definitions["Shelf"], examples.FILE["Shelf"])
    yield section("### Choosing", definitions["Choosing"], examples.FILE["Choosing"])
    yield section("### Taste", definitions["Taste"], examples.FILE["Choosing"])
    for name in ("Change", "Course", "Recurring"):
        yield section(f"{'##' if name == 'Change' else '###'} {name}", definitions[name], examples.FILE["Change"])
    delivery = definitions["delivery"]
    beside = {**delivery["anyOf"][1], "description": f"{delivery['description']} {_DELIVERY}"}
    yield section("## Delivery", beside, examples.FILE["Delivery"])
    for name in ("Stage", "Slow", "Outage", "Retries", "Corrupt"):
        yield section(f"### {name}", definitions[name], examples.FILE["Stage"])
    for name in ("Campaign", "Worth"):
        yield section(f"{'##' if name == 'Campaign' else '###'} {name}", definitions[name], examples.FILE["Campaign"])
    yield section("## Approval", definitions["Approval"], examples.FILE["Approval"])
    yield from _policies(schema)
    heading, _, keys = section("## Assumptions", assumed_schema(), examples.FILE["Assumed"]).partition("\n\n")
    yield f"{heading}\n\n{_ASSUMED}\n{keys}"


def _policies(schema: Schema) -> Iterator[str]:
    definitions, example = schema["$defs"], examples.FILE["Shelves"]
    kinds = {
        name: definitions[referred(kind)] for name, kind in definitions["policy"]["anyOf"][1]["properties"].items()
    }
    yield "## Policy\n"
    about = "What decides which items are shown on the shelves of a journey: exactly one of these, or its bare name."
    yield "\n".join(wrapped(about)) + "\n"
    for name, kind in kinds.items():
        yield (
            section(f"### {name}", kind, example)
            if kind.get("properties")
            else f"### {name}\n\n{kind['description']}\n"
        )
    yield section("### Shelves", definitions["Shelves"], example)
    yield section("### Retrain", definitions["Retrain"], example)
    yield section("### Place", definitions["Place"], example)


def _columns(schema: Schema) -> Iterator[str]:
    column = schema["$defs"]["column"]["else"]["properties"]
    generators = [name for name in registry.names("sandbox.columns") if name in column]
    options = {key: value for key, value in column.items() if key not in generators}
    about = "A column has exactly one [generator](#generators), and may have these keys beside it."
    yield section("## Column", {"description": about, "properties": options}, examples.COLUMNS["options"])
    yield section("### Check", schema["$defs"]["Check"], examples.COLUMNS["check"])
    yield "## Generators\n"
    links = ", ".join(f"[`{name}`](#{name})" for name in generators)
    yield "\n".join(wrapped(f"How values arise: {links}.")) + "\n"
    yield "Any of them may be `given` another column, and then has a configuration for each of its values:\n"
    yield fenced(examples.COLUMNS["given"])
    for name in generators:
        example = examples.FILE[name] if name in ("parent", "visit") else examples.COLUMNS.get(name, "")
        yield section(f"### {name}", schema["$defs"][referred(column[name])], example)


def _targets(schema: Schema) -> Iterator[str]:
    binding = schema["$defs"]["binding"]
    sources = [name for name in registry.names("sandbox.sources") if name in binding["properties"]]
    options = {key: value for key, value in binding["properties"].items() if key not in sources}
    about = (
        "A target says for each dataset where it really comes from: exactly one source "
        f"({', '.join(f'[`{name}`](#{name})' for name in sources)}), and how its rows map to the contract."
    )
    yield section("## Target", {"description": about, "properties": options}, examples.FILE["binding"])
    yield section("### Parse", schema["$defs"]["Parse"], examples.FILE["Parse"])
    for name in sources:
        yield section(
            f"### {name}", schema["$defs"][referred(binding["properties"][name])], examples.FILE.get(name, "")
        )


def _models(schema: Schema) -> Iterator[str]:
    kinds = {form["properties"]["blueprint"]["const"]: form for form in schema["$defs"]["model"]["anyOf"]}
    first = next(iter(kinds.values()))
    own = [key for key in ("blueprint", *Model.model_fields) if key in first["properties"]]
    properties = {key: first["properties"][key] for key in own}
    properties["blueprint"] = {"enum": list(kinds), "description": "What kind of model; its own keys stand beside."}
    about = "Whom a model predicts, at which moments, what, and from which features."
    model = {"description": about, "properties": properties, "required": first["required"]}
    yield section("## Model", model, examples.FILE["model"])
    yield section("### Label", schema["$defs"]["Label"], examples.FILE["Label"])
    for below in ("Fairness", "Review", "Costs"):
        yield section(f"### {below}", schema["$defs"][below], examples.FILE["Review" if below == "Costs" else below])
    for name, form in kinds.items():
        rest = {key: value for key, value in form["properties"].items() if key not in own}
        yield section(f"### {name}", {**form, "properties": rest}, examples.FILE.get(name, ""))
        for below in dict.fromkeys(referred(value) for value in rest.values() if "$ref" in value):
            yield section(f"### {below}", schema["$defs"][below], examples.FILE.get(below, ""))


def _experiments(schema: Schema) -> Iterator[str]:
    for name in ("Experiment", "Metric", "RampStage", "OffPolicy", "Money", "Expected"):
        heading = f"{'##' if name == 'Experiment' else '###'} {name}"
        yield section(heading, schema["$defs"][name], examples.FILE["Experiment" if name == "Metric" else name])
        if name == "Experiment":
            yield f"Or, as a closed loop:\n\n{fenced(examples.FILE['Shelves'])}"


if __name__ == "__main__":
    sys.stdout.write(reference())
