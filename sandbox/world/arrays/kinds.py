"""Kinds of values: what DuckDB's types are to arrays, and what becomes of one kind where another is wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_INTEGERS = {
    "TINYINT": (-(2**7), 2**7 - 1),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "UTINYINT": (0, 2**8 - 1),
    "USMALLINT": (0, 2**16 - 1),
    "UINTEGER": (0, 2**32 - 1),
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_MOST_DIGITS = 18
"""Of a decimal in an int64."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column of values is; `low` and `high` bound integers, and decimals as integers of their last digit."""

    family: str
    """null, boolean, integer, decimal, real (float32), double, text, date or moment."""
    low: int = 0
    high: int = 0
    scale: int = 0
    zoned: bool = False

    @property
    def is_number(self) -> bool:
        """Whether arithmetic applies."""
        return self.family in _NUMBERS

    @property
    def is_float(self) -> bool:
        """Whether it is float32 or float64."""
        return self.family in ("real", "double")

    @property
    def is_time(self) -> bool:
        """Whether it is a date or a moment."""
        return self.family in ("date", "moment")


_NUMBERS = ("integer", "decimal", "real", "double")

NULL, BOOLEAN, REAL, DOUBLE, TEXT, DATE = map(Kind, ("null", "boolean", "real", "double", "text", "date"))
INTEGER = Kind("integer", *_INTEGERS["BIGINT"])

_PLAIN = {
    '"NULL"': NULL,
    "NULL": NULL,
    "BOOLEAN": BOOLEAN,
    "FLOAT": REAL,
    "DOUBLE": DOUBLE,
    "VARCHAR": TEXT,
    "DATE": DATE,
    "TIMESTAMP": Kind("moment"),
    "TIMESTAMP WITH TIME ZONE": Kind("moment", zoned=True),
}


def kind_of(duckdb_type: str) -> Kind | None:
    """The kind of a type of DuckDB; None where arrays do not hold it."""
    if duckdb_type in _INTEGERS:
        return Kind("integer", *_INTEGERS[duckdb_type])
    if found := _DECIMAL.fullmatch(duckdb_type):
        width, scale = map(int, found.groups())
        return decimal(width, scale)
    return _PLAIN.get(duckdb_type)


def decimal(width: int, scale: int) -> Kind | None:
    """A decimal of so many digits; None where its scale alone would fill an int64."""
    most = 10 ** min(width, _MOST_DIGITS) - 1
    return Kind("decimal", -most, most, scale) if scale <= _MOST_DIGITS else None


def common(kinds: Sequence[Kind]) -> Kind | None:
    """As what values of these kinds are compared; None where that is not for arrays to say."""
    families = {kind.family for kind in kinds}
    if families <= set(_NUMBERS):
        for family, kind in (("double", DOUBLE), ("real", REAL)):
            if family in families:
                return kind
        return decimal(_MOST_DIGITS, max(kind.scale for kind in kinds)) if "decimal" in families else INTEGER
    alike = len({(kind.family, kind.zoned) for kind in kinds}) == 1
    return kinds[0] if alike and kinds[0].family in ("boolean", "date", "moment") else None


def becomes(old: Kind, new: Kind) -> bool:
    """Whether SQL makes the new kind of the old one unasked, and arrays can do so too."""
    if old.family in ("null", new.family):
        return old.family != "decimal" or new.scale >= old.scale
    wider = {
        "boolean": ("integer",),
        "integer": ("decimal", "real", "double"),
        "decimal": ("real", "double"),
        "real": ("double",),
    }
    return new.family in wider.get(old.family, ())
