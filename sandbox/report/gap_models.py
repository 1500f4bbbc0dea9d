"""What models learn from the dummy, beside what they learn from real data, and which assumption costs them most."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.gap.attribution import IN_WORDS, Swap
from sandbox.gap.use import UseGap
from sandbox.models.base import Estimate
from sandbox.report.page import Html, table, text


def models_section(uses: Sequence[UseGap]) -> Html:
    """Each model, learnt from either side and asked about the same real entities."""
    rows = [
        [
            f"<b>{text(use.model)}</b>",
            _estimate(use.from_dummy),
            _estimate(use.from_real),
            "–" if use.share is None else f"<b>{use.share:.0%}</b>",
            " / ".join(f"{size:,}" for size in use.examples),
            text(use.failure),
        ]
        for use in uses
    ]
    header = ["model", "learnt from the dummy", "learnt from real data", "share", "examples (dummy / real / asked)", ""]
    words = "AUC on real entities that neither has seen, with its 95% interval. 100%: the dummy teaches as much."
    swaps = "".join(map(_swaps, uses))
    return f'<div class="card">{table(header, rows, numbers=(1, 2, 3, 4))}</div><p class="soft">{words}</p>{swaps}'


def _swaps(use: UseGap) -> Html:
    """What a model would reach if one assumption of the dummy were as in the real data."""
    if not use.swaps:
        return ""
    rows = [
        [
            f"<b>{text(swap.assumption)}</b>: {text(IN_WORDS[swap.assumption])}",
            _estimate(swap.reached),
            f"{swap.won.value:+.3f} ({swap.won.low:+.3f} to {swap.won.high:+.3f})",
            _said(swap, use),
        ]
        for swap in use.swaps
    ]
    shown = table(["real in the dummy's place", "reaches", "wins", ""], rows, numbers=(1, 2))
    return f'<h3>Which assumption costs {text(use.model)} most</h3><div class="card">{shown}</div>'


def _said(swap: Swap, use: UseGap) -> Html:
    if swap is not use.costliest:
        return ""
    return f'<span class="tag fails">costs most</span>{"" if swap.costs else " by chance?"}'


def _estimate(estimate: Estimate | None) -> Html:
    return "–" if estimate is None else f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
