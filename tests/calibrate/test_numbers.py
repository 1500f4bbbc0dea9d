"""A family is named where the numbers are of it; else what was seen is told, but of nobody alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sandbox.calibrate.families import continuous, counts
from sandbox.calibrate.numbers import Numbers, shape_of

MANY = 4_000


def numbers(values, whole=False):
    return Numbers(np.asarray(values, float), np.arange(len(values), dtype=np.int32), whole)


@pytest.mark.parametrize(
    ("kind", "whole", "draw"),
    [
        ("lognormal", False, lambda random: random.lognormal(1, 0.6, MANY)),
        ("lognormal", False, lambda random: np.round(random.lognormal(3, 0.6, MANY), 2)),
        ("normal", False, lambda random: random.normal(-3, 2, MANY)),
        ("gamma", False, lambda random: random.gamma(3, 2, MANY)),
        ("uniform", False, lambda random: random.uniform(3, 9, MANY)),
        ("exponential", False, lambda random: random.exponential(3, MANY)),
        ("poisson", True, lambda random: random.poisson(6, MANY)),
        ("geometric", True, lambda random: random.geometric(0.2, MANY) - 1),
        ("negative_binomial", True, lambda random: random.negative_binomial(3, 0.2, MANY)),
        ("integer", True, lambda random: random.integers(18, 91, MANY)),
        ("histogram", False, lambda random: np.concatenate([random.normal(0, 1, MANY), random.normal(9, 1, MANY)])),
        ("histogram", True, lambda random: random.choice([1, 2, 6, 12, 24], MANY) * random.integers(1, 40, MANY)),
        ("choice", True, lambda random: random.choice([1, 2, 6, 12, 24], MANY, p=[0.4, 0.1, 0.1, 0.1, 0.3])),
    ],
)
def test_the_right_word(kind, whole, draw):
    shape = shape_of(numbers(draw(np.random.default_rng(2)), whole))
    assert shape.kind == kind


def test_likelihoods_are_those_of_scipy():
    random = np.random.default_rng(1)
    values = random.gamma(3, 2, 500)
    theirs = {
        "normal": stats.norm(values.mean(), values.std()),
        "exponential": stats.expon(scale=values.mean()),
        "lognormal": stats.lognorm(np.log(values).std(), scale=np.exp(np.log(values).mean())),
    }
    for family in continuous(values):
        if family.kind == "gamma":
            shape = family.parameters["shape"]
            theirs["gamma"] = stats.gamma(shape, scale=family.parameters["mean"] / shape)
            assert shape == pytest.approx(stats.gamma.fit(values, floc=0)[0], rel=0.02)
        if family.kind in theirs:
            assert family.log_density(values) == pytest.approx(theirs[family.kind].logpdf(values))
    counted = random.negative_binomial(3, 0.2, 500).astype(float)
    for family in counts(counted):
        mean, shape = counted.mean(), family.parameters.get("shape", 0)
        other = {
            "poisson": stats.poisson(mean),
            "geometric": stats.geom(1 / (1 + mean), loc=-1),
            "negative_binomial": stats.nbinom(shape, shape / (shape + mean)),
        }.get(family.kind)
        if other is not None:
            assert family.log_density(counted) == pytest.approx(other.logpmf(counted))


def test_a_histogram_is_near_what_was_seen_and_has_its_spikes():
    random = np.random.default_rng(3)
    values = np.round(np.concatenate([random.lognormal(1, 1, 8_000), np.full(3_000, 4.95)]), 2)
    shape = shape_of(numbers(values))
    edges, weights = np.array(shape.written["edges"]), np.array(shape.written["weights"])
    assert shape.decimals == 2
    assert (np.diff(edges) > 0).all()
    drawn = np.round(np.interp(random.random(50_000), np.append(0, np.cumsum(weights)) / weights.sum(), edges), 2)
    assert stats.ks_2samp(drawn, values).statistic < 0.02
    assert np.mean(drawn == 4.95) == pytest.approx(3 / 11, abs=0.01)


@pytest.mark.parametrize("values", [[], [1.0], [np.nan] * 50, [1.0] * 9])
def test_of_too_few_people_nothing_is_told(values):
    assert shape_of(numbers(values)) is None


def test_no_bin_and_no_value_is_of_few_people():
    random = np.random.default_rng(4)
    values = np.append(random.normal(0, 1, 500) ** 3, [1e6, 2e6])
    edges = shape_of(numbers(values)).written["edges"]
    edges = [-np.inf, *edges[1:-1], np.inf]
    assert (np.histogram(values, edges)[0] >= 9).all()
    whose = Numbers(np.repeat(np.arange(30.0), 20), np.repeat(np.arange(30, dtype=np.int32), 20), True)
    assert shape_of(whose, families=False).kind == "histogram"


@pytest.mark.parametrize("value", [3.0, 0.0, -1e300, 1e308])
def test_one_value_alone_is_told(value):
    assert shape_of(numbers([value] * 100)) is not None
