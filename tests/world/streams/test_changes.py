"""What changes over time changes so much, then, and for those whom it reaches; and it moves nothing else."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sandbox.scenario.loader import load
from sandbox.world.world import World

SCENARIO = """\
sandbox: 1
name: changing
seed: 3
clock: {{start: {start}, days: 20, zone: {zone}}}
changes: {{{changes}}}
datasets:
  customers:
    rows: 3000
    static: true
    key: customer_id
    columns:
      customer_id: {{serial: 1}}
      plan: {{choice: [basic, plus]}}
  products:
    rows: 20
    static: true
    key: product_id
    columns: {{product_id: {{serial: 1}}, price: {{uniform: [1, 5]}}}}
  web:
    of: customers
    time: happened_at
    key: event_id
    visits: {{per_day: 0.5, day: evening, longest: 6h}}
    journey:
      look:
        emits: look
        item: products
        then: {{buy: "0.1 * (1 + {strength})", leave: "0.9 - 0.1 * {strength}"}}
        after: 1h
      buy: {{emits: buy, item: same, then: {{leave: 1}}}}
    choice: {{consider: 5, utility: {{"{strength} * item.price": -0.8}}}}
    columns:
      event_id: {{visit: event_id}}
      customer_id: {{visit: customer}}
      event: {{visit: event}}
      item: {{visit: item}}
      price: {{look_up: {{by: item, column: price}}}}
      plan: {{parent: plan}}
      strength: {{sql: "{strength}"}}
"""
SALE = "kind: campaign, from: day 8, to: day 12 12:00, share: 0.3, where: \"plan = 'basic'\""
MOST_Z = 3.5


@pytest.fixture
def events_of(tmp_path, table):
    """The events under these changes, as a frame; `day` counts local days from the clock's start."""

    def made(changes, strength="0.0", start="2026-03-20", zone="UTC", hours=None):
        file = tmp_path / "changing.yaml"
        file.write_text(SCENARIO.format(changes=changes, strength=strength, start=start, zone=zone), "utf-8")
        world = World(load(file).plan)
        units = world.units("web")
        spans = [(0, units)] if hours is None else [(at, min(at + hours, units)) for at in range(0, units, hours)]
        frames = [table(world, "web", first, last).to_pandas() for first, last in spans]
        frame = pd.concat([each for each in frames if len(each)], ignore_index=True)
        local = frame.happened_at.dt.tz_convert(zone).dt.tz_localize(None)
        frame["day"] = (local - np.datetime64(start)) / np.timedelta64(1, "D")
        return frame

    return made


@pytest.fixture
def plain(events_of):
    return events_of("")


def begun(frame):
    """The first events of visits."""
    return frame[frame.event == "look"]


def ratio_z(more, fewer, factor):
    """How far counts of two Poisson processes of equal length are from a ratio, in standard errors."""
    share = factor / (1 + factor)
    return (more - (more + fewer) * share) / np.sqrt((more + fewer) * share * (1 - share))


def test_who_is_reached_comes_more_often_in_the_window_and_nothing_else_moves(events_of, plain):
    sale = events_of(f"sale: {{{SALE}, visits: {{web: 2.5}}}}", "change.sale")
    reached = sale[sale.strength == 1]
    assert reached.day.between(8, 12.5, inclusive="left").all()
    assert set(reached.plan) == {"basic"}
    who = set(reached.customer_id)
    basic = begun(sale)[begun(sale).plan == "basic"]
    inside = basic[basic.day.between(8, 12.5, inclusive="left")]
    others = inside[~inside.customer_id.isin(who)]
    people = sale[sale.plan == "basic"].customer_id.nunique()
    assert abs(len(who) / people - 0.3) < 0.05
    # Those reached who did not come in the window are not known: hold the rate against that of the plain world.
    before = begun(plain)[begun(plain).plan == "basic"]
    before = before[before.day.between(8, 12.5, inclusive="left")]
    mine = int(before.customer_id.isin(who).sum())
    assert abs(ratio_z(len(inside) - len(others), mine, 2.5)) < MOST_Z


def test_outside_of_window_and_people_events_are_the_same_bytes(events_of, plain):
    sale = events_of(f"sale: {{{SALE}, visits: {{web: 2.5}}}}")
    kept = sale[sale.event_id.isin(plain.event_id)].reset_index(drop=True)
    assert kept.equals(plain)
    fresh = sale[~sale.event_id.isin(plain.event_id)]
    assert len(fresh) > 200
    assert begun(fresh).day.between(8, 12.5, inclusive="left").all()
    assert set(fresh.plan) == {"basic"}


def test_an_outage_keeps_all_away_and_a_slump_some(events_of, plain):
    down = events_of("down: {kind: outage, from: day 5 06:00, to: day 6, visits: {web: 0}}")
    window = begun(plain).day.between(5.25, 6, inclusive="left")
    gone = set(begun(plain)[window].event_id)
    assert gone
    assert set(begun(plain).event_id) - set(begun(down).event_id) == gone
    assert down.equals(plain[plain.event_id.isin(down.event_id)].reset_index(drop=True))
    slump = events_of("slump: {kind: drift, from: day 10, visits: {web: 0.4}}")
    before, after = ((begun(each).day >= 10).sum() for each in (plain, slump))
    assert stats.binomtest(int(after), int(before), 0.4).pvalue > 0.001


def test_gains_add_up_and_losses_multiply(events_of, plain):
    both = "a: {kind: campaign, from: day 0, visits: {web: 2}}, b: {kind: campaign, from: day 0, visits: {web: 1.5}}"
    loss = "c: {kind: outage, from: day 0, visits: {web: 0.5}}"
    made = len(begun(events_of(f"{both}, {loss}")))
    assert abs(ratio_z(made, len(begun(plain)), 2.5 * 0.5)) < MOST_Z
    alone = events_of("a: {kind: campaign, from: day 0, to: day 10, visits: {web: 2}}")
    with_b = events_of(
        "a: {kind: campaign, from: day 0, to: day 10, visits: {web: 2}}, "
        "b: {kind: campaign, from: day 10, visits: {web: 1.5}}"
    )
    assert with_b[with_b.event_id.isin(alone.event_id)].reset_index(drop=True).equals(alone)


def test_strength_grows_evenly_and_comes_back_by_the_local_clock(events_of):
    grown = events_of("taste: {kind: drift, from: day 5, to: day 18, how: {gradual: 10 days}}", "change.taste")
    wanted = np.where(grown.day < 18, np.clip((grown.day - 5) / 10, 0, 1), 0)
    assert np.allclose(grown.strength, wanted, atol=1e-9)
    weekly = events_of(
        "happy: {kind: price, from: day 3 18:00, how: {recurring: {every: 2 days, for: 3h}}}",
        "change.happy",
        zone="Europe/London",
    )
    assert weekly.happened_at.dt.tz_convert("Europe/London").map(lambda at: at.utcoffset()).nunique() == 2
    since = weekly.day - 3.75
    near_edge = np.minimum(np.abs(since % 2), np.abs(since % 2 - 0.125)) < 1e-6
    wanted = (since >= 0) & (since % 2 < 0.125)
    assert (weekly.strength.eq(1) == wanted)[~near_edge].all()
    assert weekly.strength.sum() > 100


def test_a_gradual_campaign_brings_more_and_more(events_of, plain):
    made = events_of("buzz: {kind: campaign, from: day 0, how: {gradual: 20 days}, visits: {web: 3}}")
    counts = np.histogram(begun(made).day, np.arange(0, 21, 4))[0]
    base = len(begun(plain)) / 5
    wanted = base * (1 + 2 * (np.arange(5) * 4 + 2) / 20)
    assert stats.chi2.sf(((counts - wanted) ** 2 / wanted).sum(), 5) > 0.001


def test_weights_and_choices_listen(events_of):
    made = events_of("sale: {kind: price, from: day 10}", "change.sale")
    looks = begun(made)
    for after, chance in ((False, 0.1), (True, 0.2)):
        # The step to `buy` is decided when the look ends; a look lasts an hour on average, so keep off the edges.
        span = (looks.day > 10.0) if after else (looks.day < 9.0)
        bought = made[(made.event == "buy") & ((made.day > 10.0) if after else (made.day < 9.3))]
        seen, sold = int(span.sum()), len(bought)
        assert abs(sold - chance * seen) < 0.02 * seen
    before, later = looks[looks.day < 10].price, looks[looks.day >= 10].price
    assert later.mean() < before.mean() - 0.5


@pytest.mark.parametrize("hours", [7, 100])
def test_any_cut_gives_the_same_events(events_of, hours):
    changes = (
        f"sale: {{{SALE}, visits: {{web: 3}}, nulls: {{web: {{price: 0.5}}}}}}, "
        "down: {kind: outage, from: day 9 06:00, to: day 10, visits: {web: 0.3}}"
    )
    assert events_of(changes, "change.sale", hours=hours).equals(events_of(changes, "change.sale"))


def test_a_fault_loses_values_of_the_feed_alone(events_of, plain):
    made = events_of("broken: {kind: fault, from: day 7, to: day 14, nulls: {web: {item: 0.4}}}")
    inside = made.day.between(7, 14, inclusive="left")
    assert made[~inside].equals(plain[~inside].astype(made.dtypes))
    assert made.drop(columns="item").equals(plain.drop(columns="item"))  # the price is still that of the item
    lost = int(made[inside].item.isna().sum())
    assert stats.binomtest(lost, int(inside.sum()), 0.4).pvalue > 0.001
