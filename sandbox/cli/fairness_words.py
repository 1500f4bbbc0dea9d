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
