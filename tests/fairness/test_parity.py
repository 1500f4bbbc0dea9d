"""What is said of groups: fairlearn's figures, and intervals that keep their promise."""

import fairlearn.metrics as oracle
import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score

from sandbox.addresses import Address
from sandbox.fairness.audit import MOST_GROUPS, audit

PARITIES = {
    "demographic_parity_difference": oracle.demographic_parity_difference,
    "demographic_parity_ratio": oracle.demographic_parity_ratio,
    "equalized_odds_difference": oracle.equalized_odds_difference,
    "equalized_odds_ratio": oracle.equalized_odds_ratio,
    "equal_opportunity_difference": oracle.equal_opportunity_difference,
}
RATES = {
    "selection_rate": oracle.selection_rate,
    "true_positive_rate": oracle.true_positive_rate,
    "false_positive_rate": oracle.false_positive_rate,
    "accuracy": accuracy_score,
}


def drawn(seed, rows=2000, names=("a", "b", "c"), shares=(0.6, 0.3, 0.1), more=0.1):
    """Groups of which one is selected more often, both rightly and wrongly."""
    generator = np.random.default_rng(seed)
    group = generator.choice(names, rows, p=shares).astype("U8")
    label = generator.random(rows) < 0.3
    score = np.where(label, 0.65, 0.2) + more * (group == "b")
    return group, label, score, generator.random(rows) < score


def audited(group, label, score, said, *, seed=0, bootstrap=300, least=30, entity=None):
    entity = np.arange(len(label)) if entity is None else entity
    test = pa.table({"entity": entity, "label": label, "score": score, "predicted": said})
    return audit("g", test, pa.array(group), Address((seed,)), bootstrap=bootstrap, least=least)


def parity(found, name):
    return next(each for each in found.parities if each.name == name)


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_fairlearn(seed):
    group, label, score, said = drawn(seed)
    found = audited(group, label, score, said, seed=seed, bootstrap=100)
    for name, expected in PARITIES.items():
        assert parity(found, name).found.value == pytest.approx(expected(label, said, sensitive_features=group)), name
    frame = oracle.MetricFrame(metrics=RATES, y_true=label, y_pred=said, sensitive_features=group)
    for each in found.groups:
        for name in RATES:
            assert each.rates[name].value == pytest.approx(frame.by_group.loc[each.name, name]), (each.name, name)
    assert [each.examples for each in found.groups] == [int((group == name).sum()) for name in "abc"]


@pytest.mark.parametrize(
    ("more", "truth"),
    [
        (
            0.1,
            {
                "demographic_parity_difference": 0.1,
                "demographic_parity_ratio": 0.335 / 0.435,
                "equalized_odds_difference": 0.1,
                "equalized_odds_ratio": 0.2 / 0.3,
                "equal_opportunity_difference": 0.1,
                "calibration_difference": 0.1,
            },
        ),
        (
            0.0,
            {"demographic_parity_difference": 0.0, "demographic_parity_ratio": 1.0, "equalized_odds_difference": 0.0},
        ),
    ],
)
def test_an_interval_holds_the_true_gap(more, truth):
    """Over 120 draws at least 90 % hold it: 95 % less what chance does to a share of 120."""
    held = dict.fromkeys(truth, 0)
    for seed in range(120):
        group, label, score, said = drawn(seed + 20_000, rows=600, more=more)
        for each in audited(group, label, score, said, seed=seed, bootstrap=150).parities:
            if each.name in truth:
                held[each.name] += each.found.low <= truth[each.name] <= each.found.high
    assert min(held.values()) >= 108, held


def test_three_of_three_are_not_taken_for_certain():
    label = said = np.ones(60, bool)
    group = np.array(["few"] * 6 + ["many"] * 54)
    found = parity(audited(group, label, said * 0.9, said, least=5), "equal_opportunity_difference").found
    assert found.value == 0
    assert found.high > 0.2


def test_a_small_group_is_told_and_not_held_against_the_others():
    group, label, score, said = drawn(3)
    group[:12], said[:12] = "tiny", True
    found = audited(group, label, score, said)
    tiny = next(each for each in found.groups if each.name == "tiny")
    assert not tiny.is_judged
    assert tiny.examples == 12
    assert all("tiny" not in (each.lowest, each.highest) for each in found.parities)
    assert found.remarks == ("too few to be held against others (fewer than 30): tiny (12).",)


def test_one_group_says_nothing_of_parity():
    group, label, score, said = drawn(4, names=("a",), shares=(1,))
    found = audited(group, label, score, said)
    assert all(np.isnan(each.found.value) for each in found.parities)
    assert "nothing is said of parity" in found.remarks[-1]


def test_too_many_groups_are_not_told_apart():
    group, label, score, said = drawn(5)
    found = audited([f"g{number}" for number in range(len(group))], label, score, said)
    assert not found.groups
    assert f"more than {MOST_GROUPS}" in found.remarks[0]


def test_rows_of_one_entity_are_drawn_together():
    """The same people five times over are no more evidence than once."""
    group, label, score, said = drawn(6, rows=400)
    once = audited(group, label, score, said, bootstrap=800)
    repeated = (np.repeat(part, 5) for part in (group, label, score, said))
    five = audited(*repeated, entity=np.repeat(np.arange(400), 5), bootstrap=800)
    ends = [parity(found, "demographic_parity_difference").found for found in (once, five)]
    widths = [found.high - found.low for found in ends]
    assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_the_order_of_rows_changes_nothing():
    group, label, score, said = drawn(7)
    entity = np.arange(len(label))
    mixed = np.random.default_rng(0).permutation(len(label))
    plain = audited(group, label, score, said, entity=entity)
    again = audited(group[mixed], label[mixed], score[mixed], said[mixed], entity=entity[mixed])
    assert [each.found.value for each in plain.parities] == pytest.approx([each.found.value for each in again.parities])
