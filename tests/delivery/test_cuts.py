"""A delivery is one long run, however it is cut, by whomever and in whichever order it is asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

from sandbox.delivery.cargo import Cargo
from sandbox.delivery.chain import chain_of
from sandbox.scenario.span import in_span
from sandbox.sources.opening import open_source
from sandbox.world.periods import HOUR_US
from sandbox.world.world import World
from tests.delivery.conftest import landing, moments

EVERYTHING = """\
{
  log: {partitions: 3, key: visitor, latency: {lognormal: {median: 0.5, sigma: 1}}, retries: 0.02,
        slow: {share: 0.03, latency: 3h}},
  bridge: {every: 40s, batch: 4, shards: 2, capacity: {day 0: 0.5, day 8: 0.06}, catch_up: 0.15, loss: 0.01,
           outages: [{at: day 2, for: 20h}, {every: 1 day, for: 1h}, {at: day 6, for: 5h, partitions: [1]}]},
  stream: {like: kinesis, capacity: 0.4, retries: {share: 0.05, after: 2h}, corrupt: {truncated: 0.01}},
  job: {every: 10min, latency: 40s}
}"""


@pytest.fixture
def whole(feed):
    return landing(feed(EVERYTHING))


def delivered(plan, hours):
    """What arrives, by the chain itself, cut every so many hours."""
    world = World(plan)
    chain = chain_of(plan.delivery, "web", plan.clock, plan.seed, plan.engine)
    state, events, found = chain.begin(), 0, []
    for first in range(0, world.units("web"), hours):
        last = min(first + hours, world.units("web"))
        cargo = Cargo.of(list(world.batches("web", first, last)), events)
        setting_out = cargo.departing(chain.keys) if cargo is not None else state.arriving.take(np.zeros(0, np.intp))
        events += len(setting_out)
        state, pieces = chain.advance(state, setting_out, plan.clock.start_us + last * HOUR_US)
        for arrivals in pieces:
            columns = {"at": arrivals.events.times, "event": arrivals.events.numbers, "attempt": arrivals.attempts}
            columns |= {"partition": arrivals.partitions, "offset": arrivals.offsets, "fault": arrivals.events.faults}
            found.append(pa.table(columns))
    return pa.concat_tables(found).combine_chunks()


@pytest.mark.parametrize("hours", [1, 7, 50])
def test_any_cut_gives_the_same_arrivals(feed, hours):
    plan = feed(EVERYTHING).plan
    whole = delivered(plan, 12 * 24)
    assert whole.num_rows > 25_000
    assert delivered(plan, hours).equals(whole)


def test_shares_may_be_asked_for_in_any_order(feed, whole):
    source = open_source(feed(EVERYTHING).plan, "web")
    backwards = [landing(None, source=source, shares=[share]) for share in (3, 1, 0, 2)]
    again = pa.concat_tables([backwards[each] for each in (2, 1, 3, 0)])
    assert again.combine_chunks().equals(whole)


@pytest.mark.parametrize("workers", [2, 4])
def test_any_number_of_workers_gives_the_same(feed, whole, workers):
    source = open_source(feed(EVERYTHING).plan, "web")
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(lambda share: landing(None, source=source, shares=[share]), range(4)))
    assert pa.concat_tables(parts).combine_chunks().equals(whole)


@pytest.mark.parametrize("cut", ["day 2 13:20", "2026-03-29 01:30", "day 3"])
def test_spans_that_meet_make_the_whole(feed, whole, cut):
    """By arrival: what is held over at the cut comes after it, once."""
    plan = feed(EVERYTHING).plan
    past, rest = (landing(None, source=open_source(in_span(plan, *span), "web")) for span in ((None, cut), (cut, None)))
    assert pa.concat_tables([past, rest]).combine_chunks().equals(whole)
    assert moments(past, "arrived_at").max() < moments(rest, "arrived_at").min()
    assert moments(rest, "seen_at").min() < moments(past, "arrived_at").max()


def test_a_longer_clock_goes_on_where_a_shorter_one_ended(feed, whole):
    longer = landing(feed(EVERYTHING, **{"clock.days": 20}))
    assert longer.slice(0, whole.num_rows).combine_chunks().equals(whole)


def test_a_live_stream_goes_on_as_one_long_run_would(feed):
    longer = landing(feed(EVERYTHING, **{"clock.days": 30})).drop_columns(["_sandbox"])
    past = open_source(in_span(feed(EVERYTHING).plan, None, "day 5"), "web")
    expected = longer.slice(landing(None, source=past).num_rows)
    live, seen = [], 0
    for batch in feed(EVERYTHING).live("web", since="day 5"):
        live.append(batch.cast(expected.schema))
        seen += batch.num_rows
        if seen > expected.num_rows:
            break
    whole = pa.Table.from_batches(live)
    assert whole.slice(0, expected.num_rows).combine_chunks().equals(expected.combine_chunks())


def test_another_stage_moves_no_draws_of_the_others(feed):
    """Each row's time in a stage hangs on the row and the stage alone."""
    alone = landing(feed("{log: 2min}")).sort_by("id")
    joined = landing(feed("{log: 2min, job: {latency: 1}}")).sort_by("id")
    both = alone.filter(pa.compute.is_in(alone["id"], joined["id"]))
    later = moments(joined, "arrived_at") - moments(both, "arrived_at")
    assert (later == 1_000_000).all()
    assert joined.num_rows > 30_000


def test_a_stream_that_is_not_delivered_is_as_ever(feed):
    plain = landing(feed(""))
    named = landing(feed("{streams: [web], job: 2min}"))
    assert np.array_equal(moments(plain, "arrived_at"), moments(plain, "seen_at"))
    assert set(named["id"].to_pylist()) < set(plain["id"].to_pylist())
