"""Many questions at once, and whether the arms have the units that they should have."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from sandbox.experiment.multiplicity import adjusted, sample_ratio


@pytest.mark.parametrize(("mine", "theirs"), [("holm", "holm"), ("benjamini-hochberg", "fdr_bh")])
def test_as_statsmodels_has_it(mine, theirs):
    p_values = np.random.default_rng(2).beta(0.4, 2, 40)
    assert adjusted(p_values, mine) == pytest.approx(multipletests(p_values, method=theirs)[1])


def test_holm_by_hand():
    assert adjusted([0.01, 0.04, 0.03], "holm").tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert adjusted([0.9, 0.8], "holm").tolist() == [1.0, 1.0]


def test_what_is_not_known_counts_for_none():
    for correction in ("holm", "benjamini-hochberg", "none"):
        found = adjusted([0.01, float("nan"), 0.02], correction)
        assert np.isnan(found[1])
        if correction == "holm":
            assert found[[0, 2]].tolist() == [0.02, 0.02]
    assert np.isnan(adjusted([float("nan")], "holm")).all()


def test_a_sample_ratio():
    found = sample_ratio({"rules": 9_100, "model": 900}, {"rules": 0.9, "model": 0.1})
    assert found.p_value == pytest.approx(stats.chisquare([9_100, 900], [9_000, 1_000]).pvalue)
    assert not found.matches
    assert sample_ratio({"rules": 9_010, "model": 990}, {"rules": 0.9, "model": 0.1}).matches
    assert sample_ratio({"a": 0, "b": 0}, {"a": 0.5, "b": 0.5}).matches
