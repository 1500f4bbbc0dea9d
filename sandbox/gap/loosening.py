"""A contract without what only the dummy's own generators promise of values.

A category or a range that they do not have is what a gap and calibration are about: rows with it are read like others.
What the user wrote under `check:` holds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.contract.model import Column, Contract
from sandbox.scenario.language import Check, Dataset

_FACETS = ("values", "ge", "gt", "le", "lt", "pattern", "min_length", "max_length")


def loosened(contract: Contract, spec: Dataset) -> Contract:
    """A contract without what only the scenario's generators promise of values."""
    always = {*contract.primary_key, contract.time, contract.valid_from}
    return replace(
        contract, columns=tuple(_loosened(column, spec, column.name in always) for column in contract.columns)
    )


def _loosened(column: Column, spec: Dataset, always: bool) -> Column:
    """One column; `always`: it is never missing."""
    written = spec.columns.get(column.name)
    if written is None:
        return column
    check = written.options.check or Check()
    told: dict[str, Any] = {facet: None for facet in _FACETS if getattr(check, facet) is None}
    if written.options.nullable is None and not always:
        told["nullable"] = True
    if column.type == "enum" and "values" in told:
        told["type"] = "string"
    return replace(column, **told)
