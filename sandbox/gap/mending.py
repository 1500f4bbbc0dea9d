"""What to mend first, in words: the largest ratios of columns, behaviour and pairs, each with what it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.gap.coded import OTHERS
from sandbox.gap.columns import ColumnGap
from sandbox.gap.figures import BANDS, DatasetGap
from sandbox.gap.pairs import PairGap

FIRST = 5


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing to mend."""

    dataset: str
    what: str
    """A column, a behaviour or a pair."""
    ratio: float
    why: str
    """How dummy and real differ, as a sentence."""


def first_mends(gaps: Sequence[DatasetGap], most: int = FIRST) -> list[Mend]:
    """The largest ratios, leaving out what is like real data.

    Single columns and behaviour come before pairs of them: mending these often mends the pair.
    """
    single = [(gap, each) for gap in gaps for each in (*gap.columns, *gap.behaviour) if each.ratio > BANDS[0][0]]
    pairs = [(gap, each) for gap in gaps for each in gap.pairs if each.ratio > BANDS[0][0]]
    mends = [Mend(gap.dataset, each.column, each.ratio, of_column(each)) for gap, each in single]
    mends.sort(key=lambda mend: -mend.ratio)
    together = [Mend(gap.dataset, " × ".join(each.columns), each.ratio, of_pair(each)) for gap, each in pairs]
    together.sort(key=lambda mend: -mend.ratio)
    kept = max(most - len(together), most - most // 2)
    return [*mends[:kept], *together[: most - len(mends[:kept])]]


def of_column(gap: ColumnGap) -> str:
    """How a column differs: by its nulls, its middle or its categories, whichever is most of it."""
    dummy, real = gap.nulls
    if abs(dummy - real) >= 0.8 * gap.distance > 0:
        return f"null in {dummy:.1%} of the dummy and {real:.1%} of the real data"
    if gap.quartiles is not None:
        (low, half, high), (real_low, real_half, real_high) = gap.quartiles
        there = f"from {real_low} to {real_high} in the real data (middle {real_half})"
        return f"half of it lies from {low} to {high} in the dummy (middle {half}), {there}"
    if gap.missing and gap.new and gap.distance > 0.95:
        return f"hardly a value is in both: {gap.missing[0]} … in the dummy, {gap.new[0]} … in the real data"
    named = [bar for bar in gap.bars if bar[0] != OTHERS] or gap.bars
    name, one, other = max(named, key=lambda bar: abs(bar[1] - bar[2]))
    told = f"{name} is {one:.1%} of the dummy and {other:.1%} of the real data"
    return f"{told}; the dummy never has {', '.join(gap.new[:3])}" if gap.new else told


def of_pair(gap: PairGap) -> str:
    """How a dependence differs."""
    word = "correlate by" if gap.measure == "spearman" else "hang together by"
    return f"{word} {gap.dummy:.2f} in the dummy and {gap.real:.2f} in the real data"
