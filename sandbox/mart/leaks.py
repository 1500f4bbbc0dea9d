"""Two proofs that no feature knows the future, and a search for features that are the label in disguise.

The proof cuts the landing off physically, with Arrow alone, and asks for the features again: a feature that then
differs had seen a row that it could not have seen. It shares no code with `cut`, whose work it judges. The search asks
how well each feature alone tells the label; what tells it all but perfectly was probably made from it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.mart.cut import Mart, time_of
from sandbox.mart.example_set import Examples, Question, examples, feature_table

SUSPICIOUS_AUC = 0.99
LEAST_OF_EACH = 10
"""Fewer examples on either side and a perfect order may be chance: of 10 and 10, one in 90,000 orders is that good."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A feature that tells the label all but perfectly when it stands alone."""

    feature: str
    auc: float


@dataclass(frozen=True, slots=True)
class Leakage:
    """What the search for leaks found: `differing` are (moment in microseconds, feature) that the cut did not hold."""

    differing: tuple[tuple[int, str], ...]
    suspicious: tuple[Suspicion, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.differing and not self.suspicious


def leakage(mart: Mart, question: Question) -> Leakage:
    """Ask for the features over a landing that is cut off physically at each moment, and for suspicious ones.

    Raises:
        InputError: as `examples` does.
    """
    differing = []
    for moment_us in question.moments_us:
        with tempfile.TemporaryDirectory(prefix="sandbox-leaks-", dir=mart.limits.spill) as folder:
            truncated = replace(mart, parts=truncate(mart, moment_us, Path(folder)))
            seen, whole = (feature_table(each, question, moment_us) for each in (truncated, mart))
        names = whole.column_names
        differing += [(moment_us, name) for name in names if not seen.column(name).equals(whole.column(name))]
    return Leakage(tuple(differing), suspicions(examples(mart, question)))


def truncate(mart: Mart, moment_us: int, folder: Path) -> dict[str, list[Path]]:
    """Write what had happened and arrived by a moment to `folder`; the parts that were written, per dataset."""
    cut = pa.scalar(time_of(moment_us), pa.timestamp("us", "UTC"))
    kept: dict[str, list[Path]] = {}
    for dataset, contract in mart.contracts.items():
        kept[dataset] = []
        for number, part in enumerate(mart.parts.get(dataset, ())):
            # The folders between stay, since their names may hold columns (`plan=basic/`).
            target = folder / dataset / str(number) / Path(*(word for word in part.parts if "=" in word)) / part.name
            target.parent.mkdir(parents=True)
            with pq.ParquetFile(part) as source, pq.ParquetWriter(target, source.schema_arrow) as writer:
                for batch in source.iter_batches():
                    writer.write_batch(_as_of(batch, contract, cut, mart.zone))
            kept[dataset].append(target)
    return kept


def suspicions(examples: Examples) -> tuple[Suspicion, ...]:
    """The features whose area under the ROC curve, alone, is at least 0.99 one way or the other; the worst first."""
    label = np.asarray(examples.label, dtype=np.bool_)
    if min(label.sum(), (~label).sum()) < LEAST_OF_EACH:
        return ()
    found = []
    for name in examples.features.column_names:
        areas = [area(score, label) for score in _scores(examples.features.column(name), label)]
        strength = max((max(each, 1 - each) for each in areas), default=0.5)
        if strength >= SUSPICIOUS_AUC:
            found.append(Suspicion(name, round(strength, 6)))
    return tuple(sorted(found, key=lambda suspicion: (-suspicion.auc, suspicion.feature)))


def area(score: NDArray[Any], label: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: how often a true one scores above a false one, ties counting half.

    Args:
        score: shape (n,), whatever sorts, no nan.
        label: bool, shape (n,), both values in it.
    Source: the Mann-Whitney U statistic by mid-ranks; Hanley and McNeil, Radiology 143 (1982).
    """
    _, number, count = np.unique(score, return_inverse=True, return_counts=True)
    upto = np.cumsum(count)
    rank = (upto - (count - 1) / 2)[number]
    trues = int(label.sum())
    above = rank[label].sum() - trues * (trues + 1) / 2
    return float(above / (trues * (len(label) - trues)))


def _as_of(batch: pa.RecordBatch, contract: Contract, cut: pa.Scalar, zone: str) -> pa.RecordBatch:
    kept = pc.less_equal(pc.struct_field(batch.column(ENVELOPE), "arrived_at"), cut)
    if happened := contract.time or contract.valid_from:
        kept = pc.and_(kept, pc.less_equal(_instants(batch.column(happened), zone), cut))
    if contract.valid_to:
        closed, at = batch.column(contract.valid_to), batch.schema.get_field_index(contract.valid_to)
        known = pc.if_else(pc.less_equal(_instants(closed, zone), cut), closed, pa.scalar(None, closed.type))
        batch = batch.set_column(at, batch.schema.field(at), known)
    return batch.filter(kept)


def _instants(times: pa.Array, zone: str) -> pa.Array:
    """Times as timestamp[us, UTC]; a date is known when its day is over, a local time is read in the zone."""
    ends = pa.types.is_date(times.type)
    moved = times.cast(pa.timestamp("us")) if ends else times
    if ends:
        moved = pc.add(moved, pa.scalar(timedelta(days=1)))
    if moved.type.tz is None:
        moved = pc.assume_timezone(moved, zone, ambiguous="latest", nonexistent="earliest")
    instants = moved.cast(pa.timestamp("us", "UTC"), safe=False)
    return pc.subtract(instants, pa.scalar(timedelta(microseconds=1))) if ends else instants


def _scores(values: pa.ChunkedArray, label: NDArray[np.bool_]) -> Iterator[NDArray[np.float64]]:
    """A feature as numbers that may order the label: its own order, its nulls, how common true is beside it."""
    nulls = np.asarray(values.is_null(), dtype=np.bool_)
    if 0 < nulls.sum() < len(nulls):
        yield nulls.astype(np.float64)
    number = _numbers(values)
    if number is not None:
        lowest = np.nanmin(number) if not np.isnan(number).all() else 0.0
        yield np.where(np.isnan(number), lowest - 1, number)
    elif pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        yield _shares_elsewhere(values, label)


def _numbers(values: pa.ChunkedArray) -> NDArray[np.float64] | None:
    kind = values.type
    if pa.types.is_timestamp(kind) or pa.types.is_time64(kind):
        values = values.cast(pa.int64())
    elif pa.types.is_date(kind):
        values = values.cast(pa.int32())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return None
    numbers: NDArray[np.float64] = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.clip(numbers, -1e300, 1e300)


def _shares_elsewhere(values: pa.ChunkedArray, label: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each text, how common true is beside the same text in the other half of the examples.

    Taken from the same rows, a text that stands once would tell its own label.
    """
    codes = pc.fill_null(values, "").combine_chunks().dictionary_encode().indices.to_numpy()
    half = np.arange(len(codes)) % 2
    size = int(codes.max()) + 1
    share = np.empty(len(codes))
    for side in (0, 1):
        other = half != side
        rows = np.bincount(codes[other], minlength=size)
        trues = np.bincount(codes[other], weights=label[other], minlength=size)
        known = np.divide(trues, rows, out=np.full(size, label.mean()), where=rows > 0)
        share[half == side] = known[codes[half == side]]
    return share
