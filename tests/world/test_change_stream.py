"""Folding the change stream of a history up to any moment gives its table as of that moment."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sandbox.scenario.forms import AsOf, Changes, in_form
from sandbox.sources import open_source
from sandbox.world.periods import DAY_US

HAZARDS = st.one_of(
    st.sampled_from(["0.01 per day", "0.3 per day"]),
    st.fixed_dictionaries(
        {"base": st.just("0.05 per day"), "mood": st.integers(-20, 20).map(lambda tenths: tenths / 10)}
    ),
)
SETS = st.sampled_from(
    [
        {"plan": "'plus'"},
        {"fee": "fee + 1"},
        {"plan": "case plan when 'plus' then 'basic' else 'plus' end", "note": "null::varchar"},
        {"note": "concat(note, '+')"},
        {"fee": "fee"},
    ]
)
WHENS = st.sampled_from([{}, {"when": "plan = 'basic'"}, {"when": "fee < 14"}])
DAYS = st.integers(1, 29)
TIMED = st.one_of(
    st.fixed_dictionaries({"at": DAYS.map("day {}".format)}),
    st.fixed_dictionaries({"after": DAYS.map("{} days".format)}),
    st.fixed_dictionaries({"after": DAYS.map("{} days".format), "since": st.just("joined")}),
)
SHARES = st.sampled_from([{}, {"share": 0.4}])
TRANSITIONS = st.one_of(
    st.tuples(st.fixed_dictionaries({"hazard": HAZARDS}), WHENS),
    st.tuples(TIMED, WHENS, SHARES),
).flatmap(lambda parts: SETS.map(lambda anew: {"set": anew, **{k: v for part in parts for k, v in part.items()}}))
LIVES = st.fixed_dictionaries(
    {"transitions": st.dictionaries(st.sampled_from(["a", "b", "c"]), TRANSITIONS, max_size=3)},
    optional={
        "leave": st.fixed_dictionaries({"hazard": HAZARDS}),
        "returns": st.fixed_dictionaries(
            {"hazard": HAZARDS}, optional={"after": st.just("2 days"), "set": SETS, "when": st.just("mood > 0")}
        ),
        "sign_ups": st.fixed_dictionaries(
            {"there": st.integers(0, 10).map(lambda tenths: tenths / 10)}, optional={"before": st.just("40 days")}
        ),
    },
)
COLUMNS = {
    "id": {"serial": "C-{:03d}"},
    "joined": {"sql": "valid_from"},
    "plan": {"choice": ["basic", "plus"]},
    "fee": {"given": "plan", "constant": {"basic": 9.5, "plus": 19.0}},
    "label": {"sql": "plan || ' for ' || fee", "nulls": 0.2},
    "note": {"fake": "first_name", "nulls": 0.5},
    "place": {"struct": {"city": {"fake": "city"}, "floor": {"integer": [0, 9]}}},
    "mood": {"normal": {"mean": 0, "sd": 1}, "hidden": True},
}


# Shrinking makes hundreds of worlds; the life that fails is short enough as it is.
UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    phases=UNSHRUNK,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lives=LIVES, seed=st.integers(0, 99), moments=st.lists(st.floats(-45, 30), min_size=2, max_size=2))
def test_folded_up_to_any_moment_the_changes_are_the_table_as_of_it(world_of, lives, seed, moments):
    if "leave" not in lives:
        lives.pop("returns", None)
    customers = {"rows": 40, "history": True, "key": "id", "columns": COLUMNS, **lives}
    world = world_of(f"  c: {json.dumps(customers)}", seed=seed, days=30)
    changes = rows(world, Changes())
    assert changes == sorted(changes, key=lambda row: row["changed_at"])
    flat = rows(world, Changes(flat=True))
    end = world.plan.clock.end_us
    at_changes = [row["changed_at"] for row in changes[len(changes) // 2 :][:1]]
    for moment in [end, *at_changes, *(world.plan.clock.start_us + int(day * DAY_US) for day in moments)]:
        as_of = {row["id"]: row for row in rows(world, AsOf(min(moment, end)))}
        assert folded(changes, moment) == as_of
        assert {key: {**row, "place": None} for key, row in folded(flat, moment, "after_").items()} == {
            key: {**row, "place": None} for key, row in as_of.items()
        }


def rows(world, form):
    source = open_source(in_form(world.plan, form), "c", world)
    batches = [batch for share in source.shares() for batch in source.batches(share)]
    schema = source.contract.schema
    table = pa.Table.from_batches([batch.drop_columns(["_sandbox"]).cast(schema) for batch in batches], schema)
    if "changed_at" in table.column_names:
        table = table.set_column(0, "changed_at", table["changed_at"].cast(pa.int64()))
    return table.to_pylist()


def folded(changes, until, prefix=None):
    """As somebody folds who only reads the stream: each operation must fit what is there."""
    table, sequence = {}, {}
    for row in sorted(changes, key=lambda row: (row["changed_at"], row["sequence"])):
        if row["changed_at"] > until:
            break
        key = row["id"]
        before, after = (image(row, side, prefix) for side in ("before", "after"))
        assert row["sequence"] == sequence.get(key, -1) + 1
        sequence[key] = row["sequence"]
        assert (key in table) == (row["operation"] != "insert")
        assert table.get(key) == before
        if row["operation"] == "delete":
            assert after is None
            del table[key]
        else:
            table[key] = after
    return table


def image(row, side, prefix):
    if prefix is None:
        return row[side]
    names = {name: value for name, value in row.items() if name.startswith(f"{side}_")}
    there = names[f"{side}_id"] is not None
    return {name.removeprefix(f"{side}_"): value for name, value in names.items()} if there else None


LIFE = """
  c:
    rows: {rows}
    history: true
    key: id
    columns: {{id: {{serial: 1}}, n: {{constant: 0}}}}
    leave: {{hazard: 0.02 per day}}
    returns: {{hazard: 0.05 per day}}
    transitions: {{up: {{hazard: 0.05 per day, set: {{n: "n + 1"}}}}}}
"""


def test_each_part_of_a_large_stream_is_in_the_order_of_time_and_bears_its_operation(world_of):
    world = world_of(LIFE.format(rows=70_000), days=20)
    source = open_source(in_form(world.plan, Changes()), "c", world)
    shares = source.shares()
    assert len(shares) == 2
    ids = []
    for share in shares:
        table = pa.Table.from_batches(source.batches(share))
        at = table["changed_at"].cast(pa.int64()).to_numpy()
        assert (np.diff(at) >= 0).all()
        enveloped = table["_sandbox"].combine_chunks()
        assert enveloped.field("operation").to_pylist() == table["operation"].to_pylist()
        assert (enveloped.field("arrived_at").cast(pa.int64()).to_numpy() == at).all()
        ids.append(enveloped.field("event_id").to_numpy())
    assert len(np.unique(np.concatenate(ids))) == sum(map(len, ids))


def test_more_rows_add_changes_and_alter_none(world_of):
    few, many = (rows(world_of(LIFE.format(rows=count)), Changes()) for count in (50, 90))
    assert [row for row in many if row["id"] <= 50] == few


@pytest.mark.parametrize("form", [Changes(), AsOf(1_768_000_000_000_000)])
def test_any_slice_of_a_form_is_that_slice_of_the_whole(world_of, form):
    world = world_of(LIFE.format(rows=300))
    source = open_source(in_form(world.plan, form), "c", world)
    [whole] = source.shares()

    def made(first, last):
        batches = source.batches(replace(whole, start=first, stop=last))
        return pa.Table.from_batches([batch.drop_columns(["_sandbox"]) for batch in batches])

    parts = pa.concat_tables([made(0, 120), made(120, 121), made(121, 300)])
    order = [(name, "ascending") for name in parts.column_names if name in ("changed_at", "id")]
    assert parts.sort_by(order) == made(0, 300).sort_by(order)
