"""Rows of the dummy are as far from real ones as other real rows are, unless they were copied."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sandbox.gap.coded import coded
from sandbox.gap.privacy import privacy_gap

ROWS = 2_000


def people(seed):
    random = np.random.default_rng(seed)
    plans = random.choice(list("abc"), ROWS)
    return {"age": random.normal(40, 12, ROWS), "fee": random.gamma(2, 9, ROWS), "plan": plans}


def measured(dummy, real):
    columns = [coded(name, pa.array(dummy[name]), pa.array(real[name])) for name in real]
    return privacy_gap(columns, np.arange(ROWS, dtype=np.int32), seed=1)


def test_a_dummy_of_the_same_law_is_no_nearer():
    found = measured(people(1), people(2))
    assert found.holds
    assert found.copies == (0.0, 0.0)
    assert 0.8 < found.median[0] / found.median[1] < 1.25


def test_copies_are_found():
    real = people(2)
    some = {name: np.where(np.arange(ROWS) % 2, real[name], people(1)[name]) for name in real}
    found = measured(some, real)
    assert not found.holds
    assert 0.15 < found.copies[0] < 0.35  # half of the rows are copies, and half of the real ones are looked at


def test_rows_that_lie_too_near_are_found_though_none_is_a_copy():
    real = people(2)
    near = {"age": real["age"] + 0.01, "fee": real["fee"] * 1.001, "plan": real["plan"]}
    assert not measured(near, real).holds


def test_next_to_nothing_gives_no_verdict():
    assert privacy_gap([], np.zeros(3, np.int32), seed=1) is None
