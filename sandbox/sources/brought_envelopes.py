"""Envelopes that messages bring along as JSON, before what their broker knows; that tells what these do not.

A sandbox on the other side wrote them: event id, operation, attempt, arrival (microseconds or ISO 8601) and the version
of the contract. Where a message lies is always the broker's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from sandbox.contract.duck import evaluate
from sandbox.contract.envelope import ENVELOPE_TYPE, OPERATIONS, envelope
from sandbox.sources.json_columns import told_columns

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
_WORDS = pa.array(OPERATIONS)
_NO_NUMBERS = b'{}":_abcdefghijklmnopqrstuvwxyz'
_NUMBER = "-?(?:0|[1-9][0-9]*)"
_SENT = (
    rf'\A\{{"event_id":{_NUMBER},"operation":"insert","attempt":{_NUMBER},'
    rf'"arrived_at":{_NUMBER},"contract_version":{_NUMBER}\}}\z'
)


def brought(texts: pa.StringArray, envelopes: pa.StructArray) -> pa.StructArray:
    """The envelopes with what the texts tell before it; a text that is no envelope tells nothing."""
    told = evaluate(_READ, texts)
    parts = {field.name: pc.struct_field(told, field.name) for field in told.type}
    parts["operation"] = pc.index_in(parts["operation"], _WORDS)
    moments = evaluate(_MOMENT, parts["arrived_at"]).cast(ENVELOPE_TYPE.field("arrived_at").type)
    return _before(parts, moments, envelopes)


def brought_alike(octets: Sequence[bytes], envelopes: pa.StructArray) -> pa.StructArray | None:
    """As `brought`, in less time, where all envelopes are like ours: arrivals are microseconds. Else None."""
    parts = _as_sent(octets)
    if parts is None:
        told = told_columns(octets, _ALIKE)
        if told is None:
            return None
        parts = {name: told.column(name) for name in _ALIKE.names}
        parts["operation"] = pc.index_in(parts["operation"], _WORDS)
    return _before(parts, parts["arrived_at"].cast(ENVELOPE_TYPE.field("arrived_at").type), envelopes)


def _as_sent(octets: Sequence[bytes]) -> dict[str, pa.Array] | None:
    """Envelopes of new rows just as a sandbox sends them: their numbers, without all else, are lines of CSV."""
    try:
        texts = pa.array(octets, pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return None
    if not pc.all(pc.match_substring_regex(texts, _SENT)).as_py():
        return None
    lines = b"\n".join(octets).translate(None, _NO_NUMBERS)
    try:
        table = csv.read_csv(
            pa.BufferReader(lines),
            csv.ReadOptions(use_threads=False, block_size=len(lines) + 1, column_names=_ALIKE.names),
            convert_options=csv.ConvertOptions(column_types=_ALIKE),
        )
    except pa.ArrowInvalid:  # a number with more bits than it may have
        return None
    parts = {name: table.column(name).combine_chunks() for name in _ALIKE.names}
    return {**parts, "operation": pa.repeat(pa.scalar(OPERATIONS.index("insert"), pa.int8()), len(octets))}


def _before(parts: Mapping[str, pa.Array], moments: pa.Array, envelopes: pa.StructArray) -> pa.StructArray:
    """What was brought along, and where nothing was, what the broker knows."""
    known = {field.name: envelopes.field(field.name) for field in ENVELOPE_TYPE}
    return envelope(
        pc.coalesce(parts["event_id"], known["event_id"]),
        pc.coalesce(moments, known["arrived_at"]),
        operation=pc.coalesce(parts["operation"].cast(pa.int8()), known["operation"].indices),
        attempt=pc.coalesce(parts["attempt"], known["attempt"]),
        partition=known["partition"],
        offset=known["offset"],
        contract_version=pc.coalesce(parts["contract_version"], known["contract_version"]),
    )
