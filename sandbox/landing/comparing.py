"""Two landings side by side: which columns differ, and the likely cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.landing.claim import changed_versions
from sandbox.landing.manifest import DatasetEntry, Manifest

MAKERS = {
    "fake": ("faker",),
    "sql": ("duckdb",),
    "bernoulli": ("duckdb", "numpy"),
    "times": ("tzdata",),
    "date": ("tzdata",),
    "datetime": ("tzdata",),
}
"""What a generator's values follow from, beside the scenario and this package."""


@dataclass(frozen=True)
class Difference:
    """One thing that differs: a dataset, a column of it (empty where the whole dataset is meant), and why, likely."""

    dataset: str
    column: str
    what: str
    cause: str

    def __str__(self) -> str:
        place = f"{self.dataset}.{self.column}" if self.column else self.dataset
        return f"{place}: {self.what}; {self.cause}."


def compare(before: Manifest, after: Manifest) -> list[Difference]:
    """Where the values of two landings differ, whatever their formats; empty where they are the same."""
    differences = []
    for name in sorted({*before.datasets, *after.datasets}):
        one, other = before.datasets.get(name), after.datasets.get(name)
        if one is None or other is None:
            where = "the second" if one is None else "the first"
            differences.append(Difference(name, "", f"is in {where} only", _scenario_cause(before, after)))
        else:
            differences += _in_dataset(name, one, other, before, after)
    return differences


def _in_dataset(
    name: str, one: DatasetEntry, other: DatasetEntry, before: Manifest, after: Manifest
) -> list[Difference]:
    columns = sorted({*one.columns, *other.columns})
    changed = [column for column in columns if one.columns.get(column) != other.columns.get(column)]
    if one.accepted != other.accepted:
        what = f"has {one.accepted:,} rows, then {other.accepted:,}"
        return [Difference(name, "", what, _cause(name, "", one, other, before, after))]
    return [
        Difference(name, column, _what(column, one, other), _cause(name, column, one, other, before, after))
        for column in changed
    ]


def _what(column: str, one: DatasetEntry, other: DatasetEntry) -> str:
    if column not in one.columns or column not in other.columns:
        return f"is in the {'second' if column not in one.columns else 'first'} only"
    return "its values differ"


def _cause(name: str, column: str, one: DatasetEntry, other: DatasetEntry, before: Manifest, after: Manifest) -> str:
    """The first of these that differs: origin, scenario, what the column's maker uses, versions, the source itself."""
    if one.origin != other.origin:
        return f"the first is {one.origin}, the second {other.origin}"
    if before.scenario != after.scenario:
        return _scenario_cause(before, after)
    changed = changed_versions(before.identity, after.identity)
    makers = MAKERS.get(one.generators.get(column, ""), ())
    likely = [text for text in changed if text.split(" ")[0] in (*makers, "sandbox")]
    if changed:
        return f"a version changed: {', '.join(likely or changed)}"
    if one.origin != "simulated":
        return "the real source has changed"
    if one.rejected != other.rejected:
        return "another number of rows was refused"
    return "scenario and versions are the same, so look at the processor (unrounded floats), or report it"


def _scenario_cause(before: Manifest, after: Manifest) -> str:
    one, other = before.scenario, after.scenario
    for key in ("name", "seed", "target", "engine", "scale"):
        if one.get(key) != other.get(key):
            return f"the scenario's {key} is {one.get(key)}, then {other.get(key)}"
    if _files(one) != _files(other):
        changed = dict(_files(one).items() ^ _files(other).items())
        return f"a file that the scenario reads has changed: {', '.join(sorted(changed))}"
    return "the scenario was changed"


def _files(scenario: Mapping[str, Any]) -> dict[str, str]:
    return dict(scenario.get("files") or {})
