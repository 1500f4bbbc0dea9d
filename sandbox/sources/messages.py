"""Messages as rows: bytes that came one by one, and what their broker says of each, as batches with an envelope."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.duck import evaluate
from sandbox.contract.envelope import ENVELOPE, ENVELOPE_FIELD, ENVELOPE_TYPE, OPERATIONS, envelope
from sandbox.scenario.parts import Unread
from sandbox.sources.json_columns import told_columns
from sandbox.sources.json_objects import BROKEN_TEXT, NO_OBJECT, are_objects, columns_of, keys_of

_TOLD = "STRUCT(event_id UBIGINT, operation VARCHAR, attempt INTEGER, arrived_at VARCHAR, contract_version INTEGER)"
_READ = f"TRY_CAST(TRY_CAST(x AS JSON) AS {_TOLD})"
_MOMENT = "coalesce(make_timestamp(TRY_CAST(x AS BIGINT))::TIMESTAMPTZ, TRY_CAST(x AS TIMESTAMPTZ))"

_ALIKE = pa.schema(
    [
        ("event_id", pa.uint64()),
        ("operation", pa.string()),
        ("attempt", pa.int32()),
        ("arrived_at", pa.int64()),
        ("contract_version", pa.int32()),
    ]
)


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages in the order in which they lay in a partition or shard."""

    payloads: pa.BinaryArray
    envelopes: pa.StructArray
    """What the broker knows of each: an id that follows from its place, its arrival, partition and offset."""
    place: Callable[[int], str]
    """Where the message with a number lies, in words by which it can be found again."""


def json_messages(
    messages: Messages, known: Sequence[str], whole: str | None = None
) -> Iterator[pa.RecordBatch | Unread]:
    """The messages that are JSON objects, as text columns and the envelope; then those that are not, with their bytes.

    Args:
        known: columns that there are in any case; keys beyond them are more columns.
        whole: the name of a column for the messages as they are.
    """
    texts, torn = _texts(messages.payloads)
    objects = pc.and_not(are_objects(texts), torn)
    good = texts.filter(objects)
    if len(good):
        found = keys_of(good)
        names = [*known, *(name for name in found if name not in known)]
        told = messages.envelopes.filter(objects)
        if ENVELOPE in found:
            told = brought(columns_of(good, [ENVELOPE]).column(0), told)
        named = [name for name in names if name not in (ENVELOPE, whole)]
        columns = dict(zip(named, columns_of(good, named).columns, strict=True)) if named else {}
        if whole is not None:
            columns[whole] = good
        schema = pa.schema([pa.field(name, pa.string()) for name in columns]).append(ENVELOPE_FIELD)
        yield pa.RecordBatch.from_arrays([*columns.values(), told], schema=schema)
    for rule, wrong in ((BROKEN_TEXT, torn), (NO_OBJECT, pc.and_not(pc.invert(objects), torn))):
        places = np.flatnonzero(wrong.to_numpy(zero_copy_only=False)).tolist()
        if places:
            yield unread(messages, places, rule)


def unread(messages: Messages, places: Sequence[int], rule: str) -> Unread:
    """Messages that nobody can read: their bytes in base64, and where they lie."""
    octets = [messages.payloads[at].as_py() for at in places]
    told = [
        json.dumps({"at": messages.place(at), "bytes": base64.b64encode(value).decode()})
        for at, value in zip(places, octets, strict=True)
    ]
    return Unread(tuple(told), rule)


def brought(texts: pa.StringArray, envelopes: pa.StructArray) -> pa.StructArray:
    """The envelopes that messages bring along as JSON, before what their broker knows; that tells what these do not.

    A sandbox on the other side wrote them: event id, operation, attempt, arrival (microseconds or ISO 8601) and the
    version of the contract. Where a message lies is always the broker's to say.
    """
    told = evaluate(_READ, texts)
    parts = {field.name: pc.struct_field(told, field.name) for field in told.type}
    moments = evaluate(_MOMENT, parts["arrived_at"]).cast(ENVELOPE_TYPE.field("arrived_at").type)
    return _before(parts, moments, envelopes)


def brought_alike(octets: Sequence[bytes], envelopes: pa.StructArray) -> pa.StructArray | None:
    """As `brought`, a third of its time, where every envelope is as ours are: arrivals are microseconds. Else None."""
    told = told_columns(octets, _ALIKE)
    if told is None:
        return None
    parts = {name: told.column(name) for name in _ALIKE.names}
    return _before(parts, parts["arrived_at"].cast(ENVELOPE_TYPE.field("arrived_at").type), envelopes)


def _before(parts: Mapping[str, pa.Array], moments: pa.Array, envelopes: pa.StructArray) -> pa.StructArray:
    """What was brought along, and where nothing was, what the broker knows."""
    operations = pc.index_in(parts["operation"], pa.array(OPERATIONS)).cast(pa.int8())
    known = {field.name: envelopes.field(field.name) for field in ENVELOPE_TYPE}
    return envelope(
        pc.coalesce(parts["event_id"], known["event_id"]),
        pc.coalesce(moments, known["arrived_at"]),
        operation=pc.coalesce(operations, known["operation"].indices),
        attempt=pc.coalesce(parts["attempt"], known["attempt"]),
        partition=known["partition"],
        offset=known["offset"],
        contract_version=pc.coalesce(parts["contract_version"], known["contract_version"]),
    )


def _texts(payloads: pa.BinaryArray) -> tuple[pa.StringArray, pa.BooleanArray]:
    """The payloads as text, and which of them are none (their text is then null)."""
    try:
        return payloads.cast(pa.string()), pa.repeat(False, len(payloads))
    except pa.ArrowInvalid:
        texts = pa.array([_text(payload) for payload in payloads.to_pylist()], pa.string())
        return texts, texts.is_null()


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
