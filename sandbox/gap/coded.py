"""Two tables in one code: the values of both sides of a column as small whole numbers that mean the same on both.

Ordered columns (numbers, times, booleans) get codes that rise with the value: one for each value, or, where there are
many, one for each of `FINE` equally filled bins of both sides together. Others get a code for each category. Null is a
code of its own, the last. All measures are then counts of codes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

Codes = npt.NDArray[np.int32]
Kind = Literal["ordered", "category"]

FINE = 4096
COARSE = 16
OTHERS = "(others)"
_NONE = np.zeros(0, np.int32)
_ASKED_FIRST = 20_000
_ASKED_FOR_EDGES = 200_000
_LARGEST = 1e300


@dataclass(frozen=True, eq=False)
class CodedColumn:
    """One column of both sides."""

    name: str
    kind: Kind
    dummy: Codes
    """Shape (rows of the dummy,)."""
    real: Codes
    """Shape (rows of the real data,)."""
    values: npt.NDArray[np.float64]
    """Of an ordered column, what each code stands for (the middle of its bin), rising; else empty."""
    labels: tuple[str, ...]
    """Of a category, what each code stands for; else empty."""
    lowest: tuple[str | None, str | None]
    """The smallest value of dummy and real, as text; None for categories or where there is none."""
    highest: tuple[str | None, str | None]
    is_time: bool = False
    """Whether values are microseconds since 1970."""

    @property
    def cells(self) -> int:
        """How many codes there are, null's included."""
        return (len(self.values) if self.kind == "ordered" else len(self.labels)) + 1

    @property
    def null(self) -> int:
        """The code of null."""
        return self.cells - 1

    def coarse(self, cells: int = COARSE) -> CodedColumn:
        """With at most so many codes beside null's: bins that hold as many real rows each, or the commonest categories.

        What a pair of columns is measured by; rarer categories become one.
        """
        column, into = self.coarsened(cells)
        return self if column is self else replace(column, dummy=into[self.dummy], real=into[self.real])

    def coarse_each(self, cells: int = COARSE) -> CodedColumn:
        """As `coarse`, but each side keeps its own commonest categories: how closely two columns hang together does not
        hang on what their values are called, and a dummy may call articles by other numbers than the shop does."""
        column = self.coarse(cells)
        if column is self or self.kind == "ordered":
            return column
        _, into = replace(self, real=self.dummy).coarsened(cells)
        return replace(column, dummy=into[self.dummy])

    def coarsened(self, cells: int) -> tuple[CodedColumn, Codes]:
        """What the few codes of `coarse` are, without rows of its own, and which of them each code goes into."""
        counts = np.bincount(self.real, minlength=self.cells)[:-1]
        if len(counts) <= cells:
            return self, np.arange(self.cells, dtype=np.int32)
        if self.kind == "ordered":
            middle = (np.cumsum(counts) - counts / 2) / max(counts.sum(), 1)
            into = np.minimum((middle * cells).astype(np.int32), cells - 1)
        else:
            common = np.argsort(-counts, kind="stable")[: cells - 1]
            into = np.full(len(counts), cells - 1, np.int32)
            into[common] = np.arange(cells - 1)
        into = np.append(into, np.int32(cells)).astype(np.int32)
        values = _weighted(self.values, into[:-1], counts, cells) if self.kind == "ordered" else self.values
        labels = (*(self.labels[code] for code in common), OTHERS) if self.kind == "category" else ()
        return replace(self, dummy=_NONE, real=_NONE, values=values, labels=labels), into

    def label(self, code: int) -> str:
        """What a code stands for, in words."""
        if code == self.null:
            return "null"
        if self.kind == "category":
            return self.labels[code]
        if self.is_time:
            return str(np.datetime64(int(self.values[code]), "us"))[:16].replace("T", " ")
        value = self.values[code]
        return f"{value:,.0f}" if 1_000 <= abs(value) < 1e15 else f"{value:.4g}"


def coded(name: str, dummy: pa.Array, real: pa.Array) -> CodedColumn:
    """Code a column of both sides.

    Args:
        name: the column's.
        dummy: its values in the dummy, shape (n,).
        real: its values in the real data, of the same type, shape (m,).
    """
    dummy, real = _flat(dummy), _flat(real)
    if is_ordered(real.type):
        return _ordered(name, dummy, real)
    return _categories(name, dummy, real)


def is_ordered(type_: pa.DataType) -> bool:
    """Whether values of a type have an order that distances may use."""
    return bool(
        kinds.is_integer(type_) or kinds.is_floating(type_) or kinds.is_decimal(type_) or kinds.is_temporal(type_)
    )


def numbers(values: pa.Array) -> npt.NDArray[np.float64]:
    """Ordered values as float64, NaN for null; times in microseconds, days in days."""
    type_ = values.type
    if kinds.is_date32(type_):
        values = values.cast(pa.int32())
    elif kinds.is_temporal(type_) and not kinds.is_interval(type_):
        values = values.cast(pa.int64(), safe=False)
    if kinds.is_decimal(type_):
        values = values.cast(pa.float64())
    plain = values.cast(pa.float64(), safe=False)
    return np.asarray(plain.fill_null(np.nan), np.float64)


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole.dictionary_decode() if kinds.is_dictionary(whole.type) else whole


def _ordered(name: str, dummy: pa.Array, real: pa.Array) -> CodedColumn:
    both = np.concatenate([numbers(dummy), numbers(real)])
    there = ~np.isnan(both)
    known = both if there.all() else both[there]
    values, codes = _few(known) or _many(known)
    if len(known) < len(both):
        whole = np.full(len(both), len(values), np.int32)
        whole[there] = codes
        codes = whole
    lowest, highest = ((_text(pick(dummy)), _text(pick(real))) for pick in (pc.min, pc.max))
    is_time, first = kinds.is_timestamp(real.type), len(dummy)
    return CodedColumn(name, "ordered", codes[:first], codes[first:], values, (), lowest, highest, is_time)


def _few(known: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], Codes] | None:
    """The different values, rising, and the code of each; None where there are more than `FINE` of them."""
    some = known[:: max(len(known) // _ASKED_FIRST, 1)]
    if len(np.unique(some)) > FINE:
        return None
    encoded = pa.array(known + 0.0).dictionary_encode()  # -0.0 is 0.0
    values = np.asarray(encoded.dictionary, np.float64)
    if len(values) > FINE:
        return None
    order = np.argsort(values)
    code = np.empty(len(values), np.int32)
    code[order] = np.arange(len(values))
    return values[order], code[np.asarray(encoded.indices)]


def _many(known: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], Codes]:
    """The means of about `FINE` bins that hold about as much each, and the bin of each value.

    Edges are values of a part of the data, so that a value that comes very often is the end of a bin.
    """
    some = np.sort(known[:: max(len(known) // _ASKED_FOR_EDGES, 1)])
    at = (np.arange(1, FINE) * len(some)) // FINE
    edges = np.append(np.unique(some[at]), np.inf)
    codes = np.searchsorted(edges, known).astype(np.int32)
    finite = np.clip(known, -_LARGEST, _LARGEST)
    counts = np.bincount(codes, minlength=len(edges))
    means = np.divide(np.bincount(codes, finite, len(edges)), counts, out=np.zeros(len(edges)), where=counts > 0)
    return means[counts > 0], (np.cumsum(counts > 0, dtype=np.int32) - np.int32(1))[codes]


def _text(value: pa.Scalar) -> str | None:
    """A value as text; Arrow's own form, since Python knows no year beyond 9999."""
    return value.cast(pa.string()).as_py() if value.is_valid else None


def _categories(name: str, dummy: pa.Array, real: pa.Array) -> CodedColumn:
    texts = [_texts(side) for side in (dummy, real)]
    words = pa.chunked_array(texts).dictionary_encode().unify_dictionaries()
    labels = words.chunk(0).dictionary.to_pylist() if words.num_chunks else []
    null = len(labels)
    sides = [np.asarray(chunk.indices.fill_null(null), np.int32) for chunk in words.chunks]
    return CodedColumn(name, "category", sides[0], sides[1], np.zeros(0), tuple(labels), (None, None), (None, None))


def _texts(values: pa.Array) -> pa.Array:
    """Values as text; what has parts as its JSON-like form, so that it is told apart."""
    if kinds.is_string(values.type):
        return values
    if kinds.is_nested(values.type) or kinds.is_binary(values.type) or kinds.is_fixed_size_binary(values.type):
        return pa.array([None if value is None else repr(value) for value in values.to_pylist()], pa.string())
    return values.cast(pa.string())


def _weighted(
    values: npt.NDArray[np.float64], into: npt.NDArray[Any], counts: npt.NDArray[Any], cells: int
) -> npt.NDArray[np.float64]:
    """The mean value of each cell, by how often each of its values came; empty cells repeat the one before."""
    weight = np.bincount(into, np.maximum(counts, 1e-9), cells)
    total = np.bincount(into, values * np.maximum(counts, 1e-9), cells)
    means = np.divide(total, weight, out=np.full(cells, np.nan), where=weight > 0)
    known = np.where(np.isnan(means), -np.inf, means)
    return np.maximum.accumulate(known)
