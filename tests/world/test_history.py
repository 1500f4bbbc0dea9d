from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.world import history
from sandbox.world.as_of import as_of
from sandbox.world.periods import DAY_US

MEMBERS = """
  members:
    rows: 20_000
    history: true
    key: id
    columns:
      id: {serial: 1}
      plan: {choice: {basic: 1, plus: 1}}
      fee: {given: plan, constant: {basic: 10.0, plus: 20.0}}
      label: {sql: "upper(plan) || ' ' || cast(fee as int)"}
      name: {fake: {provider: first_name, pool: 20}}
      weight: {bernoulli: 0.5, hidden: true}
    leave: {hazard: {base: 0.01 per day, weight: 0.6931471805599453}}
    transitions:
      up: {when: "plan = 'basic'", hazard: {base: 0.02 per day}, set: {plan: "'plus'", fee: "fee + 10"}}
      dearer: {hazard: {base: 0.005 per day}, set: {fee: "fee + 1"}}
"""


def ends(made):
    open_ = np.iinfo(np.int64).max
    return (
        made["valid_from"].cast(pa.int64()).to_numpy(),
        made["valid_to"].cast(pa.int64()).fill_null(open_).to_numpy(),
    )


def test_each_version_begins_where_the_last_one_ends(world_of, table):
    world = world_of(MEMBERS)
    made = table(world, "members")
    who, (since, until) = made["id"].to_numpy(), ends(made)
    assert set(who.tolist()) == set(range(1, 20_001))
    same = who[1:] == who[:-1]
    assert (since[1:][same] == until[:-1][same]).all()
    assert (until > since).all()
    assert (until[:-1][same] < world.plan.clock.end_us).all()
    assert made["valid_to"].null_count > 0
    assert world.rows("members") == made.num_rows > world.units("members")


def test_leaving_and_changing_come_at_their_rates(world_of, table):
    world = world_of(MEMBERS)
    made = table(world, "members", columns=["id", "plan", "fee", "weight", "valid_from", "valid_to"])
    who, (since, until) = made["id"].to_numpy(), ends(made)
    days = (np.minimum(until, world.plan.clock.end_us) - since) / DAY_US
    last = np.r_[who[1:] != who[:-1], True]
    left = last & (until < world.plan.clock.end_us)
    weight = made["weight"].to_numpy(zero_copy_only=False)
    for group, rate in ((weight, 0.02), (~weight, 0.01)):
        expected = rate * days[group].sum()
        assert abs(left[group].sum() - expected) < 5 * np.sqrt(expected)
    basic = np.array(made["plan"].to_pylist()) == "basic"
    up = basic[:-1] & ~basic[1:] & (who[1:] == who[:-1])
    expected = 0.02 * days[basic].sum()
    assert abs(up.sum() - expected) < 5 * np.sqrt(expected)


def test_a_transition_sets_its_columns_and_what_is_made_from_them_and_nothing_else(world_of, table):
    world = world_of(MEMBERS)
    made = table(world, "members")
    plan, fee = np.array(made["plan"].to_pylist()), made["fee"].to_numpy()
    who = made["id"].to_numpy()
    same = who[1:] == who[:-1]
    rise = (fee[1:] - fee[:-1])[same]
    changed = (plan[1:] != plan[:-1])[same]
    assert (rise == np.where(changed, 10, 1)).all()
    assert changed.any()
    assert not changed.all()
    assert made["label"].to_pylist() == [f"{p.upper()} {f:.0f}" for p, f in zip(plan, fee, strict=True)]
    names = np.array(made["name"].to_pylist())
    assert (names[1:] == names[:-1])[same].all()


def test_another_way_out_changes_no_draw_of_those_that_were_there(world_of, table):
    before = table(world_of(MEMBERS), "members")
    idle = MEMBERS + '      never: {when: "plan = \'none\'", hazard: 1 per day, set: {fee: "fee * 2"}}\n'
    assert table(world_of(idle), "members") == before


def test_hazards_wait_for_the_clock_and_for_the_entity(world_of, table):
    begins = "      valid_from: {datetime: [2025-06-01, 2026-02-20]}\n"
    world = world_of(MEMBERS.replace("      plan: {choice", begins + "      plan: {choice"))
    made = table(world, "members")
    since, until = ends(made)
    assert until.min() > world.plan.clock.start_us
    assert (since < world.plan.clock.start_us).mean() > 0.5
    assert (until > since).all()


def test_as_of_a_moment_each_entity_is_there_once_or_not_at_all(world_of, table):
    world = world_of(MEMBERS)
    moment = world.plan.clock.start_us + 30 * DAY_US
    seen = pa.Table.from_batches(as_of(world, "members", moment))
    assert "weight" in seen.column_names
    assert len(seen["id"].unique()) == seen.num_rows
    made = table(world, "members")
    since, until = ends(made)
    there = (since <= moment) & (until > moment)
    assert seen["id"].to_pylist() == made["id"].filter(pa.array(there)).to_pylist()
    assert seen["plan"].to_pylist() == made["plan"].filter(pa.array(there)).to_pylist()
    with pytest.raises(InputError, match="is no history"):
        list(as_of(world_of("  t: {rows: 1, static: true, columns: {a: {serial: 1}}}"), "t", moment))


def test_transitions_without_end_are_an_error_and_not_a_full_memory(world_of, monkeypatch):
    monkeypatch.setattr(history, "MOST_VERSIONS", 50)
    world = world_of("""
  m:
    rows: 5
    history: true
    key: id
    columns: {id: {serial: 1}, n: {constant: 0}}
    transitions: {tick: {hazard: 100 per hour, set: {n: "n + 1"}}}
""")
    with pytest.raises(InputError, match="an entity has more than 50 versions"):
        world.rows("m")


@pytest.mark.parametrize("effect", ["1000000", "-1000000", "1.0e+300"])
def test_effects_beyond_all_measure_are_certain_or_impossible(world_of, table, effect):
    made = table(
        world_of(f"""
  m:
    rows: 200
    history: true
    key: id
    columns: {{id: {{serial: 1}}, mood: {{normal: {{mean: 0, sd: 1}}}}}}
    leave: {{hazard: {{base: 0.01 per day, mood: {effect}}}}}
"""),
        "m",
    )
    leaves = np.asarray(made["valid_to"].is_valid())
    np.testing.assert_array_equal(leaves, made["mood"].to_numpy() * np.sign(float(effect)) > 0)
