"""Lives against closed forms and an independent fit: fixed times, shares, returns, hazard ratios, the truth."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import optimize, stats

from sandbox.world.periods import DAY_US
from sandbox.world.truth import Changes, Leaves, true_probability

OPEN = np.iinfo(np.int64).max
HOUR_US = DAY_US // 24


def history(body, rows=2_000):
    return f"\n  m:\n    rows: {rows}\n    history: true\n    key: id\n" + body


def spans(made):
    since = made["valid_from"].cast(pa.int64()).to_numpy()
    return since, made["valid_to"].cast(pa.int64()).fill_null(OPEN).to_numpy()


CONTRACT = """
    columns:
      id: {serial: 1}
      valid_from: {datetime: [2025-10-01, 2026-02-20]}
      signed: {sql: valid_from}
      contract: {constant: fixed}
      fee: {choice: {values: [9.0, 19.0]}}
    transitions:
      ends: {after: 90 days, since: signed, when: "contract = 'fixed'", set: {contract: "'rolling'"}}
      rise: {at: day 20 06:00, share: 0.3, set: {fee: "fee + 1"}}
      tick: {hazard: 0.01 per day, set: {fee: "fee + 0.01"}}
"""


def test_a_contract_ends_to_the_microsecond_after_it_was_signed_whatever_comes_between(world_of, table):
    world = world_of(history(CONTRACT))
    made = table(world, "m")
    since, until = spans(made)
    signed = made["signed"].cast(pa.int64()).to_numpy()
    ends = signed + 90 * DAY_US
    within = (ends >= world.plan.clock.start_us) & (ends < world.plan.clock.end_us)
    rolling = np.array(made["contract"].to_pylist()) == "rolling"
    # A version holds rolling exactly from the end on; what lay before the clock never came.
    assert (rolling == (within & (since >= ends))).all()
    who = made["id"].to_numpy()
    assert set(who[rolling]) == set(who[within])
    assert ((since < ends) | ~within | rolling).all()
    assert (until > since).all()


def test_a_price_rises_at_its_moment_for_its_share_of_those_who_are_there(world_of, table):
    world = world_of(history(CONTRACT, rows=20_000))
    made = table(world, "m")
    who, fee = made["id"].to_numpy(), made["fee"].to_numpy()
    since, _ = spans(made)
    moment = world.plan.clock.start_us + 20 * DAY_US + 6 * HOUR_US
    rise = np.flatnonzero((who[1:] == who[:-1]) & (np.abs(np.diff(fee) - 1) < 1e-9)) + 1
    assert (since[rise] == moment).all()
    first = np.r_[True, who[1:] != who[:-1]]
    there = (since[first] < moment).sum()
    assert stats.binomtest(len(rise), int(there), 0.3).pvalue > 1e-4


def test_what_falls_on_one_moment_makes_one_version_in_the_order_written(world_of, table):
    world = world_of(
        history("""
    columns: {id: {serial: 1}, fee: {constant: 10}, note: {constant: start}}
    transitions:
      more: {at: day 5, set: {fee: "fee + 1"}}
      waits: {after: 5 days, set: {note: "note || ' waited at ' || fee"}}
      twice: {at: day 5, set: {fee: "fee * 2"}}
      tired: {hazard: 0.001 per day, set: {note: "'tired'"}}
""")
    )
    made = table(world, "m", columns=["id", "fee", "note", "valid_from"])
    five = made.filter(pa.compute.equal(made["valid_from"].cast(pa.int64()), world.plan.clock.start_us + 5 * DAY_US))
    assert five.num_rows > 1_900
    assert set(five["fee"].to_pylist()) == {22}
    assert set(five["note"].to_pylist()) == {"start", "tired"}  # a new version begins the wait anew


STEPS = """
    columns:
      id: {serial: 1}
      dear: {constant: 0}
      x: {normal: {mean: 0, sd: 0.5}}
    leave: {hazard: {base: 0.01 per day, x: 0.5, dear: 0.8}}
    transitions:
      rise: {at: day 30, share: 0.25, set: {dear: "dear + 1"}}
      again: {at: day 40, when: dear = 1, set: {dear: "2"}}
"""


def truth(world, event, cut=20, window=30, paths=64):
    start = world.plan.clock.start_us
    found = true_probability(world, "m", start + cut * DAY_US, window * DAY_US, event, paths)
    return found, found["probability"].to_numpy(), found["standard_error"].to_numpy()


def test_beyond_a_price_rise_the_chance_of_leaving_is_a_closed_form_mixed_by_its_share(world_of, table):
    world = world_of(history(STEPS))
    found, probability, error = truth(world, Leaves())
    made = table(world, "m", columns=["id", "x", "valid_from"])
    x = dict(zip(made["id"].to_pylist(), made["x"].to_pylist(), strict=True))
    base = 0.01 * np.exp(0.5 * np.array([x[who] for who in found["id"].to_pylist()]))
    stays = np.exp(-base * 30)
    rises = np.exp(-base * (10 + 10 * np.exp(0.8) + 10 * np.exp(1.6)))
    assert np.allclose(probability, 1 - (0.75 * stays + 0.25 * rises), rtol=1e-7)
    assert (error == 0).all()


def test_a_change_at_a_moment_is_as_likely_as_being_there_then(world_of, table):
    world = world_of(history(STEPS))
    found, probability, _ = truth(world, Changes("dear"))
    made = table(world, "m", columns=["id", "x", "valid_from"])
    x = dict(zip(made["id"].to_pylist(), made["x"].to_pylist(), strict=True))
    base = 0.01 * np.exp(0.5 * np.array([x[who] for who in found["id"].to_pylist()]))
    assert np.allclose(probability, 0.25 * np.exp(-base * 10), rtol=1e-7)
    _, twice, _ = truth(world, Changes("dear", "dear = 2"))
    assert np.allclose(twice, 0.25 * np.exp(-base * (10 + 10 * np.exp(0.8))), rtol=1e-7)


CANCELS = """
    columns: {id: {serial: 1}, plan: {choice: {basic: 1, plus: 1}}}
    leave: {hazard: 0.01 per day}
    transitions:
      up: {at: day 30, when: "plan = 'basic'", set: {plan: "'plus'"}}
      down: {at: day 30, share: 0.4, when: "plan = 'plus'", set: {plan: "'basic'"}}
"""
HEARS = """
    recent: {heard_7d: {count: calls, within: 7 days}}
  calls:
    of: m
    time: at
    visits: {per_day: 0.1}
    columns: {n: {visit: event_id}}
"""


@pytest.mark.parametrize("hears", [False, True])
def test_what_cancels_out_within_one_moment_is_no_change(world_of, table, hears):
    """Who is basic goes up and, of some, down again at once; who is plus only goes down."""
    world = world_of(history(CANCELS + (HEARS if hears else "")))
    made = table(world, "m", columns=["id", "plan"])
    first = dict(zip(reversed(made["id"].to_pylist()), reversed(made["plan"].to_pylist()), strict=True))
    there = np.exp(-0.01 * 10)
    for event, basic, plus in ((Changes("plan"), 0.6, 0.4), (Changes("plan", "plan = 'basic'"), 0.0, 0.4)):
        found, probability, _ = truth(world, event)
        is_basic = np.array([first[who] == "basic" for who in found["id"].to_pylist()])
        for rows, share in ((is_basic, basic), (~is_basic, plus)):
            allowed = 4 * np.sqrt(share * (1 - share) / (16 * rows.sum())) if hears else 1e-7
            assert abs(probability[rows].mean() - share * there) <= allowed


BACK = """
    columns: {id: {serial: 1}, times: {constant: 0}}
    leave: {hazard: 0.03 per day}
    returns: {hazard: 0.05 per day, set: {times: "times + 1"}}
"""


def test_those_who_come_back_are_away_as_a_chain_of_two_states_says(world_of, table):
    world = world_of(history(BACK, rows=3_000))
    _, probability, error = truth(world, Leaves())
    away = 0.03 / 0.08 * (1 - np.exp(-0.08 * 30))
    score = (probability - away) / error
    assert abs(score.mean()) < 5 / np.sqrt(len(score))
    assert 0.85 < score.std() < 1.15
    assert error.max() < 0.03
    made = table(world, "m")
    since, until = spans(made)
    start = world.plan.clock.start_us
    for day in (10, 30, 55):
        there = ((since <= start + day * DAY_US) & (until > start + day * DAY_US)).sum()
        expected = 1 - 0.03 / 0.08 * (1 - np.exp(-0.08 * day))
        assert stats.binomtest(int(there), 3_000, expected).pvalue > 1e-4


def test_nobody_is_back_before_the_least_time_away_and_a_return_is_a_version_of_its_own(world_of, table):
    world = world_of(history(BACK.replace("returns: {", "returns: {after: 5 days, when: times < 2, ")))
    made = table(world, "m")
    who, times = made["id"].to_numpy(), made["times"].to_numpy()
    since, until = spans(made)
    same = who[1:] == who[:-1]
    away = (since[1:] - until[:-1])[same]
    assert away.min() >= 5 * DAY_US
    assert away.min() < 6 * DAY_US
    assert (np.diff(times)[same] == 1).all()
    assert times.max() == 2


def test_a_change_may_come_after_a_return(world_of):
    world = world_of(history(BACK, rows=3_000))
    _, probability, error = truth(world, Changes("times"))
    # Leave at s, then be back before the end: a sum of two exponential times.
    left, back, window = 0.03, 0.05, 30
    expected = 1 - (back * np.exp(-left * window) - left * np.exp(-back * window)) / (back - left)
    score = (probability - expected) / error
    assert abs(score.mean()) < 5 / np.sqrt(len(score))
    assert 0.85 < score.std() < 1.15


EVERYTHING = """
    sign_ups: {there: 0.6, before: 200 days, growth: 0.3, day: evening}
    columns:
      id: {serial: 1}
      joined: {sql: valid_from}
      plan: {choice: {basic: 2, plus: 1}}
      contract: {choice: {fixed: 1, rolling: 1}}
      fee: {given: plan, constant: {basic: 10.0, plus: 20.0}}
      thrift: {normal: {mean: 0, sd: 1}, hidden: true}
    leave:
      hazard: {base: 0.008 per day, thrift: 0.6, "case contract when 'fixed' then 1 else 0 end": -2, "fee / 20": 0.5}
    returns: {hazard: {base: 0.03 per day, thrift: -0.3}, after: 3 days, set: {plan: "'basic'", fee: "8.0"}}
    transitions:
      up: {when: "plan = 'basic'", hazard: 0.01 per day, set: {plan: "'plus'", fee: "fee + 10", contract: "'fixed'"}}
      ends: {after: 120 days, since: joined, when: "contract = 'fixed'", set: {contract: "'rolling'"}}
      rise: {at: day 40, share: 0.5, when: "plan = 'plus'", set: {fee: "fee * 1.2"}}
      review: {after: 15 days, when: "plan = 'plus'", share: 0.4, set: {plan: "'basic'"}}
"""


@pytest.mark.parametrize("event", [Leaves(), Changes("plan"), Changes("plan", "plan = 'plus'"), Changes("fee")])
def test_what_came_true_agrees_with_what_was_likely(world_of, event):
    """Brute force: the world itself is one draw of the future of each of its many entities."""
    world = world_of(history(EVERYTHING, rows=12_000), days=61)
    found, probability, error = truth(world, event, cut=25, window=35, paths=16)
    versions = world.block("m", 0)
    start = world.plan.clock.start_us
    cut, end = start + 25 * DAY_US, start + 60 * DAY_US
    ids = found["id"].to_numpy() - 1
    happened = np.zeros(12_000, np.bool_)
    if isinstance(event, Leaves):
        happened[:] = True
        happened[versions.entity[(versions.since <= end) & (versions.until > end)]] = False
    else:
        values = np.array(versions.column(event.column).to_pylist())
        inside = (versions.since > cut) & (versions.since <= end) & (versions.number > 0)
        inside[1:] &= values[1:] != values[:-1]
        if event.where:
            inside &= values == "plus"
        happened[versions.entity[inside]] = True
    spread = np.sqrt((probability * (1 - probability)).sum() + (error**2).sum())
    assert abs(happened[ids].sum() - probability.sum()) < 4 * spread
    # And it ranks them: in each fifth by chance as many as were expected.
    for fifth in np.array_split(np.argsort(probability, kind="stable"), 5):
        chance = probability[fifth]
        allowed = 4 * np.sqrt((chance * (1 - chance)).sum() + (error[fifth] ** 2).sum()) + 1
        assert abs(happened[ids[fifth]].sum() - chance.sum()) < allowed


def test_an_independent_fit_finds_the_hazard_ratios(world_of, table):
    """Exponential regression over the time at risk of each version, by maximum likelihood; Bonferroni over 6 tests."""
    world = world_of(history(EVERYTHING, rows=30_000))
    columns = ["id", "plan", "contract", "fee", "thrift", "valid_from", "valid_to"]
    made = table(world, "m", columns=columns)
    since, until = spans(made)
    who, clock = made["id"].to_numpy(), world.plan.clock
    left = (until < clock.end_us) & np.r_[(who[1:] != who[:-1]) | (since[1:] > until[:-1]), True]
    at_risk = (np.minimum(until, clock.end_us) - np.maximum(since, clock.start_us)) / DAY_US
    fixed = np.array(made["contract"].to_pylist()) == "fixed"
    design = np.c_[np.ones(len(who)), made["thrift"].to_numpy(), fixed, made["fee"].to_numpy() / 20]
    z = scores(design, left, at_risk, [np.log(0.008), 0.6, -2, 0.5])
    returned = np.flatnonzero((who[1:] == who[:-1]) & (since[1:] > until[:-1]))
    away_till = np.full(len(who), clock.end_us)
    away_till[returned] = since[returned + 1]
    gone = left & (until + 3 * DAY_US < clock.end_us)
    away = (away_till - until)[gone] / DAY_US - 3
    back = np.isin(np.flatnonzero(gone), returned)
    z += scores(design[gone][:, :2], back, away, [np.log(0.03), -0.3])
    assert np.abs(z).max() < stats.norm.isf(0.0005 / 2 / len(z))


def scores(design, happened, days, planted):
    def loss(beta):
        rate = np.exp(design @ beta) * days
        return (rate - happened * (design @ beta)).sum(), design.T @ (rate - happened)

    found = optimize.minimize(loss, planted, jac=True, method="BFGS", options={"gtol": 1e-3}).x
    information = (design * (np.exp(design @ found) * days)[:, None]).T @ design
    return list((found - planted) / np.sqrt(np.diag(np.linalg.inv(information))))


def test_nothing_happens_to_those_who_are_away(world_of, table):
    world = world_of(
        history(BACK)
        + """
  calls: {of: m, rate: 0.4, time: called_at, columns: {times: {parent: times}}}
  bills: {of: m, every: week, time: issued_at, columns: {a: {constant: 1}}}
"""
    )
    made = table(world, "m")
    since, until = spans(made)
    who = made["id"].to_numpy()
    for child, time in (("calls", "called_at"), ("bills", "issued_at")):
        rows = table(world, child)
        owner, at = rows["id"].to_numpy(), rows[time].cast(pa.int64()).to_numpy()
        place = np.searchsorted(who * 1e17 + since, owner * 1e17 + at, side="right") - 1
        assert (who[place] == owner).all()
        assert (at < until[place]).all()
        assert len(at) > 1_000


def test_a_way_back_leaves_alone_all_that_was_before_it(world_of, table):
    with_it = table(world_of(history(BACK)), "m")
    without = table(world_of(history(BACK.split("    returns")[0])), "m")
    first = with_it.filter(pa.compute.equal(with_it["times"], 0))
    assert first == without
