"""What hangs on what is found, said in the language, and found again in what that makes."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import yaml

from sandbox.calibrate import calibrate
from sandbox.calibrate.predictors import Predictor
from sandbox.calibrate.trees import name_of, tree_of
from sandbox.gap.gap import gaps
from sandbox.landing import land
from sandbox.scenario.loader import Options, load, load_text

DUMMY = """\
sandbox: 1
name: phone
seed: 1
clock: {start: 2026-01-01, days: 1}
datasets:
  customers:
    rows: 3_000
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      contract: {choice: {monthly: 1, yearly: 1}}
      months: {integer: [1, 72]}
      online: {bernoulli: 0.5, nulls: 0.1}
      fee: {normal: {mean: 30, sd: 10}, decimals: 2}
      left: {bernoulli: 0.3}
targets:
  real: {customers: {parquet: real/customers}}
"""
CHANGES = {
    "{integer: [1, 72]}": "{given: contract, integer: {monthly: [1, 20], yearly: [12, 72]}}",
    "{normal: {mean: 30, sd: 10}": '{normal: {mean: "case when online then 60 else 20 end", sd: 4}',
    "left: {bernoulli: 0.3}": "left: {bernoulli: "
    "\"case when contract = 'yearly' then 0.02 when months < 5 then 0.8 else 0.3 end\"}",
}
REALLY = DUMMY
for old, new in CHANGES.items():
    REALLY = REALLY.replace(old, new)


@pytest.fixture
def phone(tmp_path):
    """The scenario whose real data hang together as `REALLY` says."""
    (tmp_path / "phone.yaml").write_text(DUMMY)
    land(load_text(REALLY, tmp_path / "phone.yaml", Options(seed=5), {}).plan, tmp_path / "real")
    return load(tmp_path / "phone.yaml", Options(target="real"), {})


def test_what_hangs_on_what_is_found(phone, tmp_path):
    found = calibrate(phone, tmp_path / "new.yaml")
    columns = yaml.safe_load(found.text)["datasets"]["customers"]["columns"]
    assert columns["left"]["given"] == "left_case"
    assert "months < 5" in columns["left_case"]["sql"]
    assert sorted(columns["left"]["bernoulli"].values()) == pytest.approx([0.02, 0.3, 0.8], abs=0.06)
    assert "online" in columns["fee_case"]["sql"]
    assert "contract" in columns["months_case"]["sql"]
    assert "given" not in columns["online"]
    (tmp_path / "new.yaml").write_text(found.text)
    again = load(tmp_path / "new.yaml", Options(target="real"), {})
    before, after = (gaps(each.plan, whole_rows=False)[0] for each in (phone, again))
    assert max(pair.ratio for pair in before.pairs) > 10
    assert max(pair.ratio for pair in after.pairs) < 4
    assert after.column_ratio < 1.5


def test_whole_numbers_stay_whole(phone, tmp_path):
    loaded = load_text(calibrate(phone, tmp_path / "new.yaml").text, tmp_path / "new.yaml")
    assert loaded.plan.datasets["customers"].contract.column("months").type == "int64"


def test_to_calibrate_again_says_the_same(phone, tmp_path):
    once = calibrate(phone, tmp_path / "new.yaml").text
    again = calibrate(load_text(once, tmp_path / "new.yaml", Options(target="real"), {}), tmp_path / "newer.yaml")
    first, second = (yaml.safe_load(text) for text in (once, again.text))
    assert first == second


def test_a_tree_says_in_sql_what_its_leaves_are():
    random = np.random.default_rng(1)
    numbers, words = random.integers(0, 100, 4_000).astype(float), random.integers(0, 4, 4_000)
    target = ((numbers < 30) | (words == 2)).astype(int)
    missing = np.where(random.random(4_000) < 0.1, -1, numbers)
    predictors = [
        Predictor("n", missing, None, -1.0),
        Predictor("word", words.astype(float), ("it's", "b", "c", None)),
    ]
    tree = tree_of(target, np.arange(4_000, dtype=np.int32), predictors)
    table = pa.table(
        {
            "n": pa.array(missing, mask=missing < 0),
            "word": pa.array(["it's", "b", "c", None]).take(pa.array(words)),
        }
    )
    connection = duckdb.connect()
    connection.register("rows", table)
    said = [row[0] for row in connection.sql(f"select {tree.sql} from rows").fetchall()]
    assert said == [name_of(leaf) for leaf in tree.leaf]


def test_of_noise_nothing_is_said():
    random = np.random.default_rng(1)
    noise = [Predictor(f"n{at}", random.random(3_000)) for at in range(20)]
    assert tree_of(random.integers(0, 3, 3_000), np.arange(3_000, dtype=np.int32), noise) is None


def test_names_of_leaves():
    assert [name_of(leaf) for leaf in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        "a",
        "z",
        "aa",
        "ab",
        "az",
        "ba",
        "zz",
        "aaa",
    ]
