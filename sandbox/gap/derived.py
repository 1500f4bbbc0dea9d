"""Columns made of rows: what entities do, how keys hold, how rows arrive, each measured like any other column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.gap.coded import COARSE, coded
from sandbox.gap.columns import ColumnGap, column_gap
from sandbox.gap.floor import splits_of
from sandbox.gap.sharing import shared


@dataclass(frozen=True, eq=False)
class Derived:
    """A column made of a side's rows: values, and the entity that each is of."""

    name: str
    values: pa.Array
    entities: npt.NDArray[np.int32]
    """Numbered from 0; shape (values,)."""
    shown: int = COARSE
    """How many bins or categories are shown of it, at most."""


def derived_gaps(dummy: Iterable[Derived], real: Iterable[Derived], seed: int) -> list[ColumnGap]:
    """Measure columns that both sides have, in the same order; those of which one side has no value are left out."""
    pairs = [(one, other) for one, other in zip(dummy, real, strict=True) if len(one.values) and len(other.values)]
    return shared(lambda pair: _gap(*pair, seed), pairs)


def _gap(dummy: Derived, real: Derived, seed: int) -> ColumnGap:
    return column_gap(coded(dummy.name, dummy.values, real.values), splits_of(real.entities, seed), dummy.shown)


def repeated(ids: npt.NDArray[np.uint64], real: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Whether each id has come before, as `yes` and `no`; where it is not real, it has not."""
    code = np.asarray(pa.array(ids).dictionary_encode().indices, np.int64)  # numbered as they first come
    first = np.diff(np.maximum.accumulate(code), prepend=-1) > 0
    return pc.if_else(pa.array(first if real is None else first | ~real), "no", "yes")
