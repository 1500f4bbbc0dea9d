"""What a column may hang on: columns that are made before it, of its own rows or of their parents', as trees take them.

Each is a number for every row; a split of it can be said in SQL. Categories are numbered in the order of what they
go with, so that one split parts them in two sets. Times are among them: what drifts is one thing before a day and
another after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address, words
from sandbox.calibrate.families import nice
from sandbox.calibrate.fitted import Evidence
from sandbox.calibrate.observed import Observed
from sandbox.calibrate.telling import keys_of
from sandbox.scenario.locked import quoted
from sandbox.scenario.plan import Plan

MOST_CATEGORIES = 60
_DAY_US, _HOUR_US = 86_400_000_000, 3_600_000_000
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Predictor:
    """One column that others may hang on."""

    name: str
    """As SQL of the dataset names it."""
    values: npt.NDArray[np.float64]
    """Of numbers; of categories, their codes. Shape (rows,)."""
    categories: tuple[Any, ...] | None = None
    """What each code stands for; None for numbers."""
    missing: float | None = None
    """What stands for null among numbers, below all of them; None where there is none."""
    is_time: bool = False
    """Whether the values are microseconds since 1970."""

    def at(self, rows: npt.NDArray[Any]) -> Predictor:
        """For some of the rows, by mask or number."""
        return replace(self, values=self.values[rows])

    def ordered(self, target: Ints) -> Predictor:
        """Categories renumbered by the mean of what they go with; `target` is a code for each row."""
        if self.categories is None:
            return self
        codes = self.values.astype(np.int64)
        count = np.maximum(np.bincount(codes, minlength=len(self.categories)), 1)
        return self.in_order(np.argsort(np.bincount(codes, target, len(self.categories)) / count, kind="stable"))

    def in_order(self, order: npt.NDArray[np.int64]) -> Predictor:
        """Categories renumbered: `order` has their codes, that of the lowest first."""
        assert self.categories is not None
        codes = self.values.astype(np.int64)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        return Predictor(self.name, place[codes].astype(np.float64), tuple(self.categories[code] for code in order))

    @property
    def sql_name(self) -> str:
        """The column, as SQL writes it."""
        return ".".join(quoted(part) if not part.isidentifier() else part for part in self.name.split("."))

    def condition(self, threshold: float) -> tuple[str, float]:
        """SQL that holds for what is at most at a threshold; and the threshold as that says it."""
        column = self.sql_name
        if self.is_time:
            moment, us = _between_times(self.values, threshold)
            return f"{column} < '{moment}'::timestamp", us
        if self.categories is None:
            told = _between(self.values, threshold)
            left = column if self.missing is None else f"coalesce({column}, {nice(self.missing)})"
            return f"{left} < {told}", told
        low = [value for code, value in enumerate(self.categories) if code <= threshold]
        return _among(column, low, self.categories), threshold


def predictors_of(evidence: Evidence, target: str | None = None) -> Iterator[Predictor]:
    """Everything that a column may hang on; without a target, all that is seen."""
    names = [column.name for column in evidence.planned.columns]
    contract, before = evidence.planned.contract, names if target is None else names[: names.index(target)]
    keys = {*contract.primary_key, *(name for key in contract.foreign_keys for name in key.columns)}
    if contract.time is not None and (contract.time in before or contract.time not in names):
        yield from _of_time(evidence.observed.table, contract.time, contract.time)
    for name in before:
        written = evidence.planned.spec.columns.get(name)
        if written is None or written.options.pii or name in keys or name not in evidence.observed.table.column_names:
            continue
        if written.kind in ("serial", "uuid", "fake", "pattern", "ref") or name == contract.time:
            continue
        found = _predictor(name, evidence.observed.table[name].combine_chunks())
        if found is not None:
            yield found
    yield from _of_parents(evidence, target)


def _of_parents(evidence: Evidence, target: str | None) -> Iterator[Predictor]:
    above = evidence.planned.parent
    if above is None or above not in evidence.all_observed:
        return
    planned, seen = evidence.plan.datasets[above], evidence.all_observed[above]
    rows = parent_rows(evidence, above)
    if rows is None or (target is not None and _tells_only_whether(evidence, target, rows)):
        return
    if planned.contract.time is not None:
        yield from _of_time(seen.table, planned.contract.time, f"parent.{planned.contract.time}", _known(rows))
    for name, written in planned.spec.columns.items():
        if name in seen.table.column_names and not written.options.pii and name != planned.spec.key:
            values = seen.table[name].combine_chunks().take(pa.array(_known(rows)))
            if not kinds.is_temporal(values.type) and (found := _predictor(f"parent.{name}", values)) is not None:
                yield found


def _tells_only_whether(evidence: Evidence, target: str, rows: Ints) -> bool:
    """Whether a column has one value wherever it is known whose a row is: who is a guest is nobody's trait."""
    if target not in evidence.observed.table.column_names or not (rows < 0).any():
        return False
    return len(evidence.observed.table[target].filter(pa.array(rows >= 0)).unique()) <= 1


def _of_time(table: pa.Table, time: str, name: str, rows: Ints | None = None) -> Iterator[Predictor]:
    """When it was, where that is known of every row."""
    if time not in table.column_names or table[time].null_count or not kinds.is_timestamp(table[time].type):
        return
    unit = "UTC" if table[time].type.tz is not None else None
    moments = table[time].combine_chunks().cast(pa.timestamp("us", unit), safe=False).cast(pa.int64())
    us = np.asarray(moments, np.float64)
    if len(us) and us.min() < us.max():
        yield Predictor(name, us if rows is None else us[rows], is_time=True)


def _known(rows: Ints) -> Ints:
    """Rows of parents; where it is not known whose a row is, that tells nothing: then one of the others stands in."""
    known = np.flatnonzero(rows >= 0)
    if not len(known):
        return np.zeros(len(rows), np.int64)
    missing = np.flatnonzero(rows < 0)
    stand_in = rows.copy()
    drawn = words(Address(("calibrate", "stand-in")), 0, len(missing)) % np.uint64(len(known))
    stand_in[missing] = rows[known[drawn.astype(np.int64)]]
    return stand_in


def parent_rows(evidence: Evidence, above: str) -> Ints | None:
    """Which row of its parent's each row is of; -1 where that is not known."""
    return rows_above(evidence.plan, evidence.dataset, above, evidence.all_observed)


def rows_above(plan: Plan, dataset: str, above: str, seen: Mapping[str, Observed]) -> Ints | None:
    """The same of what was seen of a plan's datasets; None where no keys tell it, as in a sealed profile."""
    keys = keys_of(plan, dataset, seen[dataset])
    key = plan.datasets[above].spec.key
    if above not in keys or not isinstance(key, str) or key not in seen[above].table.column_names:
        return None
    theirs = seen[above].table[key].combine_chunks()
    own = keys[above]
    return np.asarray(pc.index_in(_texts(own), _texts(theirs)).fill_null(-1), np.int64)


def _texts(values: pa.Array) -> pa.Array:
    return (values.dictionary_decode() if kinds.is_dictionary(values.type) else values).cast(pa.string())


def _predictor(name: str, values: pa.Array) -> Predictor | None:
    plain = values.dictionary_decode() if kinds.is_dictionary(values.type) else values
    if kinds.is_integer(plain.type) or kinds.is_floating(plain.type) or kinds.is_decimal(plain.type):
        numbers = np.asarray(plain.cast(pa.float64(), safe=False).fill_null(np.nan), np.float64)
        finite = numbers[np.isfinite(numbers)]
        if not len(finite) or finite.min() == finite.max():
            return None
        if len(finite) == len(numbers):
            return Predictor(name, numbers)
        missing = float(np.floor(finite.min() - 1))
        return Predictor(name, np.where(np.isfinite(numbers), numbers, missing), None, missing)
    if kinds.is_boolean(plain.type):
        return Predictor(name, np.asarray(plain.fill_null(False), np.float64), (False, True))
    if not kinds.is_string(plain.type):
        return None
    encoded = plain.dictionary_encode()
    words: Sequence[Any] = [*encoded.dictionary.to_pylist(), *([None] if plain.null_count else [])]
    if not 2 <= len(words) <= MOST_CATEGORIES:
        return None
    return Predictor(name, np.asarray(encoded.indices.fill_null(len(words) - 1), np.float64), tuple(words))


def _between(values: npt.NDArray[np.float64], threshold: float) -> float:
    """A short number that parts the same values: between the last below and the first above."""
    low, high = values[values <= threshold].max(), values[values > threshold].min()
    whole = float(np.ceil((low + high) / 2))
    if low < whole <= high and abs(whole) < 1e4:
        return nice(whole)
    for digits in range(1, 17):
        short = float(f"{(low + high) / 2:.{digits}g}")
        if low < short <= high:
            return nice(short, digits)
    return float(high)


def _between_times(values: npt.NDArray[np.float64], threshold: float) -> tuple[str, float]:
    """A moment that parts the same times, and as microseconds: the beginning of a day or an hour, if one does."""
    low, high = int(values[values <= threshold].max()), int(values[values > threshold].min())
    us = next((us for unit in (_DAY_US, _HOUR_US) if low < (us := high // unit * unit)), high)
    text = str(np.datetime64(us, "us")).replace("T", " ")
    return text.removesuffix(".000000").removesuffix(" 00:00:00"), float(us)


def _among(column: str, low: Sequence[Any], categories: Sequence[Any]) -> str:
    if set(categories) <= {True, False}:
        return column if True in low else f"not coalesce({column}, false)"
    words = [value for value in low if value is not None]
    listed = ", ".join("'" + str(value).replace("'", "''") + "'" for value in words)
    told = f"{column} in ({listed})" if len(words) != 1 else f"{column} = {listed}"
    if None not in low:
        return told
    return f"({told} or {column} is null)" if words else f"{column} is null"
