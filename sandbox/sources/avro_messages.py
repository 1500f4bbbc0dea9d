"""Messages in Avro as rows: Confluent's wire format, each in the schema that its id leads to."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.clients.registry import SchemaRegistry
from sandbox.contract.envelope import ENVELOPE_FIELD
from sandbox.scenario.parts import Unread
from sandbox.sources.avro_records import Written, written
from sandbox.sources.messages import Messages, unread

NO_AVRO, UNKNOWN_SCHEMA = "row.avro", "row.schema"
"""The rules that bytes break which are no value of their schema, and those whose schema nobody knows."""
_BEGIN = 5


@dataclass(slots=True)
class AvroReader:
    """Reads messages of one topic; schemas are asked for once."""

    schemas: SchemaRegistry
    _written: dict[int, Written | None] = field(default_factory=dict)

    def __call__(self, messages: Messages) -> Iterator[pa.RecordBatch | Unread]:
        """The messages that can be read, a batch for each schema, and those that cannot, with their bytes.

        Raises:
            OutsideError: the registry does not answer, or a schema of it is of another kind.
        """
        values = messages.payloads
        framed = np.array([len(value) >= _BEGIN and value[0] == 0 for value in values], bool)
        ids = np.array([int.from_bytes(value[1:_BEGIN], "big") for value in values], np.int64)
        wrong: dict[str, list[int]] = {NO_AVRO: np.flatnonzero(~framed).tolist(), UNKNOWN_SCHEMA: []}
        for id_ in np.unique(ids[framed]).tolist():
            places = np.flatnonzero(framed & (ids == id_)).tolist()
            schema = self._schema(id_)
            if schema is None:
                wrong[UNKNOWN_SCHEMA] += places
                continue
            rows, torn = _read([values[at] for at in places], schema)
            wrong[NO_AVRO] += [places[at] for at in torn]
            kept = [place for at, place in enumerate(places) if at not in torn] if torn else places
            if rows:
                yield schema.batch(rows).append_column(ENVELOPE_FIELD, messages.envelopes.take(pa.array(kept)))
        for rule, places in wrong.items():
            if places:
                yield unread(messages, sorted(places), rule)

    def _schema(self, id_: int) -> Written | None:
        if id_ not in self._written:
            schema = self.schemas.schema(id_)
            where = f"{self.schemas.url}/schemas/ids/{id_}"
            self._written[id_] = None if schema is None else written(schema, where)
        return self._written[id_]


def _read(values: Sequence[bytes], schema: Written) -> tuple[list[dict[str, Any]], frozenset[int]]:
    """The rows of messages of one schema, and the places of those that are none."""
    from fastavro import schemaless_reader

    rows: list[dict[str, Any]] = []
    torn: list[int] = []
    for at, value in enumerate(values):
        stream = io.BytesIO(value)
        stream.seek(_BEGIN)
        try:
            row: Any = schemaless_reader(stream, schema.parsed, None)
        except Exception:  # whatever comes of reading bytes that are none of it
            torn.append(at)
            continue
        if stream.tell() == len(value):
            rows.append(row)
        else:
            torn.append(at)
    return rows, frozenset(torn)
