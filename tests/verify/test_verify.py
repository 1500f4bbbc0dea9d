"""Verifying: every rule counted, with its first rows and its beginning; keys over all rows; volume; nothing written."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sandbox.cli.app import app
from sandbox.errors import InputError
from sandbox.landing import land
from sandbox.scenario.loader import Options, load
from sandbox.verify.verify import verify
from sandbox.verify.watch import WatchWishes, watch
from tests.tape import Tape

SCENARIO = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 30, zone: Europe/London}
datasets:
  customers:
    rows: 5
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      email: {pattern: "[a-z]{5}@example.com", pii: true}
  orders:
    rows: 10
    time: at
    key: order_id
    columns:
      order_id: {serial: 1}
      customer_id: {ref: customers}
      at: {times: {}}
      item: {integer: {between: [1, 9]}}
targets:
  real:
    customers: {csv: customers.csv}
    orders: {csv: "orders-*.csv"}
"""
CUSTOMERS = "customer_id,email\n1,abcde@example.com\n2,nothing\n3,fghij@example.com\n"
FIRST = """order_id,customer_id,at,item
1,1,2026-01-01T10:00:00Z,3
2,1,2026-01-01T11:00:00Z,12
3,3,2026-01-02T23:30:00Z,4
3,3,2026-01-03T09:00:00Z,4
"""
SECOND = """order_id,customer_id,at,item
4,2,2026-01-05T10:00:00Z,5
5,9,2026-01-05T11:00:00Z,6
6,1,2026-01-06T11:00:00Z,seven
7,1
"""


@pytest.fixture
def scenario(tmp_path):
    (tmp_path / "shop.yaml").write_text(SCENARIO)
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "orders-1.csv").write_text(FIRST)
    (tmp_path / "orders-2.csv").write_text(SECOND)
    return tmp_path / "shop.yaml"


def found(scenario, *datasets, **options):
    plan = load(scenario, Options(target="real"), {}).plan
    return {finding.dataset: finding for finding in verify(plan, datasets or None, **options)}


def broken(finding):
    return {rule.name: rule.rows for rule in finding.broken}


def test_each_rule_is_counted_with_its_first_rows_and_its_beginning(scenario):
    orders = found(scenario)["orders"]
    assert broken(orders) == {
        "customer_id → customers.customer_id": 2,  # nobody is 9, and 2 was refused
        "item.range": 1,
        "item.type": 1,
        "primary_key": 1,
        "row.fields": 1,
    }
    by_name = {rule.name: rule for rule in orders.broken}
    assert by_name["item.range"].since == "2026-01-01T11:00:00+00:00"
    assert by_name["item.range"].first[0].values == {"item": "12"}
    assert by_name["primary_key"].first[0].values == {"order_id": 3}
    assert by_name["primary_key"].since == "2026-01-03T09:00:00+00:00"
    assert by_name["item.range"].share == pytest.approx(1 / orders.rows)


def test_it_counts_what_a_landing_counts(scenario, tmp_path):
    plan = load(scenario, Options(target="real"), {}).plan
    landed = land(plan, tmp_path / "landed")
    for name, finding in found(scenario).items():
        entry = landed.manifest.datasets[name]
        assert broken(finding) == dict(entry.broken)
        assert (finding.rows, finding.bad_rows) == (entry.rows_in, entry.rejected)


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_change_nothing_and_nothing_is_written(scenario, tmp_path, workers):
    before = sorted(tmp_path.iterdir())
    told = {name: replace(finding, age_s=None) for name, finding in found(scenario, workers=workers).items()}
    assert told == {name: replace(finding, age_s=None) for name, finding in found(scenario).items()}
    assert sorted(tmp_path.iterdir()) == before


def test_volume_is_by_day_of_the_scenarios_zone(scenario):
    volume = found(scenario)["orders"].volume
    assert volume.by_day["2026-01-01"] == 1  # the other one of that day breaks a rule
    assert volume.empty == ["2026-01-04"]
    assert volume.days == 5


def test_personal_data_is_masked(scenario):
    customers = found(scenario)["customers"]
    assert customers.broken[0].first[0].values == {"email": "•••"}
    assert found(scenario, show_pii=True)["customers"].broken[0].first[0].values == {"email": "nothing"}


def test_keys_into_what_was_not_looked_at_are_said_not_to_be_judged(scenario):
    orders = found(scenario, "orders")["orders"]
    assert list(orders.unjudged) == ["customer_id → customers.customer_id: customers was not looked at"]


def test_the_dummy_holds(scenario):
    plan = load(scenario, Options(), {}).plan
    assert all(finding.holds and finding.rows for finding in verify(plan))


@pytest.mark.parametrize(
    "rows", ["", "1,1,2026-01-01T10:00:00Z,3\n", "1,1,9999-12-31T10:00:00Z,3\n2,1,0001-01-01T00:00:00Z,3\n"]
)
def test_little_and_strange_data_gives_a_finding(scenario, tmp_path, rows):
    (tmp_path / "orders-1.csv").write_text("order_id,customer_id,at,item\n" + rows)
    (tmp_path / "orders-2.csv").unlink()
    orders = found(scenario)["orders"]
    assert orders.rows == rows.count("\n")
    json.dumps(orders.to_dict())


def test_the_command_ends_with_1_and_speaks_to_machines(scenario):
    told = CliRunner().invoke(app, ["verify", str(scenario), "--target", "real"])
    assert told.exit_code == 1
    assert "item.range" in told.output
    assert "nothing" not in told.output
    machine = CliRunner().invoke(app, ["verify", str(scenario), "--target", "real", "--format", "json"])
    assert {each["dataset"]: each["holds"] for each in json.loads(machine.output)} == {
        "customers": False,
        "orders": False,
    }
    assert CliRunner().invoke(app, ["verify", str(scenario), "--quiet"]).exit_code == 0


def test_what_goes_on_is_watched(scenario):
    plan = load(scenario, Options(target="real"), {}).plan
    clicks = [[1, 0, 3], [2, 1, 40], ["{torn"], [1, 2, 5]]
    binding = plan.bindings["orders"].model_copy(update={"source": Tape(messages=clicks)})
    plan = replace(plan, bindings={"orders": binding})
    told = []
    findings = watch(plan, None, WatchWishes(0.02, idle_s=0.05), lambda some, lags: told.append((some, lags)))
    assert broken(findings[0]) == {"order_id.not_null": 3, "item.range": 1, "torn": 1}
    assert told[-1][1] == {"orders": 0}
    with pytest.raises(InputError, match="'customers' can be watched"):
        watch(plan, ["customers"], WatchWishes(), lambda some, lags: None)


def test_what_goes_on_tells_likely_causes_as_they_show(scenario):
    plan = load(scenario, Options(target="real"), {}).plan
    messages = [[1, 60 * number, 1 + number % 9] for number in range(120)] + [[1, 7_300, "none"]]
    binding = plan.bindings["orders"].model_copy(
        update={"source": Tape(messages=messages, at_once=10, called={"item": "items"})}
    )
    beats = []
    wishes = WatchWishes(0.001, idle_s=0.2)
    (finding,) = watch(replace(plan, bindings={"orders": binding}), None, wishes, lambda some, lags: beats.extend(some))
    causes = {cause.what: cause for cause in finding.likely}
    assert (causes["item"].kind, causes["item"].mend) == ("renamed", "Say `rename: {items: item}`.")
    assert "customer_id" not in causes
    assert not any(beat.likely for beat in beats if beat.rows < 20), "so few may lack a column by chance"


def test_many_rows_with_few_keys_take_no_memory_for_the_rest(scenario, tmp_path):
    (tmp_path / "shop.yaml").write_text(SCENARIO.replace('csv: "orders-*.csv"', "parquet: orders.parquet"))
    rows = 200_000
    at = pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * rows)
    table = pa.table(
        {"order_id": range(rows), "customer_id": [1] * rows, "at": at, "item": [1 + at % 9 for at in range(rows)]}
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    assert found(scenario, "orders")["orders"].rows == rows
