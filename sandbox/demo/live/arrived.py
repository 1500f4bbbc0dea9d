"""What has arrived at a live show so far, as a mart: files of the loop's own stream, and of whatever else models read.

The files are nobody's to keep; they are gone when the show is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sandbox.contract.envelope import ENVELOPE
from sandbox.errors import OutsideError
from sandbox.landing import Shape, land
from sandbox.mart import Mart
from sandbox.runs.modelling import mart_over
from sandbox.scenario.plan import Plan

_MOMENT = pa.timestamp("us", "UTC")


@dataclass(eq=False)
class Arrived:
    """A mart that grows while a loop goes on."""

    plan: Plan
    stream: str
    """The loop's own: its rows are heard, in the order of their arrival."""
    others: Collection[str]
    """Datasets that models read beside it: they land as the scenario says."""
    _fresh: list[pa.RecordBatch] = field(default_factory=list)
    _parts: list[Path] = field(default_factory=list)
    _landed: dict[str, list[Path]] = field(default_factory=dict)
    _lands: bool = True
    _home: tempfile.TemporaryDirectory[str] | None = None

    def hear(self, rows: pa.RecordBatch, arrived_us: NDArray[np.int64]) -> None:
        """Take rows in; see `Wishes.hear` of loops."""
        plain = [each.dictionary_decode() if pa.types.is_dictionary(each.type) else each for each in rows.columns]
        came = pa.StructArray.from_arrays([pa.array(arrived_us).cast(_MOMENT)], names=["arrived_at"])
        self._fresh.append(pa.RecordBatch.from_arrays([*plain, came], [*rows.schema.names, ENVELOPE]))

    def otherwise(self, plan: Plan) -> None:
        """Go on by another plan, which is the same until now: what is delivered comes otherwise from here on."""
        self.plan, self._lands = plan, True

    def mart(self, now_us: int) -> Mart:
        """What is there now. Raises OutsideError: it cannot be written."""
        home = self._folder()
        if self._lands and self.others:
            shape = Shape("landing", envelope=True)
            landed = land(self.plan, home / "others", shape=shape, datasets=list(self.others), force=True)
            self._landed = {name: landed.parts(name) for name in self.others}
        self._lands = False
        if self._fresh:
            path = home / f"{len(self._parts):05d}.parquet"
            try:
                pq.write_table(pa.Table.from_batches(self._fresh), path)
            except OSError as error:
                raise OutsideError(f"{path}: cannot be written: {error.strerror or error}.") from error
            self._parts.append(path)
            self._fresh = []
        found = mart_over(self.plan, {**self._landed, self.stream: self._parts})
        return replace(found, ends_us={**found.ends_us, self.stream: now_us})

    def close(self) -> None:
        """Take the files away."""
        if self._home is not None:
            with suppress(OSError):
                self._home.cleanup()

    def _folder(self) -> Path:
        if self._home is None:
            self._home = tempfile.TemporaryDirectory(prefix="sandbox-live-", ignore_cleanup_errors=True)
        return Path(self._home.name)
