"""Numbers that move together are found to; where a copula cannot say how, a tree does."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from scipy.stats import kstest, norm, spearmanr

from sandbox.calibrate import calibrate
from sandbox.calibrate.copulas import Copulas, Scores
from sandbox.landing import land
from sandbox.scenario.loader import Options, load, load_text

PEOPLE = 4_000
DUMMY = f"""\
sandbox: 1
name: phone
seed: 1
clock: {{start: 2026-01-01, days: 1}}
datasets:
  customers:
    rows: {PEOPLE}
    key: customer_id
    static: true
    columns:
      customer_id: {{serial: 1}}
      plan: {{choice: {{a: 1, b: 1}}}}
      months: {{integer: [1, 72]}}
      calls: {{poisson: 2}}
      fee: {{lognormal: {{median: 20, sigma: 0.5}}}}
      minutes: {{given: plan, gamma: {{a: {{mean: 30}}, b: {{mean: 90}}}}}}
      spent: {{normal: {{mean: 0, sd: 1}}}}
targets:
  real: {{customers: {{parquet: real/customers}}}}
"""
MATRIX = [[1, 0.6, -0.4], [0.6, 1, 0.1], [-0.4, 0.1, 1]]
# How much is spent is high where there are many months for little money, or few for much: no copula of pairs says so.
CROSSED = "spent: {normal: {mean: 'case when (months < 36) = (fee < 20) then 2 else -2 end', sd: 1}}"
REALLY = DUMMY.replace("spent: {normal: {mean: 0, sd: 1}}", CROSSED).replace(
    "targets:", f"    correlate:\n      - columns: [months, calls, fee]\n        matrix: {MATRIX}\ntargets:"
)


@pytest.fixture(scope="module")
def phone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phone")
    (folder / "phone.yaml").write_text(DUMMY)
    land(load_text(REALLY, folder / "phone.yaml", Options(seed=5), {}).plan, folder / "real")
    found = calibrate(load(folder / "phone.yaml", Options(target="real"), {}), folder / "new.yaml")
    return folder, found, yaml.safe_load(found.text)["datasets"]["customers"]


def test_correlations_are_those_that_the_data_were_made_with(phone):
    (group,) = phone[2]["correlate"]
    assert group["columns"] == ["months", "calls", "fee"]
    # A correlation's standard error; twice as much for counts, of which two per person tell less than ranks.
    assert np.abs(np.array(group["matrix"]) - MATRIX).max() < 3 * 1.5 / np.sqrt(PEOPLE) + 0.005
    assert "calls by 0." in phone[1].text
    assert "calls_case" not in phone[2]["columns"]


def test_what_a_copula_cannot_say_is_said_by_a_tree(phone):
    columns = phone[2]["columns"]
    assert columns["spent"]["given"] == "spent_case"
    assert {"months", "fee"} <= {word for word in ("months", "fee", "plan") if word in columns["spent_case"]["sql"]}


def test_columns_keep_their_own_distributions(phone):
    folder, found, said = phone
    assert "correlate" not in "".join(change.what for change in found.changes if "columns" in change.what)
    assert said["columns"]["months"] == {"integer": [1, 72]}
    land(load_text(found.text, folder / "new.yaml", Options(seed=9), {}).plan, folder / "made")
    real, made = (pq.read_table(folder / name / "customers") for name in ("real", "made"))
    for name in ("months", "calls", "fee"):
        distance = kstest(real[name].to_numpy(), made[name].to_numpy()).statistic
        assert distance < 1.95 * np.sqrt(2 / PEOPLE)  # one in a thousand
    rank = [spearmanr(table["months"].to_numpy(), table["fee"].to_numpy()).statistic for table in (real, made)]
    assert rank[1] == pytest.approx(rank[0], abs=4 * np.sqrt(2 / PEOPLE))


def test_to_calibrate_again_says_the_same(phone):
    folder, found, _ = phone
    once = load_text(found.text, folder / "new.yaml", Options(target="real"), {})
    assert not calibrate(once, folder / "newer.yaml").changes


def test_scores_are_those_of_a_normal_variable_and_ties_share_their_mean():
    values = np.random.default_rng(1).normal(size=1_000)
    there = np.ones(1_000, bool)
    ranks = np.argsort(np.argsort(values))
    scores = Scores.of("x", values, there, (values > 0).astype(np.int64))
    assert scores.values == pytest.approx(norm.ppf((ranks + 0.5) / 1_000), abs=0.1)
    halves = Scores.of("x", (values > np.median(values)).astype(float), there, (values > 0).astype(np.int64))
    assert np.unique(halves.values) == pytest.approx([-np.sqrt(2 / np.pi), np.sqrt(2 / np.pi)])


def test_of_numbers_that_have_nothing_to_do_with_each_other_nothing_is_said():
    random = np.random.default_rng(4)
    copulas = Copulas(np.arange(2_000, dtype=np.int32))
    for name in "abcd":
        values = random.normal(size=2_000)
        level = np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values)
        assert not copulas.takes(Scores.of(name, values, np.ones(2_000, bool), level), None)
    assert not list(copulas.groups())
