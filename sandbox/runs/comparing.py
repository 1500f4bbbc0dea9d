"""What changed from one run to another, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.runs.differences import ModelDifference, model_difference
from sandbox.runs.folder import RunFolder
from sandbox.runs.ledger import read_record
from sandbox.runs.reasons import reasons, verdict
from sandbox.runs.record import DatasetRecord, ModelRecord, RunRecord

_OPTIONS = ("seed", "scale", "target", "engine")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not the same in two runs: `what` it is, and its value in each (None: not there)."""

    kind: str
    """`scenario`, `features`, `data` or `version`."""
    what: str
    a: str | None
    b: str | None
    concerns: frozenset[str] | None = None
    """Models that it can have changed; None: any."""


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """A model in two runs: its scores, their difference if it can be told, and why, in words."""

    name: str
    difference: ModelDifference
    verdict: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two runs, and what came of it."""

    a: RunFolder
    b: RunFolder
    changes: tuple[Change, ...]
    models: tuple[ModelComparison, ...]


def compare_runs(a: RunFolder, b: RunFolder) -> Comparison:
    """Hold run b against run a: what changed, and the difference of every model that either has.

    Raises:
        InputError: one of them did not end.
    """
    before, after = read_record(a), read_record(b)
    changes = tuple(changes_between(before, after))
    names = dict.fromkeys(model.name for record in (before, after) for model in record.models)
    return Comparison(a, b, changes, tuple(_model(name, (a, b), (before, after), changes) for name in names))


def changes_between(before: RunRecord, after: RunRecord) -> list[Change]:
    """Everything that is not the same in two records: scenario, features, data, versions."""
    options = [
        Change("scenario", key, _short(getattr(before, key)), _short(getattr(after, key)))
        for key in _OPTIONS
        if getattr(before, key) != getattr(after, key)
    ]
    told = {change.what for change in options}
    values = [change for change in _value_changes(before.values, after.values) if change.what not in told]
    return [
        *options,
        *values,
        *_feature_changes(before, after),
        *_data_changes(before, after),
        *_version_changes(before.versions, after.versions),
    ]


def _value_changes(a: Any, b: Any, path: tuple[str, ...] = ()) -> list[Change]:
    """Every value of the scenario that differs, by its path; words for people (`about`) change nothing."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        keys = [key for key in dict.fromkeys([*a, *b]) if key != "about"]
        return [change for key in keys for change in _value_changes(a.get(key), b.get(key), (*path, str(key)))]
    if a == b or (path[0] == "models" and path[2:] == ("features",)):  # what the SQL gives is told feature by feature
        return []
    concerns = None
    if path[0] == "models" and len(path) > 1:
        concerns = frozenset(path[1:2])
    elif path[0] in ("done", "targets"):  # gates judge models, they do not make them; a target's data tells itself
        concerns = frozenset()
    return [Change("scenario", ".".join(path), _short(a), _short(b), concerns)]


def _feature_changes(before: RunRecord, after: RunRecord) -> list[Change]:
    """Features that came or went, and models whose SQL is another though its features have the same names."""
    found = []
    for old, new in _in_both(before.models, after.models):
        if not (old.card and new.card):
            continue
        columns = [{column["name"] for column in model.card["columns"]} for model in (old, new)]
        concerns = frozenset({new.name})
        for name in sorted(columns[1] - columns[0]):
            found.append(Change("features", f"{new.name}.{name}", None, "new", concerns))
        for name in sorted(columns[0] - columns[1]):
            found.append(Change("features", f"{new.name}.{name}", "there", None, concerns))
        if columns[0] == columns[1] and old.features_sql != new.features_sql:
            found.append(Change("features", new.name, "the same columns", "made by other SQL", concerns))
    return found


def _data_changes(before: RunRecord, after: RunRecord) -> list[Change]:
    """Datasets that came or went, and those whose source, rows or values are others."""
    readers = {dataset.name: _readers(dataset.name, after.models) for dataset in (*before.datasets, *after.datasets)}
    found = []
    for dataset in _only_in(before.datasets, after.datasets):
        found.append(Change("data", dataset.name, f"{dataset.accepted:,} rows", None, readers[dataset.name]))
    for dataset in _only_in(after.datasets, before.datasets):
        found.append(Change("data", dataset.name, None, f"{dataset.accepted:,} rows", readers[dataset.name]))
    for old, new in _in_both(before.datasets, after.datasets):
        found += _dataset_changes(old, new, readers[new.name])
    return found


def _dataset_changes(old: DatasetRecord, new: DatasetRecord, concerns: frozenset[str] | None) -> list[Change]:
    found = []
    if old.source != new.source:
        found.append(Change("data", f"{new.name}: source", old.source, new.source, concerns))
    for what in ("accepted", "rejected"):
        rows = getattr(old, what), getattr(new, what)
        if rows[0] != rows[1]:
            found.append(Change("data", f"{new.name}: rows {what}", f"{rows[0]:,}", f"{rows[1]:,}", concerns))
    digests = old.values_digest, new.values_digest
    moved = [name for name, digest in digests[1].items() if digests[0].get(name) not in (None, digest)]
    for name in sorted(digests[1].keys() - digests[0].keys()):
        found.append(Change("data", f"{new.name}.{name}", None, "new column", concerns))
    for name in sorted(digests[0].keys() - digests[1].keys()):
        found.append(Change("data", f"{new.name}.{name}", "there", None, concerns))
    if moved and old.accepted == new.accepted:
        found.append(Change("data", f"{new.name}: values", "as they were", f"others in {_listed(moved)}", concerns))
    return found


def _version_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    names = sorted({*before, *after})
    return [
        Change("version", name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _model(
    name: str, runs: tuple[RunFolder, RunFolder], records: tuple[RunRecord, RunRecord], changes: Iterable[Change]
) -> ModelComparison:
    models = tuple(next((model for model in record.models if model.name == name), None) for record in records)
    difference = model_difference(name, runs, records)
    touching = [change for change in changes if change.concerns is None or name in change.concerns]
    told = reasons(difference, models[0], models[1], touching)
    return ModelComparison(name, difference, verdict(difference), tuple(told))


def _readers(dataset: str, models: Iterable[ModelRecord]) -> frozenset[str] | None:
    """Models that read a dataset; None where a record does not say."""
    models = list(models)
    if any(not model.reads for model in models):
        return None
    return frozenset(model.name for model in models if dataset in model.reads)


def _in_both(before: Iterable[Any], after: Iterable[Any]) -> list[tuple[Any, Any]]:
    earlier = {item.name: item for item in before}
    return [(earlier[item.name], item) for item in after if item.name in earlier]


def _only_in(these: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    known = {item.name for item in others}
    return [item for item in these if item.name not in known]


def _listed(names: list[str], most: int = 6) -> str:
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[:most])} and {len(names) - most} more"


def _short(value: Any) -> str | None:
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
