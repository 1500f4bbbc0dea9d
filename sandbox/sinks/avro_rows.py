"""Rows as Avro in Confluent's wire format: a zero byte, the id of the schema, and the value.

fastavro writes one record at a time, out of Python values; making these takes about as long as writing them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox import registry
from sandbox.contract.exports.avro import avro_schema
from sandbox.contract.model import Contract
from sandbox.contract.versions import versions_of
from sandbox.sinks.avro_values import avro_values


@dataclass(frozen=True, slots=True)
class Encoded:
    """The bytes of each row; those of a row that cannot be written are empty, and `wrong` says why, by its place."""

    values: list[bytes]
    wrong: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a contract, ready to be written."""

    contract: Contract
    schema: Any
    begin: bytes
    """What every message of it begins with."""
    parsed: Any
    """The schema as fastavro has it."""

    def __call__(self, batch: pa.RecordBatch) -> Encoded:
        """The rows' bytes, shape (n,)."""
        fields = self.schema["fields"]
        columns = [
            avro_values(batch.column(column.name), column.parsed, field["type"])
            for column, field in zip(self.contract.columns, fields, strict=True)
        ]
        names = [field["name"] for field in fields]
        rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        return _serialised(rows, self.begin, self.parsed)


@dataclass(frozen=True, slots=True)
class AvroRows:
    """Writes rows of a contract, each in the schema of the version that its envelope names."""

    contract: Contract
    versions: Mapping[int, Version]

    def __call__(self, batch: pa.RecordBatch) -> Encoded:
        """The bytes of rows, which come with their envelopes; shape (n,)."""
        named = np.clip(versions_of(self.contract, batch), 1, self.contract.version)
        found = sorted(set(named.tolist()))
        if len(found) == 1:
            return self.versions[found[0]](batch)
        values = [b""] * batch.num_rows
        wrong: dict[int, str] = {}
        for version in found:
            places = np.flatnonzero(named == version)
            encoded = self.versions[version](batch.take(pa.array(places)))
            for place, value in zip(places.tolist(), encoded.values, strict=True):
                values[place] = value
            wrong |= {int(places[at]): reason for at, reason in encoded.wrong.items()}
        return Encoded(values, wrong)


def avro_rows(contract: Contract, register: Callable[[Mapping[str, Any]], int]) -> AvroRows:
    """Register the schemas of all versions of a contract, in their order, to write rows of them."""
    fastavro = registry.from_extra("fastavro", "kafka")
    versions = {}
    for number in range(1, contract.version + 1):
        known = tuple(column for column in contract.columns if column.since <= number)
        version = replace(contract, columns=known)
        schema = avro_schema(version)
        begin = b"\0" + register(schema).to_bytes(4, "big")
        versions[number] = Version(version, schema, begin, fastavro.parse_schema(schema))
    return AvroRows(contract, versions)


def _serialised(rows: Sequence[Mapping[str, Any]], begin: bytes, schema: Any) -> Encoded:
    """Each row's bytes. All are written into one buffer and cut up afterwards."""
    from fastavro import schemaless_writer

    buffer = io.BytesIO()
    ends = [0]
    wrong: dict[int, str] = {}
    for at, row in enumerate(rows):
        buffer.write(begin)
        try:
            schemaless_writer(buffer, schema, row)
        except (ValueError, TypeError, OverflowError, KeyError) as error:
            wrong[at] = f"Avro cannot hold it: {error}"
            buffer.seek(ends[-1])
            buffer.truncate()
        ends.append(buffer.tell())
    whole = buffer.getvalue()
    return Encoded([whole[start:stop] for start, stop in pairwise(ends)], wrong)
