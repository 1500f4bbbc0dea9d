"""Fairness in words: what lies how far apart between which groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.runs.record import ModelRecord

_TOLD = ("demographic_parity_difference", "equalized_odds_difference")


def fairness_lines(model: ModelRecord) -> Iterator[str]:
    """A line a grouping of a model, and one for each remark."""
    for audit in model.fairness:
        told = [
            f"{each['name'].replace('_', ' ')} {found['value']:.3f} ({found['low']:.3f} to {found['high']:.3f}, "
            f"{each['lowest']} and {each['highest']})"
            for each in audit["parities"]
            if each["name"] in _TOLD and (found := each["found"])["value"] is not None and found["low"] is not None
        ]
        if told:
            yield f"{model.name} by {audit['by']}: {'; '.join(told)}."
        for remark in audit["remarks"]:
            yield f"{model.name} by {audit['by']}: {remark}"


def review_lines(model: ModelRecord) -> Iterator[str]:
    """What review of a model's decisions came to, in a line."""
    found = model.review
    if found is None:
        return
    waiting, saved = found["waiting"], found["saved"]
    if not found["in_band"]:
        yield f"{model.name} reviewed: no decision lies in the band."
        return
    wait = "" if waiting["mean_hours"] is None else f" after {waiting['mean_hours']:.1f} h on average"
    ends = "" if saved["low"] is None else f" ({saved['low']:,.0f} to {saved['high']:,.0f})"
    yield (
        f"{model.name} reviewed: {found['reviewed']:,} of {found['in_band']:,} decisions in the band{wait}; "
        f"{found['changed']:,} answers changed, {found['mended']:,} of them rightly; saves {saved['value']:,.0f}{ends}."
    )
