"""A dummy beside real data: near where it is of the same law, far off and named where it is not."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from sandbox.cli.app import app
from sandbox.contract.masking import MASK
from sandbox.errors import InputError
from sandbox.gap.figures import Gap
from sandbox.gap.gap import gaps, measure_gap
from sandbox.gap.mending import first_mends
from sandbox.gap.sides import sides_of
from sandbox.landing import land
from sandbox.report.gap_page import gap_html
from sandbox.scenario.loader import Options, load

SCENARIO = """
sandbox: 1
name: shop
seed: 1
clock: {start: 2026-01-01, days: 30}
datasets:
  customers:
    rows: 800
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      plan: {choice: {basic: 5, plus: 3, max: 2}}
      fee: {given: plan, gamma: {basic: {mean: 9}, plus: {mean: 19}, max: {mean: 35}}, nulls: 0.01}
      note: {pattern: "[a-z]{5,9}"}
  calls:
    of: customers
    rate: "0.2"
    time: at
    columns:
      minutes: {exponential: {mean: 4}}
      topic: {choice: {bill: 1, line: 1}}
targets:
  real:
    customers: {parquet: "real/customers"}
    calls: {parquet: "real/calls"}
"""


ANYTHING = """
sandbox: 1
name: shop
clock: {start: 2026-01-01, days: 30}
datasets:
  customers:
    rows: 300
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      plan: {pattern: "[a-z]{1,8}[0-9]{0,3}"}
      fee: {normal: {mean: 0, sd: 1}, nulls: 0.5}
      note: {pattern: "[a-z]{1,400}"}
targets:
  real:
    customers: {csv: customers.csv}
"""


@pytest.fixture
def made(tmp_path):
    """The plan of a target whose real data comes of the scenario by another seed, with something changed."""

    def make(*changes):
        (tmp_path / "shop.yaml").write_text(SCENARIO)
        land(load(tmp_path / "shop.yaml", Options(seed=77, settings=changes), {}).plan, tmp_path / "real")
        return load(tmp_path / "shop.yaml", Options(target="real"), {}).plan

    return make


def test_what_likely_happened_comes_first_and_is_not_said_twice(made):
    plan = made("datasets.calls.columns.minutes.exponential.mean=400")
    gap = Gap(gaps(plan, ["calls"], whole_rows=False), [])
    assert [(cause.kind, cause.what) for cause in gap.datasets[0].likely] == [("unit", "minutes")]
    first, *others = first_mends(gap)
    assert first.what == "minutes"
    assert "about 100 times those of the dummy: another unit" in first.why
    assert "minutes" not in {mend.what for mend in others}
    assert "What likely happened" in gap_html("shop", gap)


def test_what_people_are_is_measured_and_not_shown(made, tmp_path):
    made("datasets.customers.columns.plan.choice.max=10")
    text = (tmp_path / "shop.yaml").read_text()
    text = text.replace("max: 2}}", "max: 2}, pii: true}").replace("nulls: 0.01}", "nulls: 0.01, pii: true}")
    (tmp_path / "shop.yaml").write_text(text)
    plan = load(tmp_path / "shop.yaml", Options(target="real"), {}).plan
    gap = Gap(gaps(plan, ["customers"], whole_rows=False), [])
    columns = {each.column: each for each in gap.datasets[0].columns}
    assert columns["plan"].ratio > 3
    assert {name for name, _, _ in columns["plan"].bars} == {MASK}
    assert columns["fee"].highest == (None, None)
    told = json.dumps(gap.to_dict()) + gap_html("shop", gap).split("<script")[0]
    assert "basic" not in told


def test_a_dummy_of_the_same_law_is_like_real_data(made):
    for gap in gaps(made()):
        assert gap.column_ratio < 1.5
        assert gap.pair_ratio < 1.5
        assert gap.rows.low < 0.52
    assert gap.compared.entity == "customer_id"


def test_what_is_changed_is_named_and_nothing_else(made):
    plan = made("datasets.calls.columns.minutes.exponential.mean=9", "datasets.customers.columns.plan.choice.max=10")
    found = {gap.dataset: {each.column: each.ratio for each in gap.columns} for gap in gaps(plan, whole_rows=False)}
    assert found["calls"]["minutes"] > 5
    assert found["calls"]["topic"] < 3
    assert found["customers"]["plan"] > 5


def test_a_dependence_that_is_gone_shows_in_pairs_only(made):
    (gap,) = gaps(
        made("datasets.calls.columns.topic={sql: \"case when minutes > 4 then 'bill' else 'line' end\"}"), ["calls"]
    )
    pair = next(each for each in gap.pairs if set(each.columns) == {"minutes", "topic"})
    assert pair.ratio > 10
    assert gap.rows.auc > 0.65


def test_keys_are_left_out_and_free_text_is_compared_by_length(made):
    (gap,) = gaps(made(), ["customers"], whole_rows=False)
    assert [column.column for column in gap.columns] == ["plan", "fee", "length of note"]
    assert list(gap.left_out) == ["customer_id: a key; see keys"]


def test_what_only_names_things_is_compared_by_length(tmp_path):
    """The number of an order is one customer's alone: no half of real data has those of the other."""
    order = """      order: {sql: "'B' || parent.customer_id || '-' || (minutes::int % 2)"}\n"""
    text = SCENARIO.replace(
        "      topic: {choice: {bill: 1, line: 1}}\n", f"      topic: {{choice: {{bill: 1, line: 1}}}}\n{order}"
    )
    (tmp_path / "shop.yaml").write_text(text)
    land(load(tmp_path / "shop.yaml", Options(seed=77), {}).plan, tmp_path / "real")
    (gap,) = gaps(load(tmp_path / "shop.yaml", Options(target="real"), {}).plan, ["calls"], whole_rows=False)
    named = {column.column: column.ratio for column in gap.columns}
    assert "order" not in named
    assert named["length of order"] < 3


def test_a_sample_is_of_whole_entities_and_says_so(made):
    plan = made()
    sides = sides_of(plan, "calls", most_rows=1_000)
    whole = sides_of(plan, "calls").real.table
    assert sides.real.table.num_rows <= 1_000 < sides.real.rows
    assert 0 < sides.real.sampled < 1
    counts = whole.group_by("customer_id").aggregate([([], "count_all")]).to_pydict()
    rows = dict(zip(counts["customer_id"], counts["count_all"], strict=True))
    kept = sides.real.table.group_by("customer_id").aggregate([([], "count_all")]).to_pydict()
    assert {entity: rows[entity] for entity in kept["customer_id"]} == dict(
        zip(kept["customer_id"], kept["count_all"], strict=True)
    )


def test_the_command_speaks_to_people_and_programs_and_leaves_a_page(made, tmp_path, monkeypatch):
    made()
    asked = ["gap", str(tmp_path / "shop.yaml"), "--target", "real", "--no-rows", "--no-models"]
    monkeypatch.chdir(tmp_path)
    assert "median ratio of columns" in CliRunner().invoke(app, asked).output
    page = (tmp_path / "gap-shop.html").read_text(encoding="utf-8")
    assert "To mend first" in page
    assert "http://" not in page.replace("http://www.w3.org", "").split("<script>")[0]
    told = json.loads(CliRunner().invoke(app, [*asked, "--format", "json"]).output)
    assert [gap["dataset"] for gap in told["datasets"]] == ["customers", "calls"]


def test_nothing_real_and_unknown_datasets_are_told(made, tmp_path):
    plan = made()
    with pytest.raises(InputError, match="name a target"):
        gaps(load(tmp_path / "shop.yaml", Options(), {}).plan)
    with pytest.raises(InputError, match="Did you mean 'calls'"):
        gaps(plan, ["call"])


def test_what_to_mend_first_says_how_it_differs(made):
    plan = made("datasets.calls.columns.minutes.exponential.mean=9", "datasets.customers.columns.fee.nulls=0.5")
    mends = {mend.what: mend.why for mend in first_mends(Gap(gaps(plan, whole_rows=False), []))}
    assert "in the dummy (middle" in mends["minutes"]
    assert mends["fee"].startswith("null in ")


@pytest.mark.parametrize(
    "rows",
    [
        "1,basic,9,abcde\n",
        "1,basic,9,abcde\n2,basic,9,abcde\n",
        "".join(f"{number},basic,,x\n" for number in range(1, 40)),
        "".join(f"{number},plan{number},{number}e30,{'y' * number}\n" for number in range(1, 300)),
    ],
    ids=["one row", "two rows", "constant and null", "a category a row"],
)
def test_strange_real_data_has_a_page_all_the_same(tmp_path, rows):
    (tmp_path / "shop.yaml").write_text(ANYTHING)
    (tmp_path / "customers.csv").write_text("customer_id,plan,fee,note\n" + rows)
    plan = load(tmp_path / "shop.yaml", Options(target="real"), {}).plan
    found = gaps(plan)
    assert "To mend first" in gap_html("shop", Gap(found, []))


def test_real_data_without_a_good_row_is_told(made, tmp_path):
    made()
    text = SCENARIO.replace('{parquet: "real/customers"}', "{csv: customers.csv}")
    (tmp_path / "shop.yaml").write_text(text)
    (tmp_path / "customers.csv").write_text("customer_id,plan,fee,note\n")
    with pytest.raises(InputError, match="no row of the real customers keeps the contract"):
        gaps(load(tmp_path / "shop.yaml", Options(target="real"), {}).plan, ["customers"])


MODEL = """
models:
  calls_soon:
    blueprint: classify
    of: customers
    at: [day 10, day 17]
    label: {occurs: calls, within: 7 days}
    features: >-
      SELECT customer_id, plan, fee, count(minutes) AS calls
      FROM customers LEFT JOIN calls USING (customer_id) GROUP BY ALL
    spike: {trials: 2}
"""


def test_a_model_learnt_from_a_true_dummy_is_worth_as_much_and_from_a_false_one_less(tmp_path):
    rate = "rate: \"0.02 + 0.3 * (parent.plan = 'max')::int\""
    text = SCENARIO.replace('rate: "0.2"', rate) + MODEL
    (tmp_path / "shop.yaml").write_text(text)
    land(load(tmp_path / "shop.yaml", Options(seed=77), {}).plan, tmp_path / "real")
    shares = {}
    for name, written in (("true", text), ("false", text.replace("= 'max'", "<> 'max'"))):
        (tmp_path / f"{name}.yaml").write_text(written)
        found = measure_gap(load(tmp_path / f"{name}.yaml", Options(target="real"), {}), whole_rows=False)
        (use,) = found.models
        assert not use.failure
        assert use.from_real.value > 0.65
        shares[name] = use.share
    assert shares["true"] > 0.93
    assert shares["false"] < 0.9
