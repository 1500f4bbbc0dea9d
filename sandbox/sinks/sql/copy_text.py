"""Rows as the text that PostgreSQL's COPY reads: tabs between values, put together by Arrow's kernels."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.duck import evaluate
from sandbox.sinks.pieces import Piece, contains, joined, octets_of, slices
from sandbox.sinks.texts import plain_text

_NULL = r"\N"
_FIRST_ROWS = 2_048
"""Of a batch: the server has nothing to do until they come."""
_ESCAPES = (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r"))


def copy_text(batch: pa.RecordBatch) -> Iterator[pa.Buffer | bytes]:
    """The text of a batch in pieces, each made while the one before is being sent, and the first one soon."""
    parts = [*slices(batch.slice(0, _FIRST_ROWS)), *slices(batch.slice(_FIRST_ROWS))]
    if len(parts) < 2:
        yield from map(_text_of, parts)
        return
    with ThreadPoolExecutor(1, "copy-text") as ahead:
        coming = ahead.submit(_text_of, parts[0])
        for part in [*parts[1:], None]:
            text = coming.result()
            if part is not None:
                coming = ahead.submit(_text_of, part)
            yield text


def _text_of(batch: pa.RecordBatch) -> pa.Buffer | bytes:
    pieces: list[Piece] = []
    for column in batch.columns:
        pieces += [_field(column), "\t"]
    return octets_of(joined([*pieces[:-1], "\n"], batch.num_rows))


def _field(array: pa.Array) -> pa.StringArray:
    """Each value as a field, without nulls."""
    if pa.types.is_dictionary(array.type):
        text = _field(array.dictionary).take(array.indices)
    elif pa.types.is_binary(array.type):
        text = pc.binary_join_element_wise(r"\\x", evaluate("hex(x)", array).cast(pa.string()), "")
    elif _is_safe(array.type):
        text = plain_text(array)
    else:
        text = _escaped(plain_text(array))
    return pc.fill_null(text, _NULL) if text.null_count else text


def _escaped(texts: pa.StringArray) -> pa.StringArray:
    if contains(texts, 0x5C, 0x09, 0x0A, 0x0D):
        for character, written in _ESCAPES:
            if contains(texts, ord(character)):
                texts = pc.replace_substring(texts, character, written)
    return texts


def _is_safe(kind: pa.DataType) -> bool:
    """Whether the text of a type never holds what COPY would read otherwise."""
    tests = (pa.types.is_primitive, pa.types.is_decimal, pa.types.is_temporal, pa.types.is_boolean)
    return any(test(kind) for test in tests)
