"""What a record keeps of a scenario: everything but what is written into columns of personal data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.contract.masking import MASK
from sandbox.scenario.overrides import parse_setting
from sandbox.scenario.plan import Plan

_OPTIONS = ("nulls", "nullable", "unique", "decimals", "type")
"""Options of a column that say nothing of anybody's values."""


def masked_values(values: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """The scenario's values; of a personal column only a short digest, which still tells that it was changed."""
    kept = dict(values)
    kept["datasets"] = {
        name: _masked_dataset(dataset, _personal(plan, name)) for name, dataset in values.get("datasets", {}).items()
    }
    return kept


def masked_settings(settings: Iterable[str], plan: Plan) -> list[str]:
    """`--set` texts; what they write into a personal column is masked."""
    return [_masked_setting(text, plan) for text in settings]


def is_personal(path: Sequence[str | int], plan: Plan) -> bool:
    """Whether what stands at a path of the scenario may be a person's: in a personal column, its options aside."""
    if len(path) > 4 and path[2] == "columns" and path[4] in _OPTIONS:
        return False
    return _holds_personal(tuple(map(str, path)), plan)


def _personal(plan: Plan, dataset: str) -> frozenset[str]:
    """Personal columns of a dataset, hidden ones too."""
    declared = {name for name, column in plan.scenario.datasets[dataset].columns.items() if column.options.pii}
    return plan.datasets[dataset].contract.pii | declared


def _masked_dataset(dataset: Any, personal: frozenset[str]) -> Any:
    if not isinstance(dataset, Mapping) or not isinstance(dataset.get("columns"), Mapping):
        return dataset
    columns = {name: _masked(column) if name in personal else column for name, column in dataset["columns"].items()}
    pins = [
        {name: _masked(value) if name in personal else value for name, value in pin.items()}
        for pin in dataset.get("pin", ())
    ]
    return {**dataset, "columns": columns, **({"pin": pins} if pins else {})}


def _masked(value: Any) -> str:
    written = json.dumps(value, sort_keys=True, default=str)
    return f"{MASK} {hashlib.sha256(written.encode()).hexdigest()[:8]}"


def _masked_setting(text: str, plan: Plan) -> str:
    holds = _holds_personal(parse_setting(text).words, plan)
    return f"{text.partition('=')[0]}={MASK}" if holds else text


def _holds_personal(path: tuple[str, ...], plan: Plan) -> bool:
    """Whether a path leads into a personal column, into pinned rows that may hold one, or to something above these."""
    return any(
        _reaches(path, ("datasets", name, "columns", column))
        for name in plan.datasets
        for column in _personal(plan, name)
    ) or any(_reaches(path, ("datasets", name, "pin")) for name in plan.datasets if _personal(plan, name))


def _reaches(words: tuple[str, ...], column: tuple[str, ...]) -> bool:
    """Whether a path leads into a column, or to something that holds it."""
    shared = min(len(words), len(column))
    return words[:shared] == column[:shared]
