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

MOST_AT_ONCE = 16_384
"""Rows that are joined in one go: more do not stay in the cache."""
_MOST_BYTES = 1 << 28
_ESCAPES = {'"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_FIRST_YEAR_US, _AFTER_LAST_YEAR_US = -62_135_596_800_000_000, 253_402_300_800_000_000
_NULL = "null"


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
        return _float_text(array)
    if pa.types.is_decimal(kind):
        return _decimal_text(array)
    if pa.types.is_timestamp(kind):
        return _timestamp_text(array)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _base64(array)
    return array.cast(pa.string())


def json_text(array: pa.Array) -> pa.StringArray:
    """The JSON text of each value; null is the word `null`. Any contract type, shape (n,)."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return pc.fill_null(json_text(array.dictionary).take(array.indices), _NULL)
    if pa.types.is_map(kind):
        text = _map_text(array)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        text = _bracketed("[", _joined_items(array, json_text(array.flatten())), "]")
    elif pa.types.is_struct(kind):
        text = joined(object_pieces(kind.names, array.flatten()), len(array))
    elif _is_bare(kind):
        text = plain_text(array)
        if pa.types.is_floating(kind) and not _all_finite(array):
            text = pc.if_else(pc.fill_null(pc.is_finite(array), True), text, _bracketed('"', text, '"'))
    else:
        text = _bracketed('"', escaped(plain_text(array)), '"')
    return pc.if_else(array.is_valid(), text, _NULL) if array.null_count else pc.fill_null(text, _NULL)


def object_pieces(names: Sequence[str], columns: Sequence[pa.Array]) -> list[str | pa.StringArray]:
    """The pieces of one JSON object a row, in order: constant text, and columns of texts without nulls."""
    pieces: list[str | pa.StringArray] = []
    for at, (name, column) in enumerate(zip(names, columns, strict=True)):
        lead = f"{',' if at else '{'}{_quoted_name(name)}:"
        # A text column without nulls need not be quoted row by row: its quotes are constant text.
        if column.null_count or not _is_quoted(column.type):
            pieces += [lead, json_text(column)]
        else:
            pieces += [lead + '"', escaped(plain_text(column)), '"']
    return [*pieces, "}" if names else "{}"]


def joined(pieces: Sequence[str | pa.StringArray], rows: int) -> pa.StringArray:
    """Put pieces together row by row; a null among them is an error of the caller. Shape (rows,)."""
    merged: list[str | pa.StringArray] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    if not any(isinstance(piece, pa.Array) for piece in merged):
        return pa.array(["".join(map(str, merged))] * rows, pa.string())
    return pc.binary_join_element_wise(*merged, "")


def slices(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    """The batch in pieces small enough to be joined in one go."""
    per_row = max(1, 8 * batch.nbytes // max(batch.num_rows, 1), 64 * batch.num_columns)
    rows = max(1, min(MOST_AT_ONCE, _MOST_BYTES // per_row))
    return [batch.slice(start, rows) for start in range(0, batch.num_rows, rows)]


def octets_of(texts: pa.StringArray) -> pa.Buffer | bytes:
    """The bytes of all texts in a row, nothing between them and nothing copied."""
    if not len(texts):
        return b""
    _, offsets, data = texts.buffers()
    edges = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return data.slice(int(edges[0]), int(edges[-1] - edges[0])) if data is not None else b""


def contains(texts: pa.StringArray, *octets: int, below: int = 0) -> bool:
    """Whether any of the bytes, or any byte under `below`, occurs in any text; about 0.3 ns a byte and question."""
    data = np.frombuffer(octets_of(texts), np.uint8)
    return bool((below and (data < below).any()) or any((data == octet).any() for octet in octets))


def escaped(texts: pa.StringArray) -> pa.StringArray:
    """JSON's escapes for quotes, backslashes and control characters, where there are any."""
    if not contains(texts, 0x22, 0x5C, below=0x20):
        return texts
    texts = pc.replace_substring(texts, "\\", "\\\\")
    for character in ['"', *map(chr, range(0x20))]:
        if contains(texts, ord(character)):
            texts = pc.replace_substring(texts, character, _ESCAPES.get(character, f"\\u{ord(character):04x}"))
    return texts


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


def _all_finite(array: pa.Array) -> bool:
    return pc.all(pc.is_finite(array)).as_py() is not False


def _float_text(array: pa.Array) -> pa.StringArray:
    text = array.cast(pa.string())
    if _all_finite(array):
        return text
    text = pc.if_else(pc.fill_null(pc.is_nan(array), False), "NaN", text)
    text = pc.if_else(pc.fill_null(pc.equal(array, float("inf")), False), "Infinity", text)
    return pc.if_else(pc.fill_null(pc.equal(array, float("-inf")), False), "-Infinity", text)


def _decimal_text(array: pa.Array) -> pa.StringArray:
    scale = array.type.scale
    # Arrow writes small decimals with an exponent (1E-8); up to this scale it never does.
    if scale <= 6:
        return array.cast(pa.string())
    wide = pa.decimal256 if pa.types.is_decimal256(array.type) else pa.decimal128
    digits = array.view(wide(array.type.precision, 0)).cast(pa.string())
    negative = pc.starts_with(digits, "-")
    digits = pc.utf8_lpad(pc.utf8_ltrim(digits, "-"), scale + 1, "0")
    sign = pc.if_else(negative, "-", "")
    whole, part = pc.utf8_slice_codeunits(digits, 0, -scale), pc.utf8_slice_codeunits(digits, -scale)
    return pc.binary_join_element_wise(sign, whole, ".", part, "")


def _timestamp_text(array: pa.Array) -> pa.StringArray:
    # The text of a zoned timestamp goes through the calendar of its zone, 30 times slower than UTC as if local.
    local = array.view(pa.timestamp(array.type.unit))
    text = local.cast(pa.string())
    span = pc.min_max(local.cast(pa.timestamp("us"), safe=False).view(pa.int64()))
    first, last = span["min"].as_py(), span["max"].as_py()
    if first is not None and (first < _FIRST_YEAR_US or last >= _AFTER_LAST_YEAR_US):
        text = pc.replace_substring(text, " ", "T", max_replacements=1)
    elif len(text) and not text.null_count:
        return _of_one_width(text, "Z" if array.type.tz else "")
    else:
        text = pc.binary_replace_slice(text, 10, 11, "T")
    return pc.binary_join_element_wise(text, "Z", "") if array.type.tz else text


def _of_one_width(text: pa.StringArray, end: str) -> pa.StringArray:
    """Times as Arrow writes them, all equally long and without nulls: with their `T` and an ending, in one copy."""
    rows = len(text)
    octets = np.frombuffer(octets_of(text), np.uint8).reshape(rows, -1)
    width = octets.shape[1] + len(end)
    written = np.empty((rows, width), np.uint8)
    written[:, : octets.shape[1]] = octets
    written[:, 10] = ord("T")
    written[:, octets.shape[1] :] = list(end.encode())
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(written))


def _base64(array: pa.Array) -> pa.StringArray:
    from sandbox.contract.duck import evaluate

    return evaluate("to_base64(x)", array.cast(pa.binary())).cast(pa.string())
