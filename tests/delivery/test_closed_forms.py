"""Deliveries against what is known of them on paper; seeds are fixed, and tolerances are four standard errors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sandbox.sources.opening import open_source
from tests.delivery.conftest import landing, lateness_s, moments


def sums(scenario):
    return open_source(scenario.plan, "web").delivery()


def test_a_stage_takes_as_long_as_its_distribution_says(feed):
    """Kolmogorov-Smirnov; those that had not arrived by the clock's end are few enough not to show."""
    took = lateness_s(landing(feed("{job: 20s}")))
    assert stats.kstest(took, stats.expon(scale=20).cdf).pvalue > 0.001
    took = lateness_s(landing(feed("{job: {latency: {lognormal: {median: 3, sigma: 0.8}}}}")))
    assert stats.kstest(took, stats.lognorm(s=0.8, scale=3).cdf).pvalue > 0.001


def test_who_is_slow_takes_another_time(feed):
    took = lateness_s(landing(feed("{job: {latency: 20s, slow: {share: 0.1, latency: {uniform: [4_000, 8_000]}}}}")))
    slow = took > 2_000
    assert abs(slow.mean() - 0.1) < 4 * (0.09 / len(took)) ** 0.5
    assert stats.kstest(took[~slow], stats.expon(scale=20).cdf).pvalue > 0.001
    assert stats.kstest(took[slow], stats.uniform(4_000, 4_000).cdf).pvalue > 0.001


def test_lateness_of_a_chain_is_the_sum_of_its_stages(feed):
    """Two equal exponentials convolve to a gamma, and a third of another mean adds its own mean and variance."""
    took = lateness_s(landing(feed("{one: 20s, two: 20s}")))
    assert stats.kstest(took, stats.gamma(a=2, scale=20).cdf).pvalue > 0.001
    took = lateness_s(landing(feed("{one: 20s, two: 20s, three: {latency: {lognormal: {median: 8, sigma: 0.5}}}}")))
    third = stats.lognorm(s=0.5, scale=8)
    mean, variance = 40 + third.mean(), 800 + third.var()
    assert abs(took.mean() - mean) < 4 * (variance / len(took)) ** 0.5
    fourth = ((took - took.mean()) ** 4).mean()
    assert abs(took.var() - variance) < 4 * ((fourth - variance**2) / len(took)) ** 0.5


@pytest.mark.parametrize("load", [0.3, 0.7, 0.9])
def test_waiting_in_line_follows_pollaczek_and_khinchine(feed, load):
    """Events of a flat stream come as a Poisson process, and service takes always the same: M/D/1."""
    rate = 2_700 / 86_400
    service = load / rate
    took = lateness_s(landing(feed(f"{{line: {{capacity: {1 / service}}}}}")))
    expected = service + load * service / (2 * (1 - load))
    batches = took[: len(took) // 60 * 60].reshape(60, -1).mean(axis=1)  # waits next to each other are alike
    assert abs(batches.mean() - expected) < 4 * batches.std() / len(batches) ** 0.5
    assert took.min() == pytest.approx(service, rel=1e-5)


def test_partitions_share_the_work(feed):
    """Four queues of a quarter of the events each, dealt by chance."""
    rate, load = 2_700 / 86_400 / 4, 0.6
    rows = landing(feed(f"{{line: {{partitions: 4, capacity: {rate / load}}}}}"))
    envelopes = rows["_sandbox"].combine_chunks()
    counts = np.bincount(np.asarray(envelopes.field("partition")), minlength=4)
    assert stats.chisquare(counts).pvalue > 0.001
    service = load / rate
    took = lateness_s(rows)
    batches = took[: len(took) // 60 * 60].reshape(60, -1).mean(axis=1)
    assert abs(batches.mean() - service * (1 + load / (2 * (1 - load)))) < 4 * batches.std() / 60**0.5


def test_runs_of_a_job_make_lateness_uniform(feed):
    rows = landing(feed("{job: {every: 5min}}"))
    took = lateness_s(rows)
    assert stats.kstest(took, stats.uniform(0, 300).cdf).pvalue > 0.001
    since_start = moments(rows, "arrived_at") - feed("{job: 1s}").plan.clock.start_us
    assert (since_start % 300_000_000 == 0).all()


def test_batches_leave_when_they_are_full(feed):
    """Without an end in sight of `every`, an event waits for those that fill its batch: (k - 1) / 2 gaps on average."""
    rows = landing(feed("{job: {every: 10 days, batch: 9}}"))
    arrived = moments(rows, "arrived_at")
    _, sizes = np.unique(arrived[arrived < arrived[0] + 9 * 86_400_000_000], return_counts=True)
    assert set(sizes) == {9}
    took = lateness_s(rows)[: 9 * len(sizes)]
    assert abs(took.mean() - 4 * 86_400 / 2_700) < 4 * took.std() / len(sizes) ** 0.5


@pytest.mark.parametrize(("stage", "count", "share"), [
    ("loss: 0.03", "lost", 0.03), ("retries: 0.04", "repeated", 0.04), ("corrupt: {encoding: 0.05}", "damaged", 0.05),
])  # fmt: skip
def test_shares_are_binomial(feed, stage, count, share):
    told = sums(feed(f"{{link: {{latency: 2s, {stage}}}}}"))
    assert abs(told[count] - told["sent"] * share) < 4 * (told["sent"] * share * (1 - share)) ** 0.5


def test_copies_are_copied_and_lost_as_others_are(feed):
    """Sent twice with probability p by each of two stages: 1 + p squared events leave for one that comes."""
    told = sums(feed("{one: {latency: 2s, retries: 0.2}, two: {latency: 2s, retries: 0.2, loss: 0.5}}"))
    came, sent = told["stages"]["two"]["came"], told["sent"]
    assert abs(came - 1.2 * sent) < 4 * (sent * 0.2 * 0.8) ** 0.5
    assert abs(told["lost"] - came / 2) < 4 * (came / 4) ** 0.5
    rows = landing(feed("{one: {latency: 2s, retries: 0.2}, two: {latency: 2s, retries: 0.2}}"))
    attempts = np.bincount(np.asarray(rows["_sandbox"].combine_chunks().field("attempt")))[1:] / told["sent"]
    assert attempts == pytest.approx([1, 0.2, 0.2, 0.04], abs=0.01)


def test_the_second_one_comes_later_by_its_own_delay(feed):
    rows = landing(feed("{link: {latency: 2s, retries: {share: 0.3, after: 60s}}}")).to_pandas()
    rows["arrived"], rows["attempt"] = rows["_sandbox"].str["arrived_at"], rows["_sandbox"].str["attempt"]
    first, second = (rows[rows.attempt == attempt].set_index("id").arrived for attempt in (1, 2))
    delays = (second - first.reindex(second.index)).map(lambda delay: delay.total_seconds())
    assert stats.kstest(delays, stats.expon(scale=60).cdf).pvalue > 0.001


def test_a_long_outage_ends_in_a_burst(feed):
    """What came in ten hours leaves at the rate of catching up, in its order; then all is as before."""
    rows = landing(feed("{link: {catch_up: 0.25, outages: [{at: day 4, for: 10h}]}}"))
    start_us = feed("{job: 1s}").plan.clock.start_us + 4 * 86_400_000_000
    over_us = start_us + 36_000_000_000
    arrived, happened = moments(rows, "arrived_at"), moments(rows, "seen_at")
    assert not ((arrived > start_us) & (arrived < over_us)).any()
    held = np.flatnonzero((happened >= start_us) & (arrived >= over_us) & (arrived > happened))
    backlog = 10 * 2_700 / 24
    assert len(held) == pytest.approx(backlog / (1 - 2_700 / 86_400 / 0.25), rel=0.1)  # more come meanwhile
    assert np.array_equal(happened[held], np.sort(happened[held]))
    assert np.diff(arrived[held]) == pytest.approx(4_000_000, abs=1)
    assert np.array_equal(np.delete(arrived, held), np.delete(happened, held))


def test_capacity_that_changes_lets_a_queue_grow(feed):
    """From day 6 on, half of what comes gets through; nothing is left behind before."""
    rate = 2_700 / 86_400
    rows = landing(feed(f"{{link: {{capacity: {{day 0: {8 * rate}, day 6: {rate / 2}}}}}}}"))
    start_us = feed("{job: 1s}").plan.clock.start_us
    day = (moments(rows, "arrived_at") - start_us) // 86_400_000_000
    assert lateness_s(rows)[day < 6].mean() < 6
    assert np.bincount(day)[7:-1] == pytest.approx(2_700 / 2, abs=1)  # the last day has 23 hours


def test_outages_by_chance_are_a_renewal_process(feed):
    """Times between failures and to repair are exponential, each with its own mean."""
    scenario = feed("{link: {latency: 2s, outages: [{every: 20h, for: 2h}]}}", **{"clock.days": 3_000})
    source = open_source(scenario.plan, "web")
    begins, ends = source.chain.stages[0].working[0].outages
    assert stats.kstest((ends - begins) / 3.6e9, stats.expon(scale=2).cdf).pvalue > 0.001
    assert stats.kstest((begins[1:] - ends[:-1]) / 3.6e9, stats.expon(scale=20).cdf).pvalue > 0.001


def test_a_key_keeps_its_order(feed):
    """Of one visitor nothing overtakes, though each event is under way for a time of its own."""
    loose = landing(feed("{log: {partitions: 5, latency: 1h}}")).to_pandas()
    kept = landing(feed("{log: {partitions: 5, latency: 1h, key: visitor}}")).to_pandas()
    assert not loose.groupby("visitor").seen_at.apply(lambda times: times.is_monotonic_increasing).all()
    assert kept.groupby("visitor").seen_at.apply(lambda times: times.is_monotonic_increasing).all()
    assert kept.groupby("visitor")._sandbox.apply(lambda rows: rows.str["partition"].nunique()).max() == 1


def test_only_the_partition_that_is_down_waits(feed):
    rows = landing(feed("{log: {partitions: 3, latency: 2s, outages: [{at: day 3, for: 1 day, partitions: [1]}]}}"))
    start_us = feed("{job: 1s}").plan.clock.start_us + 3 * 86_400_000_000
    partition = np.asarray(rows["_sandbox"].combine_chunks().field("partition"))
    happened = moments(rows, "seen_at")
    hit = (happened >= start_us) & (happened < start_us + 86_400_000_000)
    took = lateness_s(rows)
    assert took[hit & (partition != 1)].max() < 60
    assert took[hit & (partition == 1)].mean() == pytest.approx(43_200, rel=0.05)


def test_offsets_count_each_partition(feed):
    rows = landing(feed("{log: {partitions: 3, latency: 2s}}"))["_sandbox"].combine_chunks()
    partition, offset = np.asarray(rows.field("partition")), np.asarray(rows.field("offset"))
    for each in range(3):
        assert np.array_equal(offset[partition == each], np.arange((partition == each).sum()))
