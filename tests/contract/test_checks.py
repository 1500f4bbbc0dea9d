"""The row check: every rule refuses its own bad row and nothing else, and no row is ever lost."""

from __future__ import annotations

import dataclasses
import datetime
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.contract import Column, Conform, Contract, RowCheck, rules_of
from sandbox.contract.envelope import ENVELOPE, envelope, landed_schema, with_envelope
from sandbox.contract.predicates import _COMPILE
from sandbox.contract.rejected import REASONS, rejected_schema


@dataclass(frozen=True)
class Case:
    """A column with values that keep and that break one rule."""

    rule: str
    column: Column
    good: list[Any]
    bad: list[Any]


UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
BOTH = pa.struct([("int64", pa.int64()), ("string", pa.string())])
CASES = [
    Case("a.type", Column("a", "int64"), ["1", "17850.0"], ["x", "1.5", "9223372036854775808"]),
    Case("a.not_null", Column("a", "int64"), [1], [None]),
    Case("a.not_null", Column("a", "enum", values=("x",)), ["x"], [None]),
    Case("a.format", Column("a", "uuid", nullable=True), [UUID, UUID.upper(), None], ["x", UUID[:-1], f"{UUID}\n"]),
    Case("a.values", Column("a", "enum", values=("x", "y")), ["x", "y"], ["z", "X", ""]),
    Case("a.values", Column("a", "int64", values=(1, 2), nullable=True), [1, None], [3]),
    Case("a.pattern", Column("a", pattern="[a-z]+|é"), ["abc", "é"], ["", "abc ", "Abc", "abc\n", "e\u0301"]),
    Case("a.length", Column("a", min_length=1, max_length=2), ["é", "漢字"], ["", "abc"]),
    Case("a.length", Column("a", "bytes", max_length=1), [b"", b"\xff"], [b"ab"]),
    Case("a.length", Column("a", "list<int64?>", min_length=1), [[None]], [[]]),
    Case("a.range", Column("a", "int64", ge=0, le=9), [0, 9], [-1, 10]),
    Case("a.range", Column("a", "float64", gt=0, lt=1), [0.5], [0.0, -0.0, 1.0, float("nan"), float("inf")]),
    Case("a.range", Column("a", "date", ge="2020-01-01"), [datetime.date(2020, 1, 1)], [datetime.date(2019, 12, 31)]),
    Case(
        "a.range",
        Column("a", "timestamp(us, Europe/London)", lt="2011-07-01T12:00"),
        [datetime.datetime(2011, 7, 1, 10, 59, tzinfo=datetime.UTC)],
        [datetime.datetime(2011, 7, 1, 11, 0, tzinfo=datetime.UTC)],
    ),
    Case("a.nested", Column("a", "list<int64>", nullable=True), [[1], [], None], [[1, None]]),
    Case("a.nested", Column("a", "struct<b: int64, c: string?>"), [{"b": 1, "c": None}], [{"b": None, "c": "x"}]),
    Case("a.nested", Column("a", "struct<b: struct<c: int64>?>"), [{"b": None}], [{"b": {"c": None}}]),
    Case("a.nested", Column("a", "map<string, int64>"), [[("k", 1)], []], [[("k", None)]]),
    Case("a.nested", Column("a", "list<uuid?>"), [[UUID, None]], [[UUID, "x"]]),
    Case("a.nested", Column("a", "list<struct<b: list<int64>>>"), [[{"b": [1]}]], [[{"b": [1]}, {"b": [None]}]]),
    Case(
        "a.nested",
        Column("a", "union<int64, string>", nullable=True),
        [{"int64": 1, "string": None}, {"int64": None, "string": "x"}, None],
        [{"int64": 1, "string": "x"}, {"int64": None, "string": None}],
    ),
]
IDS = [f"{case.rule} {case.column.type}" for case in CASES]


def batch_of(column: Column, values: list[Any]) -> pa.RecordBatch:
    if column.parsed.name == "enum":
        return pa.record_batch({"a": pa.array(values, pa.string()).dictionary_encode()})
    typed = not any(isinstance(value, str) for value in values) or column.parsed.is_text
    return pa.record_batch({"a": pa.array(values, column.arrow if typed else pa.string())})


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_refuses_what_breaks_it_and_only_that(case: Case) -> None:
    checked = RowCheck(Contract("t", (case.column,)))(batch_of(case.column, case.good + case.bad))
    assert checked.counts == {case.rule: len(case.bad)}
    assert len(checked.accepted) == len(case.good)
    assert checked.accepted.schema.types == [case.column.arrow]
    assert checked.rejected.column(REASONS).to_pylist() == [[case.rule]] * len(case.bad)


EXCUSABLE = [case for case in CASES if case.rule != "a.type" and (case.rule, case.column.type) != ("a.values", "enum")]


@pytest.mark.parametrize("case", EXCUSABLE, ids=[f"{case.rule} {case.column.type}" for case in EXCUSABLE])
def test_without_its_rule_the_bad_row_would_pass(case: Case) -> None:
    """The saboteur: a check that skips this rule lets the row through, so nothing else is catching it."""
    blind = RowCheck(Contract("t", (case.column,)), proven=frozenset([case.rule]))
    assert blind(batch_of(case.column, case.bad)).counts == {}


@pytest.mark.parametrize("case", [case for case in CASES if case not in EXCUSABLE], ids=lambda case: case.rule)
def test_no_proof_lets_a_value_land_as_null(case: Case) -> None:
    check = RowCheck(Contract("t", (case.column,)), proven=frozenset([case.rule]))
    assert check(batch_of(case.column, case.good + case.bad)).counts == {case.rule: len(case.bad)}


def test_every_kind_of_row_rule_has_a_case() -> None:
    assert {case.rule.removeprefix("a.") for case in CASES} == {"type", *_COMPILE}


def test_a_history_row_must_not_end_before_it_begins() -> None:
    columns = (Column("start", "date"), Column("end", "date", nullable=True))
    contract = Contract("t", columns, valid_from="start", valid_to="end")
    days = [datetime.date(2020, 1, day) for day in (1, 2, 3)]
    batch = pa.record_batch({"start": [days[1]] * 4, "end": [days[2], days[1], None, days[0]]})
    checked = RowCheck(contract)(batch)
    assert checked.counts == {"end.order": 1}
    assert checked.rejected.column("end").to_pylist() == ["2020-01-01"]
    assert RowCheck(contract, frozenset(["end.order"]))(batch).counts == {}


SHOP = Contract(
    "shop",
    (
        Column("id", "int64", ge=0),
        Column("plan", "enum", values=("basic", "plus"), nullable=True),
        Column("note", max_length=3, pattern="[a-z]*"),
        Column("fee", "float64", nullable=True, ge=0),
        Column("tags", "list<string>", nullable=True),
    ),
)


def shop_batch(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return pa.RecordBatch.from_arrays(
        [pa.array(values, column.arrow) for values, column in zip(columns, SHOP.columns, strict=True)],
        schema=SHOP.schema,
    )


def test_a_batch_that_conforms_is_not_touched() -> None:
    batch = with_envelope(
        shop_batch([(1, "plus", "abc", 0.5, ["x"]), (2, None, "", None, None)]),
        envelope(np.arange(2, dtype=np.uint64), 0),
    )
    checked = RowCheck(SHOP)(batch)
    assert checked.accepted is batch
    assert checked.rejected.schema == rejected_schema(SHOP)
    assert len(checked.rejected) == 0
    assert checked.counts == {}


def test_a_rejected_row_keeps_its_data_its_envelope_and_every_reason() -> None:
    batch = with_envelope(
        shop_batch([(1, "plus", "abc", 1.0, None), (-1, None, "WRONG", float("nan"), ["x", None])]),
        envelope(np.array([10, 11], np.uint64), 7),
    )
    checked = RowCheck(SHOP)(batch)
    assert checked.accepted == batch.slice(0, 1)
    row = checked.rejected.to_pylist()[0]
    assert row[REASONS] == ["id.range", "note.pattern", "note.length", "fee.range", "tags.nested"]
    assert row[ENVELOPE]["event_id"] == 11
    assert {name: row[name] for name in SHOP.names} == {
        "id": "-1",
        "plan": None,
        "note": "WRONG",
        "fee": "nan",
        "tags": '["x",null]',
    }


rows = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-2, 5)),
        st.sampled_from(["basic", "plus", "max", "", None]),
        st.one_of(st.none(), st.text(max_size=5), st.sampled_from(["a", "abc"])),
        st.one_of(st.none(), st.floats()),
        st.one_of(st.none(), st.lists(st.one_of(st.none(), st.text(max_size=2)), max_size=3)),
    ),
    max_size=12,
)


@given(rows, st.integers(0, 12), st.sets(st.sampled_from([rule.name for rule in rules_of(SHOP)])))
@settings(derandomize=True, deadline=None, max_examples=120)
def test_rows_in_are_rows_out_and_a_batch_never_changes_a_verdict(
    given_rows: list[tuple[Any, ...]], cut: int, proven: set[str]
) -> None:
    plain = pa.table(list(zip(*given_rows, strict=True)) if given_rows else [[]] * 5, names=list(SHOP.names))
    loose = pa.schema(
        [(column.name, pa.string() if column.type == "enum" else column.arrow) for column in SHOP.columns]
    )
    batch = with_envelope(
        pa.RecordBatch.from_arrays(
            [column.cast(t).combine_chunks() for column, t in zip(plain.columns, loose.types, strict=True)],
            schema=loose,
        ),
        envelope(np.arange(len(given_rows), dtype=np.uint64), 0),
    )
    check = RowCheck(SHOP, frozenset(proven))
    whole = check(batch)
    for part in (whole.accepted, whole.rejected):
        part.validate(full=True)
    ids = [part.column(ENVELOPE).field("event_id").to_pylist() for part in (whole.accepted, whole.rejected)]
    assert sorted(ids[0] + ids[1]) == list(range(len(given_rows)))
    reasons = whole.rejected.column(REASONS).to_pylist()
    assert all(reasons)
    assert whole.counts == {
        name: sum(name in told for told in reasons) for name in {name for told in reasons for name in told}
    }
    halves = [check(batch.slice(0, cut)), check(batch.slice(cut))]
    for name in ("accepted", "rejected"):
        split = [row for half in halves for row in getattr(half, name).to_pylist()]
        assert repr(split) == repr(getattr(whole, name).to_pylist())


def test_what_is_accepted_is_accepted_again() -> None:
    batch = shop_batch([(1, "plus", "abc", 1.0, None), (-1, None, "x", None, None)])
    accepted = RowCheck(SHOP)(batch).accepted
    assert RowCheck(SHOP)(accepted).accepted is accepted


def test_words_of_a_dictionary_that_no_row_uses_do_no_harm() -> None:
    words = pa.array(["abc", "WRONG"])
    notes = pa.DictionaryArray.from_arrays(pa.array([0, None, 0], pa.int32()), words)
    contract = Contract("t", (dataclasses.replace(SHOP.column("note"), nullable=True),))
    batch = pa.record_batch({"note": notes})
    checked = RowCheck(contract)(batch)
    assert checked.counts == {}
    assert checked.accepted is batch, "a text column may stay dictionary-encoded"


def test_the_accepted_schema_is_the_landed_one_whatever_was_sent() -> None:
    text = pa.record_batch(
        {
            "extra": ["e", "e"],
            "tags": ['["t"]', "[1"],
            "plan": ["plus", "max"],
            "id": ["1", "x"],
            "note": ["a", "b"],
            "fee": ["1", ""],
        }
    )
    checked = RowCheck(SHOP)(with_envelope(text, envelope(np.arange(2, dtype=np.uint64), 0)))
    assert checked.accepted.schema == landed_schema(SHOP.schema)
    assert checked.accepted.to_pylist()[0]["tags"] == ["t"]
    assert checked.rejected.column(REASONS).to_pylist() == [["id.type", "plan.values", "tags.type"]]
    assert checked.rejected.column("id").to_pylist() == ["x"], "the offending text is kept"


def test_a_check_travels_between_processes() -> None:
    check = RowCheck(SHOP, frozenset(["id.range"]))
    batch = shop_batch([(-1, None, "x", None, None)])
    assert check(batch).counts == {}
    assert pickle.loads(pickle.dumps(check))(batch).counts == {}


def test_rules_say_themselves_plainly() -> None:
    told = {rule.name: rule.about for rule in rules_of(SHOP)}
    assert told["id.range"] == "id is at least 0"
    assert told["plan.values"] == "plan is one of basic, plus"
    assert told["note.length"] == "note has at most 3 characters"
    assert told["note.not_null"] == "note is never null"


def test_conform_and_check_agree_on_a_batch_that_needs_no_reading() -> None:
    batch = shop_batch([(1, "plus", "abc", 1.0, None)])
    assert Conform(SHOP)(batch).batch == batch
