"""Faults that real data has on the day it comes: which could befall a scenario, and which the seed draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address, words
from sandbox.contract.model import Column
from sandbox.rehearse.twin import Twin
from sandbox.verify.likely import Kind, names_only

KINDS: Mapping[Kind, str] = {
    "renamed": "a column has another name",
    "missing": "a column is not there",
    "unit": "numbers count something else",
    "zone": "times are of another zone",
    "decimal": "decimals are written with a comma",
    "category": "there is a category that nobody promised",
    "late": "a day's file came days later",
    "repeated": "a file was loaded twice",
    "drift": "the feed gives less and less",
    "version": "a column is another one from a day on",
}
"""Every kind of fault, as `sandbox.verify.likely` names it."""
_FACTORS = (100.0, 1_000.0, 60.0, 0.01, 0.001)
_LEAST = 100
_LEAST_DAYS, _LEAST_OF_A_DAY = 14, 10
_MOST_CATEGORIES = 30
_A_HASH = 2.0**50


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is done to one dataset; `what` is a column, of `late` a day, of `repeated` a file."""

    kind: Kind
    dataset: str
    what: str
    seed: int
    """Of what is drawn further: rows, factors, hours."""

    def draw(self, purpose: str, most: int) -> int:
        """A number from 0 to `most` - 1."""
        return int(words(Address(("rehearse", self.seed, self.kind, self.dataset, self.what, purpose)), 0, 1)[0] % most)

    @property
    def factor(self) -> float:
        """What a unit's numbers are multiplied by."""
        return _FACTORS[self.draw("factor", len(_FACTORS))]

    @property
    def hours(self) -> int:
        """By how much a zone's times are later."""
        hours = (-8, -5, -2, -1, 1, 2, 5, 8)
        return hours[self.draw("hours", len(hours))]

    @property
    def new_name(self) -> str:
        """What a column is called instead."""
        camel = "".join(part.capitalize() for part in self.what.split("_"))
        camel = camel if camel != self.what else self.what.upper()
        names = (f"src_{self.what}", camel, self.what.replace("_", "")[:4] + "_cd", f"{self.what}_v2")
        return names[3 if self.kind == "version" else self.draw("name", 3)]


def drawn(twins: Mapping[str, Twin], kind: Kind, seed: int, times: int = 1) -> list[Fault]:
    """Up to so many faults of a kind, drawn among all that could befall these datasets; none where none could."""
    found = [Fault(kind, name, what, seed) for name, twin in twins.items() for what in _CANDIDATES[kind](twin)]
    order = np.argsort(words(Address(("rehearse", seed, kind)), 0, len(found)), kind="stable")
    return [found[at] for at in order[:times]]


def _columns(twin: Twin) -> Iterator[str]:
    if sum(part.rows.num_rows for part in twin.parts) >= _LEAST:
        yield from twin.contract.names


def _values(twin: Twin, wanted: Callable[[Column, pa.Array], bool]) -> Iterator[str]:
    """Columns whose values satisfy something; not keys, which are but names, nor the row's own time."""
    keys = names_only(twin.contract)
    keys |= {name for name in (twin.contract.time, twin.contract.valid_from, twin.contract.valid_to) if name}
    for column in twin.contract.columns:
        if column.name in keys or not twin.parts:
            continue
        values = twin.rows[column.name].combine_chunks().drop_null()
        if len(values) >= _LEAST and wanted(column, values):
            yield column.name


def _numbers(twin: Twin) -> Iterator[str]:
    def has_size(column: Column, values: pa.Array) -> bool:
        # What is nearly always nought, or as large as hashes are, has no size to speak of, in any unit.
        if not column.parsed.is_number:
            return False
        sizes = np.abs(np.asarray(values.cast(pa.float64(), safe=False), np.float64))
        return bool((sizes > 0).mean() > 0.25 and np.median(sizes) < _A_HASH)

    return _values(twin, has_size)


def _decimals(twin: Twin) -> Iterator[str]:
    def has_decimals(column: Column, values: pa.Array) -> bool:
        broken = pc.not_equal(values.cast(pa.float64()), pc.floor(values.cast(pa.float64())))
        return bool(pc.sum(broken).as_py() > len(values) / 10)

    return _values(
        twin,
        lambda column, values: (
            column.parsed.name in ("float", "double", "decimal", "float32", "float64") and has_decimals(column, values)
        ),
    )


def _categories(twin: Twin) -> Iterator[str]:
    return _values(
        twin, lambda column, values: column.parsed.is_text and pc.count_distinct(values).as_py() <= _MOST_CATEGORIES
    )


def _times(twin: Twin) -> Iterator[str]:
    if _full_days(twin):
        yield str(twin.contract.time)


def _days(twin: Twin) -> Iterator[str]:
    """Days in the middle of the feed: its last ones may come yet."""
    full = _full_days(twin)
    yield from (str(np.datetime64(day, "D")) for day in full[len(full) // 4 : -len(full) // 4])


def _files(twin: Twin) -> Iterator[str]:
    yield from (part.file for part in twin.parts if part.rows.num_rows >= _LEAST_OF_A_DAY)


def _changing(twin: Twin) -> Iterator[str]:
    if len(_full_days(twin)) >= _LEAST_DAYS:
        rows = twin.rows
        known = {twin.contract.time, *twin.contract.primary_key}
        yield from (name for name in twin.contract.names if name not in known and rows[name].null_count < len(rows) / 2)


def _full_days(twin: Twin) -> Sequence[int]:
    """Days with enough rows, of a feed that is long enough; else none."""
    days = [part.day for part in twin.parts if part.day is not None and part.rows.num_rows >= _LEAST_OF_A_DAY]
    return days if len(days) >= max(_LEAST_DAYS, len(twin.parts) / 2) else []


_CANDIDATES: Mapping[Kind, Callable[[Twin], Iterator[str]]] = {
    "renamed": _columns,
    "missing": _columns,
    "unit": _numbers,
    "zone": _times,
    "decimal": _decimals,
    "category": _categories,
    "late": _days,
    "repeated": _files,
    "drift": _times,
    "version": _changing,
}
