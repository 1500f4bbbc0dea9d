"""Whole rows: told apart where they differ in what no column and no pair shows, and not where they are alike."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pyarrow as pa
import pytest

from sandbox.gap.coded import coded
from sandbox.gap.floor import splits_of
from sandbox.gap.pairs import pair_gaps
from sandbox.gap.rows import row_gap
from sandbox.gap.sharing import shared

ROWS = 3_000


def compared(dummy, real):
    return [coded(name, pa.array(dummy[name]), pa.array(real[name])) for name in real]


def alone(rows=ROWS):
    return np.arange(rows, dtype=np.int32)


def test_a_three_way_interaction_that_pairs_miss_is_caught():
    random = np.random.default_rng(1)
    bits = random.integers(0, 2, (2, 3, ROWS))
    real = {"a": bits[0, 0], "b": bits[0, 1], "c": bits[0, 0] ^ bits[0, 1], "x": random.normal(size=ROWS)}
    dummy = {"a": bits[1, 0], "b": bits[1, 1], "c": bits[1, 2], "x": random.normal(size=ROWS)}
    columns = compared(dummy, real)
    assert max(gap.ratio for gap in pair_gaps(columns, splits_of(alone(), 7))) < 3
    found = row_gap(columns, (alone(), alone()), seed=7)
    assert found.auc > 0.7
    assert {name for name, _ in found.giveaways[:3]} == {"a", "b", "c"}


def test_rows_of_one_kind_are_not_told_apart():
    random = np.random.default_rng(2)
    sides = [{"x": random.gamma(2, 1, ROWS), "k": random.choice(list("abc"), ROWS)} for _ in range(2)]
    found = row_gap(compared(*sides), (alone(), alone()), seed=7)
    assert found.low < 0.5 < found.high
    assert found.auc == pytest.approx(0.5, abs=0.03)


def test_customers_that_differ_only_as_customers_do_are_not_told_apart():
    """What is the same in all rows of a customer must not be learnt by heart: customers are in one fold each."""
    random = np.random.default_rng(3)
    entity = np.repeat(np.arange(300, dtype=np.int32), 20)
    sides = [{"home": np.repeat(random.normal(size=300), 20)} for _ in range(2)]
    found = row_gap(compared(*sides), (entity, entity), seed=7)
    assert found.auc == pytest.approx(0.5, abs=0.06)


def test_the_same_seed_finds_the_same():
    random = np.random.default_rng(4)
    columns = compared({"x": random.normal(size=500)}, {"x": random.normal(1, 1, 900)})
    entities = (alone(500), alone(900))
    assert row_gap(columns, entities, 7) == row_gap(columns, entities, 7)
    assert row_gap(columns, entities, 7).rows == 500


def test_too_few_entities_give_no_verdict():
    columns = compared({"x": [1.0, 2.0]}, {"x": [1.0, 2.0]})
    assert row_gap(columns, (alone(2), alone(2)), 7) is None


def test_who_breaks_off_waits_for_no_measure():
    begun, end, done = threading.Event(), threading.Event(), []

    def measure(number):
        begun.set()
        if end.wait(20):
            return
        done.append(number)

    def break_off():
        begun.wait(60)
        time.sleep(0.3)  # until the other waits; a signal just before would be heard after
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=break_off).start()
    with pytest.raises(KeyboardInterrupt):
        shared(measure, range(2))
    end.set()
    assert done == []
