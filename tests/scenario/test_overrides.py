from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.errors import InputError
from sandbox.scenario.overrides import with_overrides
from sandbox.scenario.places import parse

SCENARIO = """\
seed: 42
clock: {start: 2026-01-01}
datasets:
  customers: &c
    rows: 5
    columns: {plan: {choice: {a.b: 1}}}
  others: *c
done: [x > 1, y > 2]
"""


def refused(*settings: str) -> list[str]:
    with pytest.raises(InputError) as error:
        with_overrides(parse(SCENARIO, "s.yaml"), settings)
    return [str(problem) for problem in error.value.problems]


def test_values_change_and_their_place_is_the_option():
    document = with_overrides(
        parse(SCENARIO, "s.yaml"),
        [
            "datasets.customers.rows=1_000",
            "done.1=z > 3",
            "clock.start=2026-02-01",
            "clock.days=7",
            'datasets.customers.columns.plan.choice."a.b"=[1, {x: null}]',
            "name=a=b",
        ],
    )
    value = document.value()
    assert value["datasets"]["customers"]["rows"] == 1000
    assert value["datasets"]["others"]["rows"] == 5
    assert value["done"] == ["x > 1", "z > 3"]
    assert value["clock"] == {"start": dt.date(2026, 2, 1), "days": 7}
    assert value["datasets"]["customers"]["columns"]["plan"]["choice"] == {"a.b": [1, {"x": None}]}
    assert value["name"] == "a=b"
    assert str(document.place(("datasets", "customers", "rows"))) == "--set datasets.customers.rows=1_000"
    assert str(document.key_place(("clock", "days"))) == "--set clock.days=7"
    assert str(document.key_place(("clock", "start"))) == "s.yaml:2:9"
    assert str(document.problem(("clock", "days"), "no")) == "--set clock.days=7: clock.days: no"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("datasets.custmers.rows=1", "datasets: unknown key 'custmers'. Did you mean 'customers'? Known: customers,"),
        ("seed.x=1", "seed: is a single value; there is no 'x' in it."),
        ("done.2=x", "done: no item '2'; the list has 2 items, counted from 0."),
        ("done.x=x", "done: no item 'x'"),
        ("seed", "write a path, = and a value"),
        ("=1", "write a path, = and a value"),
        ("a..b=1", "write a path, = and a value"),
        (".a=1", "write a path, = and a value"),
        ("", "write a path, = and a value"),
        ("seed=", "seed: has no value; write null for nothing"),
        ("seed=NO", "seed: NO is read as false by YAML"),
        ("seed='x", "seed: the quote that opens here is never closed"),
        ("seed=!!python/name:os.system x", "seed: tags such as"),
        ("seed=\x00", "seed: character U+0000 may not stand here"),
        ("include=[x.yaml]", "include: files are included before --set is read."),
    ],
)
def test_settings_that_lead_nowhere(setting, message):
    (problem,) = refused(setting)
    assert problem.startswith("--set ")
    assert message in problem


def test_all_problems_come_at_once():
    assert len(refused("seed=1", "seed=2", "sed.x=1", "y")) == 3


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list('.="\\[]{}:,&*! \n\tseedataclock01x')) | st.characters(), max_size=24))
def test_any_setting_changes_the_scenario_or_is_refused(text):
    try:
        document = with_overrides(parse(SCENARIO, "s.yaml"), [text])
    except InputError as refusal:
        told = [str(problem) for problem in refusal.problems]
    else:
        told = []
        changed = document.value() != parse(SCENARIO, "s.yaml").value()
        assert changed or text.startswith(("seed", "clock", "data", '"'))
    assert not any("\n" in line for line in told)
