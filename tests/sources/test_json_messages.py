"""Messages in JSON: read together or each by itself they are the same rows, and decimals keep their digits."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.contract import Column, Contract
from sandbox.contract.checks import RowCheck
from sandbox.contract.conform import Conform
from sandbox.contract.envelope import ENVELOPE, envelope
from sandbox.scenario.parts import Unread
from sandbox.sources.brought_envelopes import brought, brought_alike
from sandbox.sources.json_columns import ObjectReader
from sandbox.sources.json_digits import NO_KEYS, exact_keys
from sandbox.sources.json_messages import JsonReader
from sandbox.sources.messages import Messages

CONTRACT = Contract(
    "web",
    (
        Column("n", "int64"),
        Column("price", "decimal(20, 6)", nullable=True),
        Column("share", "float64", nullable=True),
        Column("at", "timestamp", nullable=True),
        Column("name", "string", nullable=True),
        Column("is_new", "bool", nullable=True),
        Column("tags", "list<string>", nullable=True),
    ),
    static=True,
)
EXACT = exact_keys(CONTRACT, {})
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.integers(-9, 9).map(str),
    st.floats().map(json.dumps),
    st.from_regex(r"\A-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?\Z"),
    st.sampled_from(["5.0", "-0", "-0.0", "1e3", "1.50", "007", "+1", "1.", ".5", "1.5.5", "NaN", "Infinity", "0x1F"]),
)
TEXTS = st.one_of(
    st.text(max_size=8).map(json.dumps),
    st.text(max_size=8).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01 12:30", "1767225600", "01.02.2026"]).map(json.dumps),
    st.sampled_from(["5.0", "1e3", "", " 7 ", "1.50"]).map(json.dumps),
    st.sampled_from([r'"\u0000"', r'"\ud83d\ude00"', r'"\ud800"', r'"\/"', '"\t"']),
    st.sampled_from([r'"a\",\"price\":1.50,\""', '",", "price":2.50', '"{","price":2.50']),
)
OTHERS = st.sampled_from(["null", "true", "false", "[1, 2.50]", '["a"]', '{"price": 1.50}', "{}", "[]", ""])
SCALARS = st.one_of(NUMBERS, TEXTS, OTHERS)
NAMES = st.sampled_from(
    [
        '"n"',
        '"price"',
        '"share"',
        '"at"',
        '"name"',
        '"is_new"',
        '"tags"',
        '"more"',
        r'"pr\u0069ce"',
        '"_sandbox"',
        '"a/b~*"',
    ]
)
SPACES = st.sampled_from(["", " ", "\n", "\r\n"])


def as_object(pairs, space):
    return "{" + f",{space}".join(f"{name}{space}:{space}{value}" for name, value in pairs) + "}"


ALIKE = st.fixed_dictionaries(
    {
        '"n"': st.integers(-9, 2**63 - 1).map(str),
        '"price"': st.decimals(-(10**6), 10**6, places=6).map(str),
        '"share"': st.one_of(
            st.floats(allow_nan=False, allow_infinity=False).map(json.dumps),
            st.integers(-(2**60), 2**60).map(str),
            st.sampled_from(["5", "5.0", "5.00", "5e0", "-0", "-0.0", "0.0001", "1234567890.5", "4.10"]),
        ),
        '"name"': st.text(max_size=5).map(json.dumps),
        '"is_new"': st.sampled_from(["true", "false", "null"]),
    }
).map(lambda row: as_object(row.items(), "").encode())
ODD = st.builds(as_object, st.lists(st.tuples(NAMES, SCALARS), max_size=6), SPACES)
NO_OBJECTS = st.sampled_from(["", "{", '{"n":1}{"n":2}', '{"n":1}\n{"n":2}', '{"n":1', ',"price":2}'])
PAYLOADS = st.one_of(
    ALIKE,
    ALIKE,
    st.one_of(ODD, SCALARS, NO_OBJECTS).map(lambda text: text.encode(errors="surrogatepass")),
    st.binary(max_size=6),
)


def messages(payloads):
    ids = np.arange(len(payloads), dtype=np.uint64)
    return Messages(payloads, envelope(ids, 0, offset=0), lambda at: f"offset {at}")


def read(payloads, together, exact=EXACT):
    """What the contract makes of messages: rows that it accepts and refuses, keys beyond it, and what is no row."""
    reader = JsonReader(CONTRACT.names, exact=exact)
    if not together:
        reader._alike._failures = 99
    accepted, rejected, more, torn = [], [], [], []
    for found in reader(messages(payloads)):
        if isinstance(found, Unread):
            torn += [(found.rule, text) for text in found.texts]
            continue
        checked = RowCheck(CONTRACT)(Conform(CONTRACT)(found.select([*CONTRACT.names, ENVELOPE])))
        accepted += [repr(row) for row in checked.accepted.to_pylist()]
        rejected += checked.rejected.to_pylist()
        others = found.drop_columns([*CONTRACT.names, ENVELOPE]).to_pylist()
        more += [{name: text for name, text in row.items() if text is not None} for row in others]
    return accepted, rejected, more, torn


@settings(max_examples=200)
@given(st.lists(PAYLOADS, min_size=1, max_size=6))
def test_together_and_each_by_itself_messages_are_the_same_rows(payloads):
    assert read(payloads, True) == read(payloads, False)


@settings(max_examples=80)
@given(st.lists(ALIKE, min_size=2, max_size=12), st.sampled_from([EXACT, NO_KEYS]))
def test_messages_that_are_alike_are_read_together(payloads, exact):
    assert ObjectReader(exact)(payloads) is not None
    assert read(payloads, True, exact) == read(payloads, False, exact)


def test_one_odd_message_spoils_the_pace_of_its_batch_only():
    reader = ObjectReader()
    assert reader([b'{"n": 1}', b'{"n": 2}']) is not None
    assert reader([b'{"n": [1]}']) is None
    assert reader([b'{"n": 3}']) is not None
    assert [reader([b'{"n": [1]}']) for _ in range(3)] == [None] * 3
    assert reader([b'{"n": 3}']) is None


def decimals(*numbers, exact=EXACT):
    reader = JsonReader(CONTRACT.names, exact=exact)
    found = list(reader(messages([f'{{"n": 1, "price": {number}}}'.encode() for number in numbers])))
    return [str(value) for batch in found for value in Conform(CONTRACT)(batch).batch.column("price").to_pylist()]


def test_a_decimal_keeps_the_digits_that_its_message_has():
    assert decimals("12345678901234.567891", "0.1") == ["12345678901234.567891", "0.100000"]
    assert decimals("12345678901234.567891", "[]") == ["12345678901234.567891", "None"]
    assert decimals("12345678901234.567891", exact=NO_KEYS) == ["12345678901234.568000"]


def test_keys_of_decimals_are_told_at_any_depth_and_by_the_names_of_the_source():
    lines = Column("lines", "list<struct<sku: string, net: decimal(9, 2)>>")
    contract = Contract("orders", (lines, Column("total", "decimal(9, 2)")), static=True)
    assert exact_keys(contract, {"summe": "total"}) == {"net", "summe"}
    reader = JsonReader(contract.names, exact=exact_keys(contract, {}))
    octets = b'{"total": 1234567.10, "lines": [{"sku": "a", "net": 9.90}, {"net": 1.5, "sku": ""}]}'
    (found,) = reader(messages([octets]))
    (row,) = Conform(contract)(found).batch.to_pylist()
    assert [str(line["net"]) for line in row["lines"]] == ["9.90", "1.50"]


SENT = b'{"event_id":7,"operation":"insert","attempt":2,"arrived_at":1767225600000000,"contract_version":3}'
ENVELOPES = st.one_of(
    st.just(SENT),
    st.builds(
        lambda number, other: SENT.replace(b"7", number.encode(), 1).replace(b"2", other.encode(), 1),
        NUMBERS,
        st.sampled_from(["1", "99999999999", "-1", "01", "1e1", "null"]),
    ),
    st.sampled_from(["update", "delete", "read", "upsert"]).map(lambda word: SENT.replace(b"insert", word.encode())),
    st.sampled_from([b"", b"{}", b"x", SENT[:-1], SENT + b" ", SENT.replace(b",", b", "), b"[" + SENT + b"]"]),
    st.permutations(SENT[1:-1].split(b",")).map(lambda parts: b"{" + b",".join(parts) + b"}"),
)


@settings(max_examples=300)
@given(st.lists(ENVELOPES, min_size=1, max_size=4))
def test_envelopes_are_the_same_read_by_any_way(headers):
    known = envelope(np.arange(len(headers), dtype=np.uint64), 5, offset=9)
    alike = brought_alike(headers, known)
    assert alike is None or alike.equals(brought(pa.array(headers, pa.binary()).cast(pa.string()), known))
