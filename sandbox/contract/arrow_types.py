"""The way back from Arrow: which type of a contract an Arrow type stands for.

Where Arrow forgets (a uuid is kept as text, a union as a struct), the field's metadata remembers.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from sandbox.contract.type_text import parse_type
from sandbox.contract.types import LOCAL, NAMES, PLAIN, Part, Type, decimal_type, timestamp_type
from sandbox.errors import InputError, did_you_mean

TYPE_METADATA = b"sandbox.type"


def type_of(arrow: pa.DataType | pa.Field) -> Type:
    """The type that an Arrow type, or a field with what its metadata remembers, stands for.

    Raises:
        InputError: a type that contracts do not know, such as a duration.
    """
    if isinstance(arrow, pa.Field):
        written = (arrow.metadata or {}).get(TYPE_METADATA)
        return parse_type(written.decode()) if written else type_of(arrow.type)
    for name, (known, _) in PLAIN.items():
        if arrow == known:
            return Type(name)
    for matches, build in _FROM_ARROW:
        if matches(arrow):
            return build(arrow)
    raise InputError(f"Arrow type '{arrow}' has no place in a contract.{did_you_mean(str(arrow), NAMES)}")


def field_of(name: str, type_: Type, nullable: bool, values: int = 0) -> pa.Field:
    """The Arrow field of a column; metadata keeps the type's text where Arrow's type alone would lose it."""
    arrow = type_.arrow(values)
    forgotten = type_of(arrow) != type_
    return pa.field(name, arrow, nullable, {TYPE_METADATA: str(type_)} if forgotten else None)


def _from_timestamp(arrow: pa.DataType) -> Type:
    return timestamp_type("ms" if arrow.unit == "s" else arrow.unit, arrow.tz or LOCAL)


def _from_decimal(arrow: pa.DataType) -> Type:
    return decimal_type(arrow.precision, arrow.scale)


def _from_dictionary(arrow: pa.DataType) -> Type:
    value = type_of(arrow.value_type)
    return Type("enum") if value.name == "string" else value


def _from_list(arrow: pa.DataType) -> Type:
    element = arrow.value_field
    return Type("list", parts=(Part("element", type_of(element), element.nullable),))


def _from_map(arrow: pa.DataType) -> Type:
    value = arrow.item_field
    return Type("map", parts=(Part("key", type_of(arrow.key_field)), Part("value", type_of(value), value.nullable)))


def _from_struct(arrow: pa.DataType) -> Type:
    return Type("struct", parts=tuple(Part(child.name, type_of(child), child.nullable) for child in arrow.fields))


def _any_of(*tests: Callable[[pa.DataType], bool]) -> Callable[[pa.DataType], bool]:
    return lambda arrow: any(test(arrow) for test in tests)


def _always(name: str) -> Callable[[pa.DataType], Type]:
    return lambda _: Type(name)


_FROM_ARROW: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], Type]], ...] = (
    (pa.types.is_timestamp, _from_timestamp),
    (pa.types.is_decimal, _from_decimal),
    (pa.types.is_dictionary, _from_dictionary),
    (pa.types.is_map, _from_map),
    (_any_of(pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list), _from_list),
    (pa.types.is_struct, _from_struct),
    (_any_of(pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null), _always("string")),
    (_any_of(pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view), _always("bytes")),
    (pa.types.is_time, _always("time")),
    (pa.types.is_date, _always("date")),
    (pa.types.is_float16, _always("float32")),
    (pa.uuid().equals, _always("uuid")),
)
