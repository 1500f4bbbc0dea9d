"""A review of decisions: who is asked, what that changes and costs, and that it hangs on nobody else."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from sandbox.addresses import Address
from sandbox.review.reviewing import review
from sandbox.scenario.language.review import Review

CUT = datetime(2026, 1, 5, tzinfo=UTC)
HERE = Address((1, "review"))


def decisions(rows=400, moments=1):
    generator = np.random.default_rng(3)
    score = generator.random(rows)
    return pa.table(
        {
            "entity": np.arange(rows),
            "moment": pa.array(
                [CUT + timedelta(days=30 * (at % moments)) for at in range(rows)], pa.timestamp("us", "UTC")
            ),
            "label": generator.random(rows) < score,
            "score": score,
            "predicted": score >= 0.5,
        }
    )


def terms(**given):
    return Review.model_validate({"band": [0.3, 0.7], "reviewers": 50, "hours": [0, 24], "days": "every day", **given})


def test_who_never_errs_and_has_time_decides_all_of_the_band_rightly():
    test = decisions()
    found, after = review(test, terms(), "UTC", HERE)
    in_band = (test["score"].to_numpy() >= 0.3) & (test["score"].to_numpy() <= 0.7)
    label, before = test["label"].to_numpy(), test["predicted"].to_numpy()
    np.testing.assert_array_equal(after, np.where(in_band, label, before))
    assert found.reviewed == found.in_band == in_band.sum()
    assert found.changed == found.mended == (in_band & (label != before)).sum()
    assert found.waiting.reached == 1
    assert found.waiting.mean_hours < 0.05


def test_who_always_errs_decides_all_of_it_wrongly():
    test = decisions()
    found, after = review(test, terms(wrong=1.0), "UTC", HERE)
    in_band = (test["score"].to_numpy() >= 0.3) & (test["score"].to_numpy() <= 0.7)
    assert (after[in_band] != test["label"].to_numpy()[in_band]).all()
    assert found.mended == 0


def test_money_adds_up():
    costs = {"missed": 100, "false_alarm": 10, "hour": 30}
    test = decisions()
    found, after = review(test, terms(spread=0, takes="20min", costs=costs), "UTC", HERE)
    label = test["label"].to_numpy()
    assert found.after.reviewing == pytest.approx(found.reviewed * 10)
    assert found.after.missed == 100 * (~after & label).sum()
    assert found.after.false_alarms == 10 * (after & ~label).sum()
    assert found.saved.value == pytest.approx(found.before.cost - found.after.cost)
    assert found.saved.low < found.saved.value < found.saved.high


def test_one_reviewer_with_few_hours_does_not_reach_all():
    found, _ = review(
        decisions(), terms(reviewers=1, hours=[9, 12], days="workdays", takes="1h", within="1 day"), "UTC", HERE
    )
    assert 0 < found.waiting.reached < 0.3
    assert found.waiting.mean_hours > 1
    assert 0.8 < found.waiting.busy <= 1
    assert max(found.waiting.waiting) > 20


def test_nobody_in_the_band_is_no_review():
    found, after = review(decisions(), terms(band=[0.999999, 1.0]), "UTC", HERE)
    assert (found.in_band, found.reviewed, found.changed) == (0, 0, 0)
    assert after.sum() == decisions()["predicted"].to_numpy().sum()


def test_rows_in_another_order_are_reviewed_alike():
    test = decisions(moments=2)
    mixed = np.random.default_rng(0).permutation(len(test))
    found, after = review(test, terms(reviewers=2, takes="2h"), "UTC", HERE)
    again, other = review(test.take(pa.array(mixed)), terms(reviewers=2, takes="2h"), "UTC", HERE)
    np.testing.assert_array_equal(after[mixed], other)
    assert found.waiting == again.waiting
