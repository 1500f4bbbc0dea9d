"""A campaign's estimates hold what was true, and its threshold is where the profit is."""

import numpy as np
import pyarrow as pa
import pytest

from sandbox.addresses import Address
from sandbox.campaign.judging import CONTACTED, HOLDOUT, OUT, People, assigned, judged
from sandbox.scenario.language.campaign import Campaign


def campaign(**given):
    terms = {"model": "churn", "at": "day 30", "set": {"offer": "'a'"}, "worth": {"event": -100, "contact": 5}}
    return Campaign.model_validate({**terms, **({"top": 0.5, "holdout": 0.4} | given)})


def people(seed, rows=3000, terms=None):
    """Risks that the score knows, and contacts that take away a third of a risk above a tenth, and add to others."""
    generator = np.random.default_rng(seed)
    score = generator.beta(1, 6, rows)
    reached = np.clip(np.where(score > 0.1, score * 0.66, score + 0.02), 0, 1)
    chance = generator.random((2, rows))
    ids = pa.array([f"C{number}" for number in range(rows)])
    arm = assigned(ids, score, terms or campaign(), Address((seed, "campaign")))
    return People(ids, score, arm, score, reached, chance[0] < score, chance[1] < reached)


def test_intervals_hold_what_was_true():
    """Over 300 campaigns; the misses of a 95 % interval are 15 of these, less or more by what chance does."""
    found = [judged("c", campaign(), people(seed), "2026-01-31", 30) for seed in range(300)]
    effects = sum(each.effect.low <= each.true_effect <= each.effect.high for each in found)
    profits = sum(each.profit.low <= each.true_profit <= each.profit.high for each in found)
    assert 274 <= effects <= 297
    assert 274 <= profits <= 297


def test_the_threshold_by_profit_is_where_contacts_begin_to_pay():
    """A contact pays where it takes away more than 0.05 of a risk: from a score of 0.147 on."""
    found = judged("c", campaign(), people(1, rows=100_000), "2026-01-31", 30)
    best = max(found.thresholds, key=lambda each: each.true_profit)
    assert best.score == pytest.approx(0.05 / 0.34, abs=0.01)
    inside = [each for each in found.thresholds if each.score >= found.threshold]
    assert all(each.profit.low < each.true_profit < each.profit.high for each in inside[5:])
    outside = [each for each in found.thresholds if each.score < found.threshold]
    assert outside
    assert all(np.isnan(each.profit.value) for each in outside)


def test_effects_by_score_stand_beside_the_truth():
    found = judged("c", campaign(top=1.0), people(2, 100_000, campaign(top=1.0)), "2026-01-31", 30)
    assert found.bands[0].true_effect == pytest.approx(0.02, abs=0.001)
    assert found.bands[-1].true_effect < -0.09
    held = sum(each.effect.low <= each.true_effect <= each.effect.high for each in found.bands)
    assert held >= len(found.bands) - 1


def test_the_highest_scores_are_contacted_but_for_a_holdout():
    everybody = people(3, terms=campaign(top=0.2, holdout=0.3))
    lowest = np.sort(everybody.score)[::-1][599]
    assert ((everybody.arm == OUT) == (everybody.score < lowest)).all()
    assert (everybody.arm == HOLDOUT).sum() == pytest.approx(180, abs=40)
    above = assigned(everybody.ids, everybody.score, campaign(top=None, above=0.3), Address((1,)))
    assert ((above != OUT) == (everybody.score >= 0.3)).all()


def test_who_is_held_out_hangs_on_nobody_else():
    everybody = people(4)
    some = np.arange(0, 3000, 3)
    again = assigned(
        everybody.ids.take(pa.array(some)),
        everybody.score[some],
        campaign(top=None, above=0.1),
        Address((4, "campaign")),
    )
    whole = assigned(everybody.ids, everybody.score, campaign(top=None, above=0.1), Address((4, "campaign")))
    np.testing.assert_array_equal(again, whole[some])


def test_too_few_tell_nothing():
    found = judged("c", campaign(), people(5, rows=60), "2026-01-31", 30)
    assert np.isnan(found.effect.value)
    assert found.bands == []
    assert (found.contacted, found.holdout) == ((people(5, rows=60).arm == CONTACTED).sum(), 30 - found.contacted)
