from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.world.periods import DAY_US, period_starts

PEOPLE = """
  people:
    rows: 3_000
    history: true
    key: person
    columns:
      person: {serial: 1}
      valid_from: {datetime: [2025-11-01, 2026-02-15]}
      level: {constant: 1}
      busy: {bernoulli: 0.5, hidden: true}
    leave: {hazard: 0.005 per day}
    transitions:
      rise: {hazard: 0.03 per day, set: {level: "level + 1"}}
"""


def versions(world, table):
    made = table(world, "people")
    end = world.plan.clock.end_us
    since = made["valid_from"].cast(pa.int64()).to_numpy()
    until = made["valid_to"].cast(pa.int64()).fill_null(np.iinfo(np.int64).max).to_numpy()
    return made["person"].to_numpy(), since, until, made["level"].to_numpy(), end


def level_at(versions, person, time):
    who, since, until, level, _ = versions
    found = (who == person) & (since <= time) & (time < until)
    return level[found].item()


def test_a_rate_is_a_poisson_process_while_the_parent_is_there(world_of, table):
    world = world_of(
        PEOPLE
        + """
  calls:
    of: people
    rate: "case when parent.busy then 0.8 else 0.2 end * parent.level"
    time: at
    key: call
    columns:
      call: {uuid: true}
      level: {sql: "parent.level"}
      whose: {parent: person}
"""
    )
    calls, lives = table(world, "calls"), versions(world, table)
    assert calls.column_names == ["at", "call", "level", "whose"]
    who, since, until, level, end = lives
    busy = dict(zip(*(world.block("people", 0).column(name).to_pylist() for name in ("person", "busy")), strict=True))
    days = (np.minimum(until, end) - np.maximum(since, world.plan.clock.start_us)).clip(0) / DAY_US
    expected = (days * level * np.where([busy[person] for person in who.tolist()], 0.8, 0.2)).sum()
    assert abs(calls.num_rows - expected) < 5 * np.sqrt(expected)
    at, whose = calls["at"].cast(pa.int64()).to_numpy(), calls["whose"].to_numpy()
    for row in range(0, calls.num_rows, calls.num_rows // 300):
        assert calls["level"][row].as_py() == level_at(lives, whose[row], at[row])
    same = whose[1:] == whose[:-1]
    assert (at[1:][same] >= at[:-1][same]).all()
    assert (whose[1:] >= whose[:-1]).all()
    assert len(calls["call"].unique()) == calls.num_rows


def test_one_row_a_period_while_the_parent_is_there(world_of, table):
    world = world_of(
        PEOPLE
        + """
  months: {of: people, every: month, time: begins, columns: {level: {sql: "parent.level"}}}
""",
        zone="America/New_York",
    )
    months, lives = table(world, "months"), versions(world, table)
    assert months.column_names == ["person", "begins", "level"]
    who, since, until, _, end = lives
    starts = period_starts("month", world.plan.clock.start_us, end, "America/New_York")
    assert len(starts) == 3
    lived = zip(who.tolist(), since, until, strict=True)
    expected = sorted((person, start) for person, low, high in lived for start in starts if low <= start < high)
    begins = months["begins"].cast(pa.int64()).to_numpy()
    assert list(zip(months["person"].to_pylist(), begins, strict=True)) == expected
    assert all(months["level"][row].as_py() == level_at(lives, *expected[row]) for row in range(0, len(expected), 50))


def test_a_fan_out_is_per_entity_and_sees_the_version_of_its_own_time(world_of, table):
    world = world_of(
        PEOPLE
        + """
  notes:
    of: people
    fan_out: {poisson: "case when parent.busy then 4 else 0 end"}
    time: at
    columns:
      at: {datetime: [2025-11-01, 2026-03-01]}
      level: {sql: "parent.level"}
"""
    )
    notes, lives = table(world, "notes"), versions(world, table)
    who, since, _, level, _ = lives
    at, person = notes["at"].cast(pa.int64()).to_numpy(), notes["person"].to_numpy()
    counts = np.bincount(person, minlength=3001)[1:]
    busy = counts > 0
    assert 0.4 < busy.mean() < 0.6
    assert abs(counts[busy].mean() - 4 / (1 - np.exp(-4))) < 0.25
    for row in range(0, notes.num_rows, 20):
        own = np.flatnonzero(who == person[row])
        begun = own[since[own] <= at[row]]
        assert notes["level"][row].as_py() == level[begun[-1] if len(begun) else own[0]]


def test_children_of_children_know_their_parent(world_of, table):
    world = world_of("""
  carts: {rows: 1_000, static: true, key: cart, columns: {cart: {serial: 100}}}
  parcels: {of: carts, fan_out: {integer: [0, 3]}, static: true, key: parcel, columns: {parcel: {serial: "X{}"}}}
  items:
    of: parcels
    fan_out: 2
    static: true
    columns: {from_cart: {parent: cart}, where_from: {sql: "parent.parcel"}}
""")
    parcels, items = table(world, "parcels"), table(world, "items")
    assert items.num_rows == world.rows("items") == 2 * parcels.num_rows
    assert items["parcel"].to_pylist() == np.repeat(parcels["parcel"].to_pylist(), 2).tolist()
    assert items["where_from"] == items["parcel"]
    assert items["from_cart"].to_pylist() == np.repeat(parcels["cart"].to_numpy(), 2).tolist()


def test_children_of_many_blocks_of_parents_and_of_one_busy_parent(world_of, table):
    world = world_of("""
  many: {rows: 300_000, static: true, key: id, columns: {id: {serial: 0}}}
  rare: {of: many, fan_out: {poisson: 0.001}, static: true, columns: {x: {uniform: [0, 1]}}}
  one: {rows: 1, static: true, key: id, columns: {id: {serial: 0}}}
  crowd: {of: one, rate: 3000, time: at, columns: {x: {uniform: [0, 1]}}}
""")
    rare = table(world, "rare")
    assert abs(rare.num_rows - 300) < 5 * np.sqrt(300)
    assert (np.diff(rare["id"].to_numpy()) >= 0).all()
    crowd = table(world, "crowd")
    assert abs(crowd.num_rows - 180_000) < 5 * np.sqrt(180_000)
    assert (np.diff(crowd["at"].cast(pa.int64()).to_numpy()) >= 0).all()
    assert table(world, "crowd", 100_000, 100_010) == crowd.slice(100_000, 10)


@pytest.mark.parametrize(
    ("process", "message"),
    [
        ('rate: "-1 * parent.id"', r"datasets\.b\.rate: gives -\d+ for a parent, must be >= 0"),
        ('rate: "1 / (parent.id - 1)"', r"datasets\.b\.rate: gives inf for a parent"),
        ('rate: "exp(700)"', r"datasets\.b\.rate: gives a parent 6\.1e\+305 children"),
        ("rate: 1000000", r"datasets\.b\.rate: gives a parent 60,000,000 children"),
        ('fan_out: {poisson: "0 - parent.id"}', r"datasets\.b\.fan_out: mean: the expression .* gives -1"),
    ],
)
def test_a_process_out_of_bounds_is_told(world_of, process, message):
    world = world_of(f"""
  a: {{rows: 3, static: true, key: id, columns: {{id: {{serial: 1}}}}}}
  b: {{of: a, {process}, time: at, columns: {{{"at: {times: {}}" if "fan" in process else "x: {constant: 1}"}}}}}
""")
    with pytest.raises(InputError, match=message):
        world.units("b")


def test_periods_begin_at_local_midnights_over_changes_of_summer_time():
    start, end = (np.datetime64(text, "us").astype(np.int64) for text in ("2026-03-27T23:00", "2026-04-06"))
    days = period_starts("day", start, end, "Europe/Berlin").astype("datetime64[us]")
    assert [str(day)[5:16] for day in days[:3]] == ["03-27T23:00", "03-28T23:00", "03-29T22:00"]
    weeks = period_starts("week", start, end, "Europe/Berlin").astype("datetime64[us]")
    assert [str(week)[:16] for week in weeks] == ["2026-03-29T22:00", "2026-04-05T22:00"]
    hours = period_starts("hour", start, end, "Asia/Kolkata").astype("datetime64[us]")
    assert str(hours[0])[:16] == "2026-03-27T23:30"
    assert len(hours) == 9 * 24 + 1
