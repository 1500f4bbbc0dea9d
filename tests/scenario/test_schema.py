"""The JSON Schema for editors and the loader agree on structure: what one takes, so does the other."""

from __future__ import annotations

import copy
import datetime
import functools
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import registry
from sandbox.scenario.language import Scenario
from sandbox.scenario.places import read
from sandbox.scenario.schema import editor_schema, language_schema
from sandbox.strict import Findings, validated

ROOT = Path(__file__).parents[2]
GOOD = [*sorted((ROOT / "scenarios").glob("*.yaml")), Path(__file__).parent / "kitchen_sink.yaml"]

LOADER_ALONE = {
    "must be below": "order of two numbers",
    "must be above": "order of two numbers",
    "must lie after": "order of two moments",
    "must be before": "order of two moments",
    "must not lie after": "order of two days",
    "must rise": "order of numbers",
    "needs low <= high": "order of two numbers",
    "must be >= 0 beside a format": "one key's bound hangs on another",
    "one more than weights": "lengths of two lists",
    "weights for": "lengths of two lists",
    "must be above 0": "a sum over a list",
    "stands there twice": "equality within a list, whatever the type",
    "names .* twice": "equality within a list",
    "are of different types": "types within a list",
    "the mapping has the weights already": "one key's form hangs on another's",
    "take one of them out": "one key's presence hangs on another's",
    "take this out": "one key's presence hangs on another's",
    "has no meaning (with|where)": "one key's presence hangs on another's",
    "nobody can lift nothing": "a number that is not 0",
    "has a meaning in `done:` lines": "names that are taken",
    "may approve": "a number bound by the length of a list",
    "say how long after the cut": "one key's presence hangs on another's",
    "say (exactly )?(one|either)": "one of two keys, told by the part itself",
    "must be a whole number beside a format": "one key's form hangs on another's",
    "must hold one number": "the form of a format",
    "pads to": "the form of a format",
    "for one value write": "0 is allowed to an expression",
    "unknown time zone": "the zones of this machine",
    "leave out the offset": "a date's offset",
    "unknown unit of time": "the units of time",
    "no fixed length": "the units of time",
    "must be > 0 and at most 100 years": "the size of a length of time",
    "at most a thousand million times": "the size of a rate",
    "the year": "the years of the calendar",
    "must be a date": "a date that the calendar does not have, or text where YAML's own date must stand",
    "must be such as day 30": "a date that the calendar does not have",
    "an encoding that Python knows": "the encodings of Python",
    "must end in": "the ending of a file's name",
    "must be a probability": "a number's bound beside text",
    "must be at most 10,000": "the size of an argument of a provider",
    "must be text": "a date without quotes is text to an editor, and a date to the loader",
    "got \\d+-\\d+-\\d+": "a date without quotes is text to an editor, and a date to the loader",
    "must be a whole number": "1.0 is whole to an editor",
}
"""Messages of the loader about what the schema lets pass, each with what it would take to say it in the schema."""


@functools.cache
def language() -> jsonschema_rs.Draft202012Validator:
    schema = language_schema()
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.Draft202012Validator(schema)


@pytest.fixture
def schema() -> jsonschema_rs.Draft202012Validator:
    return language()


def as_json(value: Any) -> Any:
    """Plain values as an editor sees them: dates are text."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def messages_of(value: Any) -> list[str]:
    try:
        validated(Scenario, value)
    except Findings as error:
        return [message for _, message in error.findings]
    return []


VALUES = [{key: value for key, value in read(path).value().items() if key != "include"} for path in GOOD]


@pytest.mark.parametrize("value", VALUES, ids=[path.stem for path in GOOD])
def test_good_scenarios_fit(schema, value):
    assert messages_of(value) == []
    assert [error.message for error in schema.iter_errors(as_json(value))] == []


def test_an_include_is_part_of_the_language(schema):
    assert schema.is_valid({**as_json(VALUES[0]), "include": ["more.yaml"]})
    assert not schema.is_valid({**as_json(VALUES[0]), "include": "more.yaml"})


def test_every_part_and_every_key_is_described():
    schema = language_schema()
    undescribed = [
        f"{name}.{key}"
        for name, part in schema["$defs"].items()
        for form in part.get("anyOf", [part])
        for key, described in form.get("properties", {}).items()
        if "description" not in described and "const" not in described and "$ref" not in described
    ]
    assert undescribed == []
    columns = schema["$defs"]["column"]["else"]["properties"]
    assert set(registry.names("sandbox.columns")) - {"given"} <= set(columns)
    assert set(registry.names("sandbox.sources")) <= set(schema["$defs"]["binding"]["properties"])


def test_dates_are_text_to_an_editor(schema):
    value = as_json(VALUES[0])
    for start, fits in (("2026-01-01", True), ("2026-01-01 06:00:00", True), ("1 January", False), (20260101, False)):
        assert schema.is_valid({**value, "clock": {"start": start}}) == fits


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in inside for place in places(below, (*path, key)))]


JUNK: list[Any] = [
    *[
        None,
        True,
        0,
        -1,
        7,
        10**13,
        0.5,
        -2.5,
        "",
        "x",
        "9x",
        "3 days",
        "0.1 per day",
        "day 4",
        "a b",
        [],
        [1],
        [0.0, 1.5],
    ],
    *[["a", "b"], [None], {}, {"a": 1}, {"serial": 1}, {"serial": 1, "uuid": True}, {"given": "plan"}, {"csv": "x"}],
    *[{"given": "plan", "normal": {"a": {"mean": 1, "sd": 1}}}, {"fake": {"provider": "name", "pool": 0}}],
    *[{"csv": "x", "parquet": "y"}, {"base": "1 per day", "x": 2}, {"trials": 3}, {"choice": {"a": 1}}],
    *[{"constant": None}, {"time": "2m"}, {"by": "time"}],
]
ADDED = ["rows", "zipf", "type", "uuid", "within", "time", "trials"]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    value = copy.deepcopy(draw(st.sampled_from(VALUES)))
    path = draw(st.sampled_from(places(value)[1:]))
    holder: Any = value
    for step in path[:-1]:
        holder = holder[step]
    match draw(st.sampled_from(["drop", "junk", "junk", "junk", "misspell", "add"])):
        case "drop":
            del holder[path[-1]]
        case "misspell" if isinstance(holder, dict):
            holder[f"{path[-1]}{draw(st.sampled_from(['x', '-', ' ']))}"] = holder.pop(path[-1])
        case "add" if isinstance(holder, dict):
            holder[draw(st.sampled_from(ADDED))] = holder[path[-1]]
        case _:
            holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(JUNK)))
    return value


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(value=mutated())
def test_editor_and_loader_agree(value):
    # Not given the schema as a fixture: Hypothesis would print all of it beside a value that fails.
    told = messages_of(value)
    beyond = [message for message in told if any(re.search(known, message) for known in LOADER_ALONE)]
    errors = [f"{error.instance_path}: {error.message[:300]}" for error in language().iter_errors(as_json(value))]
    if not told:
        assert errors == []
    elif len(beyond) < len(told):
        assert errors, told


@pytest.fixture(scope="module")
def editor() -> jsonschema_rs.Draft202012Validator:
    schema = editor_schema()
    jsonschema_rs.meta.validate(schema)
    return jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("value", VALUES, ids=[path.stem for path in GOOD])
def test_good_scenarios_fit_an_editor(editor, value):
    assert [error.message for error in editor.iter_errors(as_json(value))] == []


def shop_with(**changes: Any) -> dict[str, Any]:
    columns = {"id": {"serial": 1}, **changes.pop("columns", {})}
    people = {"rows": 5, "static": True, "key": "id", "columns": columns, **changes}
    return {"sandbox": 1, "name": "shop", "clock": {"start": "2026-01-01"}, "datasets": {"people": people}}


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"rows": {"value": 5, "assumed": {"by": "Ann", "on": "2026-11-01", "low": 1, "high": 9, "ask": "?"}}}, True),
        ({"rows": {"value": 5, "assumed": {}}}, True),
        ({"rows": {"value": "five", "assumed": {}}}, False),
        ({"rows": {"value": 5, "assumed": {"bye": "Ann"}}}, False),
        ({"rows": {"value": 5, "assumed": True}}, False),
        ({"rows": {"value": 5}}, False),
        ({"columns": {"age": {"integer": {"value": [1, 9], "assumed": {}}}}}, True),
        ({"columns": {"age": {"integer": [{"value": 1, "assumed": {}}, 9]}}}, True),
        ({"columns": {"age": {"value": {"integer": [1, 9]}, "assumed": {}}}}, True),
        ({"columns": {"value": {"uuid": True}, "assumed": {"integer": [1, 9]}}}, True),
    ],
)
def test_an_editor_knows_assumptions_where_the_loader_does(editor, changes, fits, tmp_path):
    value = shop_with(**changes)
    assert editor.is_valid(value) == fits
    path = tmp_path / "shop.yaml"
    path.write_text(json.dumps(value).replace('"2026-01-01"', "2026-01-01").replace('"2026-11-01"', "2026-11-01"))
    document = read(path)
    assert (not document.problems and messages_of(document.value()) == []) == fits
