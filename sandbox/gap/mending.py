"""What to mend first, in words: what costs models most, then the largest ratios, each with what it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.contract.masking import MASK
from sandbox.gap.attribution import Swap
from sandbox.gap.coded import OTHERS
from sandbox.gap.columns import ColumnGap
from sandbox.gap.figures import DatasetGap, Gap, stands_out
from sandbox.gap.pairs import PairGap
from sandbox.gap.use import UseGap
from sandbox.verify.likely import Cause

FIRST = 5


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing to mend."""

    dataset: str
    """Or the model that it costs."""
    what: str
    """A column, a behaviour, a pair, or an assumption."""
    ratio: float | None
    """Of the distance to the floor; None for what a model pays, and where nothing is there to measure."""
    why: str
    """How dummy and real differ, as a sentence."""
    costs_a_model: bool = False


def first_mends(gap: Gap, most: int = FIRST) -> list[Mend]:
    """What likely happened to the real data, what costs a model most, then the largest ratios of what is off.

    Single columns and behaviour come before pairs of them: mending these often mends the pair. What a likely cause is
    about is not said twice.
    """
    gaps = gap.datasets
    happened = [Mend(gap.dataset, cause.what, _ratio_of(gap, cause), of_cause(cause)) for gap, cause in _causes(gaps)]
    happened = happened[: most - 1]
    paid = [Mend(use.model, swap.assumption, None, of_swap(use, swap, gaps), True) for use, swap in _costs(gap)]
    paid = paid[: max(most - 2 - len(happened), 1)]
    told = {(gap.dataset, cause.what) for gap, cause in _causes(gaps)}
    single = [(gap, each) for gap in gaps for each in gap.single if stands_out(each)]
    single = [(gap, each) for gap, each in single if (gap.dataset, each.column) not in told]
    pairs = [(gap, each) for gap in gaps for each in gap.pairs if stands_out(each)]
    pairs = [(gap, each) for gap, each in pairs if not any((gap.dataset, name) in told for name in each.columns)]
    mends = [Mend(gap.dataset, each.column, each.ratio, of_column(each)) for gap, each in single]
    mends.sort(key=lambda mend: -(mend.ratio or 0))
    together = [Mend(gap.dataset, " × ".join(each.columns), each.ratio, of_pair(each)) for gap, each in pairs]
    together.sort(key=lambda mend: -(mend.ratio or 0))
    paid = [*happened, *paid]
    left = most - len(paid)
    kept = max(left - len(together), left - left // 2)
    return [*paid, *mends[:kept], *together[: left - len(mends[:kept])]]


def of_cause(cause: Cause) -> str:
    """What likely happened and what mends it, as one sentence without its full stop."""
    return f"{cause.why}. {cause.mend}".rstrip(" .")


def _causes(gaps: Sequence[DatasetGap]) -> list[tuple[DatasetGap, Cause]]:
    """Likely causes, but for those about a column whose values are as near as real data is to itself."""
    alike = {(gap.dataset, each.column) for gap in gaps for each in gap.columns if not stands_out(each)}
    return [(gap, cause) for gap in gaps for cause in gap.likely if (gap.dataset, cause.what) not in alike]


def _ratio_of(gap: DatasetGap, cause: Cause) -> float | None:
    return next((each.ratio for each in gap.columns if each.column == cause.what), None)


def _costs(gap: Gap) -> list[tuple[UseGap, Swap]]:
    found = [(use, use.costliest) for use in gap.models if use.pays]
    certain = [(use, swap) for use, swap in found if swap is not None]
    return sorted(certain, key=lambda pair: -pair[1].won.value)


def of_swap(use: UseGap, swap: Swap, gaps: Sequence[DatasetGap]) -> str:
    """What an assumption costs a model, and where the dummy is furthest off in it."""
    lost = f"real data teach it {use.lost.value:.3f} of AUC more" if use.lost else ""
    sure = "" if swap.costs else ", which may be chance"
    told = f"{lost}; with nothing real but the {swap.assumption} it wins {swap.won.value:+.3f}{sure}"
    worst = _furthest(swap, gaps)
    return f"{told}; furthest off in it: {worst}" if worst else told


def _furthest(swap: Swap, gaps: Sequence[DatasetGap]) -> str:
    """The figure of the kind that an assumption is about with the largest ratio."""
    if swap.assumption == "dependence":
        named = [(pair.ratio, f"{' × '.join(pair.columns)} in {gap.dataset}") for gap in gaps for pair in gap.pairs]
    else:
        parts = [(gap, gap.behaviour if swap.assumption == "timing" else gap.columns) for gap in gaps]
        named = [(each.ratio, f"{each.column} in {gap.dataset}") for gap, some in parts for each in some]
    return max(named, default=(0.0, ""))[1]


def of_column(gap: ColumnGap) -> str:
    """How a column differs: by its nulls, its middle or its categories, whichever is most of it."""
    dummy, real = gap.nulls
    if any(name == MASK for name, _, _ in gap.bars):
        return f"personal values, which are not shown; {gap.distance:.2f} apart"
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
