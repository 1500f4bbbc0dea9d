"""A log read into a panel: by hand, whole or cut, and what does not count is counted."""

import datetime

import numpy as np
import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.experiment.experiment import try_out
from sandbox.experiment.planned import days_of, design_of
from sandbox.experiment.reading import read

SCENARIO = """
sandbox: 1
name: tried
clock: {start: 2026-03-28, days: 4, zone: Europe/London}
datasets:
  shown:
    rows: 5
    time: shown_at
    columns:
      shown_at: {datetime: [2026-03-28, 2026-03-31]}
      who: {choice: [a, b, c, e, f, g], nulls: 0.1}
      variant: {choice: [rules, model, other]}
      plan: {choice: [basic, plus]}
      item: {choice: [x, y]}
      chance: {uniform: [0, 1]}
      clicked: {bernoulli: 0.5}
  orders:
    rows: 5
    time: ordered_at
    columns: {ordered_at: {datetime: [2026-03-01, 2026-03-31]}, who: {choice: [a, b, z]}, paid: {uniform: [0, 200]}}
targets:
  real:
    shown: {csv: shown.csv}
    orders: {csv: orders.csv}
experiment:
  log: shown
  unit: who
  arm: variant
  control: rules
  arms: {model: 0.5}
  trigger: item is not null
  metrics:
    conversion: {of: orders, any: paid > 1, within: 2 days}
    revenue: {of: orders, sum: paid, before: 7 days}
    click_rate: {sum: "clicked::int", per: "1"}
  primary: conversion
  segments: [plan]
  off_policy: {action: item, propensity: chance, context: [plan], reward: "clicked::int"}
  horizon: 3
done:
  - experiment.conversion.lift.low > 0
"""
# a met the model twice and bought after it; b the rules, and had bought before; c both; d nobody knows.
SHOWN = """\
shown_at,who,variant,plan,item,chance,clicked
2026-03-28T10:00:00Z,a,model,basic,x,0.5,true
2026-03-29T22:59:00Z,a,model,plus,y,0.25,false
2026-03-29T23:30:00Z,b,rules,plus,x,0.5,true
2026-03-28T12:00:00Z,c,rules,plus,x,0.5,false
2026-03-29T12:00:00Z,c,model,plus,x,0.5,false
2026-03-28T12:00:00Z,,model,plus,x,0.5,false
2026-03-28T12:00:00Z,e,other,plus,x,0.5,false
2026-03-31T12:00:00Z,f,model,plus,x,0.5,false
2026-03-28T12:00:00Z,g,model,plus,y,0.0,false
"""
ORDERS = """\
ordered_at,who,paid
2026-03-27T10:00:00Z,a,3
2026-03-28T09:59:00Z,a,2
2026-03-28T10:00:00Z,a,7
2026-03-30T09:59:00Z,a,5
2026-03-30T11:00:00Z,a,4
2026-03-01T10:00:00Z,b,9
2026-03-25T10:00:00Z,b,1.5
2026-03-30T10:00:00Z,b,0.5
2026-03-28T10:00:00Z,z,100
"""


@pytest.fixture
def scenario(tmp_path):
    (tmp_path / "tried.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "shown.csv").write_text(SHOWN, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return tmp_path / "tried.yaml"


@pytest.fixture
def told(scenario):
    plan = sandbox.load(scenario, target="real").plan
    return read(plan, plan.experiment)


def by_unit(panel, column):
    """Sums of a column by unit and day, units in the order of their names."""
    found = {}
    rows = panel.diary
    for unit, day, value in zip(rows.unit.tolist(), rows.day.tolist(), rows.columns[column].tolist(), strict=True):
        if value:
            found[unit, day] = value
    return found


def test_units_by_hand(told):
    """Units by name: a, b, c, g. London's days: the evening of the 29th at 23:30 UTC is already the 30th, summer."""
    panel = told.panel
    assert panel.arm.tolist() == [1, 0, -1, 1]
    assert panel.first.tolist() == [0, 2, 0, 0]
    assert panel.segments["plan"].to_pylist() == ["basic", "plus", "plus", "plus"]
    assert panel.days == 3


def test_what_counts_comes_after_the_exposure_and_in_time(told):
    """The order of 7 came with the exposure; that of 4 after two days counts as money, and not as a conversion."""
    assert by_unit(told.panel, "conversion") == {(0, 0): 1, (0, 2): 1}
    assert by_unit(told.panel, "revenue") == {(0, 0): 7, (0, 2): 9, (1, 2): 0.5}


def test_what_was_before(told):
    """Within seven days of the first exposure: of a 3 and 2, of b the 1.5, and not the 9 of weeks before."""
    assert told.panel.before == {"revenue": pytest.approx([5, 1.5, 0, 0])}


def test_a_ratio_has_both_of_its_sums(told):
    assert by_unit(told.panel, "click_rate") == {(0, 0): 1, (1, 2): 1}
    assert by_unit(told.panel, "click_rate per") == {(0, 0): 1, (0, 1): 1, (1, 2): 1, (2, 0): 1, (2, 1): 1, (3, 0): 1}


def test_what_does_not_count_is_counted(told):
    assert told.left_out == {
        "rows outside of the days that are judged": 1,
        "rows without a unit": 1,
        "rows of no arm that is planned": 1,
        "units that met more than one arm": 1,
        "rows whose propensity is none (for other policies)": 1,
    }


def test_logs_for_other_policies(told):
    """Contexts are plans, actions items, by their names."""
    model = told.logs["model"]
    assert (told.contexts, told.actions) == (2, 2)
    assert model.context.tolist() == [0, 1, 1]
    assert model.action.tolist() == [0, 0, 1]
    assert model.propensity.tolist() == [0.5, 0.5, 0.25]


def test_days_are_local_and_a_ramp_skips_the_early_ones(scenario):
    plan = sandbox.load(scenario).plan
    days = days_of(plan, plan.experiment)
    hours = np.diff(days.starts_us) / 3.6e9
    assert hours.tolist() == [24, 23, 24]  # summer time begins on the 29th
    ramp = {"experiment.ramp": [{"from": "day 0", "share": 0.1}, {"from": "day 1", "share": 0.5}]}
    ramped = sandbox.load(scenario, set={**ramp, "experiment.horizon": 2}).plan
    later = days_of(ramped, ramped.experiment)
    assert (later.skipped, later.count) == (1, 2)
    assert later.starts_us[0] == days.starts_us[1]


def test_the_plan_is_what_the_scenario_says(scenario):
    plan = sandbox.load(scenario).plan
    design = design_of(plan, plan.experiment)
    assert design.shares == {"rules": 0.5, "model": 0.5}
    assert design.definitions["conversion"] == "any(paid > 1), per unit, of orders, within 2 days"
    assert design.digest == sandbox.load(scenario, target="real").planned.digest
    assert design.digest != sandbox.load(scenario, set={"experiment.primary": "revenue"}).planned.digest


def test_a_dummy_is_read_the_same_way(scenario):
    tried = sandbox.load(scenario, set={"datasets.shown.rows": 400}).experiment()
    assert tried.analysis.left_out["units that met more than one arm"] == 6
    plan = sandbox.load(scenario, set={"datasets.shown.rows": 400}).plan
    assert str(try_out(plan).to_dict()) == str(tried.to_dict())


def test_each_arm_with_a_log_of_its_own_and_rows_as_units(scenario):
    text = scenario.read_text(encoding="utf-8")
    text = text.replace("log: shown", "log: {rules: shown, model: more}").replace("  unit: who\n  arm: variant\n", "")
    text = text.replace("  shown:\n", "  shown: &log\n").replace(
        "  orders:\n    rows", "  more: *log\n  orders:\n    rows"
    )
    lines = [line for line in text.splitlines() if "of: orders" not in line]
    scenario.write_text("\n".join(lines).replace("primary: conversion", "primary: click_rate") + "\n", encoding="utf-8")
    text = scenario.read_text(encoding="utf-8").replace("experiment.conversion", "experiment.click_rate")
    scenario.write_text(text, encoding="utf-8")
    found = sandbox.load(scenario, set={"datasets.shown.rows": 30, "datasets.more.rows": 40}).experiment()
    assert found.analysis.units == {"rules": 30, "model": 40}


def test_a_log_of_which_nothing_counts(scenario):
    with pytest.raises(InputError, match="no row of the experiment's log counts: 5 rows that the trigger leaves out"):
        sandbox.load(scenario, set={"experiment.trigger": "clicked is null"}).experiment()


def test_no_experiment(scenario):
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text[: text.index("experiment:")], encoding="utf-8")
    with pytest.raises(InputError, match="has no `experiment:`"):
        sandbox.load(scenario).experiment()


def test_a_run_judges_its_gates(scenario, tmp_path):
    run = sandbox.load(scenario, set={"datasets.shown.rows": 100}).run(tmp_path / "data")
    assert [gate.verdict for gate in run.record.gates] == ["undetermined"]
    assert datetime.date.fromisoformat(run.record.started[:10])
