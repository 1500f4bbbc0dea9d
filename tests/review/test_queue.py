"""The queue of reviewers against what queueing theory knows in closed form."""

import math

import numpy as np
import pytest

from sandbox.review.queue import serve


def erlang_c(load, servers):
    """The chance to wait in an M/M/c queue. Erlang (1917); Gross and Harris, Fundamentals of Queueing Theory, ch. 2."""
    waits = load**servers / math.factorial(servers) * servers / (servers - load)
    return waits / (sum(load**k / math.factorial(k) for k in range(servers)) + waits)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (2, 1.5), (4, 3.2)])
def test_waiting_is_as_erlang_has_it(servers, load):
    """Poisson arrivals, exponential reviews of one second on average, c reviewers: M/M/c."""
    generator = np.random.default_rng(7)
    cases = 60_000
    arrives = np.cumsum(generator.exponential(1 / load, cases))
    found = serve(arrives, generator.exponential(1, cases), np.full(cases, np.inf), servers)
    waits = (found.begun - arrives)[2_000:]
    chance = erlang_c(load, servers)
    assert (waits > 1e-9).mean() == pytest.approx(chance, abs=0.03)
    assert waits.mean() == pytest.approx(chance / (servers - load), rel=0.1)


def test_who_waits_too_long_goes_and_takes_nobodys_time():
    """One reviewer, reviews of ten seconds: the second would begin at 10, and goes at 5; the third begins at 10."""
    found = serve(np.array([0.0, 1.0, 2.0]), np.full(3, 10.0), np.array([50.0, 5.0, 50.0]), 1)
    np.testing.assert_array_equal(found.begun, [0.0, np.nan, 10.0])
    np.testing.assert_array_equal(found.left, [0.0, 5.0, 10.0])
    np.testing.assert_array_equal(found.is_reviewed, [True, False, True])


def test_first_come_is_first_served():
    generator = np.random.default_rng(1)
    arrives = np.cumsum(generator.exponential(1, 500))
    found = serve(arrives, generator.exponential(3, 500), np.full(500, np.inf), 2)
    assert (np.diff(found.begun) >= 0).all()
    assert (found.begun >= arrives).all()


def test_an_empty_queue_is_served():
    assert not len(serve(np.empty(0), np.empty(0), np.empty(0), 3).begun)
