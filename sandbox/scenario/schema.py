"""The language as JSON Schema, for editors: from the models and from the installed parts.

It judges structure: keys, types, bounds. What hangs together (names of columns and datasets, cycles, expressions,
capacities) is the loader's alone. Dates stand in it as ISO text, since JSON has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, create_model
from pydantic.json_schema import models_json_schema

from sandbox import registry
from sandbox.scenario.assumptions import ASSUMED, VALUE, Assumed
from sandbox.scenario.language import Binding, ColumnOptions, Delivery, Journey, Model, Rate, Scenario
from sandbox.scenario.language.delivery import DEFAULT
from sandbox.strict import Strict

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
TIME_PATTERN = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$"
_FORMATS = {"date": DATE_PATTERN, "date-time": TIME_PATTERN, "time": r"^\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?$"}
_BELOW, _NAMED = ("items", "additionalProperties"), ("properties", "patternProperties")
_STAND_INS = ("ColumnPart", "Given", "Moment", "SourcePart", "Strict")
"""Definitions of what never stands in a file under its own keys."""


def language_schema() -> Schema:
    """The JSON Schema of a scenario file, with the configuration of every installed part under `$defs`."""
    columns, sources, blueprints, policies = (
        {name: registry.load(group, name) for name in registry.names(group)}
        for group in ("sandbox.columns", "sandbox.sources", "sandbox.blueprints", "sandbox.policies")
    )
    written = {name: part for name, part in columns.items() if name != "given"}
    rate = create_model("RateHolder", rate=(Rate, ...))
    own_forms: list[type[BaseModel]] = [Scenario, ColumnOptions, Binding, Delivery, Journey, Model, rate]
    whole = _Definitions([*own_forms, *columns.values(), *sources.values(), *policies.values()])
    blueprint_schemas = {name: part.model_json_schema() for name, part in blueprints.items()}
    found = whole.schemas
    found["generator"] = _generator(written, whole)
    found["column"] = {
        "description": "A column: exactly one generator, and options.",
        **_column(written, whole, whole.body(ColumnOptions)["properties"]),
    }
    options = {key: value for key, value in whole.body(Binding)["properties"].items() if key not in ("kind", "source")}
    found["binding"] = {
        "description": "Where a dataset comes from: exactly one source, and how its rows map to the contract.",
        **_exactly_one({name: whole.reference(part) for name, part in sources.items()}, options),
    }
    own = {key: value for key, value in whole.body(Model)["properties"].items() if key not in ("kind", "blueprint")}
    own["at"] = {"description": own["at"].get("description", ""), "anyOf": [own["at"]["items"], own["at"]]}
    found["model"] = {"anyOf": [_blueprint(name, schema, own) for name, schema in blueprint_schemas.items()]}
    for schema in blueprint_schemas.values():
        found |= schema.get("$defs", {})
    found["hazard"] = _hazard(whole.body(rate)["properties"]["rate"])
    found["journey"] = _journey(whole)
    found["delivery"] = _delivery(whole)
    found["policy"] = _policy({name: whole.reference(part) for name, part in policies.items()})
    top = whole.body(Scenario)
    top["properties"]["include"] = {
        "type": "array",
        "items": {"type": "string"},
        "description": "Other files, whose keys are merged in; below the scenario's folder.",
    }
    for name in (*(whole.name(model) for model in own_forms), *_STAND_INS):
        found.pop(name, None)
    return {
        "$schema": DIALECT,
        "title": "A sandbox scenario",
        **_tidied(top),
        "$defs": _tidied(dict(sorted(found.items()))),
    }


def editor_schema() -> Schema:
    """The language as an editor needs it: as `language_schema`, and every value may be an assumption."""
    schema = language_schema()
    definitions = {name: _assumable(each) for name, each in schema.pop("$defs").items()}
    definitions["Assumed"] = assumed_schema()
    return {**_assumable(schema), "$defs": dict(sorted(definitions.items()))}


def assumed_schema() -> Schema:
    """What may be said of a value that is assumed."""
    schema: Schema = _tidied(Assumed.model_json_schema())
    return schema


def _assumable(schema: Any) -> Any:
    """The schema in which every value beneath a key of the language may be an assumption."""
    if isinstance(schema, list):
        return [_assumable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _assumable(value) for key, value in schema.items() if key not in (*_BELOW, *_NAMED)}
    inner |= {key: _or_assumed(schema[key]) for key in _BELOW if key in schema}
    for group in _NAMED:
        if group in schema:
            is_condition = schema.get("type") != "object"
            of = {key: value if is_condition else _or_assumed(value) for key, value in schema[group].items()}
            inner[group] = of
    return inner


def _or_assumed(schema: Any) -> Any:
    """A value, or `{value: …, assumed: {…}}` around it; names of the user's own are never read so."""
    if not isinstance(schema, dict):
        return schema
    plain: Schema = _assumable(schema)
    if "const" in schema or _has_names(schema):
        return plain
    described = {key: plain.pop(key) for key in ("description", "default") if key in plain}
    is_wrapped = {
        "type": "object",
        "required": [VALUE, ASSUMED],
        "maxProperties": 2,
        "properties": {ASSUMED: {"type": "object"}},
    }
    inside = {VALUE: plain, ASSUMED: {"$ref": "#/$defs/Assumed"}}
    return {**described, "if": is_wrapped, "then": {"properties": inside}, "else": plain}


def _has_names(schema: Schema) -> bool:
    """Whether a mapping's keys are names that the user chooses."""
    return "properties" not in schema and any(
        isinstance(schema.get(key), dict) for key in ("additionalProperties", "patternProperties", "propertyNames")
    )


class _Definitions:
    """The schemas of several models, by the names that pydantic gives them."""

    def __init__(self, models: list[type[BaseModel]]) -> None:
        self._references, whole = models_json_schema([(model, "validation") for model in dict.fromkeys(models)])
        self.schemas: dict[str, Schema] = whole["$defs"]

    def reference(self, model: type[BaseModel]) -> Schema:
        return dict(self._references[model, "validation"])

    def name(self, model: type[BaseModel]) -> str:
        return str(self.reference(model)["$ref"]).rsplit("/", 1)[1]

    def body(self, model: type[BaseModel]) -> Schema:
        return self.schemas[self.name(model)]


def _generator(kinds: Mapping[str, type[Strict]], whole: _Definitions) -> Schema:
    """A generator inside another part."""
    expression = whole.body(kinds["sql"])["anyOf"][1]
    return {
        "description": "How values arise: SQL, a constant, or exactly one generator.",
        "anyOf": [{"type": ["number", "boolean", "null"]}, expression, _column(kinds, whole, {})],
    }


def _column(kinds: Mapping[str, type[Strict]], whole: _Definitions, options: Mapping[str, Schema]) -> Schema:
    """A mapping with exactly one of the generators, plain or `given` another column, and the options beside it."""
    parts = {name: whole.reference(part) for name, part in kinds.items()}
    cases = {
        name: {"type": "object", "minProperties": 1, "additionalProperties": dict(part)} for name, part in parts.items()
    }
    by = {"type": "string", "description": "The column that decides; the generator then has a configuration a value."}
    given = _exactly_one(cases, {"given": by, **options})
    given["required"] = ["given"]
    return {"if": {"type": "object", "required": ["given"]}, "then": given, "else": _exactly_one(parts, options)}


def _exactly_one(parts: Mapping[str, Schema], options: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": {**parts, **options},
        "additionalProperties": False,
        "oneOf": [{"required": [name]} for name in parts],
    }


def _hazard(rate: Schema) -> Schema:
    effects = {"type": "number", "description": "Log hazard ratio per unit of the column or SQL expression."}
    base = {**rate, "description": "The rate where all columns are 0."}
    mapping = {"type": "object", "properties": {"base": base}, "required": ["base"], "additionalProperties": effects}
    return {
        "description": "How fast something happens: a rate, or a base rate times exp(sum of coefficient x column).",
        "anyOf": [rate, mapping],
    }


def _journey(whole: _Definitions) -> Schema:
    """The states of a visit by name, and where it begins beside them."""
    states, enter = (whole.body(Journey)["properties"][key] for key in ("states", "enter"))
    (pattern, state), *_ = states["patternProperties"].items()
    return {
        "description": "The way through a visit: states by name, from the first one on.",
        "type": "object",
        "properties": {"enter": {**enter, "description": "In which states visits begin, by weight."}},
        "patternProperties": {f"^(?!enter$){pattern.removeprefix('^')}": state},  # else `enter` would be a state too
        "minProperties": 1,
    }


def _delivery(whole: _Definitions) -> Schema:
    """The stages by name, in order, and what stands beside them."""
    keys = dict(whole.body(Delivery)["properties"])
    (pattern, stage), *_ = keys.pop("stages")["patternProperties"].items()
    beside = "|".join(keys)
    stages = {
        "type": "object",
        "properties": keys,
        "patternProperties": {f"^(?!({beside})$){pattern.removeprefix('^')}": stage},
        "minProperties": 1,
    }
    about = "How events come from where they happen to where they land: `default`, or stages by name, in order."
    return {"description": about, "anyOf": [{"const": DEFAULT}, stages]}


def _policy(policies: Mapping[str, Schema]) -> Schema:
    """Exactly one policy, or the bare name of one, as text or as a key with nothing behind it."""
    about = "What decides which items are shown: exactly one policy, or its bare name."
    plain: Schema = {
        "type": "object",
        "propertyNames": {"enum": list(policies)},
        "additionalProperties": {"type": "null"},
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"description": about, "anyOf": [{"enum": list(policies)}, _exactly_one(policies, {}), plain]}


def _blueprint(name: str, configuration: Schema, own: Mapping[str, Schema]) -> Schema:
    return {
        "description": configuration.get("description", ""),
        "type": "object",
        "properties": {"blueprint": {"const": name}, **own, **configuration.get("properties", {})},
        "required": ["blueprint", "of", "at", "label", "features", *configuration.get("required", [])],
        "additionalProperties": False,
    }


def _tidied(schema: Any) -> Any:
    """The schema without pydantic's titles, with marks of parts (`{"part": "column"}`) as references, dates as text."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("part"), str):
        rest = {key: value for key, value in schema.items() if key == "description"}
        return {"$ref": f"#/$defs/{schema['part']}", **rest}
    tidied = {
        key: _tidied(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }
    if tidied.get("type") == "string" and tidied.get("format") in _FORMATS:
        tidied["pattern"] = _FORMATS[tidied.pop("format")]
    if "patternProperties" in tidied:  # names that are none are refused, not passed over
        tidied["additionalProperties"] = False
    return tidied
