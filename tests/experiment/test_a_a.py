"""A/A tests on an experiment's own data: honest where intervals are, and telling where one unit decides."""

from dataclasses import replace

import numpy as np

from sandbox.experiment.a_a import redealt
from sandbox.experiment.effects import Figure, effect
from sandbox.experiment.moments import moments_by
from sandbox.experiment.panel import unit_columns
from tests.experiment.test_analysis import METRICS, made


def test_metrics_are_honest_where_there_are_enough_units():
    panel = made()
    for metric in METRICS:
        found = redealt(panel, metric, 0.2, 0.05)
        assert found.is_honest
        assert 0.02 < found.share < 0.09


def test_a_deal_by_hand():
    """As many deals as one: the two arms, held against each other by themselves."""
    from sandbox.addresses import Address, words

    panel, metric = made(units=500), METRICS[1]
    columns = unit_columns(panel, metric)[panel.arm == 0]
    codes = words(Address(("experiment", "a/a")), 0, len(columns)) < np.uint64(0.3 * 2.0**64)
    moments = moments_by(codes.astype(int), columns, 2)
    p_value = effect(moments.at(0), moments.at(1), Figure(0, 1)).p_value
    assert redealt(panel, metric, 0.3, float(p_value) + 1e-9, deals=1).false == 1
    assert redealt(panel, metric, 0.3, float(p_value) - 1e-9, deals=1).false == 0


def test_an_effect_in_the_arm_is_not_looked_at():
    few, many = (redealt(made(lift=lift), METRICS[0], 0.2, 0.05) for lift in (0.0, 3.0))
    assert many.is_honest
    assert few.deals == many.deals == 500


def test_a_metric_that_is_not_honest_is_told():
    """Hardly anybody is worth anything, a few a lot: an arm that has none of them seems surely worse."""
    panel = made(units=2_000)
    rows = panel.diary
    money = np.zeros(len(rows.unit))
    money[np.flatnonzero(panel.arm[rows.unit] == 0)[::400]] = 1.0
    rare = replace(panel, diary=replace(rows, columns={**rows.columns, "money": money}), before={})
    found = redealt(rare, METRICS[2], 0.1, 0.05)
    assert found.share > 0.1
    assert not found.is_honest


def test_too_few_units():
    assert redealt(made(units=100), METRICS[0], 0.05, 0.05) is None
