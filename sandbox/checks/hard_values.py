"""Values that are easy to lose on the way to a file and back: limits, NaN, nulls, Unicode, zones, nesting."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa

from sandbox.contract.model import Column, Contract

_MOMENTS = (
    dt.datetime(1900, 1, 1),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999_999),
    dt.datetime(2026, 3, 29, 1, 30, 0, 250),  # an hour that London's clocks skip
    dt.datetime(2026, 10, 25, 1, 30),  # and one that comes twice
    dt.datetime(2200, 12, 31, 23, 59, 59),
)
_ZONED = tuple(moment.replace(tzinfo=dt.UTC) for moment in _MOMENTS)
# fmt: off
_TEXTS = ("", " ", "null", "NaN", "0", "true", "a,b", 'say "no"', "two\nlines", "\ttab", "é", "日本語", "🙂", "\u202e",
          "a'b\\c")
# fmt: on

_VALUES: Mapping[str, tuple[Any, ...]] = {
    "int8": (-(2**7), -1, 0, 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**53 + 1, 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint64": (0, 2**53 + 1, 2**64 - 1),
    "float64": (math.nan, math.inf, -math.inf, 0.0, 0.1 + 0.2, 5e-324, 1.7976931348623157e308),
    "float32": (math.nan, math.inf, 1.401298464324817e-45, 3.4028234663852886e38),
    "decimal(12, 2)": (Decimal("-9999999999.99"), Decimal("0.00"), Decimal("0.01"), Decimal("9999999999.99")),
    "decimal(38, 9)": (Decimal("-0.000000001"), Decimal("99999999999999999999999999999.999999999")),
    "bool": (True, False),
    "string": _TEXTS,
    "uuid": ("00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
    "bytes": (b"", b"\x00", b"\xff\xfe,\n"),
    "date": (dt.date(1900, 1, 1), dt.date(1970, 1, 1), dt.date(2024, 2, 29), dt.date(2200, 12, 31)),
    "time": (dt.time(0), dt.time(23, 59, 59, 999_999)),
    "timestamp": _ZONED,
    "timestamp(ms)": tuple(moment.replace(microsecond=0) for moment in _ZONED),
    "timestamp(us, Europe/London)": _ZONED,
    "timestamp(us, none)": _MOMENTS,
    "list<int64?>": ([], [None], [1, None, -(2**63)]),
    "list<string>": ([], [""], ["a,b", 'c"d', "é"]),
    "list<list<int64>>": ([], [[]], [[1], [2, 3]]),
    "struct<a: int64?, b: string?>": ({"a": None, "b": None}, {"a": 1, "b": ""}, {"a": -1, "b": "null"}),
    "map<string, int64?>": ([], [("a", None)], [('c"d', 1), ("é", 2)]),
}
_ENUM = ("basic", "a,b", "é")
ROWS = max(len(values) for values in _VALUES.values()) + 1


@cache
def hard_contract(without: frozenset[str] = frozenset()) -> Contract:
    """One nullable column for each type, but for those `without`."""
    columns = [
        Column(f"c{at} {kind[:4]}", kind, nullable=True) for at, kind in enumerate(_VALUES) if kind not in without
    ]
    return Contract("hard", (*columns, Column("plan", "enum", nullable=True, values=_ENUM)), static=True)


@cache
def hard_batch(without: frozenset[str] = frozenset()) -> pa.RecordBatch:
    """Every value once, in the contract's types; the columns end in nulls, and the last row has nothing else."""
    contract = hard_contract(without)
    values = [*(listed for kind, listed in _VALUES.items() if kind not in without), _ENUM]
    arrays = [
        pa.array([*listed, *[None] * (ROWS - len(listed))], column.arrow)
        for column, listed in zip(contract.columns, values, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=contract.schema)
