"""The ledger of changes: what was done, when and to whom, as the rows show it; in Python, a run and its report."""

import datetime

import pyarrow.parquet as pq
import pytest

import sandbox
from sandbox.errors import InputError

SCENARIO = """\
sandbox: 1
name: drill
seed: 5
clock: {start: 2026-03-20, days: 16, zone: Europe/London}
changes:
  sale:
    kind: campaign
    about: A fifth off.
    from: day 4
    to: day 9
    share: 0.3
    where: plan = 'basic'
    visits: {web: 2}
  happy_hour: {kind: price, from: day 2 18:00, how: {recurring: {every: 7 days, for: 3h}}}
  taste: {kind: drift, from: day 6, how: {gradual: 5 days}}
  lost: {kind: fault, from: day 10, to: day 11, nulls: {web: {page: 0.5}}}
  coupons: {kind: schema, from: day 12, adds: {web: [coupon]}}
datasets:
  products:
    rows: 30
    static: true
    key: sku
    columns: {sku: {serial: "P{:02d}"}, out_on: {date: [2026-03-01, 2026-04-30]}, size: {uniform: [1, 2]}}
  customers:
    rows: 400
    history: true
    key: customer_id
    columns: {customer_id: {serial: 1}, plan: {choice: [basic, plus]}}
    leave: {hazard: 0.03 per day}
    transitions: {swap: {hazard: 0.1 per day, set: {plan: "case plan when 'plus' then 'basic' else 'plus' end"}}}
  web:
    of: customers
    time: seen_at
    visits: {per_day: 1}
    journey: {look: {emits: look, item: products, then: {look: "0.2 + 0.1 * change.happy_hour", leave: 1}, after: 1min}}
    choice: {consider: 3, utility: {"item.size * change.taste": 1}, since: out_on}
    columns:
      customer: {visit: customer}
      page: {choice: [home, offers]}
      coupon: {pattern: "[A-Z]{4}"}
      plan: {parent: plan}
      reached: {sql: change.sale}
done: []
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drill")
    (folder / "drill.yaml").write_text(SCENARIO, "utf-8")
    scenario = sandbox.load(folder / "drill.yaml")
    return scenario, scenario.run(folder / "data")


def at(day, hour=0):
    return datetime.datetime(2026, 3, day, hour, tzinfo=datetime.UTC)


def test_each_effect_stands_in_it_each_time_that_it_comes(run):
    scenario, _ = run
    rows = [row for row in scenario.change_ledger().to_pylist() if row["effect"] != "launch"]
    told = [(row["change"], row["effect"], row["column"], row["size"], row["starts"], row["ends"]) for row in rows]
    # Summer time begins on 29 March, in between the two happy hours.
    assert told == [
        ("happy_hour", "expressions", None, None, at(22, 18), at(22, 21)),
        ("sale", "expressions", None, None, at(24), at(28, 0) + datetime.timedelta(hours=24)),
        ("sale", "visits", None, 2.0, at(24), at(28, 0) + datetime.timedelta(hours=24)),
        ("taste", "expressions", None, None, at(26), None),
        ("happy_hour", "expressions", None, None, at(29, 17), at(29, 20)),
        ("lost", "nulls", "page", 0.5, at(29, 23), at(30, 23)),
        ("coupons", "adds", "coupon", None, at(31, 23), None),
    ]
    assert next(row["whole_from"] for row in rows if row["change"] == "taste") == at(31)
    assert {row["about"] for row in rows if row["change"] == "sale"} == {"A fifth off."}


def test_items_that_come_to_be_there_are_launches(run):
    scenario, _ = run
    launches = [row for row in scenario.change_ledger().to_pylist() if row["effect"] == "launch"]
    out_on = scenario.frame("products").set_index("sku").out_on
    fresh = out_on[(out_on > datetime.date(2026, 3, 20)) & (out_on < datetime.date(2026, 4, 5))]
    assert {row["item"] for row in launches} == set(fresh.index)
    assert {(row["kind"], row["dataset"], row["change"]) for row in launches} == {("launch", "products", None)}


def test_whom_a_change_reached_is_who_felt_it(run):
    scenario, _ = run
    reached = scenario.reached("sale").to_pandas()
    felt = scenario.frame("web").query("reached == 1")
    assert set(felt.customer) <= set(reached.customer_id)
    merged = felt.merge(reached, left_on="customer", right_on="customer_id")
    inside = (merged.seen_at >= merged.starts) & (merged.ends.isna() | (merged.seen_at < merged.ends))
    # A visit is of the plan with which it began, and may outlast it.
    assert inside.groupby([merged.customer, merged.seen_at]).any().mean() > 0.99
    assert len(set(felt.customer)) > 0.7 * len(set(reached.customer_id))
    assert reached.starts.min() == at(24)
    assert (reached.ends > reached.starts).all()
    with pytest.raises(InputError, match="'taste' reaches everybody"):
        scenario.reached("taste")
    with pytest.raises(InputError, match=r"'sael' is no change of the scenario\. Did you mean 'sale'"):
        scenario.reached("sael")


def test_a_run_keeps_it_with_the_truth_and_reports_it(run):
    scenario, made = run
    assert made.change_ledger().equals(scenario.change_ledger())
    assert made.reached("sale").equals(scenario.reached("sale"))
    assert pq.read_table(made.folder.truth / "changes.parquet").num_rows == made.change_ledger().num_rows
    with pytest.raises(InputError, match="no list of whom 'taste' reached"):
        made.reached("taste")
    record = {(each.change, each.effect): each for each in made.record.changes}
    assert record["happy_hour", "expressions"].times == 2
    assert record["sale", "visits"].reached == made.reached("sale").num_rows
    page = made.report.read_text("utf-8")
    assert "2 times as many visits in web. A fifth off." in page
    assert "web.page comes as null in 50% of rows" in page
    dictionary = (made.folder.path / "dictionary.md").read_text("utf-8")
    assert "version 2 from 2026-03-31T23:00:00+00:00 on" in dictionary
    assert "coupon is there only from version 2 on" in dictionary


def test_what_changes_entities_at_a_fixed_time_stands_in_it(tmp_path):
    (tmp_path / "prices.yaml").write_text(
        """\
sandbox: 1
name: prices
clock: {start: 2026-03-01, days: 20}
datasets:
  customers:
    rows: 50
    key: customer_id
    history: true
    columns: {customer_id: {serial: 1}, fee: {constant: 10}, plan: {constant: old}}
    transitions:
      dearer: {at: day 9, set: {fee: "fee + 2", plan: "'new'"}, share: 0.5}
      by_chance: {hazard: 0.1 per day, set: {fee: "fee + 1"}}
""",
        "utf-8",
    )
    rows = sandbox.load(tmp_path / "prices.yaml").change_ledger().to_pylist()
    told = [(row["change"], row["kind"], row["dataset"], row["effect"], row["column"], row["share"]) for row in rows]
    assert told == [("dearer", "transition", "customers", "sets", column, 0.5) for column in ("fee", "plan")]
    assert {(row["starts"], row["ends"]) for row in rows} == {(at(10), None)}
