"""One column of a source, of whatever Arrow type, read as the type that the contract asks for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.parse import PLAIN_PARSE, Parse
from sandbox.contract.read_nested import parsed_json, read_nested, read_union
from sandbox.contract.read_numbers import bool_from_number, number_from_number, read_bool, read_number
from sandbox.contract.read_times import moment_from_moment, moment_from_number, read_time_text
from sandbox.contract.readings import Reading, lost, reading, unread
from sandbox.contract.types import Type


def read(array: pa.Array, kind: Type, parse: Parse = PLAIN_PARSE) -> Reading:
    """Read an array as a type; an enum and a uuid are read as text, which their rules then judge.

    Args:
        array: any Arrow array, shape (n,).
        kind: what to read it as.
        parse: how the source writes it.
    """
    array = _simplified(array)
    if pa.types.is_null(array.type):
        return Reading(pa.nulls(len(array), _target(kind)))
    if pa.types.is_string(array.type):
        return _read_text(array, kind, parse)
    if array.type == _target(kind) and (parse.unit is None or not kind.is_number):
        return Reading(array)
    if kind.name == "union":
        return read_union(array, kind, parse, read)
    if kind.is_nested:
        return read_nested(array, kind, parse, read)
    if kind.is_text:
        return _text_from(array)
    if kind.is_time and pa.types.is_temporal(array.type):
        return moment_from_moment(array, kind, parse)
    if pa.types.is_decimal(array.type) or pa.types.is_floating(array.type) or _is_whole(array.type):
        return _read_from_number(array, kind, parse)
    return unread(array, _target(kind))


def plain_text(array: pa.Array) -> pa.Array:
    """Any array as text that a person can read, nested values as JSON, bytes that are not UTF-8 escaped."""
    from sandbox.contract.duck import evaluate

    array = _simplified(array)
    if pa.types.is_string(array.type) or pa.types.is_null(array.type):
        return array.cast(pa.string())
    if pa.types.is_nested(array.type):
        return evaluate("CAST(to_json(x) AS VARCHAR)", array).cast(pa.string())
    if pa.types.is_binary(array.type):
        return evaluate("CAST(x AS VARCHAR)", array).cast(pa.string())
    return array.cast(pa.string())


def _target(kind: Type) -> pa.DataType:
    return pa.string() if kind.is_text else kind.arrow()


def _is_whole(arrow: pa.DataType) -> bool:
    return bool(pa.types.is_integer(arrow) or pa.types.is_boolean(arrow))


def _simplified(array: pa.Array) -> pa.Array:
    """The same values without dictionaries, extensions and wide or fixed layouts; intervals as text."""
    from sandbox.contract.duck import evaluate

    if isinstance(array, pa.ExtensionArray):
        if array.type == pa.uuid():
            return evaluate("CAST(x AS VARCHAR)", array)
        array = array.storage
    arrow = array.type
    if pa.types.is_dictionary(arrow):
        return _simplified(array.dictionary_decode())
    if pa.types.is_interval(arrow):
        return evaluate("CAST(x AS VARCHAR)", array)
    if pa.types.is_large_string(arrow) or pa.types.is_string_view(arrow):
        return array.cast(pa.string())
    if pa.types.is_large_binary(arrow) or pa.types.is_fixed_size_binary(arrow) or pa.types.is_binary_view(arrow):
        return array.cast(pa.binary())
    if pa.types.is_large_list(arrow) or pa.types.is_fixed_size_list(arrow):
        return array.cast(pa.list_(arrow.value_type))
    return array.cast(pa.float32()) if pa.types.is_float16(arrow) else array


def _read_text(text: pa.Array, kind: Type, parse: Parse) -> Reading:
    if parse.nulls is not None:
        text = pc.if_else(pc.is_in(text, pa.array(parse.nulls, pa.string())), None, text)
    elif not kind.is_text and kind.name not in ("bytes", "union"):
        text = _blank_as_null(text)
    if kind.is_text:
        return Reading(text)
    if kind.name == "bytes":
        return Reading(text.cast(pa.binary()))
    if kind.name == "bool":
        return read_bool(text, parse)
    if kind.name == "union":
        return read_union(text, kind, parse, read)
    if kind.is_nested:
        values = read_nested(parsed_json(text, kind), kind, PLAIN_PARSE, read).values
        return reading(values, lost(text, values))
    if kind.is_number:
        return read_number(text, kind, parse)
    if parse.unit is not None:
        return _read_count(text, kind, parse)
    return read_time_text(text, kind, parse)


def _blank_as_null(text: pa.Array) -> pa.Array:
    blank = pc.equal(pc.utf8_trim_whitespace(text), "")
    return pc.if_else(blank, None, text) if pc.any(blank, min_count=0).as_py() else text


def _read_count(text: pa.Array, kind: Type, parse: Parse) -> Reading:
    """Read text as a count since 1970: whole numbers exactly, the others as floats."""
    whole = read_number(text, Type("int64"), PLAIN_PARSE)
    if whole.unreadable is None:
        return moment_from_number(whole.values, kind, parse)
    broken = read_number(pc.if_else(pa.array(whole.unreadable), text, None), Type("float64"), PLAIN_PARSE)
    readings = [moment_from_number(numbers.values, kind, parse).values for numbers in (whole, broken)]
    values = pc.coalesce(*readings)
    return reading(values, lost(text, values))


def _read_from_number(array: pa.Array, kind: Type, parse: Parse) -> Reading:
    if kind.is_time:
        exact = array.cast(pa.float64()) if pa.types.is_decimal(array.type) else array
        return moment_from_number(exact, kind, parse)
    if kind.name == "bool":
        return bool_from_number(array)
    by_text = parse.unit is not None or kind.name == "decimal" or pa.types.is_decimal(array.type)
    if kind.is_number and not by_text:
        return number_from_number(array, kind)
    if kind.is_number:
        # Text is the exact way between decimals and floats: 2.55 is read as it is written, not as it is stored.
        options = Parse(unit=parse.unit)
        return read_number(
            plain_text(array.cast(pa.int8()) if pa.types.is_boolean(array.type) else array), kind, options
        )
    return unread(array, _target(kind))


def _text_from(array: pa.Array) -> Reading:
    if pa.types.is_binary(array.type):
        return _decoded(array)
    if not pa.types.is_floating(array.type):
        return Reading(plain_text(array))
    # An id that a source holds as a float comes back as 17850, not as 17850.0 or 1.785e+04.
    whole = number_from_number(array, Type("int64"))
    return Reading(pc.coalesce(whole.values.cast(pa.string()), array.cast(pa.string())))


def _decoded(array: pa.Array) -> Reading:
    try:
        return Reading(array.cast(pa.string()))
    except pa.ArrowInvalid:
        from sandbox.contract.duck import evaluate

        values = evaluate("TRY(decode(x))", array).cast(pa.string())
        return reading(values, lost(array, values))
