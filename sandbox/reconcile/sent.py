"""What was sent: the rows that a scenario makes, with its delivery, or those that a run landed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import ENVELOPE, envelope, with_envelope
from sandbox.contract.model import Contract
from sandbox.errors import InputError, did_you_mean
from sandbox.landing.manifest import read_manifest
from sandbox.scenario.forms import contract_of
from sandbox.scenario.plan import Plan
from sandbox.scenario.span import Span
from sandbox.sources.delivered import DeliveredSource
from sandbox.sources.opening import open_source


@dataclass(frozen=True)
class FromScenario:
    """The rows of a dataset as the scenario makes them; a replay sends the same, those that keep their contract.

    Of a plan with a span, those that a replay of that span sends.
    """

    plan: Plan
    dataset: str
    order: Literal["event", "arrival"] = "arrival"
    """As a replay sends them: as they happened, before any delivery; or as a delivery brings them, some twice."""

    @property
    def contract(self) -> Contract:
        """Of the rows, in the form in which they leave. Raises InputError: there is no such dataset."""
        known = [name for name, dataset in self.plan.datasets.items() if not dataset.spec.hidden]
        if self.dataset not in known:
            raise InputError(f"{self.plan.file}: unknown dataset '{self.dataset}'.{did_you_mean(self.dataset, known)}")
        return contract_of(self.plan, self.dataset)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows with their envelope. Raises InputError, OutsideError as `open_source`."""
        plan = replace(self.plan, delivery=None) if self.order == "event" else self.plan
        source = open_source(plan, self.dataset)
        check = RowCheck(source.contract, source.proven)
        try:
            for share in source.shares():
                for batch in source.batches(share):
                    rows = (batch if isinstance(batch, Checked) else check(batch)).accepted
                    if rows.num_rows:  # what came damaged is refused as it comes, and has no envelope then
                        yield rows
        finally:
            source.close()

    def fates(self) -> Iterator[pa.RecordBatch]:
        """As the ledger of the delivery has them; none where rows were sent by their arrival."""
        whole = replace(self.plan, span=Span())  # what happened within a span may have arrived after it
        if self.order == "event" and isinstance(source := open_source(whole, self.dataset), DeliveredSource):
            for share in source.shares():
                yield source.fates(share)
            yield source.open_fates()

    def lost_before(self) -> Mapping[str, int]:
        """By the ledger of the delivery, where rows were sent by their arrival."""
        source = open_source(self.plan, self.dataset) if self.order == "arrival" else None
        return _lost(source.delivery()) if isinstance(source, DeliveredSource) else {}


@dataclass(frozen=True)
class FromRun:
    """The rows of a dataset as a run, or `generate`, landed them."""

    folder: Path
    dataset: str

    @property
    def contract(self) -> Contract:
        """As the manifest has it. Raises InputError: there is no such dataset."""
        manifest = read_manifest(self.folder)
        if self.dataset not in manifest.datasets:
            raise InputError(
                f"{self.folder}: no dataset '{self.dataset}' landed.{did_you_mean(self.dataset, manifest.datasets)}"
            )
        return Contract.from_dict(manifest.datasets[self.dataset].contract)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows with their envelope. Raises InputError: they were not landed as Parquet."""
        for entry in read_manifest(self.folder).datasets[self.dataset].parts:
            path = self.folder / entry.file
            if path.suffix != ".parquet":
                raise InputError(f"{self.folder}: {self.dataset} was not written as Parquet, and is not read back.")
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches():
                    yield batch if ENVELOPE in batch.schema.names else _without_ids(batch)

    def fates(self) -> Iterator[pa.RecordBatch]:
        """None: what landed had come through the delivery."""
        yield from ()

    def lost_before(self) -> Mapping[str, int]:
        """As the manifest has it."""
        return _lost(read_manifest(self.folder).datasets[self.dataset].delivery or {})


def _lost(sums: Mapping[str, Any]) -> dict[str, int]:
    """What each stage lost, of a ledger's sums."""
    return {name: counts["lost"] for name, counts in sums.get("stages", {}).items() if counts["lost"]}


def _without_ids(batch: pa.RecordBatch) -> pa.RecordBatch:
    """What `generate` writes knows nothing of ids and arrival; rows are then matched by their key."""
    return with_envelope(batch, envelope(np.zeros(batch.num_rows, np.uint64), 0))
