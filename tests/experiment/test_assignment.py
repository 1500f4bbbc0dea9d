"""Who gets which arm: shares hold, nobody changes sides, and nothing but the unit and the experiment decides."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sandbox.errors import InputError
from sandbox.experiment.assignment import HELD_OUT, Arm, Split, assign, split_of
from sandbox.experiment.stretches import Stretches

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


RAMPS = {
    "both at once": [(0.01, 0.01), (0.05, 0.05), (0.1, 0.1), (0.25, 0.25), (0.5, 0.25)],
    "one of them": [(0.01, 0.25), (0.05, 0.25), (0.25, 0.25), (0.5, 0.25)],
    "beyond what was planned": [(0.05, 0.01), (0.6, 0.01), (0.85, 0.01), (0.85, 0.1), (0.85, 0.149)],
    "one after the other": [(0.0, 0.1), (0.0, 0.9), (0.05, 0.9), (0.09, 0.9)],
}


@pytest.mark.parametrize("ramp", RAMPS.values(), ids=RAMPS.keys())
def test_whoever_has_an_arm_keeps_it_while_shares_grow(ramp):
    split = split_of("shop", "rules", [Arm("a", 0.5), Arm("b", 0.25)])
    some, opened = UNITS.slice(0, 50_000), split.stretches
    before = assign(split, some, opened)
    assert not before.any()
    for shares in ramp:
        opened = opened.opened_to(shares)
        after = assign(split, some, opened)
        assert (after[before > 0] == before[before > 0]).all()
        assert [(after == 1).mean(), (after == 2).mean()] == pytest.approx(shares, abs=0.007)
        before = after


shares_of_arms = st.lists(st.integers(0, 30), min_size=3, max_size=3).map(lambda some: [each / 100 for each in some])


@settings(max_examples=30)
@given(planned=shares_of_arms, wanted=st.lists(shares_of_arms, max_size=8))
def test_arms_never_lie_on_one_another_and_take_and_give_no_more_than_they_must(planned, wanted):
    opened = Stretches.at_home(planned)
    for shares in wanted:
        was, opened = opened, opened.opened_to(shares)
        ends = sorted(stretch for some in opened.taken for stretch in some)
        assert all(before[1] <= after[0] for before, after in pairwise(ends))
        assert all(0 <= begin < end <= 1 for begin, end in ends)
        for before, after, share in zip(was.taken, opened.taken, shares, strict=True):
            width, had = (sum(end - begin for begin, end in some) for some in (after, before))
            assert width == Fraction(share).limit_denominator(10**9)
            common = sum(
                max(0, min(one[1], other[1]) - max(one[0], other[0])) for one in before for other in after
            )  # fmt: skip
            assert common == min(width, had), "an arm that grows keeps all it had, one that shrinks takes nothing"


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
        ([Arm("a", 0.6), Arm("b", 0.5)], "leave nothing to 'rules'; an even split gives 0.33 to each."),
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
