"""What is posted: which rows go into one request, its body, and the key by which a receiver knows it again."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.contract.envelope import ENVELOPE
from sandbox.sinks.damage import damaged
from sandbox.sinks.json_rows import json_rows
from sandbox.sinks.pieces import slices

OVERSIZED_BYTES = 1 << 20
"""What an oversized row exceeds: HTTP itself knows no limit, but receivers do."""
Form = Literal["json", "jsonl"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """Rows of one request."""

    texts: pa.StringArray
    """JSON, one text a row."""
    envelopes: pa.StructArray
    fault: NDArray[np.int8] | None = None
    """What is to be wrong with the one row that it holds then."""

    def __len__(self) -> int:
        return len(self.texts)

    def halves(self) -> tuple[Parcel, Parcel]:
        """The same rows as two requests."""
        middle = len(self) // 2
        return self.part(0, middle), self.part(middle, len(self))

    def part(self, start: int, stop: int) -> Parcel:
        """Some of the rows."""
        return Parcel(self.texts.slice(start, stop - start), self.envelopes.slice(start, stop - start))

    def body(self, form: Form) -> bytes:
        """A JSON array, or one object a line."""
        between, before, after = (",\n", "[", "]") if form == "json" else ("\n", "", "\n")
        lists = pa.ListArray.from_arrays(pa.array([0, len(self)], pa.int32()), self.texts)
        body = f"{before}{pc.binary_join(lists, between)[0].as_py()}{after}".encode()
        if self.fault is None:
            return body
        whole: bytes = damaged(pa.array([body]), self.fault, OVERSIZED_BYTES)[0].as_py()
        return whole

    def key(self, name: str, body: bytes) -> str:
        """The same for the same rows of the same errand, however often they are sent, and for no others."""
        digest = hashlib.blake2b(body, digest_size=16, person=b"sandbox-webhook")
        digest.update(name.encode())
        for column in ("event_id", "attempt", "offset", "partition"):
            digest.update(self.envelopes.field(column).to_numpy(zero_copy_only=False).tobytes())
        return digest.hexdigest()


def parcels(batch: pa.RecordBatch, faults: NDArray[np.int8] | None, most: int, with_envelope: bool) -> Iterator[Parcel]:
    """The rows in runs of at most `most`; a damaged one travels alone, since it would spoil the others' request."""
    at = 0
    for part in slices(batch):
        texts = json_rows(part, with_envelope)
        whole = Parcel(texts, part.column(ENVELOPE))
        wrong = None if faults is None else faults[at : at + part.num_rows]
        for start, stop in _cuts(part.num_rows, most, wrong):
            parcel = whole.part(start, stop)
            yield (
                parcel
                if wrong is None or not wrong[start]
                else Parcel(parcel.texts, parcel.envelopes, wrong[start:stop])
            )
        at += part.num_rows


def _cuts(rows: int, most: int, wrong: NDArray[np.int8] | None) -> list[tuple[int, int]]:
    alone = np.flatnonzero(wrong) if wrong is not None else np.zeros(0, np.int64)
    bounds = np.unique(np.concatenate([[0, rows], alone, alone + 1]))
    runs = [np.arange(start, stop, most) for start, stop in itertools.pairwise(bounds.tolist())]
    edges = np.concatenate([*runs, [rows]]).tolist()
    return list(itertools.pairwise(edges))
