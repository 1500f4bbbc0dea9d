"""Keys across landed parts, against a reading of the same rows in plain Python."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.contract import Column, Contract, ForeignKey, broken_keys
from sandbox.errors import OutsideError

KEY = ForeignKey(("customer",), "customers", ("id",))
ORDERS = Contract(
    "orders",
    (
        Column("order", "int64"),
        Column("line", "int64"),
        Column("customer", nullable=True),
        Column("code", nullable=True),
    ),
    primary_key=("order", "line"),
    foreign_keys=(KEY,),
    unique=(("code",),),
)


def land(folder: Path, name: str, table: pa.Table) -> Path:
    pq.write_table(table, folder / name)
    return folder / name


def offenders(found: pa.Table) -> list[tuple[int, int, str]]:
    return [(row["part"], row["row"], row["reason"]) for row in found.to_pylist()]


words = st.one_of(st.none(), st.sampled_from(["a", "A", "é", "e\u0301", "", " ", "a\x00", "漢"]))
orders = st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2**62]), words, words)


@given(
    st.lists(st.lists(orders, max_size=6), min_size=1, max_size=3), st.sets(words.filter(lambda word: word is not None))
)
@settings(derandomize=True, deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_offenders_are_those_that_plain_python_finds(
    tmp_path: Path, parts: list[list[tuple[Any, ...]]], known: set[str]
) -> None:
    schema = ORDERS.schema
    tables = [
        pa.table([pa.array([row[at] for row in part], schema.field(at).type) for at in range(4)], names=schema.names)
        for part in parts
    ]
    paths = [land(tmp_path, f"{at}.parquet", table) for at, table in enumerate(tables)]
    parent = land(tmp_path, "customers.parquet", pa.table({"id": pa.array(sorted(known), pa.string())}))
    expected = []
    seen: dict[str, set[Any]] = {"primary_key": set(), "code.unique": set()}
    for part, rows in enumerate(parts):
        for row, (order, line, customer, code) in enumerate(rows):
            for rule, value in (("primary_key", (order, line)), ("code.unique", code)):
                if value is not None and value in seen[rule]:
                    expected.append((part, row, rule))
                seen[rule].add(value)
            if customer is not None and customer not in known:
                expected.append((part, row, "customer → customers.id"))
    assert offenders(broken_keys(ORDERS, paths, {"customers": [parent]}, spill=tmp_path)) == expected


def test_nan_and_the_two_zeros_are_each_one_key(tmp_path: Path) -> None:
    contract = Contract("t", (Column("x", "float64", unique=True),))
    part = land(tmp_path, "t.parquet", pa.table({"x": [float("nan"), 0.0, -0.0, float("nan"), None, None]}))
    assert offenders(broken_keys(contract, [part], {}, spill=tmp_path)) == [(0, 2, "x.unique"), (0, 3, "x.unique")]


def test_text_is_not_made_equal_by_unicode(tmp_path: Path) -> None:
    composed, decomposed = "é", unicodedata.normalize("NFD", "é")
    contract = Contract("t", (Column("x", unique=True),))
    part = land(tmp_path, "t.parquet", pa.table({"x": [composed, decomposed, composed]}))
    assert offenders(broken_keys(contract, [part], {}, spill=tmp_path)) == [(0, 2, "x.unique")]


@pytest.mark.parametrize("rule", ["primary_key", "x.unique", "x → t.x"])
def test_a_proven_rule_is_not_looked_at(tmp_path: Path, rule: str) -> None:
    """The saboteur: without its rule each bad row passes, so the rule is what finds it."""
    links = (ForeignKey(("x",), "t", ("x",)),)
    contract = Contract("t", (Column("x", "int64", unique=True),), primary_key=("x",), foreign_keys=links)
    part = land(tmp_path, "t.parquet", pa.table({"x": [1, 1]}))
    everything = {reason for *_, reason in offenders(broken_keys(contract, [part], {}, spill=tmp_path))}
    assert everything == {"primary_key", "x.unique", "x → t.x"}
    left = broken_keys(contract, [part], {}, spill=tmp_path, proven=frozenset([rule]))
    assert {reason for *_, reason in offenders(left)} == everything - {rule}


def test_a_history_may_repeat_its_key_but_not_its_start(tmp_path: Path) -> None:
    contract = Contract("t", (Column("id", "int64"), Column("start", "date")), primary_key=("id",), valid_from="start")
    days = pa.array([1, 2, 2], pa.int32()).cast(pa.date32())
    part = land(tmp_path, "t.parquet", pa.table({"id": [1, 1, 1], "start": days}))
    assert offenders(broken_keys(contract, [part], {}, spill=tmp_path)) == [(0, 2, "primary_key")]


def test_a_composite_reference_needs_all_of_its_parts(tmp_path: Path) -> None:
    link = ForeignKey(("a", "b"), "p", ("x", "y"))
    contract = Contract("t", (Column("a", "int32", nullable=True), Column("b", nullable=True)), foreign_keys=(link,))
    part = land(
        tmp_path, "t.parquet", pa.table({"a": pa.array([1, 1, None, 2], pa.int32()), "b": ["x", "y", "q", "x"]})
    )
    parent = land(tmp_path, "p.parquet", pa.table({"x": [1, 2], "y": ["x", "y"]}))
    found = offenders(broken_keys(contract, [part], {"p": [parent]}, spill=tmp_path))
    assert found == [(0, 1, "(a, b) → p.(x, y)"), (0, 3, "(a, b) → p.(x, y)")]


def test_strange_file_names_stay_names(tmp_path: Path) -> None:
    folder = tmp_path / "it's [1] *?" / "x=9"
    folder.mkdir(parents=True)
    contract = Contract("t", (Column("x", "int64", unique=True),))
    parts = [land(folder, name, pa.table({"x": [1]})) for name in ("b[0].parquet", "a.parquet")]
    assert offenders(broken_keys(contract, parts, {}, spill=folder)) == [(1, 0, "x.unique")]
    assert sorted(path.name for path in folder.iterdir()) == ["a.parquet", "b[0].parquet"], "nothing is left behind"


def test_no_parts_break_nothing_and_a_torn_file_is_named(tmp_path: Path) -> None:
    assert len(broken_keys(ORDERS, [], {}, spill=tmp_path)) == 0
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(b"PAR1 torn")
    with pytest.raises(OutsideError, match=r"orders: its keys could not be checked.*torn\.parquet"):
        broken_keys(ORDERS, [torn], {}, spill=tmp_path)


def test_more_keys_than_memory_spill_to_disk(tmp_path: Path) -> None:
    rows = 300_000
    contract = Contract("t", (Column("x"),), unique=(("x",),))
    numbers = pa.array(range(rows)).cast(pa.string())
    texts = pa.compute.binary_join_element_wise("a text that is longer than it needs to be, " * 3, numbers, " ")
    table = pa.table({"x": pa.concat_arrays([texts, texts.slice(rows - 1)])})
    part = land(tmp_path, "t.parquet", table)
    found = broken_keys(contract, [part], {}, spill=tmp_path, memory_mb=60)
    assert offenders(found) == [(0, rows, "x.unique")]
