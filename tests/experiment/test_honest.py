"""Over thousands of small experiments whose truth is known, intervals hold it as often as they promise."""

import numpy as np
import pytest

from sandbox.experiment.sequential import mixing, sequence
from tests.experiment.simulated import FIGURES, Design, prove

SEEDS = 2_000
NOISE = 3 * np.sqrt(0.05 * 0.95 / SEEDS)


@pytest.fixture(scope="module", params=[0.0, 0.3], ids=["no effect", "an effect"])
def proofs(request):
    return request.param, prove(Design(lift=request.param), SEEDS)


@pytest.mark.parametrize("metric", FIGURES)
def test_the_interval_holds_the_truth(proofs, metric):
    lift, proof = proofs[0], proofs[1][metric]
    assert 0.935 <= proof.held <= 0.98
    if not lift:
        assert 0.035 <= 1 - proof.held <= 0.065, "an A/A test is false that often"


@pytest.mark.parametrize("metric", FIGURES)
def test_the_sequence_holds_the_truth_on_every_day(proofs, metric):
    assert proofs[1][metric].path_held >= 0.95 - NOISE


@pytest.mark.parametrize("metric", FIGURES)
def test_what_peeking_costs(proofs, metric):
    """Eight looks at an interval that was meant for one: wrong three times as often as promised, and more."""
    assert proofs[1][metric].peeking > 0.15
    assert 1.3 < proofs[1][metric].wider < 1.8, "what it costs not to be fooled"


def test_a_sequence_by_hand():
    """At the horizon: error 1, information 1, prior 1 / 8.24, so the radius is sqrt((1 + 0.121) (ln 9.24 + ln 400))."""
    path = sequence(np.array([3.0]), np.array([1.0]), np.array([1.0]), alpha=0.05)
    prior = 1 / mixing(0.05)
    radius = np.sqrt((1 + prior) * np.log((1 + 1 / prior) * 400))
    assert path.high - 3 == pytest.approx(radius)
    assert 2.9 < radius < 3.2


def test_a_sequence_is_narrowest_where_it_was_planned():
    """Beside the fixed interval, at the planned end."""
    looks = np.arange(1, 41)
    error = 1 / np.sqrt(looks)
    path = sequence(np.zeros(40), error, looks / 20)
    times = (path.high - path.low) / error
    assert abs(int(np.argmin(times)) - 19) <= 1


def test_its_p_value_is_small_just_when_nothing_is_outside():
    random = np.random.default_rng(4)
    looks = np.arange(1, 31)
    drift = np.cumsum(random.normal(0.6, 1, (300, 30)), axis=1) / looks
    path = sequence(drift, np.broadcast_to(1 / np.sqrt(looks), drift.shape), looks / 30)
    outside = np.logical_or.accumulate((path.low > 0) | (path.high < 0), axis=1)
    assert ((path.p_value < 0.05) == outside).all()
    assert outside[:, -1].mean() > 0.5


def test_looks_that_do_not_count_yet():
    path = sequence(np.ones((2, 4)), np.full((2, 4), 0.1), np.arange(1, 5) / 4, first=np.array([0, 2]))
    assert np.isnan(path.low[1, :2]).all()
    assert np.isfinite(path.low[1, 2:]).all()
    assert np.isfinite(path.low[0]).all()
    nothing = sequence(np.full(3, np.nan), np.full(3, np.nan), np.arange(1, 4) / 3)
    assert np.isnan(nothing.low).all()
    assert np.isnan(nothing.p_value).all()
