"""A full buffer holds up the stage before: as a slow simulation does it, event by event, and the same for any cut."""

from __future__ import annotations

import numpy as np
import pytest

from sandbox.sources.opening import open_source
from tests.delivery.conftest import landing, moments
from tests.delivery.test_cuts import delivered

SHORT = {"clock.days": 6}
DAY_US, HOUR_US = 86_400_000_000, 3_600_000_000
CHAINS = {
    "slow before": "{one: {capacity: 0.05}, two: {capacity: 0.5, buffer: 40, outages: [{at: day 3, for: 20h}]}}",
    "slow behind": "{one: {capacity: 0.2}, two: {capacity: 0.034, buffer: 10, outages: [{at: day 3, for: 20h}]}}",
}


def one_by_one(happened, capacities, buffer, outage):
    """Two stages with one queue each, microseconds; the second one is down for a while."""
    first_takes, second_takes = (1e6 / capacity for capacity in capacities)
    starts, ends = outage

    def second(ready):
        begin = ends if starts <= ready < ends else ready
        done = begin + second_takes
        return done if not (begin < starts < done) else done + (ends - starts)

    left, done = -np.inf, []
    for number, time in enumerate(happened):
        place = done[number - buffer] if number >= buffer else -np.inf
        left = max(time, left, place) + first_takes
        done.append(second(max(left, done[-1] if done else -np.inf)))
    return np.array(done)


@pytest.mark.parametrize(("name", "capacities", "buffer", "hours"), [
    ("slow before", (0.05, 0.5), 40, 20), ("slow behind", (0.2, 0.034), 10, 20),
])  # fmt: skip
def test_it_is_what_a_slow_simulation_gives(feed, name, capacities, buffer, hours):
    scenario = feed(CHAINS[name], **SHORT)
    start_us = scenario.plan.clock.start_us
    rows = landing(scenario)
    happened = np.sort(moments(feed("", **SHORT).table("web"), "seen_at")) - start_us
    expected = one_by_one(happened, capacities, buffer, (3 * DAY_US, 3 * DAY_US + hours * HOUR_US))
    arrived = moments(rows, "arrived_at") - start_us
    assert len(arrived) > 12_000
    assert np.abs(arrived - expected[: len(arrived)]).max() < 50  # a slow one adds up parts of a microsecond


def test_a_full_buffer_is_felt_before_it(feed):
    """What cannot get on waits in the stage before, and is let through at that stage's own pace afterwards."""
    plain = CHAINS["slow before"].replace("buffer: 40, ", "")
    free, held = (landing(feed(text)) for text in (plain, CHAINS["slow before"]))
    over_us = feed(plain).plan.clock.start_us + 3 * DAY_US + 20 * HOUR_US
    bursts = [(moments(rows, "arrived_at") < over_us + 3 * HOUR_US).sum() for rows in (free, held)]
    assert bursts[0] - bursts[1] > 1_000
    source = open_source(feed(CHAINS["slow before"], **{"clock.days": 4}).plan, "web")
    assert source.delivery()["stages"]["two"]["pending"] <= 40 < source.delivery()["stages"]["one"]["pending"]


@pytest.mark.parametrize("chain", [
    *CHAINS.values(),
    """{log: {partitions: 3, latency: 20s, retries: 0.05, loss: 0.02, every: 30s, batch: 3},
        bridge: {shards: 2, capacity: 0.05, buffer: 60, latency: 10s, outages: [{at: day 1, for: 9h, partitions: [1]}]},
        job: {buffer: 50, capacity: 0.05, outages: [{every: 1 day, for: 1h}]}}""",
], ids=[*CHAINS, "three stages"])  # fmt: skip
def test_any_cut_gives_the_same_arrivals(feed, chain):
    plan = feed(chain, **({"clock.days": 2} if "job" in chain else SHORT)).plan
    assert delivered(plan, 7).equals(delivered(plan, plan.scenario.clock.days * 24))
