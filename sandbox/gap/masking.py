"""Personal columns in a gap: how far they are off may be said, what stands in them may not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sandbox.contract.masking import MASK
from sandbox.gap.columns import ColumnGap
from sandbox.gap.figures import DatasetGap


def without_personal(gap: DatasetGap, secret: Collection[str]) -> DatasetGap:
    """The gap without values of personal columns, and of what was derived of them."""
    if not secret:
        return gap
    # A struct's field is named after its column, and so are what follows what and the like.
    return replace(
        gap,
        columns=[_masked(each) if each.column.split(".")[0] in secret else each for each in gap.columns],
        behaviour=[_masked(each) if each.column.removeprefix("next ") in secret else each for each in gap.behaviour],
    )


def _masked(gap: ColumnGap) -> ColumnGap:
    return replace(
        gap,
        bars=tuple((name if name == "null" else MASK, dummy, real) for name, dummy, real in gap.bars),
        quartiles=None,
        lowest=(None, None),
        highest=(None, None),
        new=(MASK,) * len(gap.new),
        missing=(MASK,) * len(gap.missing),
    )
