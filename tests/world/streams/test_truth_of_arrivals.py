"""Visits come as the scenario says: by hour and day, over summer time, one by one, customer by customer."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import scipy.stats

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
HOURS = [2, 1, 1, 1, 1, 2, 4, 8, 10, 11, 10, 9, 9, 8, 8, 9, 10, 12, 15, 18, 20, 16, 9, 5]
DAYS = [5, 4, 4, 5, 7, 9, 8]


def shop(rows: int, visits: str, more: str = "") -> str:
    return f"""
  people: {{rows: {rows}, static: true, key: person, columns: {{person: {{serial: 1}}, keen: {{choice: [0, 1]}}}}}}
  web:
    of: people
    time: at
    visits: {{{visits}}}
    columns: {{person: {{visit: customer}}}}{more}
"""


def test_each_hour_of_the_week_has_its_visits_and_summer_time_skips_one(made, events, agree):
    rows, per_day, zone = 2_000, 2.0, "Europe/London"
    world = made(shop(rows, f"per_day: {per_day}, day: {HOURS}, week: {DAYS}"), start="2026-03-23", zone=zone)
    at = events(world)["at_us"].to_numpy()
    count = (world.plan.clock.end_us - world.plan.clock.start_us) // HOUR_US
    assert count == 14 * 24 - 1  # the clocks go forward on 29 March
    begins = [
        dt.datetime.fromtimestamp(world.plan.clock.start_us / 1e6 + 3600 * n, ZoneInfo(zone)) for n in range(count)
    ]
    weights = np.array([HOURS[each.hour] * DAYS[each.weekday()] for each in begins])
    assert (begins[0].hour, begins[0].weekday(), begins[-1].hour) == (0, 0, 23)
    mean_weight = sum(HOURS) * sum(DAYS) / 7  # of a day
    agree(np.bincount(at // HOUR_US, minlength=count), rows * per_day * weights / mean_weight, tied=0)


def test_168_hours_may_be_told_in_any_unit(made, events, agree):
    hours = np.arange(168) % 24 + 1
    world = made(shop(1_000, f"per_day: 3, hours: {(hours * 17).tolist()}"), days=7)
    at = events(world)["at_us"].to_numpy()
    agree(np.bincount(at // HOUR_US, minlength=168), 1_000 * 21 * hours / hours.sum(), tied=0)


@pytest.mark.parametrize(("rows", "per_day"), [(1, 1_500), (2_000, 0.75)])
def test_where_all_hours_are_alike_gaps_are_exponential(made, events, drawn_from, normal, rows, per_day):
    at = events(made(shop(rows, f"per_day: {per_day}"), seed=2))["at_us"].to_numpy()
    gaps = np.diff(at) / DAY_US
    drawn_from(gaps, scipy.stats.expon(scale=1 / (rows * per_day)).cdf)
    normal(len(at), 14 * rows * per_day, np.sqrt(14 * rows * per_day))
    normal(np.corrcoef(gaps[1:], gaps[:-1])[0, 1], 0, 1 / np.sqrt(len(gaps)))


def test_customers_differ_as_a_gamma_factor_makes_them(made, events, agree, normal, drawn_from, traits):
    rows, mean, spread = 4_000, 7.0, 0.8
    world = made(shop(rows, f"per_day: 0.5, spread: {spread}"), seed=3)
    visits = np.bincount(events(world, "parent.person")["parent.person"] - 1, minlength=rows)
    counts = scipy.stats.nbinom(1 / spread**2, 1 / (1 + mean * spread**2))  # variance = mean + (spread * mean)^2
    bins = np.append(np.arange(25), 10_000)
    expected = rows * np.diff(np.append(counts.cdf(bins[:-1] - 1), 1.0))
    agree(np.histogram(visits, np.append(bins[:-1], 10_001))[0], expected)
    _, variance, _, excess = (float(each) for each in counts.stats("mvsk"))
    normal(((visits - mean) ** 2).mean(), variance, variance * np.sqrt((excess + 2) / rows))
    factor = traits(world, "people")["web.spread"].to_numpy()
    drawn_from(factor, scipy.stats.gamma(1 / spread**2, scale=spread**2).cdf)
    likely = np.argsort(factor)
    expected = [mean * factor[part].sum() for part in np.array_split(likely, 8)]  # the factor told is what counts
    agree([visits[part].sum() for part in np.array_split(likely, 8)], expected, tied=0)


def test_season_holidays_and_growth_multiply(made, events, agree):
    rows, per_day, growth, days = 1_500, 1.0, 0.5, 60
    season = [1, 2, 0.5, *[1] * 9]
    text = f'per_day: {per_day}, growth: {growth}, season: {season}, holidays: {{"2026-01-26": 0.25, "2026-02-14": 3}}'
    at = events(made(shop(rows, text), start="2026-01-15", days=days, seed=4))["at_us"].to_numpy()
    dates = pd.date_range("2026-01-15", periods=days)
    rate = np.log1p(growth) / 30
    grown = (np.exp(rate * np.arange(1, days + 1)) - np.exp(rate * np.arange(days))) / rate
    factor = np.select([dates.month == 1, dates.month == 2], [1.0, 2.0], 0.5)
    factor = factor * dates.map({pd.Timestamp("2026-01-26"): 0.25, pd.Timestamp("2026-02-14"): 3}).fillna(1).to_numpy()
    agree(np.bincount(at // DAY_US, minlength=days), rows * per_day * grown * factor, tied=0)


def test_a_share_is_known_and_each_visit_comes_from_some_device(made, events, normal):
    text = "per_day: 3, known: 0.2 + 0.6 * parent.keen, devices: 3"
    world = made(
        shop(1_500, text).replace("known: 0.2 + 0.6 * parent.keen", 'known: "0.2 + 0.6 * parent.keen"'), seed=5
    )
    seen = events(world, "visit.known", "visit.visitor", "parent.person", "parent.keen")
    for keen, share in ((0, 0.2), (1, 0.8)):
        known = seen.loc[seen["parent.keen"] == keen, "visit.known"]
        normal(known.mean(), share, np.sqrt(share * (1 - share) / len(known)))
    assert seen.groupby("visit.visitor")["parent.person"].nunique().max() == 1
    assert seen.groupby("parent.person")["visit.visitor"].nunique().max() == 3
    same = seen.groupby("parent.person")["visit.visitor"].shift() == seen["visit.visitor"]
    pairs = len(seen) - seen["parent.person"].nunique()
    normal(same.sum() / pairs, 1 / 3, np.sqrt(2 / 9 / pairs))


def test_a_million_events_have_a_million_ids(made, events):
    journey = """
    journey:
      first: {emits: a, then: {second: 1}, after: 1s}
      second: {emits: b, then: {first: 0.5, leave: 0.5}, after: 1s}
"""
    world = made(shop(3_000, "per_day: 25", journey), days=4, seed=6)
    seen = events(world, "visit.event_id", "visit.id", "visit.step")
    assert len(seen) > 1_000_000
    assert len(np.unique(seen["visit.event_id"])) == len(seen)
    visits, steps = np.unique(seen["visit.id"], return_counts=True)
    assert len(visits) == (seen["visit.step"] == 1).sum()
    assert seen.groupby("visit.id")["visit.step"].max().reindex(visits).to_numpy().tolist() == steps.tolist()
