"""A likely cause, and what the search for causes looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Column, Contract
from sandbox.verify.noticed import Noticed
from sandbox.verify.promised import Promised

Kind = Literal["renamed", "missing", "unit", "zone", "decimal", "category", "late", "repeated", "drift", "version"]
_MICROSECOND = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that likely happened. It breaks no rule by itself; a sample and the dummy tell it."""

    kind: Kind
    what: str
    """A column; of `late` a day, of `repeated` a file."""
    why: str
    """What was seen, as a sentence without its full stop."""
    mend: str = ""
    """What to say in the binding, or whom to ask; empty where that is plain."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """Real rows beside the dummy's."""

    contract: Contract
    """All that is promised, columns that the source lacks included."""
    zone: str
    noticed: Noticed
    real: pa.Table
    """Sample of the real rows; see `Noticed.table`."""
    dummy: Promised
    missing: tuple[str, ...]
    """Columns that the source lacks."""
    days: dict[int, int]
    """Real rows by day, counted from 1970 in the zone."""
    show_pii: bool

    def columns(self) -> Iterator[Column]:
        """The columns that are there, but for those that are keys or lead elsewhere: their values are but names."""
        keys, there = names_only(self.contract), set(self.real.column_names)
        for column in self.contract.columns:
            if column.name not in keys and column.name in there:
                yield column

    def is_secret(self, name: str) -> bool:
        """Whether values of a column are not to be shown."""
        return not self.show_pii and name in self.contract.pii


def names_only(contract: Contract) -> set[str]:
    """Columns whose values are but names: keys by themselves, and those that lead elsewhere."""
    alone = {key[0] for key in contract.keys if len(key) == 1}
    return alone | {name for key in contract.foreign_keys for name in key.columns}


def moments_us(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    """A column of times as microseconds UTC, null as the smallest number; shape (rows,)."""
    values = table[name].combine_chunks()
    if pa.types.is_timestamp(values.type) and values.type.tz is None:
        values = values.view(pa.timestamp(values.type.unit, tz="UTC"))
    plain = values.cast(_MICROSECOND, safe=False).cast(pa.int64()).fill_null(np.iinfo(np.int64).min)
    return np.asarray(plain, np.int64)


def local_us(moments: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.int64]:
    """Moments (microseconds UTC) as wall-clock time of a zone; shape (n,)."""
    local = pc.local_timestamp(pa.array(moments).cast(_MICROSECOND).cast(pa.timestamp("us", tz=zone)))
    return np.asarray(local.cast(pa.int64()), np.int64)


def numbers(values: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.float64]:
    """Numbers of any type as float64, without nulls and what is not finite."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    found = np.asarray(whole.drop_null().cast(pa.float64(), safe=False), np.float64)
    return found[np.isfinite(found)]


def distance(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """Kolmogorov and Smirnov's distance of two samples, each with at least one value."""
    # What differs in the last digits of a product is the same value.
    one, other = one.astype(np.float32), other.astype(np.float32)
    both = np.sort(np.concatenate([one, other]))
    left = np.searchsorted(np.sort(one), both, side="right") / len(one)
    right = np.searchsorted(np.sort(other), both, side="right") / len(other)
    return float(np.abs(left - right).max())
