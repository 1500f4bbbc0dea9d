"""SDMetrics, asked in an environment of its own (see `sdmetrics_figures`), finds the same distances."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from sandbox.gap.coded import coded
from sandbox.gap.columns import column_gap
from sandbox.gap.floor import splits_of
from sandbox.gap.pairs import pair_gaps
from tests.gap.sdmetrics_figures import FILE, hard_columns

TOLD = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compared():
    dummy, real = hard_columns()
    columns = {name: coded(name, pa.array(dummy[name]), pa.array(real[name])) for name in real}
    return columns, splits_of(np.arange(len(real["price"]), dtype=np.int32), 1)


@pytest.mark.parametrize("name", TOLD["columns"])
def test_a_column_is_as_far_off_as_sdmetrics_finds_it(compared, name):
    columns, splits = compared
    assert column_gap(columns[name], splits).distance == pytest.approx(1 - TOLD["columns"][name], abs=1e-3)


@pytest.mark.parametrize("names", TOLD["pairs"])
def test_a_pair_is_as_far_off_as_sdmetrics_finds_it(compared, names):
    """Theirs is half of the difference; ours is over at most 16 bins of each column."""
    columns, splits = compared
    (pair,) = pair_gaps([columns[name] for name in names.split()], splits)
    assert pair.distance / 2 == pytest.approx(1 - TOLD["pairs"][names], abs=0.01)
