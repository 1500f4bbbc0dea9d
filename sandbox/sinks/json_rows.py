"""Rows as JSON objects, one text a row, for sinks that send messages."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.duck import evaluate_over
from sandbox.contract.envelope import ENVELOPE
from sandbox.sinks.pieces import contains, joined
from sandbox.sinks.texts import object_pieces

WHOLE = "_json"
"""A column of text: rows that were JSON messages before bring these along, to be sent as they came."""


def json_rows(batch: pa.RecordBatch, envelope: bool = False) -> pa.StringArray:
    """Each row as one JSON object, its keys in the order of the columns; shape (n,), without nulls.

    Args:
        batch: rows that fit one Arrow array, as `texts.slices` cuts them.
        envelope: whether the envelope is the last key, `_sandbox`; else it is left out.
    """
    if WHOLE in batch.schema.names:
        return _messages(batch.column(WHOLE), batch.column(ENVELOPE) if envelope else None)
    names = [name for name in batch.schema.names if envelope or name != ENVELOPE]
    return joined(object_pieces(names, [batch.column(name) for name in names]), batch.num_rows)


def _messages(texts: pa.StringArray, envelopes: pa.StructArray | None) -> pa.StringArray:
    """Messages as they came, on one line each; an envelope is put in the place of one that they brought."""
    for line_end in ("\n", "\r"):
        if contains(texts, ord(line_end)):  # in JSON, these only ever lie between two values
            texts = pc.replace_substring(texts, line_end, " ")
    if envelopes is None:
        return texts
    told = joined(object_pieces([ENVELOPE], [envelopes]), len(texts))
    return evaluate_over("json_merge_patch(text, told)::VARCHAR", {"text": texts, "told": told})
