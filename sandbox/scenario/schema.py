"""The language as JSON Schema, for editors: from the models and from the installed parts.

It judges structure: keys, types, bounds. What hangs together (names of columns and datasets, cycles, expressions,
capacities) is the loader's alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, create_model
from pydantic.json_schema import models_json_schema

from sandbox import registry
from sandbox.scenario.language import Binding, ColumnOptions, Model, Rate, Scenario
from sandbox.strict import Strict

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def language_schema() -> Schema:
    """The JSON Schema of a scenario file, with the configuration of every installed part under `$defs`."""
    parts = {
        group: {name: registry.load(group, name) for name in registry.names(group)}
        for group in ("sandbox.columns", "sandbox.sources", "sandbox.blueprints")
    }
    rate = create_model("RateHolder", rate=(Rate, ...))
    models: list[type[BaseModel]] = [Scenario, ColumnOptions, Binding, Model, rate]
    models += [part for group in parts.values() for part in group.values()]
    references, whole = models_json_schema([(model, "validation") for model in dict.fromkeys(models)])
    found: dict[str, Schema] = whole["$defs"]
    named = {model: references[model, "validation"] for model in dict.fromkeys(models)}

    def body(model: type[BaseModel]) -> Schema:
        return found[named[model]["$ref"].rsplit("/", 1)[1]]

    columns, sources, blueprints = parts["sandbox.columns"], parts["sandbox.sources"], parts["sandbox.blueprints"]
    written = {name: part for name, part in columns.items() if name != "given"}
    found["generator"] = {
        "description": "How values arise: SQL, a constant, or exactly one generator.",
        "anyOf": [{"type": ["string", "number", "boolean", "null", "array"]}, _one_of(written, named, {})],
    }
    found["column"] = _one_of(written, named, body(ColumnOptions)["properties"])
    found["column"]["description"] = "A column: exactly one generator, and options."
    options = {key: value for key, value in body(Binding)["properties"].items() if key not in ("kind", "source")}
    found["binding"] = _exactly_one(sources, named, options)
    own = {key: value for key, value in body(Model)["properties"].items() if key not in ("kind", "blueprint")}
    own["at"] = {"anyOf": [own["at"]["items"], own["at"]]}
    found["model"] = {"anyOf": [_blueprint(name, body(part), own) for name, part in blueprints.items()]}
    base = body(rate)["properties"]["rate"]
    found["hazard"] = {
        "anyOf": [
            base,
            {
                "type": "object",
                "properties": {"base": base},
                "required": ["base"],
                "additionalProperties": {"type": "number"},
            },
        ]
    }
    top = found.pop(named[Scenario]["$ref"].rsplit("/", 1)[1])
    for model in (ColumnOptions, Binding, Model, rate):
        found.pop(named[model]["$ref"].rsplit("/", 1)[1], None)
    top["properties"]["include"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Other files, whose keys are merged in; below the scenario's folder.",
    }
    return {
        "$schema": DIALECT,
        "title": "A sandbox scenario",
        **_resolved(top),
        "$defs": _resolved(dict(sorted(found.items()))),
    }


def _one_of(kinds: Mapping[str, type[Strict]], named: Mapping[Any, Schema], options: Mapping[str, Schema]) -> Schema:
    """A mapping with exactly one of the generators, plain or `given` another column, and the options beside it."""
    plain = _exactly_one(kinds, named, options)
    cases = {
        name: {"type": "object", "minProperties": 1, "additionalProperties": dict(named[part])}
        for name, part in kinds.items()
    }
    given: Schema = {
        "type": "object",
        "properties": {"given": {"type": "string"}, **cases, **options},
        "required": ["given"],
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in kinds],
    }
    return {"if": {"type": "object", "required": ["given"]}, "then": given, "else": plain}


def _exactly_one(
    kinds: Mapping[str, type[Strict]], named: Mapping[Any, Schema], options: Mapping[str, Schema]
) -> Schema:
    return {
        "type": "object",
        "properties": {**{name: dict(named[part]) for name, part in kinds.items()}, **options},
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in kinds],
    }


def _blueprint(name: str, configuration: Schema, own: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": {"blueprint": {"const": name}, **own, **configuration.get("properties", {})},
        "required": ["blueprint", "of", "at", "label", "features", *configuration.get("required", [])],
        "additionalProperties": False,
    }


def _resolved(schema: Any) -> Any:
    """The schema with each mark of a part (`{"part": "column"}`) turned into a reference."""
    if isinstance(schema, dict):
        marked = schema.get("part")
        if isinstance(marked, str):
            return {"$ref": f"#/$defs/{marked}"}
        return {key: _resolved(value) for key, value in schema.items()}
    return [_resolved(item) for item in schema] if isinstance(schema, list) else schema
