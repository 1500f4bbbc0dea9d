"""Mixed swaps: simulated rows refer to the real rows of other datasets, whatever the real keys are called."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

import sandbox
from sandbox.cli.app import app
from sandbox.gap.gap import gaps
from sandbox.landing import land
from sandbox.scenario.loader import Options, load
from sandbox.verify.verify import verify

SCENARIO = """
sandbox: 1
name: shop
seed: 4
clock: {start: 2026-01-01, days: 20}
datasets:
  customers:
    rows: 50
    key: customer_id
    static: true
    columns:
      customer_id: {pattern: "C[0-9]{6}", unique: true}
      plan: {choice: {basic: 1, max: 1}}
      patience: {normal: {mean: 0, sd: 1}, hidden: true}
  products:
    rows: 20
    key: product_id
    static: true
    columns:
      product_id: {serial: 1}
      price: {lognormal: {median: 10, sigma: 0.5}, decimals: 2}
  calls:
    of: customers
    rate: "case when parent.plan = 'max' then 0.5 else 0 end"
    time: called_at
    columns:
      minutes: {exponential: {mean: "exp(0.1 * parent.patience)"}}
      plan_then: {parent: plan}
  orders:
    rows: 300
    time: at
    key: order_id
    columns:
      order_id: {serial: 1}
      customer_id: {ref: {dataset: customers, zipf: 1.0}}
      product_id: {ref: products}
      price: {look_up: {by: product_id, column: price}}
      at: {times: {}}
  visits:
    of: customers
    time: happened_at
    key: event_id
    visits: {per_day: 0.4}
    journey:
      home: {emits: view, then: {product: 0.7, leave: 0.3}, after: 20s}
      product: {emits: look, item: products, then: {home: 0.3, leave: 0.7}, after: 30s}
    columns:
      event_id: {visit: event_id}
      customer_id: {visit: customer}
      event: {visit: event}
      product_id: {visit: item}
targets:
  real:
    customers: {csv: customers.csv, rename: {plan_name: plan}}
    products: {csv: products.csv}
  half:
    products: {csv: products.csv}
"""
CUSTOMERS = [f"C9{number:05d},{'max' if number % 3 == 0 else 'basic'}" for number in (7, 3, 12, 99, 1, 6, 500)]
PRODUCTS = ["501,1.5", "17,2.5", "900,4"]


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO)
    write(tmp_path, CUSTOMERS, PRODUCTS)
    return path


def write(folder, customers, products):
    (folder / "customers.csv").write_text("\n".join(["customer_id,plan_name", *customers]) + "\n")
    (folder / "products.csv").write_text("\n".join(["product_id,price", *products]) + "\n")


def rows(path, dataset, target="real", **options):
    return sandbox.load(path, target=target, **options).table(dataset).to_pylist()


def test_joins_stay_whole_and_nothing_is_set_aside(scenario, tmp_path):
    landed = land(load(scenario, Options(target="real"), {}).plan, tmp_path / "landed")
    for name, entry in landed.manifest.datasets.items():
        assert entry.accepted > 0, name
        assert dict(entry.broken) == {}, name
    real = {row.partition(",")[0] for row in CUSTOMERS}
    assert {row["customer_id"] for row in rows(scenario, "orders")} <= real
    assert {row["customer_id"] for row in rows(scenario, "visits")} <= real
    assert {row["product_id"] for row in rows(scenario, "visits")} <= {501, 17, 900, None}


def test_what_real_rows_say_decides_what_simulated_ones_do(scenario):
    """Only real customers with the plan `max` call; the price of an order is that of the real product."""
    plans = dict(row.split(",") for row in CUSTOMERS)
    calls = rows(scenario, "calls")
    assert calls
    assert all(plans[row["customer_id"]] == row["plan_then"] == "max" for row in calls)
    prices = {int(key): float(price) for key, price in (row.split(",") for row in PRODUCTS)}
    assert all(row["price"] == prices[row["product_id"]] for row in rows(scenario, "orders"))


def test_the_order_of_the_real_rows_and_rows_that_are_refused_change_nothing(scenario, tmp_path):
    before = rows(scenario, "visits"), rows(scenario, "orders")
    write(tmp_path, [*reversed(CUSTOMERS), CUSTOMERS[0], "C1,basic", ",max"], PRODUCTS)
    assert (rows(scenario, "visits"), rows(scenario, "orders")) == before


def test_what_does_not_refer_to_anything_real_is_the_dummy(scenario):
    assert rows(scenario, "calls", target="half") == rows(scenario, "calls", target=None)
    assert rows(scenario, "orders", target="half") != rows(scenario, "orders", target=None)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_landing_hangs_on_the_real_keys(scenario, tmp_path, workers):
    plan = load(scenario, Options(target="real"), {}).plan
    first = land(plan, tmp_path / "landed", workers=workers)
    digests = {name: dict(entry.columns) for name, entry in first.manifest.datasets.items()}
    same = land(plan, tmp_path / "landed", force=True)
    assert {name: dict(entry.columns) for name, entry in same.manifest.datasets.items()} == digests
    write(tmp_path, [*CUSTOMERS, "C900008,max"], PRODUCTS)
    again = land(plan, tmp_path / "landed", force=True)
    assert {name: dict(entry.columns) for name, entry in again.manifest.datasets.items()} != digests
    assert dict(again.manifest.datasets["orders"].broken) == {}


def test_verify_and_gap_of_a_mixed_target(scenario):
    plan = load(scenario, Options(target="real"), {}).plan
    findings = verify(plan, ["customers", "orders", "visits", "calls", "products"])
    assert [(finding.dataset, rule.name) for finding in findings for rule in finding.broken] == []
    assert {finding.source for finding in findings} == {"csv", "simulated"}
    (gap,) = gaps(plan, ["products"], whole_rows=False)
    assert gap.compared.rows == (20, 3)


def test_a_history_keeps_its_own_versions_and_gets_real_names(scenario, tmp_path):
    text = SCENARIO.replace(
        "    static: true\n    columns:\n      customer_id", "    history: true\n    columns:\n      customer_id"
    )
    scenario.write_text(text.replace(", unique: true}", "}"))
    (tmp_path / "customers.csv").write_text(
        "customer_id,plan_name,valid_from,valid_to\nC900007,max,2026-01-01T00:00:00Z,2026-01-05T00:00:00Z\n"
        "C900007,basic,2026-01-05T00:00:00Z,\nC900012,max,2026-01-01T00:00:00Z,\n"
    )
    landed = land(load(scenario, Options(target="real"), {}).plan, tmp_path / "landed")
    assert all(not entry.broken for entry in landed.manifest.datasets.values())
    assert {row["customer_id"] for row in rows(scenario, "orders")} == {"C900007", "C900012"}


BELOW = """
  baskets:
    of: customers
    rate: "0.3"
    time: at
    key: basket_id
    columns:
      basket_id: {serial: 1}
      size: {integer: [1, 5], hidden: true}
      mood: {sql: "parent.patience", hidden: true}
  lines:
    of: baskets
    fan_out: {poisson: "PARENTS"}
    static: true
    columns:
      basket_id: {parent: basket_id}
      pieces: {integer: [1, 3]}
targets:
  below:
    baskets: {csv: baskets.csv}
"""


def test_children_of_a_real_child_refer_to_its_rows(scenario, tmp_path):
    scenario.write_text(SCENARIO.replace("targets:", BELOW.strip("\n").replace("PARENTS", "parent.size")))
    keys = [str(1_000 + 7 * number) for number in range(40)]
    lines = [f"C900007,2026-01-05T10:00:00Z,{key}" for key in keys]
    (tmp_path / "baskets.csv").write_text("\n".join(["customer_id,at,basket_id", *lines]) + "\n")
    found = {str(row["basket_id"]) for row in rows(scenario, "lines", target="below")}
    assert found <= set(keys)
    assert len(found) > 30
    assert rows(scenario, "calls", target="below") == rows(scenario, "calls", target=None)


def test_what_hangs_on_a_parent_that_nobody_tells_stays_the_dummys(scenario, tmp_path):
    """Lines ask for the mood of a basket, which hangs on its customer: real baskets do not tell it."""
    scenario.write_text(SCENARIO.replace("targets:", BELOW.strip("\n").replace("PARENTS", "2 + abs(parent.mood)")))
    (tmp_path / "baskets.csv").write_text("customer_id,at,basket_id\nC900007,2026-01-05T10:00:00Z,5\n")
    assert rows(scenario, "lines", target="below") == rows(scenario, "lines", target=None)


def test_people_who_sign_up_are_the_real_ones(scenario, tmp_path):
    text = SCENARIO.replace(
        "    static: true\n    columns:\n      customer_id: {pattern",
        "    history: true\n    sign_ups: {there: 0.6}\n    columns:\n      customer_id: {pattern",
    )
    scenario.write_text(text)
    real = [f"{line},2026-01-0{1 + at % 5}T00:00:00Z," for at, line in enumerate(CUSTOMERS)]
    (tmp_path / "customers.csv").write_text("\n".join(["customer_id,plan_name,valid_from,valid_to", *real]) + "\n")
    names = {line.split(",")[0] for line in CUSTOMERS}
    assert {row["customer_id"] for row in rows(scenario, "calls")} <= names
    assert {row["customer_id"] for row in rows(scenario, "visits")} - {None} <= names


def test_a_real_dataset_without_rows_is_told(scenario, tmp_path):
    write(tmp_path, CUSTOMERS, [])
    with pytest.raises(sandbox.InputError, match="'products' has no rows to refer to"):
        rows(scenario, "orders")
    assert rows(scenario, "calls")


def test_the_report_says_which_part_is_real(scenario, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["run", str(scenario), "--target", "real", "--quiet"])
    assert done.exit_code == 0, done.output
    (report,) = (tmp_path / "data" / "shop").glob("*/report.html")
    page = report.read_text(encoding="utf-8")
    assert "real: customers, products; simulated: calls (refers to real customers)" in page


def test_the_plan_itself_is_not_changed(scenario):
    plan = load(scenario, Options(target="real"), {}).plan
    assert plan.anchors == {}
    assert replace(plan).datasets["customers"].rows == 50
