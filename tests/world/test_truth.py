from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.world.latent import latent
from sandbox.world.periods import DAY_US
from sandbox.world.truth import Changes, Leaves, true_probability

CUT, WINDOW = 20, 30


def truth(world, event, paths=64):
    start = world.plan.clock.start_us
    return true_probability(world, "m", start + CUT * DAY_US, WINDOW * DAY_US, event, paths)


def test_without_transitions_the_chance_of_leaving_is_a_closed_form(world_of):
    world = world_of("""
  m:
    rows: 500
    history: true
    key: id
    columns: {id: {serial: 1}, x: {normal: {mean: 0, sd: 1}, hidden: true}}
    leave: {hazard: {base: 0.01 per day, x: 0.5}}
""")
    found = truth(world, Leaves())
    hidden = pa.Table.from_batches(latent(world, "m", 0, world.units("m")))
    assert hidden.column_names == ["id", "x"]
    x = hidden["x"].to_numpy()[found["id"].to_numpy() - 1]
    rate = 0.01 * np.exp(0.5 * x)
    assert found.num_rows < 500
    assert np.allclose(found["probability"], 1 - np.exp(-rate * WINDOW), rtol=1e-8)
    assert (found["standard_error"].to_numpy() == 0).all()


def figures(found):
    return found["probability"].to_numpy(), found["standard_error"].to_numpy()


CHAIN = """
  m:
    rows: 400
    history: true
    key: id
    columns: {id: {serial: 1}, state: {choice: {a: 1, b: 1}}, level: {constant: 0}}
    leave: {hazard: {base: 0.01 per day, "case state when 'b' then 1 else 0 end": 1.6094379124341003}}
    transitions:
      move: {when: "state = 'a'", hazard: 0.03 per day, set: {state: "'b'"}}
      rise: {when: "state = 'b'", hazard: 0.02 per day, set: {level: "level + 1"}}
"""
LOW, HIGH, MOVE, RISE = 0.01, 0.05, 0.03, 0.02


def by_state(world, found):
    made = next(iter(world.batches("m", 0, world.units("m"))))
    start = world.plan.clock.start_us + CUT * DAY_US
    since = made["valid_from"].cast(pa.int64()).to_numpy()
    until = made["valid_to"].cast(pa.int64()).fill_null(np.iinfo(np.int64).max).to_numpy()
    there = (since <= start) & (until > start)
    assert made["id"].to_numpy()[there].tolist() == found["id"].to_pylist()
    return np.array(made["state"].to_pylist())[there]


def test_along_transitions_leaving_is_averaged_within_its_own_error(world_of):
    world = world_of(CHAIN)
    found = truth(world, Leaves())
    state, (probability, error) = by_state(world, found), figures(found)
    assert np.allclose(probability[state == "b"], 1 - np.exp(-HIGH * WINDOW), rtol=1e-8)
    # In state a: survive in a, or move to b at s and survive there.
    out = LOW + MOVE
    moved = MOVE * (np.exp(-HIGH * WINDOW) - np.exp(-out * WINDOW)) / (out - HIGH)
    expected = 1 - np.exp(-out * WINDOW) - moved
    score = (probability[state == "a"] - expected) / error[state == "a"]
    assert abs(score.mean()) < 5 / np.sqrt(len(score))
    assert 0.8 < score.std() < 1.25
    assert error.max() < 0.01


def test_a_change_is_lost_to_those_who_leave_before_it(world_of):
    world = world_of(CHAIN)
    found = truth(world, Changes("state"))
    state, probability = by_state(world, found), found["probability"].to_numpy()
    out = LOW + MOVE
    assert np.allclose(probability[state == "a"], MOVE / out * (1 - np.exp(-out * WINDOW)), rtol=1e-8)
    assert (probability[state == "b"] == 0).all()


def test_a_change_that_must_satisfy_a_condition_is_reached_over_others(world_of):
    world = world_of(CHAIN)
    found = truth(world, Changes("level", "level >= 1"))
    state, (probability, error) = by_state(world, found), figures(found)
    first, second = LOW + MOVE, HIGH + RISE
    moved = (np.exp(-second * WINDOW) - np.exp(-first * WINDOW)) / (first - second)
    expected = MOVE * RISE / second * ((1 - np.exp(-first * WINDOW)) / first - moved)
    score = (probability - expected)[state == "a"] / error[state == "a"]
    assert abs(score.mean()) < 5 / np.sqrt(len(score))
    assert np.allclose(probability[state == "b"], RISE / second * (1 - np.exp(-second * WINDOW)), rtol=1e-6)


def test_what_came_true_agrees_with_what_was_likely(world_of):
    world = world_of(CHAIN.replace("rows: 400", "rows: 20_000"), days=CUT + WINDOW)
    found = truth(world, Leaves(), paths=8)
    versions = world.block("m", 0)
    last = np.r_[versions.first_rows[1:], len(versions)] - 1
    left = versions.until[last][found["id"].to_numpy() - 1] < world.plan.clock.end_us
    probability = found["probability"].to_numpy()
    assert abs(left.sum() - probability.sum()) < 4.5 * np.sqrt((probability * (1 - probability)).sum())


def test_the_same_truth_whatever_else_the_world_holds(world_of):
    small, large = (truth(world_of(text), Leaves()) for text in (CHAIN, CHAIN.replace("rows: 400", "rows: 900")))
    assert large.slice(0, small.num_rows) == small


def test_a_column_that_is_not_there_is_named(world_of):
    with pytest.raises(InputError, match=r"has no column 'stat'\. Did you mean 'state'"):
        truth(world_of(CHAIN), Changes("stat"))
