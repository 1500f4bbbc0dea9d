"""Values as text, column by column: what CSV fields and JSON values are made of.

The text of a value is faithful: floats in the fewest digits that read back the same, decimals with all of theirs,
times as ISO 8601 (a zoned one as its instant in UTC, with `Z`), bytes as base64, nested values as JSON. What JSON
has no number for (NaN, infinities) is a word, and so is a decimal, which a reader would round to a float.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.sinks.number_texts import all_finite, coded_integers, decimal_text, float_text, integer_text
from sandbox.sinks.pieces import Coded, Piece, contains, joined
from sandbox.sinks.time_texts import timestamp_text

_ESCAPES = {'"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def plain_text(array: pa.Array) -> pa.StringArray:
    """The text of each value as a CSV field holds it, before quoting; null stays null. Any contract type."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return plain_text(array.dictionary).take(array.indices)
    if pa.types.is_nested(kind):
        return pc.if_else(array.is_valid(), json_text(array), pa.scalar(None, pa.string()))
    if pa.types.is_boolean(kind):
        return pc.if_else(array, "true", "false")
    if pa.types.is_floating(kind):
        return float_text(array)
    if pa.types.is_decimal(kind):
        return decimal_text(array)
    if pa.types.is_timestamp(kind):
        return timestamp_text(array)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _base64(array)
    if pa.types.is_integer(kind):
        return integer_text(array)
    return array.cast(pa.string())


def json_text(array: pa.Array) -> pa.StringArray:
    """The JSON text of each value; null is the word `null`. Any contract type, shape (n,)."""
    return pc.fill_null(_json_of_known(array), "null")


def object_pieces(names: Sequence[str], columns: Sequence[pa.Array]) -> list[Piece]:
    """The pieces of one JSON object a row, in order: constant text, and columns of texts, null where a value is."""
    pieces: list[Piece] = []
    for at, (name, column) in enumerate(zip(names, columns, strict=True)):
        lead = f"{',' if at else '{'}{_quoted_name(name)}:"
        coded = _coded(column)
        # A text column without nulls need not be quoted row by row: its quotes are constant text.
        if coded is not None:
            pieces += [lead, coded]
        elif column.null_count or not _is_quoted(column.type):
            pieces += [lead, _json_of_known(column)]
        else:
            pieces += [lead + '"', escaped(plain_text(column)), '"']
    return [*pieces, "}" if names else "{}"]


def escaped(texts: pa.StringArray) -> pa.StringArray:
    """JSON's escapes for quotes, backslashes and control characters, where there are any."""
    if not contains(texts, 0x22, 0x5C, below=0x20):
        return texts
    texts = pc.replace_substring(texts, "\\", "\\\\")
    for character in ['"', *map(chr, range(0x20))]:
        if contains(texts, ord(character)):
            texts = pc.replace_substring(texts, character, _ESCAPES.get(character, f"\\u{ord(character):04x}"))
    return texts


def _coded(column: pa.Array) -> Coded | None:
    """The column's JSON texts by code, if it is one of whole numbers, words or truths that are all known, and few."""
    if pa.types.is_integer(column.type):
        return coded_integers(column)
    if column.null_count:
        return None
    if pa.types.is_boolean(column.type):
        return Coded(column.cast(pa.int8()), pa.array(["false", "true"]))
    if pa.types.is_dictionary(column.type) and len(column.dictionary) <= len(column) // 8:
        return Coded(column.indices, json_text(column.dictionary))
    return None


def _json_of_known(array: pa.Array) -> pa.StringArray:
    """The JSON text of each value that is known; null stays null."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _json_of_known(array.dictionary).take(array.indices)
    if pa.types.is_map(kind):
        text = _map_text(array)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        text = _bracketed("[", _joined_items(array, json_text(array.flatten())), "]")
    elif pa.types.is_struct(kind):
        text = joined(object_pieces(kind.names, array.flatten()), len(array))
    elif _is_bare(kind):
        text = plain_text(array)
        if pa.types.is_floating(kind) and not all_finite(array):
            text = pc.if_else(pc.fill_null(pc.is_finite(array), True), text, _bracketed('"', text, '"'))
        return text
    else:
        return _bracketed('"', escaped(plain_text(array)), '"')
    return pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string())) if array.null_count else text


def _quoted_name(name: str) -> str:
    return f'"{escaped(pa.array([name]))[0].as_py()}"'


def _is_bare(kind: pa.DataType) -> bool:
    """Whether JSON writes the type without quotes."""
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
    return any(test(kind) for test in tests)


def _is_quoted(kind: pa.DataType) -> bool:
    """Whether each value is one text in quotes, and none is shared by a dictionary."""
    return not (_is_bare(kind) or pa.types.is_nested(kind) or pa.types.is_dictionary(kind))


def _bracketed(before: str, text: pa.StringArray, after: str) -> pa.StringArray:
    return pc.binary_join_element_wise(before, text, after, "")


def _joined_items(array: pa.Array, items: pa.StringArray) -> pa.StringArray:
    """Each list's items with commas between; `items` are the texts of the flattened array."""
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pc.binary_join(pa.ListArray.from_arrays(offsets, items), ",")


def _map_text(array: pa.MapArray) -> pa.StringArray:
    """`{"key": value}`; a key that is no text is written as the text of its value."""
    lists = array.cast(pa.list_(pa.struct([array.type.key_field, array.type.item_field])))
    keys, items = lists.flatten().flatten()
    pairs = joined(['"', escaped(plain_text(keys)), '":', json_text(items)], len(keys))
    return _bracketed("{", _joined_items(lists, pairs), "}")


def _base64(array: pa.Array) -> pa.StringArray:
    from sandbox.contract.duck import evaluate

    return evaluate("to_base64(x)", array.cast(pa.binary())).cast(pa.string())
