"""What numbers prove of keys: never more than DuckDB would find over all rows."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.contract.keys import broken_keys
from sandbox.contract.model import Column, Contract, ForeignKey
from sandbox.verify.numbering import Stretch, proven_by_numbers

PARENT = Contract("parents", (Column("id", "int"),), primary_key=("id",), static=True)
CHILD = Contract(
    "children",
    (Column("id", "int"), Column("of", "int", nullable=True)),
    primary_key=("id",),
    foreign_keys=(ForeignKey(("of",), "parents", ("id",)),),
    static=True,
)
KEY, REFERENCE = "primary_key", "of → parents.id"


def stretches(*shares):
    found = []
    for batches in shares:
        stretch = Stretch()
        for batch in batches:
            stretch.add(pa.array(batch, pa.int64()))
        found.append(stretch)
    return found


def proven(ids, of, parents):
    seen = {"children": {"id": stretches(*ids), "of": stretches(*of)}, "parents": {"id": stretches(*parents)}}
    return proven_by_numbers(CHILD, seen)


def test_numbers_that_rise_and_leave_none_out_prove_keys_and_references():
    assert proven([[[1, 2], [3]]], [[[9, None], [7]]], [[[7, 8], [9]]]) == {KEY, REFERENCE}


def test_shares_may_come_in_any_order():
    assert proven([[[5, 6]], [[1, 2]]], [[[3]]], [[[3, 4]], [[1, 2]]]) == {KEY, REFERENCE}


@pytest.mark.parametrize("ids", [[[[1, 1]]], [[[1, 2], [2]]], [[[2, 1]]], [[[1, 5]], [[3]]], [[[1]], [[1]]]])
def test_what_does_not_rise_is_left_to_be_judged(ids):
    assert KEY not in proven(ids, [[[]]], [[[1]]])


@pytest.mark.parametrize("parents", [[[[1, 3]]], [[[2, 3]]], [[[1, 2]]], [[[3, 2, 1]]], [[]]])
def test_a_gap_or_an_end_too_near_leaves_references_to_be_judged(parents):
    assert REFERENCE not in proven([[[1]]], [[[1, 3]]], parents)


def test_who_refers_to_nobody_needs_nobody():
    assert REFERENCE in proven([[[1]]], [[[None]]], [[]])


NUMBERS = st.integers(0, 6) | st.none()
CHILDREN = st.lists(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4), min_size=1, max_size=3)
PARENTS = st.lists(st.lists(NUMBERS, max_size=4), min_size=1, max_size=3)


@settings(deadline=None, max_examples=60)
@given(children=CHILDREN, parents=PARENTS)
def test_what_is_proven_is_never_broken(tmp_path_factory, children, parents):
    folder = tmp_path_factory.mktemp("keys")
    ids, of = ([[row[at] for row in share] for share in children] for at in (0, 1))

    def written(name, *columns):
        paths = [folder / f"{name}{number}.parquet" for number in range(len(columns[0]))]
        for path, *values in zip(paths, *columns, strict=True):
            arrays = [pa.array(some, pa.int64()) for some in values]
            pq.write_table(pa.table(arrays, names=["id", "of"][: len(arrays)]), path)
        return paths

    found = broken_keys(CHILD, written("child", ids, of), {"parents": written("parent", parents)}, spill=folder)
    by_share = [[[share] for share in column] for column in (ids, of, parents)]
    assert not proven(*by_share) & set(found["reason"].to_pylist())
