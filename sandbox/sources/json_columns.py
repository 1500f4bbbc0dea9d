"""JSON objects as text columns by Arrow's reader, for messages that agree with each other: four times as fast.

Arrow wants to be told what each key holds, and stops where something else comes. So the first messages are looked at,
and where later ones differ, all of theirs; what it cannot read at all (nested values, numbers beyond 64 bits, a text
that is no object) is left to whoever looks at each message by itself. Numbers with a fraction are read as floats of 64
bits, as nearly every reader of JSON does; a decimal with more than 15 digits is better written as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import json as arrow_json

_LOOKED_AT = 200
_KINDS: Mapping[frozenset[type], pa.DataType] = {
    frozenset(): pa.string(),
    frozenset({str}): pa.string(),
    frozenset({bool}): pa.bool_(),
    frozenset({int}): pa.int64(),
    frozenset({float}): pa.float64(),
    frozenset({int, float}): pa.float64(),
}


@dataclass(slots=True)
class ObjectReader:
    """Reads messages of one topic, and remembers what their keys hold."""

    _schema: pa.Schema | None = None
    _hopeless: bool = False
    """Whether the messages hold what Arrow does not read, so that trying costs more than it gains."""

    def __call__(self, values: Sequence[bytes]) -> pa.RecordBatch | None:
        """A text column for each key that there is, or was; None: each message must be looked at by itself."""
        text = _lines(values) if not self._hopeless and values else None
        if text is None:
            return None
        if self._schema is None:
            self._learn(values[:_LOOKED_AT])
        rows = self._read(text, len(values))
        if rows is None and not self._hopeless:
            self._learn(values)
            rows = self._read(text, len(values))
        return rows

    def _learn(self, values: Iterable[bytes]) -> None:
        found: dict[str, set[type]] = {name: set() for name in (self._schema.names if self._schema else ())}
        for value in values:
            try:
                row = json.loads(value)
            except ValueError:
                return
            for name, held in row.items():
                found.setdefault(name, set()).update(() if held is None else (type(held),))
        kinds = {name: _KINDS.get(frozenset(types)) for name, types in found.items()}
        self._hopeless = not kinds or None in kinds.values()
        if not self._hopeless:
            self._schema = pa.schema(list(kinds.items()))

    def _read(self, text: bytes, rows: int) -> pa.RecordBatch | None:
        if self._schema is None or self._hopeless:
            return None
        found = _parsed(text, self._schema, "error")
        if found is None or found.num_rows != rows:
            return None
        columns = [column.cast(pa.string()) for column in found.columns]
        return pa.RecordBatch.from_arrays(columns, names=found.schema.names)


def told_columns(values: Sequence[bytes], schema: pa.Schema) -> pa.RecordBatch | None:
    """Objects with known keys as columns of known types, without others; None where one of them is something else."""
    text = _lines(values) if values else None
    rows = None if text is None else _parsed(text, schema, "ignore")
    return rows if rows is not None and rows.num_rows == len(values) else None


def _parsed(text: bytes, schema: pa.Schema, others: str) -> pa.RecordBatch | None:
    """Lines of objects as columns; `others` says what is done with keys that the schema does not know."""
    try:
        table = arrow_json.read_json(
            pa.BufferReader(text),
            arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 1),
            arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior=others),
        )
    except pa.ArrowInvalid:
        return None
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in table.columns], names=table.schema.names)


def _lines(values: Sequence[bytes]) -> bytes | None:
    """The messages with line ends between them; None where one is no object, or no text."""
    if not all(value[:1] == b"{" and value[-1:] == b"}" for value in values):
        return None
    text = b"\n".join(values)
    if text.count(b"\n") >= len(values):  # between two tokens a line end means nothing, and within one there is none
        text = b"\n".join([value.replace(b"\n", b" ") for value in values])
    try:
        text.decode()
    except UnicodeDecodeError:
        return None
    return text
