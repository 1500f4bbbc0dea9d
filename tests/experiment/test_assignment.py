"""Who gets which arm: shares hold, nobody changes sides, and nothing but the unit and the experiment decides."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from sandbox.errors import InputError
from sandbox.experiment.assignment import HELD_OUT, Arm, Split, assign, split_of

UNITS = pa.array(np.arange(400_000))


def counts(codes):
    return np.bincount(codes.astype(int) + 1, minlength=6)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5])
def test_an_arm_gets_its_share(share):
    codes = assign(split_of("shop", "rules", [Arm("model", share)]), UNITS)
    assert stats.binomtest(int((codes == 1).sum()), len(codes), share).pvalue > 1e-4
    assert set(np.unique(codes)) == {0, 1}


def test_several_arms_and_a_holdout():
    split = split_of("shop", "rules", [Arm("a", 0.2), Arm("b", 0.3)], holdout=0.05)
    held, control, a, b, *_ = counts(assign(split, UNITS))
    expected = np.array([0.05, 0.95 * 0.5, 0.95 * 0.2, 0.95 * 0.3]) * len(UNITS)
    assert stats.chisquare([held, control, a, b], expected).pvalue > 1e-4
    assert split.names == ("rules", "a", "b")
    assert split.shares(0.25) == pytest.approx({"rules": 0.55, "a": 0.2, "b": 0.25})


def test_whoever_has_an_arm_keeps_it_while_the_ramp_goes_up():
    split = split_of("shop", "rules", [Arm("a", 0.5), Arm("b", 0.25)])
    before = assign(split, UNITS, 0.0)
    assert not before.any()
    for stage in (0.01, 0.05, 0.1, 0.25, 0.5):
        after = assign(split, UNITS, stage)
        assert (after[before > 0] == before[before > 0]).all()
        assert (after == 1).mean() == pytest.approx(stage, abs=0.003)
        assert (after == 2).mean() == pytest.approx(min(stage, 0.25), abs=0.003)
        before = after


def test_nothing_but_the_unit_and_the_experiment_decides():
    split = Split("shop", "rules", (Arm("model", 0.1),), seed=7, holdout=0.1)
    codes = assign(split, UNITS)
    some = np.random.default_rng(1).permutation(len(UNITS))[:1000]
    assert (assign(split, UNITS.take(pa.array(some))) == codes[some]).all()
    assert (assign(split, pa.chunked_array([UNITS.slice(0, 10), UNITS.slice(10, 5)])) == codes[:15]).all()
    text = assign(split, pa.array(["Aa", "BB", "Aa"]))
    assert text[0] == text[2]


def test_experiments_do_not_follow_each_other_but_share_the_holdout():
    one, other = (assign(Split(name, "rules", (Arm("model", 0.5),), holdout=0.1), UNITS) for name in ("one", "other"))
    assert ((one == HELD_OUT) == (other == HELD_OUT)).all()
    free = one != HELD_OUT
    table = np.histogram2d(one[free], other[free], bins=2)[0]
    assert stats.chi2_contingency(table).pvalue > 1e-4
    moved = assign(Split("one", "rules", (Arm("model", 0.5),), seed=1), UNITS)
    assert (moved == one).mean() < 0.6


def test_the_whole_line_is_used_at_a_half_and_a_half():
    codes = assign(Split("shop", "rules", (Arm("a", 0.5), Arm("b", 0.499999))), UNITS)
    assert (codes == 0).mean() < 1e-4


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ([Arm("model", 0.0)], "arms.model: got 0, must be a share from 0.0001 to below 1."),
        ([Arm("model", 1.2)], "arms.model: got 1.2, must be a share from 0.0001 to below 1."),
        ([Arm("a", 0.6), Arm("b", 0.5)], "overlap: together they take 1.1 of the traffic"),
        ([Arm("a", 0.1), Arm("a", 0.1)], "'a' is named twice"),
        ([Arm("rules", 0.1)], "'rules' is the control"),
        ([], "names no arm beside the control"),
    ],
)
def test_shares_that_make_no_sense(arms, said):
    with pytest.raises(InputError) as error:
        split_of("shop", "rules", arms)
    assert said in str(error.value)


def test_all_problems_at_once():
    with pytest.raises(InputError) as error:
        split_of("shop", "rules", [Arm("a", 0), Arm("b", 3)], holdout=1)
    assert len(error.value.problems) == 3
