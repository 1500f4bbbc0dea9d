"""A bill is the sum of what stands on it: found where it is so, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from sandbox.calibrate import calibrate
from sandbox.calibrate.numbers import Numbers
from sandbox.calibrate.predictors import Predictor
from sandbox.calibrate.sums import sum_of
from sandbox.landing import land
from sandbox.scenario.loader import Options, load

ROWS = 4_000

BILLS = """\
sandbox: 1
name: bills
seed: 1
clock: {start: 2026-01-01, days: 1}
datasets:
  customers:
    rows: 4_000
    static: true
    key: customer_id
    columns:
      customer_id: {serial: 1}
      internet: {choice: {dsl: 5, fiber: 3, none: 2}}
      phones: {choice: {values: [0, 1, 2, 3], weights: [1, 5, 3, 1]}}
      bill: {normal: {mean: 40, sd: 20}, decimals: 2}
targets:
  real:
    customers: {parquet: real/customers}
"""
REALLY = (
    "datasets.customers.columns.bill.normal.mean="
    "20 + 12.5 * phones + case internet when 'fiber' then 30 when 'dsl' then 10 else 0 end"
)


def of_what_comes_along(seed=5):
    random = np.random.default_rng(seed)
    internet = random.integers(0, 3, ROWS)
    phones = random.integers(0, 4, ROWS)
    predictors = [
        Predictor("internet", internet.astype(float), ("dsl", "fiber", "none")),
        Predictor("phones", phones.astype(float)),
        Predictor("luck", random.normal(size=ROWS)),
    ]
    mean = 20 + 12.5 * phones + np.array([10.0, 30.0, 0.0])[internet]
    return random, mean, predictors


def numbers(values):
    return Numbers(values, np.arange(ROWS, dtype=np.int32))


def test_a_sum_is_found_with_what_each_adds():
    random, mean, predictors = of_what_comes_along()
    found = sum_of(numbers(np.round(mean + random.normal(0, 2, ROWS), 2)), predictors, None)
    assert found.kind == "normal"
    assert set(found.by) == {"internet", "phones"}
    assert found.written()["sd"] == pytest.approx(2, rel=0.05)
    assert "12.5" in found.sql or "12.4" in found.sql


def test_what_multiplies_is_a_sum_of_logarithms():
    random, mean, predictors = of_what_comes_along()
    found = sum_of(numbers(np.exp(mean / 20 + random.normal(0, 0.2, ROWS))), predictors, None)
    assert found.kind == "lognormal"
    assert found.written()["median"].startswith("exp(")
    assert found.written()["sigma"] == pytest.approx(0.2, rel=0.05)


def test_what_hangs_on_nothing_is_no_sum():
    random, _, predictors = of_what_comes_along()
    assert sum_of(numbers(random.normal(0, 2, ROWS)), predictors, None) is None


def test_a_scenarios_bill_is_found_again_and_reads_as_one(tmp_path):
    (tmp_path / "bills.yaml").write_text(BILLS)
    really = [REALLY, "datasets.customers.columns.bill.normal.sd=1.5"]
    land(load(tmp_path / "bills.yaml", Options(seed=77, settings=tuple(really)), {}).plan, tmp_path / "real")
    found = calibrate(load(tmp_path / "bills.yaml", Options(target="real"), {}), tmp_path / "new.yaml")
    bill = yaml.safe_load(found.text)["datasets"]["customers"]["columns"]["bill"]
    assert bill["normal"]["sd"] == pytest.approx(1.5, rel=0.05)
    assert "phones" in bill["normal"]["mean"]
    assert "given" not in bill
    (tmp_path / "new.yaml").write_text(found.text)
    again = calibrate(load(tmp_path / "new.yaml", Options(target="real"), {}), tmp_path / "new.yaml")
    assert yaml.safe_load(again.text) == yaml.safe_load(found.text)
