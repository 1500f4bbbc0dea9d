"""Texts with a JSON object each as text columns: one a key, nested values as their JSON text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sandbox.contract.duck import connection
from sandbox.sources.json_digits import NO_KEYS, Keys, with_quotes

NO_OBJECT, BROKEN_TEXT = "row.json", "row.encoding"
"""The rules that texts break which hold no object, and bytes that hold no text."""


def are_objects(texts: pa.StringArray) -> pa.BooleanArray:
    """Whether each text is one JSON object, shape (n,)."""
    return _asked("CASE WHEN json_valid(text) THEN json_type(text) = 'OBJECT' ELSE false END", texts)


def keys_of(texts: pa.StringArray) -> list[str]:
    """The keys of any of the objects, sorted."""
    return sorted(_asked("DISTINCT unnest(json_keys(text))", texts).to_pylist())


def columns_of(texts: pa.StringArray, names: list[str], exact: Keys = NO_KEYS) -> pa.RecordBatch:
    """One text column a key, all taken out of each text in one reading; a key that is not there is null.

    Args:
        exact: keys, at any depth, under which numbers keep all of their digits; others come as a float of 64 bits does.
    """
    # JSON pointers (RFC 6901), since DuckDB takes a `*` in a path for a wildcard even in quotes.
    escaped = [name.replace("~", "~0").replace("/", "~1").replace("'", "''") for name in names]
    paths = ", ".join(f"'/{name}'" for name in escaped)
    if exact:
        texts = with_quotes(texts, exact)
    values = _asked(f"json_extract_string(text, [{paths}])", texts).flatten()
    places = np.arange(len(texts), dtype=np.int64) * len(names)
    columns = [values.take(pa.array(places + at)) for at in range(len(names))]
    return pa.RecordBatch.from_arrays(columns, names=names)


def _asked(expression: str, texts: pa.StringArray) -> pa.Array:
    """An SQL expression over `text`; what it gives, in the order of the texts."""
    opened = connection()
    opened.register("texts", pa.table({"text": texts}))
    try:
        return opened.sql(f"SELECT {expression} AS answer FROM texts").to_arrow_table().column(0).combine_chunks()
    finally:
        opened.unregister("texts")
