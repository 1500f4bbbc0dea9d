"""The envelope is a promise: its layout, its values, and that it costs next to nothing."""

from __future__ import annotations

import datetime
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.contract.envelope import (
    ENVELOPE,
    ENVELOPE_FIELD,
    ENVELOPE_TYPE,
    envelope,
    landed_schema,
    split_envelope,
    with_envelope,
)
from sandbox.errors import InputError

DATA = pa.record_batch({"a": [1, 2, 3]})


def test_the_layout_of_version_1_stays() -> None:
    layout = {field.name: str(field.type) for field in ENVELOPE_TYPE}
    assert layout == {
        "event_id": "uint64",
        "operation": "dictionary<values=string, indices=int8, ordered=0>",
        "arrived_at": "timestamp[us, tz=UTC]",
        "attempt": "int32",
        "partition": "int32",
        "offset": "int64",
        "contract_version": "int32",
    }
    assert ENVELOPE_FIELD.metadata == {b"sandbox.envelope": b"1"}


def test_constants_and_arrays_come_out_as_given() -> None:
    made = envelope(
        np.array([7, 2**64 - 1], np.uint64),
        np.array([0, 10**6]),
        operation=np.array([1, 3], np.int8),
        attempt=2,
        partition=np.array([4, 5]),
        offset=100,
        contract_version=3,
    )
    made.validate(full=True)
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    rest = {"attempt": 2, "contract_version": 3}
    assert made.to_pylist() == [
        {"event_id": 7, "operation": "update", "arrived_at": start, "partition": 4, "offset": 100, **rest},
        {
            "event_id": 2**64 - 1,
            "operation": "read",
            "arrived_at": start + datetime.timedelta(seconds=1),
            "partition": 5,
            "offset": 101,
            **rest,
        },
    ]


@pytest.mark.parametrize("rows", [0, 1, 3, 4, 5, 65_536])
def test_every_length_is_filled_to_its_end(rows: int) -> None:
    made = envelope(np.arange(rows, dtype=np.uint64), 5, attempt=9)
    made.validate(full=True)
    assert len(made) == rows
    assert made.field("attempt").to_pylist() == [9] * rows
    assert set(made.field("operation").to_pylist()) <= {"insert"}


def test_constants_share_their_buffers() -> None:
    first, second = (envelope(np.arange(rows, dtype=np.uint64), 5) for rows in (1000, 1024))
    for name in ("operation", "attempt", "partition", "contract_version", "arrived_at"):
        addresses = [made.field(name).buffers()[1].address for made in (first, second)]
        assert addresses[0] == addresses[1], name


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'insert'"):
        envelope(np.zeros(1, np.uint64), 0, operation="inserted")


def test_on_off_and_replaced() -> None:
    one = envelope(np.arange(3, dtype=np.uint64), 1)
    batch = with_envelope(with_envelope(DATA, envelope(np.arange(3, dtype=np.uint64), 0)), one)
    assert batch.schema == landed_schema(DATA.schema)
    data, back = split_envelope(batch)
    assert data == DATA
    assert back == one
    assert split_envelope(DATA) == (DATA, None)


def test_parquet_gives_the_envelope_back() -> None:
    batch = with_envelope(DATA, envelope(np.arange(3, dtype=np.uint64), 1))
    file = io.BytesIO()
    pq.write_table(pa.Table.from_batches([batch]), file)
    landed = pq.read_table(file)
    assert landed.schema.field(ENVELOPE).equals(ENVELOPE_FIELD, check_metadata=False)
    assert landed.to_pylist() == batch.to_pylist()
