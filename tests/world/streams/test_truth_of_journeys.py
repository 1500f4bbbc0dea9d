"""Ways through a visit are taken as often as their weights say, in numbers or in SQL, and stays last as they should."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
import scipy.stats

DAY_US = 86_400_000_000
LEAVE = "leave"
WEIGHTS = {
    "a": {"b": 3, "c": 1, LEAVE: 0.5},
    "b": {"a": 0.2, "b": 0.3, "c": 0.25, LEAVE: 0.25},
    "c": {"b": 1, LEAVE: 2},
}
ENTER = {"a": 0.7, "c": 0.3}
CHAIN = """
  people: {rows: 1_500, static: true, key: person, columns: {person: {serial: 1}}}
  web:
    of: people
    time: at
    visits: {per_day: 2, longest: 20 days}
    journey:
      enter: {a: 0.7, c: 0.3}
      a: {emits: a, then: {b: 3, c: 1, leave: 0.5}, after: 20s}
      b: {emits: b, then: {a: 0.2, b: 0.3, c: 0.25, leave: 0.25}, after: {lognormal: {median: 60, sigma: 0.7}}}
      c: {emits: c, then: {b: 1, leave: 2}, after: 3h}
    columns: {event: {visit: event}}
"""


@pytest.fixture(scope="module")
def chain(made, events):
    """Events with the state that follows each and when; visits that the clock's end may have cut are left out."""
    seen = events(made(CHAIN, days=16), "visit.id", "visit.state", "visit.step")
    return followed(seen[seen.groupby("visit.id")["at_us"].transform("min") < 10 * DAY_US])


def followed(seen: pd.DataFrame) -> pd.DataFrame:
    seen = seen.sort_values(["visit.id", "visit.step"])
    visits = seen.groupby("visit.id")
    next_state = visits["visit.state"].shift(-1).fillna(LEAVE)
    return seen.assign(next=next_state, stay_s=(visits["at_us"].shift(-1) - seen["at_us"]) / 1e6)


def test_visits_begin_where_they_should(chain, agree):
    first = chain.loc[chain["visit.step"] == 1, "visit.state"].value_counts()
    assert set(first.index) == set(ENTER)
    agree(first[list(ENTER)], first.sum() * np.array(list(ENTER.values())))


@pytest.mark.parametrize("state", WEIGHTS)
def test_ways_are_taken_by_their_weights(chain, agree, state):
    counts = chain.loc[chain["visit.state"] == state, "next"].value_counts()
    weights = pd.Series(WEIGHTS[state], dtype=float)
    assert set(counts.index) == set(weights.index)
    agree(counts[weights.index], counts.sum() * weights / weights.sum())


def test_the_way_there_says_nothing_of_the_way_on(chain, agree):
    """Semi-Markov: where somebody goes from b is the same wherever they came from, and however long they stayed."""
    before = chain.groupby("visit.id")["visit.state"].shift().fillna("nowhere")
    inner = chain[(chain["visit.state"] == "b") & (before != "nowhere")]
    goes_on = chain[(chain["visit.state"] == "b") & (chain["next"] != LEAVE)]
    for by, following in ((before[inner.index], inner), (pd.qcut(goes_on["stay_s"], 5), goes_on)):
        table = pd.crosstab(by, following["next"]).to_numpy()
        expected = scipy.stats.contingency.expected_freq(table)
        agree(table.ravel(), expected.ravel(), tied=sum(table.shape) - 1)


STAYS = {
    "a": scipy.stats.expon(scale=20),
    "b": scipy.stats.lognorm(0.7, scale=60),
    "c": scipy.stats.expon(scale=3 * 3600),
}


@pytest.mark.parametrize("state", STAYS)
def test_stays_last_as_they_should(chain, drawn_from, state):
    stays = chain.loc[(chain["visit.state"] == state) & (chain["next"] != LEAVE), "stay_s"]
    drawn_from(stays.to_numpy(), STAYS[state].cdf)


WEIGHED = """
  products:
    rows: 50
    static: true
    key: product
    columns: {product: {serial: 1}, price: {lognormal: {median: 20, sigma: 0.8}}}
  people:
    rows: 1_000
    static: true
    key: person
    columns: {person: {serial: 1}, plan: {choice: [basic, plus]}, age: {integer: [18, 90], nulls: 0.2}}
  web:
    of: people
    time: at
    visits: {per_day: 3, day: evening, known: 0.4}
    journey:
      look:
        emits: look
        item: products
        then: {look: "LOOK", ask: "ASK", leave: 0.7}
        after: 90s
      ask: {emits: ask, item: same, then: {look: 1, leave: "0.3 + visit.seconds / 600"}, after: 60s}
    columns: {event: {visit: event}}
"""
LOOK = "exp(-0.4 * (visit.look - 1)) * least(item.price / 20, 3)"
ASK = "case when parent.plan = 'plus' and at.hour >= 18 then 1.2 else coalesce(parent.age, 40) / 100 end"
COLUMNS = ["visit.look", "visit.seconds", "item.price", "parent.plan", "parent.age", "at.hour", "visit.known"]


def test_weights_in_sql_give_the_frequencies_that_duckdb_foretells(made, events, agree):
    """DuckDB evaluates each weight over the events; ways are then taken as often as that says, likely or not."""
    zone = "America/New_York"
    world = made(WEIGHED.replace("LOOK", LOOK, 1).replace("ASK", ASK, 1), zone=zone, seed=2)
    names = [name for name in COLUMNS if name != "visit.look" and not name.startswith("at.")]
    seen = events(world, "visit.id", "visit.state", "visit.step", *names)
    seen = followed(seen[seen.groupby("visit.id")["at_us"].transform("min") < 13 * DAY_US])
    seen["visit.look"] = (seen["visit.state"] == "look").groupby(seen["visit.id"]).cumsum()
    at = pd.to_datetime(seen["at_us"] + world.plan.clock.start_us, unit="us", utc=True).dt.tz_convert(zone)
    seen["at.hour"] = at.dt.hour
    flat = seen.rename(columns={name: name.replace(".", "_") for name in seen.columns})
    with duckdb.connect() as connection:
        connection.register("flat", flat.drop(columns=["stay_s"]))
        texts = [LOOK, ASK, "0.3 + visit.seconds / 600"]
        for name in COLUMNS:
            texts = [text.replace(name, name.replace(".", "_")) for text in texts]
        look, ask, leave = (connection.sql(f"select {text} as w from flat").df()["w"].to_numpy() for text in texts)
    looks = (seen["visit.state"] == "look").to_numpy()
    shares = {
        "look": (looks, look / (look + ask + 0.7)),
        "ask": (looks, ask / (look + ask + 0.7)),
        LEAVE: (~looks, leave / (1 + leave)),
    }
    for target, (rows, share) in shares.items():
        went = (seen["next"] == target).to_numpy()[rows]
        share = share[rows]
        assert share.std() > 0.05
        parts = np.array_split(np.argsort(share), 10)
        came, foretold, size = (
            np.array([each[part].sum() for part in parts]) for each in (went, share, np.ones(len(share)))
        )
        agree(np.r_[came, size - came], np.r_[foretold, size - foretold])
