"""What a source wrote, read: exactly, row by row, and never silently as something else."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.contract import Parse, parse_type
from sandbox.contract.read_column import plain_text, read
from sandbox.contract.types import PLAIN

UTC = ZoneInfo("UTC")
BAD = object()  # stands for a value that cannot be read


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def check_readings(values: pa.Array, kind: str, parse: Parse, expected: list[Any]) -> None:
    found = read(values, parse_type(kind), parse)
    found.values.validate(full=True)
    unreadable = np.zeros(len(values), bool) if found.unreadable is None else found.unreadable
    shown = [BAD if bad else value for bad, value in zip(unreadable, found.values.to_pylist(), strict=True)]
    assert repr(shown) == repr(expected)
    assert found.unreadable is None or found.unreadable.any()


LONDON = Parse(zone="Europe/London")
TEXTS: list[tuple[str, Parse, dict[str | None, Any]]] = [
    (
        "int64",
        Parse(),
        {"1": 1, " 5 ": 5, "+7": 7, "007": 7, "17850.0": 17850, "-9223372036854775808": -(2**63), "": None, None: None}
        | {"0x1F": BAD, "1e3": BAD, "1.5": BAD, "9223372036854775808": BAD, "x": BAD, "1_0": BAD, "9" * 50: BAD},
    ),
    ("uint8", Parse(), {"255": 255, "256": BAD, "-1": BAD, "-0": 0}),
    ("uint64", Parse(), {"18446744073709551615": 2**64 - 1, "18446744073709551615.0": 2**64 - 1}),
    ("int64", Parse(thousands=","), {"1,234,567": 1234567, "1,5": BAD, "12,34": BAD, "1234": 1234}),
    (
        "float64",
        Parse(),
        {
            "1.5": 1.5,
            ".5": 0.5,
            "+2.": 2.0,
            "1e3": 1000.0,
            "nan": float("nan"),
            "-inf": -float("inf"),
            "1e999": float("inf"),
        }
        | {"": None, "abc": BAD, "1,5": BAD, ".": BAD, "1e": BAD, "0x1p3": BAD},
    ),
    ("float64", Parse(decimal=",", thousands="."), {"1.234,56": 1234.56, "1,5": 1.5, "1.2": BAD, "1.234": 1234.0}),
    ("float64", Parse(decimal=",", thousands=" "), {"1 234,5": 1234.5, "1234": 1234.0}),
    (
        "decimal(10, 2)",
        Parse(),
        {
            "1.5": Decimal("1.50"),
            "-0.5": Decimal("-0.50"),
            "1.50000": Decimal("1.50"),
            "0" * 60 + "1.5" + "0" * 60: Decimal("1.50"),
        }
        | {"1.234": BAD, "123456789.00": BAD, "1e2": BAD, "nan": BAD, "": None},
    ),
    (
        "decimal(10, 2)",
        Parse(unit="cents"),
        {"1999": Decimal("19.99"), "5": Decimal("0.05"), "19.5": BAD, "99999999999": BAD},
    ),
    ("decimal(10, 2)", Parse(unit="thousands"), {"1.25": Decimal("1250.00"), "1.123456": BAD}),
    ("decimal(38, 37)", Parse(unit="millions"), {"7": BAD, "0.000007": Decimal("7." + "0" * 37)}),
    ("int64", Parse(unit="cents"), {"1900": 19, "1950": BAD, ".0": 0}),
    ("float64", Parse(unit="percent"), {"45": 0.45, "x": BAD}),
    ("bool", Parse(), {"TRUE": True, " no ": False, "1": True, "maybe": BAD, "": None}),
    ("bool", Parse(true=("ja",), false=("nein",)), {"Ja": True, "NEIN": False, "true": BAD}),
    ("string", Parse(), {"": "", " x ": " x ", "NA": "NA", None: None}),
    ("string", Parse(nulls=("", "NA")), {"": None, "NA": None, "x": "x"}),
    ("int64", Parse(nulls=("-",)), {"-": None, "1": 1, "": BAD}),
    ("bytes", Parse(), {"é": "é".encode(), "": b""}),
    (
        "timestamp",
        LONDON,
        {
            "2010-12-01 08:26:00": utc(2010, 12, 1, 8, 26),
            "2011-07-01T08:26": utc(2011, 7, 1, 7, 26),
            "2011-07-01": utc(2011, 6, 30, 23),
        }
        | {"2011-03-27 01:30:00": utc(2011, 3, 27, 1, 30), "2010-10-31 01:30:00": utc(2010, 10, 31, 0, 30)}
        | {"2011-07-01T08:26:00Z": utc(2011, 7, 1, 8, 26), "2011-07-01 08:26:00 +02:00": utc(2011, 7, 1, 6, 26)}
        | {
            "2011-07-01 08:26 UTC": utc(2011, 7, 1, 8, 26),
            "2011-07-01T08:26:00,5+0000": utc(2011, 7, 1, 8, 26, 0, 500_000),
        }
        | {"2011-07-01 08:26:00.123456789": utc(2011, 7, 1, 7, 26, 0, 123456), " ": None}
        | {
            "2011-02-29": BAD,
            "2011-13-01": BAD,
            "0000-01-01": BAD,
            "24:00": BAD,
            "1/7/2011": BAD,
            "2011-07-01T25:00Z": BAD,
        },
    ),
    (
        "timestamp",
        Parse(),
        {"2012-02-29 08:26:00": utc(2012, 2, 29, 8, 26), "1900-02-29": BAD, "2000-02-29": utc(2000, 2, 29)},
    ),
    ("timestamp(ms)", Parse(), {"2011-07-01T08:26:00.1239Z": utc(2011, 7, 1, 8, 26, 0, 123_000)}),
    (
        "timestamp(us, none)",
        Parse(),
        {"2011-07-01 08:26": datetime.datetime(2011, 7, 1, 8, 26), "2011-07-01 08:26Z": BAD},
    ),
    ("timestamp(us, none)", LONDON, {"2011-07-01T08:26Z": datetime.datetime(2011, 7, 1, 9, 26)}),
    (
        "timestamp",
        Parse(formats=("%d/%m/%Y %H:%M", "%Y%m%d", "%d/%m/%Y %H:%M %z"), zone="Europe/London"),
        {
            "01/07/2011 08:26": utc(2011, 7, 1, 7, 26),
            "20110701": utc(2011, 6, 30, 23),
            "01/07/2011 08:26 +0200": utc(2011, 7, 1, 6, 26),
        }
        | {"30/02/2011 08:26": BAD, "2011-07-01": BAD, "": None},
    ),
    (
        "timestamp",
        Parse(unit="s"),
        {
            "1291192000": utc(2010, 12, 1, 8, 26, 40),
            "1291192000.5": utc(2010, 12, 1, 8, 26, 40, 500_000),
            "9" * 15: BAD,
            "x": BAD,
        },
    ),
    (
        "date",
        Parse(),
        {
            "2010-12-01": datetime.date(2010, 12, 1),
            "2010-12-01T00:00:00": datetime.date(2010, 12, 1),
            "2010-12-01 01:00": BAD,
            "0000-01-01": BAD,
        },
    ),
    ("date", Parse(formats=("%d.%m.%Y",)), {"01.12.2010": datetime.date(2010, 12, 1), "31.11.2010": BAD}),
    (
        "time",
        Parse(),
        {"08:26": datetime.time(8, 26), "08:26:01.5": datetime.time(8, 26, 1, 500_000), "24:00": BAD, "8": BAD},
    ),
    ("time", Parse(formats=("%I:%M %p",)), {"08:26 PM": datetime.time(20, 26), "20:26 PM": BAD}),
    ("list<int64?>", Parse(), {"[1, null]": [1, None], "[]": [], "[1": BAD, '{"a": 1}': BAD, '["x"]': BAD, "": None}),
    (
        'struct<a: int64, "b c": string?>',
        Parse(),
        {'{"a": 1, "b c": "x", "z": 0}': {"a": 1, "b c": "x"}, '{"a": "q"}': BAD, "[]": BAD},
    ),
    ("map<string, int64>", Parse(), {'{"a": 1, "b": 2}': [("a", 1), ("b", 2)], "{}": [], '{"a": "x"}': BAD}),
    (
        "list<struct<a: list<date>>>",
        Parse(),
        {'[{"a": ["2010-12-01"]}]': [{"a": [datetime.date(2010, 12, 1)]}], '[{"a": ["x"]}]': BAD},
    ),
    (
        "union<int64, string>",
        Parse(),
        {"5": {"int64": 5, "string": None}, "x": {"int64": None, "string": "x"}, "": {"int64": None, "string": ""}},
    ),
    ("union<int64, date>", Parse(), {"5": {"int64": 5, "date": None}, "x": BAD}),
]


@pytest.mark.parametrize(
    ("kind", "parse", "readings"), TEXTS, ids=[f"{kind} {at}" for at, (kind, *_) in enumerate(TEXTS)]
)
def test_text_is_read_together_and_alone(kind: str, parse: Parse, readings: dict[str | None, Any]) -> None:
    check_readings(pa.array(list(readings), pa.string()), kind, parse, list(readings.values()))
    for text, expected in readings.items():
        check_readings(pa.array([text], pa.string()), kind, parse, [expected])


OTHERS: list[tuple[pa.Array, str, Parse, list[Any]]] = [
    (pa.array([17850.0, 1.5, float("nan"), 1e30, None, 2.0**63]), "int64", Parse(), [17850, BAD, BAD, BAD, None, BAD]),
    (pa.array([300, -1, 5]), "uint8", Parse(), [BAD, BAD, 5]),
    (pa.array([2**63], pa.uint64()), "int64", Parse(), [BAD]),
    (pa.array([2**53 + 1, 5]), "float64", Parse(), [BAD, 5.0]),
    (pa.array([1e300, 0.5, float("nan")]), "float32", Parse(), [BAD, 0.5, float("nan")]),
    (pa.array([True, None]), "int8", Parse(), [1, None]),
    (pa.array([0, 1, 2]), "bool", Parse(), [False, True, BAD]),
    (pa.array([2.55, 0.1 + 0.2]), "decimal(10, 2)", Parse(), [Decimal("2.55"), BAD]),
    (pa.array([1999, None]), "decimal(10, 2)", Parse(unit="cents"), [Decimal("19.99"), None]),
    (pa.array([Decimal("5.00"), Decimal("5.50")]), "int64", Parse(), [5, BAD]),
    (pa.array([17850.0, 1.5, 1e15, None]), "string", Parse(), ["17850", "1.5", "1000000000000000", None]),
    (pa.array([1, None]), "string", Parse(), ["1", None]),
    (pa.array([b"ab", b"\xff"]), "string", Parse(), ["ab", BAD]),
    (pa.array([1291192000000, None, 2**62]), "timestamp", Parse(unit="ms"), [utc(2010, 12, 1, 8, 26, 40), None, BAD]),
    (pa.array([1291192000.5, float("nan")]), "timestamp", Parse(unit="s"), [utc(2010, 12, 1, 8, 26, 40, 500_000), BAD]),
    (pa.array([1291192000000]), "timestamp", Parse(), [BAD]),
    (pa.array([datetime.datetime(2011, 7, 1, 8)]), "timestamp", LONDON, [utc(2011, 7, 1, 7)]),
    (pa.array([datetime.date(2011, 7, 1)]), "timestamp", LONDON, [utc(2011, 6, 30, 23)]),
    (pa.array([1], pa.timestamp("s", "UTC")), "timestamp", Parse(), [utc(1970, 1, 1, 0, 0, 1)]),
    (pa.array([utc(2011, 7, 1, 8)]), "timestamp(us, none)", LONDON, [datetime.datetime(2011, 7, 1, 9)]),
    (
        pa.array([datetime.datetime(2011, 7, 1), datetime.datetime(2011, 7, 1, 1)]),
        "date",
        Parse(),
        [datetime.date(2011, 7, 1), BAD],
    ),
    (pa.array([utc(2011, 6, 30, 23)]), "date", LONDON, [datetime.date(2011, 7, 1)]),
    (pa.array([datetime.time(8)]), "timestamp", Parse(), [BAD]),
    (pa.array([[1, 2], None]), "list<string>", Parse(), [["1", "2"], None]),
    (pa.array([["1", "x"], ["2"]]), "list<int64>", Parse(), [BAD, [2]]),
    (pa.array([{"a": 1, "z": 2}, None]), "struct<a: string, b: int64?>", Parse(), [{"a": "1", "b": None}, None]),
    (pa.array([5]), "list<int64>", Parse(), [BAD]),
    (pa.array([[1]]), "int64", Parse(), [BAD]),
    (pa.array(["1", "x"]).dictionary_encode(), "int64", Parse(), [1, BAD]),
    (pa.array(["1"], pa.large_string()), "int64", Parse(), [1]),
    (pa.nulls(2), "timestamp", Parse(), [None, None]),
]


@pytest.mark.parametrize(
    ("values", "kind", "parse", "expected"), OTHERS, ids=lambda value: str(getattr(value, "type", ""))
)
def test_what_is_not_text_is_read_exactly(values: pa.Array, kind: str, parse: Parse, expected: list[Any]) -> None:
    check_readings(values, kind, parse, expected)
    padded = pa.concat_arrays([pa.nulls(3, values.type), values])
    check_readings(padded.slice(3), kind, parse, expected)


GERMAN = Parse(decimal=",", thousands=".")
WAYS: list[tuple[str, Parse]] = [
    *((kind, Parse()) for kind in (*PLAIN, "decimal(9, 2)", "timestamp", "timestamp(ns)", "timestamp(ms, none)")),
    *((kind, Parse()) for kind in ("list<int64?>", "map<string, date?>", "struct<a: float64?>")),
    *((kind, GERMAN) for kind in ("int16", "float64", "decimal(9, 2)")),
    *((kind, Parse(unit="cents")) for kind in ("int64", "float32", "decimal(38, 5)")),
    *((kind, Parse(unit="millions")) for kind in ("uint32", "decimal(38, 37)")),
    *(("timestamp", Parse(unit=unit)) for unit in ("s", "ns")),
    ("timestamp(us, none)", LONDON),
    ("timestamp", LONDON),
    ("date", LONDON),
]
LOOKALIKES = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[-+]?[0-9,. ]{1,12}(e[-+]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9](:[0-6][0-9]){0,2}([.,][0-9]{1,10})?( ?(Z|[+-]\d\d:?\d\d))?)?",
        fullmatch=True,
    ),
    st.sampled_from(["", " ", "\u2003", "nan", "inf", "true", "[1]", "{}", "null", "0x1", "1e5", "-0"]),
)


@given(st.lists(st.one_of(st.none(), LOOKALIKES), max_size=8), st.sampled_from(WAYS), st.integers(0, 8))
@settings(derandomize=True, deadline=None, max_examples=400)
def test_any_text_is_read_or_marked_whatever_stands_beside_it(
    texts: list[str | None], way: tuple[str, Parse], cut: int
) -> None:
    values, kind, parse = pa.array(texts, pa.string()), parse_type(way[0]), way[1]
    whole = read(values, kind, parse)
    parts = [read(values.slice(0, cut), kind, parse), read(values.slice(cut), kind, parse)]
    assert repr(whole.values.to_pylist()) == repr([value for part in parts for value in part.values.to_pylist()])
    marked = np.zeros(len(texts), bool) if whole.unreadable is None else whole.unreadable
    blank = np.array([text is None or not text.strip() for text in texts], bool)
    unread = np.array([value is None for value in whole.values.to_pylist()], bool)
    np.testing.assert_array_equal(marked, unread & ~blank, "what is not blank and not read is marked")


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 255, 2**53, 2**53 + 1]))))
@settings(derandomize=True, deadline=None, max_examples=80)
def test_numbers_change_kind_without_changing_value(numbers: list[int | None]) -> None:
    values = pa.array(numbers, pa.int64())
    for kind in ("uint8", "int32", "uint64", "float64", "decimal(20, 2)", "string"):
        found = read(values, parse_type(kind)).values.to_pylist()
        for number, value in zip(numbers, found, strict=True):
            assert value is None or int(value) == number


def test_rejected_text_is_what_a_person_can_read() -> None:
    assert plain_text(pa.array([{"a": [1, None]}])).to_pylist() == ['{"a":[1,null]}']
    assert plain_text(pa.array([b"a\xff"])).to_pylist() == ["a\\xFF"]
    assert plain_text(pa.array([utc(2011, 7, 1)])).to_pylist() == ["2011-07-01 00:00:00.000000Z"]
