"""The assumption that costs a model is named: real marginals, dependence or timing put in its place helps."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sandbox.addresses import Address
from sandbox.gap.coupling import coupled
from sandbox.gap.gap import measure_gap
from sandbox.gap.mending import first_mends
from sandbox.landing import land
from sandbox.scenario.loader import Options, load

LOT = Address(("test",))

SCENARIO = """
sandbox: 1
name: shop
seed: 1
clock: {{start: 2026-01-01, days: 30}}
datasets:
  customers:
    rows: 1500
    key: customer_id
    static: true
    columns:
      customer_id: {{serial: 1}}
      zeal: {{normal: {{mean: 0, sd: 1}}, hidden: true}}
      age: {age}
  calls:
    of: customers
    rate: "{rate}"
    time: at
    columns:
      minutes: {minutes}
targets:
  real:
    customers: {{parquet: "real/customers"}}
    calls: {{parquet: "real/calls"}}
models:
  calls_soon:
    blueprint: classify
    of: customers
    at: [day 12, day 20]
    label: {{occurs: calls, within: 5 days}}
    features: >-
      SELECT customer_id, {features} FROM customers LEFT JOIN calls USING (customer_id) GROUP BY ALL
    candidates: [majority, logistic]
"""
RATE = "0.15 * exp(0.9 * parent.zeal)"
TRUE = {
    "age": '{sql: "40 + 9 * zeal"}',
    "rate": RATE,
    "minutes": "{exponential: {mean: 4}}",
    "features": "age",
}


def attributed(folder, real, **wrong):
    (folder / "real.yaml").write_text(SCENARIO.format(**real))
    land(load(folder / "real.yaml", Options(seed=77), {}).plan, folder / "real")
    (folder / "dummy.yaml").write_text(SCENARIO.format(**real | wrong))
    found = measure_gap(load(folder / "dummy.yaml", Options(target="real"), {}), whole_rows=False)
    (use,) = found.models
    assert not use.failure
    assert [swap.assumption for swap in use.swaps] == ["marginals", "dependence", "timing"]
    assert use.pays is any(use.costliest and mend.what == use.costliest.assumption for mend in first_mends(found))
    return use


def test_a_dependence_that_the_dummy_has_the_wrong_way_round_costs_most(tmp_path):
    use = attributed(tmp_path, TRUE, age='{sql: "40 - 9 * zeal"}')
    assert use.from_dummy.value < 0.5 < 0.6 < use.from_real.value
    assert use.costliest.assumption == "dependence"
    assert use.costliest.reached.value > use.from_real.value - 0.05
    assert use.to_dict()["costliest"] == "dependence"


def test_marginals_that_are_wrong_cost_most(tmp_path):
    use = attributed(tmp_path, TRUE, age='{sql: "400 + 9 * zeal"}')
    assert use.costliest.assumption == "marginals"
    assert use.costliest.reached.value > use.from_real.value - 0.05


def test_timing_that_is_wrong_costs_most(tmp_path):
    """In the dummy who called lately does not call soon; in the real data they do."""
    real = TRUE | {"features": "count(minutes) AS calls"}
    use = attributed(tmp_path, real, rate="0.15")
    assert use.costliest.assumption == "timing"


def test_a_true_dummy_costs_nothing(tmp_path):
    use = attributed(tmp_path, TRUE)
    assert not use.pays
    assert all(abs(swap.won.value) < 0.04 for swap in use.swaps)


def test_values_take_the_marginals_of_others_and_keep_their_order():
    random = np.random.default_rng(1)
    values, like = random.normal(size=4_000), random.gamma(2, 3, 9_000)
    moved = np.asarray(coupled(pa.array(values), pa.array(like), LOT))
    assert np.quantile(moved, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(like, [0.1, 0.5, 0.9]), rel=0.01)
    assert (np.diff(moved[np.argsort(values)]) >= 0).all()


def test_ties_are_spread_and_nulls_come_and_go():
    moved = coupled(pa.array([1, 1, 1, 1, None, None]), pa.array([10, 20, None]), LOT)
    assert moved.null_count == 2
    assert sorted(moved.drop_null().to_pylist()) == [10, 10, 20, 20]
    assert coupled(pa.array([1, None]), pa.array([5, 6]), LOT).null_count == 0
    assert coupled(pa.array([1, 2]), pa.nulls(3, pa.int64()), LOT).null_count == 2
    assert coupled(pa.nulls(2, pa.int64()), pa.array([5]), LOT).to_pylist() == [5, 5]


def test_categories_move_as_little_as_they_can():
    values = pa.array(["a"] * 600 + ["b"] * 300 + ["x"] * 100)
    like = pa.array(["a"] * 50 + ["b"] * 40 + ["y"] * 10)
    moved = coupled(values, like, LOT).to_pylist()
    stayed = sum(one == other for one, other in zip(values.to_pylist(), moved, strict=True))
    assert {name: moved.count(name) for name in "aby"} == pytest.approx({"a": 500, "b": 400, "y": 100}, abs=35)
    assert stayed == pytest.approx(800, abs=35)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, None, False]),
        pa.array([[1], None]),
        pa.array(["a", "b"]).dictionary_encode(),
        pa.array([float("nan"), 1.0, None]),
        pa.array([], pa.int64()),
    ],
    ids=str,
)
def test_every_type_is_moved_to_itself(values):
    moved = coupled(values, values, LOT)
    assert len(moved) == len(values)
    assert moved.type == values.type
