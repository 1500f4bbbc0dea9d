"""Who is learnt from and who is tested on: by entity, or by moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, hash_columns
from sandbox.errors import InputError, Problem
from sandbox.models.base import Examples, Rows, flags

Mask = NDArray[np.bool_]
Fold = tuple[Rows, Rows]
"""Rows to learn from and rows to judge on."""

FOLDS = 3
# Not the run's seed: an entity keeps its side in every run, so that two runs can be compared pair by pair.
_SIDES = Address(("models", "split"))


@dataclass(frozen=True, slots=True)
class Sides:
    """Row numbers of the examples on either side; `purged` rows are on none, their label was not known in time."""

    by: str
    training: Rows
    test: Rows
    purged: int = 0


def split_by_group(examples: Examples, test_share: float) -> Sides:
    """Keep about `test_share` of the entities for the test, each by its own id alone.

    Raises:
        InputError: there are so few entities that none is left to learn from.
    """
    limit = np.uint64(int(test_share * 2.0**64))
    tested = hash_entities(_SIDES, examples.entity) < limit
    if tested.all():
        told = f"there are too few entities ({len(examples)} rows in all): each falls to the test, none to learning."
        raise InputError(Problem(f"{told} Add some.", "entity"))
    return Sides("group", _rows(~tested), _rows(tested))


def split_by_time(examples: Examples) -> Sides:
    """Test on the latest moment; learn from earlier ones whose labels were known by then.

    Raises:
        InputError: there is one moment only, or no label was known before the latest.
    """
    moments = examples.moment.to_numpy(zero_copy_only=False)
    latest = moments.max()
    if moments.min() == latest:
        raise InputError(
            Problem(
                f"all examples are of one moment ({_day(examples.moment)}); a split by time needs two or more. "
                "Add moments to `at`, or split by group.",
                "split.by",
            )
        )
    tested = moments == latest
    known = moments + _microseconds(examples.window) <= latest
    if not (known & ~tested).any():
        raise InputError(
            Problem(
                f"no label was known before the latest moment ({_day(examples.moment)}), as each takes "
                f"{examples.window} to be known; add earlier moments to `at`.",
                "split.by",
            )
        )
    return Sides("time", _rows(known & ~tested), _rows(tested), int((~known & ~tested).sum()))


def folds(examples: Examples, by: str, address: Address) -> list[Fold]:
    """How the training side is split again for tuning: the way the test was split off.

    By time, each of the last moments is judged by what was known before it. By group, or where the moments are too
    few, the entities are dealt to three folds, positives evenly. Folds that lack a class are left out; an empty
    list means that there is nothing to judge by.
    """
    found = _forward_folds(examples) if by == "time" else []
    if not found:
        found = _grouped_folds(examples, address)
    label = flags(examples.label)
    return [(learn, judge) for learn, judge in found if _both_classes(label[learn]) and _both_classes(label[judge])]


def thinned(cuts: list[Fold], examples: Examples, most: int, address: Address) -> list[Fold]:
    """The same folds over about `most` examples, those of whole entities, taken by hash.

    All of them where there are fewer, or where a label is so rare that a part would be left without it.
    """
    if len(examples) <= most:
        return cuts
    label = flags(examples.label)
    kept = hash_entities(address, examples.entity) < np.uint64(most / len(examples) * 2.0**64)
    few = [(learn[kept[learn]], judge[kept[judge]]) for learn, judge in cuts]
    return few if all(_both_classes(label[part]) for fold in few for part in fold) else cuts


def _forward_folds(examples: Examples) -> list[Fold]:
    moments = examples.moment.to_numpy(zero_copy_only=False)
    cuts = np.unique(moments)[1:][-FOLDS:]
    window = _microseconds(examples.window)
    pairs = [(_rows(moments + window <= cut), _rows(moments == cut)) for cut in cuts]
    # A window of nothing makes the cut's own labels "known" at the cut.
    return [(np.setdiff1d(learn, judge), judge) for learn, judge in pairs if len(learn)]


def _grouped_folds(examples: Examples, address: Address) -> list[Fold]:
    codes = entity_numbers(examples.entity)
    positive = np.zeros(codes.max() + 1, dtype=bool)
    positive[codes[flags(examples.label)]] = True
    first = np.unique(codes, return_index=True)[1]
    order = np.lexsort((hash_entities(address, examples.entity.take(pa.array(first))), positive))
    dealt = np.empty(len(positive), dtype=np.int64)
    dealt[order] = np.arange(len(positive)) % FOLDS
    fold = dealt[codes]
    return [(_rows(fold != number), _rows(fold == number)) for number in range(FOLDS)]


def entity_numbers(entity: pa.Array) -> Rows:
    """Number each row's entity, 0 .. entities - 1, in the order in which they appear."""
    numbers: Rows = pc.dictionary_encode(entity).indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def hash_entities(address: Address, entity: pa.Array) -> Words:
    """One random word for each id, from nothing but the id's text and the address.

    Args:
        address: what the words are for.
        entity: integers or text, shape (n,), no nulls; 7 and "7" are the same id.
    Returns:
        uint64, shape (n,).
    """
    text = pc.cast(pc.cast(entity, pa.string()), pa.binary())
    sizes = pc.binary_length(text).to_numpy(zero_copy_only=False).astype(np.int64)
    width = -(-int(sizes.max(initial=1)) // 8) * 8
    letters = text.to_numpy(zero_copy_only=False).astype(f"S{width}")
    chunks = letters.view("<u8").reshape(len(text), width // 8)
    state = hash_columns(address, sizes)
    for number in range(width // 8):
        # Only ids that reach so far are mixed on, so that a longer id elsewhere changes no other.
        reached = sizes > 8 * number
        state[reached] = hash_columns(address, state[reached].view(np.int64), chunks[reached, number])
    return state


def _both_classes(label: Mask) -> bool:
    return bool(label.any() and not label.all())


def _rows(mask: Mask) -> Rows:
    return np.flatnonzero(mask).astype(np.int64)


def _microseconds(window: timedelta) -> np.timedelta64:
    return np.timedelta64(window // timedelta(microseconds=1), "us")


def _day(moment: pa.Array) -> str:
    latest = pc.max(moment).as_py()
    return f"{latest:%Y-%m-%d %H:%M}"
