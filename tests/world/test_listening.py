"""Histories that listen to events: the same lives where nothing is heard, the counts that land, and their truth."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import sandbox
from sandbox.world.recent import Tally
from sandbox.world.streams.stream import best_sellers
from sandbox.world.truth import Changes, Leaves, true_probability
from sandbox.world.world import World

DAY_US = 86_400_000_000
SCENARIO = """\
sandbox: 1
name: calls
seed: 3
clock: {{start: 2026-03-01, days: {days}}}
datasets:
  customers:
    rows: {rows}
    key: customer_id
    history: true
    columns:
      customer_id: {{serial: 1}}
      valid_from: {{datetime: [2026-02-01, 2026-03-10]}}
      plan: {{choice: {{basic: 0.6, plus: 0.4}}}}
    recent:
      dropped_7d: {{count: calls, where: "event = 'dropped'", within: 7 days}}
    leave: {{hazard: {{base: 0.01 per day, dropped_7d: {effect}}}}}
    transitions:
      upgrade: {{when: "plan = 'basic'", hazard: 0.03 per day, set: {{plan: "'plus'"}}}}
  calls:
    of: customers
    time: called_at
    visits: {{per_day: "case parent.plan when 'plus' then 1.5 else 0.8 end", spread: 0.7, day: evening}}
    journey:
      call: {{emits: call, then: {{dropped: 0.25, leave: 0.75}}, after: 3min}}
      dropped: {{emits: dropped, then: {{call: 0.7, leave: 0.3}}, after: 30s}}
    columns:
      event: {{visit: event}}
"""

STORM = SCENARIO.replace(
    "datasets:",
    """changes:
  storm:
    kind: outage
    from: day 6 09:00
    to: day 12 20:00
    share: 0.6
    where: plan = 'basic'
    visits: {{calls: 3}}
  strike: {{kind: outage, from: day 15, to: day 17, visits: {{calls: 0.3}}}}
datasets:""",
    1,
).replace(
    "{{dropped: 0.25, leave: 0.75}}", '{{dropped: "0.2 + 0.4 * change.storm", leave: "0.8 - 0.4 * change.storm"}}'
)


def plan_of(tmp_path, text=SCENARIO, **values):
    path = tmp_path / "calls.yaml"
    path.write_text(text.format(**{"rows": 900, "days": 25, "effect": 0.5} | values), encoding="utf-8")
    return sandbox.load(path).plan


def lives(plan, ranges=None):
    world = World(plan)
    ranges = [(0, world.units("customers"))] if ranges is None else ranges
    batches = [batch for first, last in ranges for batch in world.batches("customers", first, last)]
    return pa.Table.from_batches(batches).drop_columns(["_sandbox"]).to_pandas()


def test_who_hears_nothing_lives_as_alone(tmp_path):
    heard = lives(plan_of(tmp_path, effect=0))
    deaf = "\n".join(line for line in SCENARIO.split("\n") if "recent:" not in line and "dropped_7d: {{" not in line)
    alone = lives(plan_of(tmp_path, deaf.replace(", dropped_7d: {effect}", "")))
    assert (heard[["customer_id", "plan", "valid_from"]] == alone[["customer_id", "plan", "valid_from"]]).all(axis=None)
    # Waiting times are used up day by day, which may differ in the last bit.
    ends = (heard.valid_to - alone.valid_to).dropna().dt.total_seconds().abs()
    assert (heard.valid_to.isna() == alone.valid_to.isna()).all()
    assert ends.max() <= 2e-6
    assert len(ends) > 100


def test_lives_are_shared_with_who_shows_something_else_unless_they_hear_of_it(tmp_path):
    look = """  looks:
    of: customers
    time: looked_at
    visits: {{per_day: 0.2}}
    columns: {{event: {{visit: event}}}}
"""
    world = World(plan_of(tmp_path, SCENARIO + look, rows=60))
    versions = world.block("customers", 0)
    assert world.showing({"looks": best_sellers}).block("customers", 0) is versions
    assert world.showing({"looks": best_sellers}).stream("looks") is not world.stream("looks")
    hearing = world.showing({"calls": best_sellers})
    assert hearing.block("customers", 0) is not versions
    assert hearing.showing({"looks": best_sellers}).block("customers", 0) is not hearing.block("customers", 0)


def test_columns_made_from_what_changes_follow_it_and_pins_stay(tmp_path):
    text = SCENARIO.replace(
        "    recent:",
        """      tariff: {{sql: "plan || '-' || customer_id"}}
    pin: [{{customer_id: 7, tariff: own}}]
    recent:""",
    )
    made = lives(plan_of(tmp_path, text))
    assert made.groupby("customer_id").plan.nunique().max() == 2
    assert set(made[made.customer_id == 7].tariff) == {"own"}
    others = made[made.customer_id != 7]
    assert (others.tariff == others.plan.astype(str) + "-" + others.customer_id.astype(str)).all()


def test_any_slice_gives_the_same_lives(tmp_path):
    plan = plan_of(tmp_path, rows=300)
    cut = lives(plan, [(0, 50), (50, 51), (51, 200), (200, 300)])
    assert cut.equals(lives(plan))


@pytest.mark.parametrize("text", [SCENARIO, STORM], ids=["steady", "changing"])
def test_what_is_heard_is_what_lands(tmp_path, monkeypatch, text):
    """At every midnight each customer has heard just the events of the seven days before that land in the stream."""
    plan, heard, turn = plan_of(tmp_path, text), [], Tally.turn

    def listening(tally):
        turn(tally)
        heard.append(tally.sums["dropped_7d"].copy())

    monkeypatch.setattr(Tally, "turn", listening)
    world = World(plan)
    list(world.batches("customers", 0, 900))
    batches = [batch for first, last in world.ranges("calls") for batch in world.batches("calls", first, last)]
    events = pa.Table.from_batches(batches).drop_columns(["_sandbox"]).to_pandas()
    events = events[events.event == "dropped"]
    day = (events.called_at.astype("int64") - plan.clock.start_us) // DAY_US
    landed = np.zeros((900, 25), int)
    np.add.at(landed, (events.customer_id.to_numpy() - 1, day.to_numpy()), 1)
    assert len(heard) == 25
    for midnight, counts in enumerate(heard):
        assert (landed[:, max(0, midnight - 7) : midnight].sum(axis=1) == counts).all()
    assert landed.sum() > 3_000


def test_who_is_cut_off_leaves_sooner(tmp_path):
    many, few = (lives(plan_of(tmp_path, effect=effect)).valid_to.notna().mean() for effect in (0.8, -0.8))
    assert many > 1.5 * few


@pytest.mark.parametrize("event", [Leaves(), Changes("plan"), Changes("plan", "plan = 'plus'")])
def test_the_truth_of_who_hears_nothing_is_the_closed_form(tmp_path, event):
    cut = plan_of(tmp_path).clock.start_us + 12 * DAY_US
    heard = true_probability(World(plan_of(tmp_path, effect=0)), "customers", cut, 20 * DAY_US, event)
    deaf = SCENARIO.replace("dropped_7d: {effect}", "dropped_7d: 0").replace("base: 0.01", "base: 0.01")
    alone = "\n".join(line for line in deaf.split("\n") if "recent:" not in line and "dropped_7d: {{" not in line)
    known = true_probability(
        World(plan_of(tmp_path, alone.replace(", dropped_7d: 0", ""))), "customers", cut, 20 * DAY_US, event
    )
    assert heard["customer_id"].equals(known["customer_id"])
    error = np.hypot(heard["standard_error"].to_numpy(), known["standard_error"].to_numpy())
    gap = np.abs(heard["probability"].to_numpy() - known["probability"].to_numpy())
    assert (gap <= 6 * error + 1e-6).all()


def test_the_truth_foretells_what_comes(tmp_path):
    """Leaving within two weeks of a cut comes as often as foretold, among the likely and the unlikely alike."""
    plan = plan_of(tmp_path, rows=4_000, days=28, effect=0.6)
    cut_us = plan.clock.start_us + 14 * DAY_US
    world = World(plan)
    truth = true_probability(world, "customers", cut_us, 14 * DAY_US, Leaves()).to_pandas()
    made = lives(plan)
    ends = made.groupby("customer_id").valid_to.apply(lambda each: each.iloc[-1])
    left = truth.customer_id.map(ends).astype("int64") // 1
    went = (truth.customer_id.map(ends).notna() & (left <= cut_us + 14 * DAY_US)).to_numpy()
    foretold = truth.probability.to_numpy()
    assert foretold.std() > 0.1
    order = np.argsort(foretold)
    for part in np.array_split(order, 5):
        expected, spread = foretold[part].sum(), np.sqrt((foretold[part] * (1 - foretold[part])).sum())
        assert abs(went[part].sum() - expected) <= 3.5 * spread
