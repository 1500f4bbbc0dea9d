"""A value that is assumed is the value to everything, and remembers what was said of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sandbox
from sandbox import registry
from sandbox.errors import InputError
from sandbox.scenario import assumptions
from sandbox.scenario.assumptions import assumptions_of
from sandbox.scenario.ends import end_problems
from sandbox.scenario.loader import Loaded, Options, load
from sandbox.scenario.schema import language_schema

PLAIN = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 30}
datasets:
  people:
    rows: 1_000
    static: true
    key: id
    columns:
      id: {serial: 1}
      happy: {bernoulli: 0.5}
      age: {integer: [18, 90]}
"""
ROWS = 'rows: {value: 1_000, assumed: {by: Ann, on: 2026-11-01, low: 100, high: 5_000, ask: "How many?"}}'


@pytest.fixture
def shop(tmp_path: Path):
    def written(*changes: tuple[str, str], **options) -> Loaded:
        text = PLAIN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "shop.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, Options(**options))

    return written


def test_it_means_what_the_value_alone_means(shop):
    plain, assumed = shop(), shop(("rows: 1_000", ROWS), ("bernoulli: 0.5", "bernoulli: {value: 0.5, assumed: {}}"))
    assert assumed.plan.digest == plain.plan.digest
    assert assumed.written == plain.written
    assert assumptions_of(plain.document) == []


def test_what_was_said_of_it_is_kept_with_its_place(shop):
    loaded = shop(("rows: 1_000", ROWS))
    [found] = assumptions_of(loaded.document)
    assert (found.name, found.value, str(found.place).rsplit("/", 1)[-1]) == (
        "datasets.people.rows",
        1000,
        "shop.yaml:7:19",
    )
    assert (found.said.by, found.said.on, found.said.ask) == ("Ann", datetime.date(2026, 11, 1), "How many?")
    assert found.moved(loaded.document, "high").value()["datasets"]["people"]["rows"] == 5_000


def test_it_may_stand_at_any_depth_and_one_in_another(shop):
    loaded = shop(
        ("happy: {bernoulli: 0.5}", "happy: {value: {bernoulli: {value: 0.5, assumed: {low: 0.1}}}, assumed: {}}"),
        ("[18, 90]", "[{value: 18, assumed: {}}, 90]"),
        ("days: 30", "days: {value: 30, assumed: {}}"),
    )
    assert [found.name for found in assumptions_of(loaded.document)] == [
        "clock.days",
        "datasets.people.columns.happy",
        "datasets.people.columns.happy.bernoulli",
        "datasets.people.columns.age.integer.0",
    ]


def test_columns_datasets_fields_and_cases_may_be_called_value_and_assumed(shop):
    columns = """
      value: {choice: {value: 1, assumed: 3}}
      assumed: {given: value, beta: {value: {alpha: 1, beta: 2, low: 0}, assumed: {alpha: 1, beta: 2, low: 0, high: 9}}}
      box: {struct: {value: {integer: [1, 2]}, assumed: {beta: {alpha: 1, beta: 1}}}}
      choice: {value: {uuid: true}, assumed: {ask: "What is it?"}}
"""
    loaded = shop(
        ("    rows: 1_000\n    static: true\n    key: id", "    rows: 5\n    static: true"),
        ("      id: {serial: 1}\n      happy: {bernoulli: 0.5}\n      age: {integer: [18, 90]}\n", columns[1:]),
    )
    assert list(loaded.plan.datasets["people"].contract.names) == ["value", "assumed", "box", "choice"]
    assert [found.name for found in assumptions_of(loaded.document)] == ["datasets.people.columns.choice"]


def test_an_answer_by_set_ends_the_assumption_and_one_may_be_set(shop):
    change = ("rows: 1_000", ROWS)
    assert assumptions_of(shop(change, settings=("datasets.people.rows=7",)).document) == []
    loaded = shop(settings=('datasets.people.rows={value: 7, assumed: {ask: "So few?"}}',))
    assert loaded.plan.datasets["people"].rows == 7
    assert [found.said.ask for found in assumptions_of(loaded.document)] == ["So few?"]


def test_a_pinned_row_may_have_columns_of_these_names_and_assumed_values(shop):
    columns = """
    pin: [{value: 3, assumed: 4}, {value: {value: 5, assumed: {ask: "Five?"}}}]
    columns:
      value: {integer: [1, 9]}
      assumed: {integer: [1, 9]}
"""
    text = PLAIN[PLAIN.index("    key: id") :]
    loaded = shop((text, columns[1:]))
    assert [found.name for found in assumptions_of(loaded.document)] == ["datasets.people.pin.1.value"]


def test_an_end_in_a_setting_stands_in_the_option(shop):
    loaded = shop(settings=("datasets.people.rows={value: 7, assumed: {low: -1}}",))
    [problem] = end_problems(loaded)
    assert str(problem).startswith(
        "--set datasets.people.rows={value: 7, assumed: {low: -1}}: datasets.people.rows: as"
    )


def test_an_included_file_may_assume(shop, tmp_path):
    (tmp_path / "rows.yaml").write_text(f"datasets:\n  people:\n    {ROWS}\n", encoding="utf-8")
    loaded = shop(("    rows: 1_000\n", ""), ("sandbox: 1", "sandbox: 1\ninclude: [rows.yaml]"))
    [found] = assumptions_of(loaded.document)
    assert found.place.file.endswith("rows.yaml")


def test_a_rewrite_replaces_the_value_and_leaves_what_was_said(shop):
    loaded = shop(("rows: 1_000", ROWS))
    [text] = loaded.document.spliced({("datasets", "people", "rows"): "2_000"}).values()
    assert ROWS.replace("value: 1_000", "value: 2_000") in text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("rows: 1_000", "rows: {value: 9, assumed: {low: -5}}", "people.rows: as its `low`: got -5, must be >= 0."),
        ("rows: 1_000", "rows: {value: 9, assumed: {high: x}}", "as its `high`: got 'x', must be a whole number."),
        ("rows: 1_000", "rows: {value: 9, assumed: {low: 10}}", "rows.assumed.low: got 10, must be <= the value 9"),
        ("rows: 1_000", "rows: {value: 9, assumed: {high: 8}}", "rows.assumed.high: got 8, must be >= the value 9"),
        ("key: id", "key: {value: id, assumed: {high: ide}}", "people.key: as its `high`: unknown column 'ide'"),
        (
            "[18, 90]",
            "{value: [18, 90], assumed: {high: [90, 18]}}",
            "columns.age.integer: as its `high`: got [90, 18], needs low <= high",
        ),
        (
            "happy: {bernoulli: 0.5}",
            "happy: {pattern: '[a-z]{2}', unique: {value: false, assumed: {high: true}}}",
            "with its `high` the scenario does not stand: datasets.people.columns.happy",
        ),
    ],
)
def test_an_end_that_is_no_value_of_its_key_is_told(shop, old, new, told):
    found = [str(problem) for problem in end_problems(shop((old, new)))]
    assert len(found) == 1
    assert told in found[0]
    assert "shop.yaml:" in found[0]


def test_only_the_end_that_is_wrong_is_told(shop):
    loaded = shop(("rows: 1_000", ROWS), ("bernoulli: 0.5", "bernoulli: {value: 0.5, assumed: {low: 0.1, high: 1.5}}"))
    [problem] = end_problems(loaded)
    assert problem.path.endswith("happy.bernoulli")


def test_check_tells_of_ends(shop, tmp_path):
    shop(("rows: 1_000", "rows: {value: 9, assumed: {low: -5}}"))
    with pytest.raises(InputError, match="as its `low`"):
        sandbox.load(tmp_path / "shop.yaml").check()


def keys_over_names(schema: Any) -> Iterator[str]:
    """Keys of the language beneath which a user chooses names."""
    inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for each in inside:
        yield from keys_over_names(each)
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
        yield from (
            key
            for key, value in schema["properties"].items()
            for form in [value, *value.get("anyOf", [])]
            if form.get("type") == "object"
            and {"additionalProperties", "patternProperties"} & set(form)
            and "properties" not in form
        )


def test_every_key_over_names_is_known_as_one():
    """A new key of the language beneath which names stand must be told to the reading of assumptions."""
    known = {*assumptions._OF_MAPPINGS, *assumptions._OF_PLAIN_VALUES}
    known |= set(registry.names("sandbox.columns"))  # beside `given`, which is told apart by itself
    assert set(keys_over_names(language_schema())) - known == {"locale"}  # no locale is called so


def test_a_change_may_be_assumed(tmp_path):
    text = """\
sandbox: 1
name: assumed
clock: {start: 2026-01-01, days: 30}
changes:
  sale:
    kind: campaign
    from: {value: day 10, assumed: {low: day 8, high: day 12}}
    share: {value: 0.3, assumed: {ask: How many are invited?}}
    visits: {web: {value: 1.5, assumed: {low: 1.2, high: 2}}}
    nulls: {web: {value: 0.5, assumed: 0.2, page: {value: 0.4, assumed: {by: Sam}}}}
datasets:
  customers: {rows: 10, static: true, key: id, columns: {id: {serial: 1}}}
  web:
    of: customers
    time: at
    visits: {value: {per_day: 1}, assumed: {by: Sam}}
    columns: {page: {choice: [a, b]}, value: {constant: 1}, assumed: {constant: 2}}
"""
    (tmp_path / "assumed.yaml").write_text(text, "utf-8")
    scenario = sandbox.load(tmp_path / "assumed.yaml")
    change = scenario.plan.changes["sale"]
    assert (change.share, change.visits, change.nulls) == (
        0.3,
        {"web": 1.5},
        {"web": {"value": 0.5, "assumed": 0.2, "page": 0.4}},
    )
    assert [each.path for each in scenario.assumptions()] == [
        "changes.sale.from",
        "changes.sale.share",
        "changes.sale.visits.web",
        "changes.sale.nulls.web.page",
        "datasets.web.visits",
    ]
