"""The names of types: as users write them, as Arrow stores them, as DuckDB calls them.

A type is a small tree. `parse_type` (type_text.py) reads the text, `str` writes it back, `Type.arrow` and `Type.duckdb`
translate it, and `type_of` (arrow_types.py) returns from Arrow.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from sandbox.contract.zones import require_zone
from sandbox.errors import InputError, did_you_mean

LOCAL = "none"

PLAIN: dict[str, tuple[pa.DataType, str]] = {
    "int8": (pa.int8(), "TINYINT"),
    "int16": (pa.int16(), "SMALLINT"),
    "int32": (pa.int32(), "INTEGER"),
    "int64": (pa.int64(), "BIGINT"),
    "uint8": (pa.uint8(), "UTINYINT"),
    "uint16": (pa.uint16(), "USMALLINT"),
    "uint32": (pa.uint32(), "UINTEGER"),
    "uint64": (pa.uint64(), "UBIGINT"),
    "float32": (pa.float32(), "FLOAT"),
    "float64": (pa.float64(), "DOUBLE"),
    "bool": (pa.bool_(), "BOOLEAN"),
    "string": (pa.string(), "VARCHAR"),
    "bytes": (pa.binary(), "BLOB"),
    "uuid": (pa.string(), "VARCHAR"),
    "date": (pa.date32(), "DATE"),
    "time": (pa.time64("us"), "TIME"),
}
ALIASES = {"int": "int64", "float": "float64"}
# Seconds are missing on purpose: Parquet has no such unit and would hand back milliseconds.
UNITS = ("ms", "us", "ns")
_LOCAL_TIMESTAMPS = {"ms": "TIMESTAMP_MS", "us": "TIMESTAMP", "ns": "TIMESTAMP_NS"}
NAMES = (*PLAIN, *ALIASES, "decimal", "timestamp", "enum", "list", "struct", "map", "union")


@dataclass(frozen=True, slots=True)
class Part:
    """A child of a nested type: a struct's field, a list's `element`, a map's `key` and `value`, a union's branch."""

    name: str
    type: Type
    nullable: bool = False

    def __str__(self) -> str:
        return f"{self.type}{'?' if self.nullable else ''}"

    def arrow(self) -> pa.Field:
        """The child's Arrow field; whether it may be null is a rule's to judge, so that readers never have to cast."""
        return pa.field(self.name, self.type.arrow())


@dataclass(frozen=True, slots=True)
class Type:
    """One type; `parameters` are (precision, scale) of a decimal and (unit, zone) of a timestamp."""

    name: str
    parameters: tuple[int | str, ...] = ()
    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        if self.name == "struct":
            return f"struct<{', '.join(f'{quoted(part.name)}: {part}' for part in self.parts)}>"
        if self.name == "union":
            return f"union<{', '.join(str(part.type) for part in self.parts)}>"
        if self.parts:
            return f"{self.name}<{', '.join(str(part) for part in self.parts)}>"
        if self.parameters == ("us", "UTC"):
            return self.name
        shown = [str(parameter) for parameter in self.parameters if parameter != "UTC"]
        return f"{self.name}({', '.join(shown)})" if shown else self.name

    @property
    def is_integer(self) -> bool:
        """A whole number of any width."""
        return self.name.startswith(("int", "uint"))

    @property
    def is_number(self) -> bool:
        """A whole number, a float or a decimal."""
        return self.is_integer or self.name in ("float32", "float64", "decimal")

    @property
    def is_text(self) -> bool:
        """Kept as Arrow string, or as a dictionary of strings."""
        return self.name in ("string", "uuid", "enum")

    @property
    def is_time(self) -> bool:
        """A date, a time of day or a timestamp."""
        return self.name in ("date", "time", "timestamp")

    @property
    def is_nested(self) -> bool:
        """A list, struct, map or union."""
        return bool(self.parts)

    @property
    def zone(self) -> str | None:
        """A timestamp's zone; None for a local time and for every other type."""
        zone = str(self.parameters[1]) if self.name == "timestamp" else LOCAL
        return None if zone == LOCAL else zone

    def arrow(self, values: int = 0) -> pa.DataType:
        """The Arrow type; `values` is how many an enum has, which sets the width of its index."""
        if self.name in PLAIN:
            return PLAIN[self.name][0]
        if self.name == "decimal":
            return pa.decimal128(*self.parameters)
        if self.name == "timestamp":
            return pa.timestamp(self.parameters[0], tz=self.zone)
        if self.name == "enum":
            return pa.dictionary(_index_type(values), pa.string())
        if self.name == "list":
            return pa.list_(self.parts[0].arrow())
        if self.name == "map":
            return pa.map_(*(part.type.arrow() for part in self.parts))
        # A union is a struct with one field a branch, of which exactly one is set: Parquet, DuckDB and most
        # readers of either have no unions, and Arrow refuses to write its own to Parquet.
        return pa.struct([part.arrow() for part in self.parts])

    @property
    def duckdb(self) -> str:
        """The type in DuckDB's SQL; an enum is VARCHAR, as DuckDB reads it from Parquet."""
        if self.name in PLAIN:
            return PLAIN[self.name][1]
        if self.name == "decimal":
            return f"DECIMAL({self.parameters[0]}, {self.parameters[1]})"
        if self.name == "timestamp":
            return "TIMESTAMPTZ" if self.zone else _LOCAL_TIMESTAMPS[str(self.parameters[0])]
        if self.name == "enum":
            return "VARCHAR"
        if self.name == "list":
            return f"{self.parts[0].type.duckdb}[]"
        if self.name == "map":
            return f"MAP({self.parts[0].type.duckdb}, {self.parts[1].type.duckdb})"
        return f"STRUCT({', '.join(f'{quoted(part.name, always=True)} {part.type.duckdb}' for part in self.parts)})"


def quoted(name: str, always: bool = False) -> str:
    """A name in double quotes where the language of types, or SQL, needs them."""
    return name if name.isidentifier() and name.isascii() and not always else '"' + name.replace('"', '""') + '"'


def decimal_type(precision: int, scale: int) -> Type:
    """A decimal; 128 bits hold 38 digits, as in DuckDB and Parquet."""
    if not 1 <= precision <= 38 or not 0 <= scale <= precision:
        raise InputError(f"decimal({precision}, {scale}): precision must be 1 to 38, and scale 0 to precision.")
    return Type("decimal", (precision, scale))


def timestamp_type(unit: str, zone: str) -> Type:
    """A timestamp; `zone` is an IANA name, or `none` for a local time."""
    if unit not in UNITS:
        raise InputError(f"timestamp: unknown unit '{unit}'.{did_you_mean(unit, UNITS)}")
    if zone != LOCAL:
        require_zone(zone)
    return Type("timestamp", (unit, zone))


def union_type(branches: tuple[Type, ...]) -> Type:
    """A union; a branch's field bears its type's name, or its whole text where two branches share the name."""
    if len(branches) < 2 or len(set(branches)) < len(branches):
        raise InputError("union: give two or more different types, as union<int64, string>.")
    names = [branch.name for branch in branches]
    shown = [name if names.count(name) == 1 else str(branch) for name, branch in zip(names, branches, strict=True)]
    return Type("union", parts=tuple(Part(name, type_, True) for name, type_ in zip(shown, branches, strict=True)))


def _index_type(values: int) -> pa.DataType:
    return pa.int8() if values <= 2**7 else pa.int16() if values <= 2**15 else pa.int32()
