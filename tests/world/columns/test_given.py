"""Mixtures: one generator for each value of another column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from sandbox.world.columns.base import can_correlate

ROWS = 90_000
MIXTURE = {"given": "plan", "normal": {"basic": {"mean": 0, "sd": 1}, "plus": {"mean": "x", "sd": 1}}}


@pytest.fixture
def rows(plain_rows):
    plans = pa.array(["basic", "plus", None] * (ROWS // 3)).dictionary_encode()
    numbers = pa.array(np.arange(3, dtype=float)).take(pa.array(np.arange(ROWS) % 3))
    booleans = pa.array([True, False, None] * (ROWS // 3))
    return plain_rows(stop=ROWS, columns={"plan": plans, "flag": booleans}, expressions={"x": numbers})


def test_each_case_has_its_own_distribution(part, rows):
    values = part(MIXTURE).generate(rows).to_numpy(zero_copy_only=False).reshape(-1, 3)
    largest = 1.95 / len(values) ** 0.5
    assert stats.kstest(values[:, 0], stats.norm(0, 1).cdf).statistic < largest
    assert stats.kstest(values[:, 1], stats.norm(1, 1).cdf).statistic < largest
    assert np.isnan(values[:, 2]).all()


def test_else_takes_what_is_left_and_null(part, rows):
    values = part({"given": "plan", "constant": {"plus": "A", "else": "B"}}).generate(rows)
    assert values.to_pylist()[:3] == ["B", "A", "B"]


def test_cases_are_named_as_yaml_writes_them(part, rows):
    values = part({"given": "flag", "constant": {"true": 1, "false": 0}}).generate(rows)
    assert values.to_pylist()[:3] == [1, 0, None]


def test_enums_are_brought_together_in_every_slice_alike(part, rows, scope):
    mixture = part({"given": "plan", "choice": {"basic": ["x", "y"], "else": ["y", "z"]}})
    told = mixture.yields(scope())
    for start, stop in ((0, 1), (1, 2), (0, ROWS)):
        made = mixture.generate(rows.of(start, stop))
        assert made.type == told
        assert made.dictionary.to_pylist() == ["x", "y", "z"]


def test_it_is_never_null_only_where_every_value_has_its_case(part, scope):
    both = {"plan": {"values": ["basic", "plus"]}}
    fees = part({"given": "plan", "gamma": {"basic": {"mean": 9}, "plus": {"mean": 19}}})
    assert fees.proves(scope(facts=both)) == {"not_null", "range"}
    assert fees.proves(scope(facts={"plan": {"values": ["basic", "plus", "max"]}})) == {"range"}
    assert fees.proves(scope()) == {"range"}


def test_it_can_join_a_correlated_group_where_each_case_can(part):
    assert can_correlate(part(MIXTURE))
    assert not can_correlate(part({"given": "plan", "fake": {"basic": "name"}}))


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ({"given": "plan", "gamma": {"basik": {"mean": 9}}}, ("cases", "basik"), "Did you mean 'basic'"),
        ({"given": "plan", "serial": {"basic": 1}}, ("cases", "basic"), "goes by the numbers"),
        ({"given": "plan", "constant": {"basic": 1, "plus": "a"}}, (), "the cases give different types"),
    ],
)
def test_what_makes_no_sense_is_told(written, path, message, part, scope):
    known = scope(facts={"plan": {"values": ["basic", "plus"]}})
    with pytest.raises(ValueError, match=message) as raised:
        part(written).yields(known)
    if path:
        assert raised.value.findings[0][0] == path
