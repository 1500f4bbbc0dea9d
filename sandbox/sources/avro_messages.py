"""Messages in Avro as rows: Confluent's wire format, each in the schema that its id leads to.

fastavro reads one value at a time. Times, dates and the like are read as the numbers that they are in Avro, which Arrow
takes as they are; of Python's objects, some could not hold them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox import registry
from sandbox.clients.registry import SchemaRegistry
from sandbox.contract.envelope import ENVELOPE_FIELD
from sandbox.contract.imports.avro import read_avro
from sandbox.contract.imports.json_text import read_json
from sandbox.contract.imports.notes import Notes
from sandbox.contract.types import Type
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.parts import Unread
from sandbox.sources.messages import Messages, unread

NO_AVRO, UNKNOWN_SCHEMA = "row.avro", "row.schema"
"""The rules that bytes break which are no value of their schema, and those whose schema nobody knows."""
_BEGIN = 5


@dataclass(frozen=True, slots=True)
class Written:
    """A schema that messages were written in."""

    parsed: Any
    """As fastavro has it, without the logical types that would make objects."""
    names: tuple[str, ...]
    """Of its fields, in Avro."""
    columns: tuple[tuple[str, Type], ...]
    """What each field is to a contract: its name there, and its type."""


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
            written = self._schema(id_)
            if written is None:
                wrong[UNKNOWN_SCHEMA] += places
                continue
            rows, torn = _read([values[at] for at in places], written)
            wrong[NO_AVRO] += [places[at] for at in torn]
            kept = [place for at, place in enumerate(places) if at not in torn] if torn else places
            if rows:
                yield _batch(rows, written).append_column(ENVELOPE_FIELD, messages.envelopes.take(pa.array(kept)))
        for rule, places in wrong.items():
            if places:
                yield unread(messages, sorted(places), rule)

    def _schema(self, id_: int) -> Written | None:
        if id_ not in self._written:
            schema = self.schemas.schema(id_)
            self._written[id_] = None if schema is None else _written(schema, f"{self.schemas.url}/schemas/ids/{id_}")
        return self._written[id_]


def _written(schema: Any, where: str) -> Written:
    fastavro = registry.from_extra("fastavro", "kafka")
    try:
        (contract,) = read_avro(read_json(json.dumps(schema), where), Notes(where)).contracts
    except InputError as error:
        raise OutsideError(f"{where}: {error.problems[0].message}") from None
    names = tuple(each["name"] for each in schema["fields"])
    kinds = tuple((column.name, column.parsed) for column in contract.columns)
    return Written(fastavro.parse_schema(_plain(schema)), names, kinds)


def _plain(schema: Any) -> Any:
    """The schema without logical types, but for decimals: their bytes are nothing to Arrow."""
    if isinstance(schema, list):
        return [_plain(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    is_decimal = schema.get("logicalType") == "decimal"
    return {key: _plain(value) for key, value in schema.items() if key != "logicalType" or is_decimal}


def _read(values: Sequence[bytes], written: Written) -> tuple[list[dict[str, Any]], frozenset[int]]:
    """The rows of messages of one schema, and the places of those that are none."""
    from fastavro import schemaless_reader

    rows: list[dict[str, Any]] = []
    torn: list[int] = []
    for at, value in enumerate(values):
        stream = io.BytesIO(value)
        stream.seek(_BEGIN)
        try:
            row: Any = schemaless_reader(stream, written.parsed, None)
        except Exception:  # whatever comes of reading bytes that are none of it
            torn.append(at)
            continue
        if stream.tell() == len(value):
            rows.append(row)
        else:
            torn.append(at)
    return rows, frozenset(torn)


def _batch(rows: Sequence[dict[str, Any]], written: Written) -> pa.RecordBatch:
    columns = [
        _column([row[name] for row in rows], kind)
        for name, (_, kind) in zip(written.names, written.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=[name for name, _ in written.columns])


def _column(values: list[Any], kind: Type) -> pa.Array:
    if kind.name == "enum":
        return pa.array(values, pa.string())
    return pa.array([_told(value, kind) for value in values] if _has_union(kind) else values, kind.arrow())


def _has_union(kind: Type) -> bool:
    return kind.name == "union" or any(_has_union(part.type) for part in kind.parts)


def _told(value: Any, kind: Type) -> Any:
    """A value with the branch named that it is of, wherever a union is: the first whose values it could be."""
    if value is None:
        return None
    if kind.name == "union":
        branch = next(part for part in kind.parts if isinstance(value, _python_type(part.type)))
        return {branch.name: _told(value, branch.type)}
    if kind.name == "list":
        return [_told(item, kind.parts[0].type) for item in value]
    if kind.name == "map":
        return [(key, _told(item, kind.parts[1].type)) for key, item in value.items()]
    if kind.name == "struct":
        return {part.name: _told(item, part.type) for part, item in zip(kind.parts, value.values(), strict=True)}
    return value


def _python_type(kind: Type) -> type | tuple[type, ...]:
    if kind.is_integer or kind.is_time:
        return int
    made = {"bool": bool, "float32": float, "float64": float, "bytes": bytes, "decimal": Decimal, "list": list}
    return made.get(kind.name, dict if kind.is_nested else str)
