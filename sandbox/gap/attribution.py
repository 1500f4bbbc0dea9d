"""Which assumption costs a model most: real marginals, dependence or timing put into the dummy, one at a time.

A model learns from each mixture (see `mixtures`) and is asked about the same real entities as the one that learnt from
the dummy. What it wins by a swap is what the dummy's own assumption cost. Real rows in a mixture are those of entities
that are learnt from; nothing of who is asked about is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sandbox.addresses import Address
from sandbox.contract.envelope import landed_schema
from sandbox.gap.identities import kinds_of
from sandbox.gap.mixtures import ASSUMPTIONS, Assumption, World, mixture
from sandbox.gap.side import MOST_ROWS
from sandbox.landing import Landed
from sandbox.models.base import Estimate
from sandbox.models.split import hash_entities
from sandbox.scenario.plan import Plan

Mask = npt.NDArray[np.bool_]
Parts = Mapping[str, list[Path]]

IN_WORDS: Mapping[Assumption, str] = {
    "marginals": "which values its columns have, and how often",
    "dependence": "what goes together in a row and along an entity",
    "timing": "which entities come, how often and when",
}


@dataclass(frozen=True, slots=True)
class Swap:
    """A model that learnt from the dummy with one assumption of the real data in its place."""

    assumption: Assumption
    reached: Estimate
    """Its AUC on real data."""
    won: Estimate
    """By how much it is better than the model that learnt from the dummy; the interval is paired, by entity."""

    @property
    def costs(self) -> bool:
        """Whether the dummy's own assumption costs the model something for sure."""
        return self.won.low > 0


def learnt_from(ids: pa.Array, seed: int) -> Mask:
    """Which real entities are learnt from; about the other half is asked. `ids` has no nulls."""
    return np.asarray((hash_entities(Address(("gap", "halves", seed)), ids) >> np.uint64(63)) == 0)


def write_mixtures(
    plan: Plan, kind: str, dummy: Landed, real: Landed, folder: Path, most_rows: int = MOST_ROWS
) -> Mapping[Assumption, Parts]:
    """Write the mixtures of all datasets that are real, as parts that a mart reads.

    Args:
        plan: of the target.
        kind: of the entities that a model is about; only real ones that are learnt from are in a mixture.
        dummy, real: what landed of either side.
        folder: where the parts go.
        most_rows: of a dataset of either side; beyond it, entities of the kind are left out.
    """
    sides = [World.of(plan, _tables(plan, kind, landed, landed is real, most_rows)) for landed in (dummy, real)]
    written: dict[Assumption, Parts] = {}
    for swapped in ASSUMPTIONS:
        (folder / swapped).mkdir(parents=True)
        paths = {name: folder / swapped / f"{name}.parquet" for name in plan.bindings}
        for name, path in paths.items():
            pq.write_table(mixture(plan, sides[0], sides[1], swapped, name, plan.seed), path)
        written[swapped] = {name: [path] for name, path in paths.items()}
    return written


def _tables(plan: Plan, kind: str, landed: Landed, is_real: bool, most_rows: int) -> dict[str, pa.Table]:
    """What landed, without entities that are asked about, and without some where there is too much of it."""
    largest = max(landed.manifest.datasets[name].accepted for name in plan.bindings)
    share = min(1.0, most_rows * (2 if is_real else 1) / max(largest, 1))
    tables = {}
    for name in plan.bindings:
        columns = [column for column, named in kinds_of(plan, name).items() if named == kind]
        kept = [
            _of(batch, columns, plan.seed, is_real, share)
            for path in landed.parts(name)
            for batch in pq.ParquetFile(path).iter_batches()
        ]
        tables[name] = pa.Table.from_batches(kept, landed_schema(plan.datasets[name].contract.schema))
    return tables


def _of(batch: pa.RecordBatch, columns: Sequence[str], seed: int, is_real: bool, share: float) -> pa.RecordBatch:
    """Rows of entities that are wanted, and of nobody."""
    kept = np.ones(batch.num_rows, np.bool_)
    for column in columns:
        ids = batch.column(column)
        there = np.asarray(pc.is_valid(ids))
        known = ids.drop_null()
        wanted = learnt_from(known, seed) if is_real else np.ones(len(known), np.bool_)
        if share < 1:
            wanted &= hash_entities(Address(("gap", "entity")), known) < np.uint64(share * 2.0**64)
        kept[there] &= wanted
    return batch.filter(pa.array(kept))
