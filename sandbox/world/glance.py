"""The same world with fewer rows in it: what looks and estimates are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.scenario.plan import Plan


def with_fewer(plan: Plan, most: int, datasets: Mapping[str, object] | None = None) -> Plan:
    """The plan with at most so many rows of each dataset that has a number of rows, or of those named.

    The rows that are left, and what belongs to them, are those of the whole world.
    """
    cut = {
        name: replace(found, rows=min(found.rows, most)) if datasets is None or name in datasets else found
        for name, found in plan.datasets.items()
    }
    return replace(plan, datasets=cut)


def standing_still(plan: Plan) -> Plan:
    """The plan in which entities that would listen to events stay as they are at first: nobody's days must be lived."""
    nothing: dict[str, Any] = {"leave": None, "returns": None, "transitions": {}, "recent": {}}
    still = {
        name: replace(found, spec=found.spec.model_copy(update=nothing))
        for name, found in plan.datasets.items()
        if found.spec.recent
    }
    return replace(plan, datasets={**plan.datasets, **still})


def root_of(plan: Plan, dataset: str) -> str:
    """The dataset whose rows decide how many a dataset has: its parent's parent's …, or itself."""
    found = plan.datasets[dataset]
    return dataset if found.parent is None else root_of(plan, found.parent)
