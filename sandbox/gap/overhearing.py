"""What is noticed of real rows as they are read for their gap: what likely happened to them, as `verify` tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from sandbox.contract.checks import Checked
from sandbox.contract.conform import Conformed
from sandbox.contract.model import Contract
from sandbox.gap.loosening import loosened
from sandbox.landing.reading import accepted_rows
from sandbox.scenario.parts import Share, Source
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import open_source, repeated_in, unasked_of
from sandbox.verify.days import rows_by_day
from sandbox.verify.lacking import without_lacking
from sandbox.verify.likely import Cause, causes_of
from sandbox.verify.noticed import Noticed
from sandbox.verify.promised import Promised, promised

_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, eq=False)
class Overheard:
    """A real dataset that is listened to as somebody reads it."""

    plan: Plan
    """With the whole contract."""
    contract: Contract
    """Of what is there."""
    lacking: tuple[str, ...]
    """Columns that the source lacks."""
    source: Source
    noticed: Noticed
    repeated: Sequence[tuple[str, str]]
    days: Counter[int] = field(default_factory=Counter)

    def rows(self) -> Iterator[pa.RecordBatch]:
        """The rows that keep their contract, with envelopes. Raises OutsideError: the source cannot be read."""
        time = self.contract.time
        for batch in accepted_rows(_Passing(self.source, self.noticed), envelope=True):
            if time is not None:
                moments = batch.column(time).cast(_MOMENT, safe=False).drop_null().cast(pa.int64()).to_numpy()
                if len(moments):
                    self.days.update(rows_by_day(moments, self.plan.clock.zone))
            yield batch

    def causes(self, dummy: Promised | None = None) -> list[Cause]:
        """What likely happened to the rows, once they are read."""
        whole = self.plan.datasets[self.contract.dataset].contract
        promise = dummy or promised(self.plan, whole.dataset)
        return causes_of(
            whole,
            self.plan.clock.zone,
            self.noticed,
            promise,
            missing=self.lacking,
            days=self.days,
            repeated=self.repeated,
        )


def overheard(plan: Plan, dataset: str) -> Overheard:
    """Open a real dataset without the columns that it lacks, and without what only generators promise of the others.

    Raises:
        InputError: an option of the binding does not fit the source, or it has none of the columns.
        OutsideError: it cannot be opened.
    """
    judged, lacking = without_lacking(plan, [dataset])
    planned = judged.datasets[dataset]
    contract = loosened(planned.contract, planned.spec)
    source = open_source(
        replace(judged, datasets={**judged.datasets, dataset: replace(planned, contract=contract)}), dataset
    )
    noticed = Noticed(unasked_of(source))
    return Overheard(plan, contract, lacking.get(dataset, ()), source, noticed, repeated_in(source))


@dataclass(frozen=True, eq=False)
class _Passing:
    """A source whose batches are noticed as they go by."""

    source: Source
    noticed: Noticed

    @property
    def contract(self) -> Contract:
        return self.source.contract

    @property
    def proven(self) -> frozenset[str]:
        return self.source.proven

    @property
    def arrival(self) -> str:
        return self.source.arrival

    def shares(self) -> Sequence[Share]:
        return self.source.shares()

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Conformed | Checked]:
        for batch in self.source.batches(share):
            self.noticed.add(batch)
            yield batch

    def delivery(self) -> Mapping[str, Any]:
        return self.source.delivery()

    def close(self) -> None:
        self.source.close()
