"""Give a column other shares and keep its order: each value moves to where it stands among those it is to look like.

Ordered values go to the value of the same rank (the distributional transform, Rüschendorf 2009, with ties spread by
lot), so that whatever they hung together with they still do. Categories that both have move as little as they can; the
rest goes from the commonest that there is too much of to the commonest that there is too little of.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address, words
from sandbox.gap.coded import is_ordered, numbers

Rows = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


def coupled(values: pa.Array, like: pa.Array, address: Address) -> pa.Array:
    """The values, moved so that they are spread as those of `like` are.

    Args:
        values: shape (n,).
        like: of the same type, shape (m,).
        address: of the lots that ties draw.
    Returns:
        Shape (n,), made of values of `like` alone; `values` as they are where there is nothing to be like, or where the
        type has neither an order nor categories (lists, maps, structs).
    """
    if not len(values) or not len(like) or kinds.is_nested(like.type):
        return values
    lot = _uniform(address.of("lot"), len(values))
    if not is_ordered(like.type):
        return _by_category(values, like, lot)
    there = _kept_there(values, like, lot)
    ranked = like.drop_null()
    if not len(ranked):
        return pa.nulls(len(values), like.type)
    order = np.argsort(numbers(ranked), kind="stable")
    place = _places(numbers(values)[there], _uniform(address.of("ties"), int(there.sum())))
    picked = np.full(len(values), -1, np.int64)
    picked[there] = order[(place * len(order)).astype(np.int64)]
    return ranked.take(pa.array(picked, mask=picked < 0))


def _kept_there(values: pa.Array, like: pa.Array, lot: Shares) -> npt.NDArray[np.bool_]:
    """Which rows have a value afterwards: those that have one now, but for what is too many, or those needed more."""
    wanted = 1 - like.null_count / len(like)
    has = np.asarray(pc.is_valid(values))
    first = np.lexsort((lot, ~has))
    kept = np.zeros(len(values), np.bool_)
    kept[first[: round(wanted * len(values))]] = True
    return kept


def _places(values: npt.NDArray[np.float64], lot: Shares) -> Shares:
    """Where each value stands among all, 0 to 1; equal values share their places by lot, nulls (NaN) take any."""
    known = ~np.isnan(values)
    if not known.any():
        return lot
    drawn = np.quantile(values[known], lot[~known], method="nearest")
    filled = values.copy()
    filled[~known] = drawn
    place = np.empty(len(values))
    place[np.lexsort((lot, filled))] = (np.arange(len(values)) + 0.5) / len(values)
    return place


def _by_category(values: pa.Array, like: pa.Array, lot: Shares) -> pa.Array:
    both = pa.concat_arrays([_plain(values), _plain(like)]).dictionary_encode(null_encoding="encode")
    names, codes = both.dictionary, np.asarray(both.indices, np.int64)
    now, wanted = codes[: len(values)], codes[len(values) :]
    share, goal = (np.bincount(codes, minlength=len(names)) / len(codes) for codes in (now, wanted))
    return names.take(pa.array(_moved(now, share, goal, lot))).cast(like.type)


def _moved(codes: Rows, share: Shares, goal: Shares, lot: Shares) -> Rows:
    """The category of each row afterwards: its own up to the share that this shall have."""
    stays = np.minimum(share, goal)
    odds = np.divide(stays, share, out=np.zeros_like(share), where=share > 0)
    leaves = lot >= odds[codes]
    if not leaves.any():
        return codes
    excess, lack = share - stays, goal - stays
    giving, taking = np.argsort(-excess, kind="stable"), np.argsort(-lack, kind="stable")
    before = np.empty(len(excess))
    before[giving] = np.cumsum(excess[giving]) - excess[giving]
    rest = np.divide(lot - odds[codes], 1 - odds[codes], out=np.zeros_like(lot), where=odds[codes] < 1)
    place = (before[codes] + rest * excess[codes])[leaves]
    to = np.searchsorted(np.cumsum(lack[taking]), place, side="right")
    moved = codes.copy()
    moved[leaves] = taking[np.minimum(to, int((lack > 0).sum()) - 1)]
    return moved


def _plain(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if kinds.is_dictionary(values.type) else values


def _uniform(address: Address, count: int) -> npt.NDArray[Any]:
    return (words(address, 0, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53
