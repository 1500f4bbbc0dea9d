"""The ledger: which iterations there are, and what changed from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sandbox.errors import InputError
from sandbox.models.compare import Difference, Scored, compare, pair
from sandbox.runs.folder import RunFolder, runs_of
from sandbox.runs.modelling import TEST_FILE
from sandbox.runs.record import RunRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the ledger; `record` is None for one that did not end."""

    folder: RunFolder
    record: RunRecord | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not the same in two runs: `what` it is, and its value in each (None: not there)."""

    kind: str
    """`scenario`, `features`, `data` or `version`."""
    what: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """A model in two runs; `difference` on the test examples that both have, or why there is none."""

    name: str
    metric: str
    a: float | None
    b: float | None
    difference: Difference | None
    shared: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two runs, and what came of it."""

    a: RunFolder
    b: RunFolder
    changes: tuple[Change, ...]
    models: tuple[ModelComparison, ...]


def entries(out: Path, scenario: str | None = None) -> list[Entry]:
    """The runs below `out`, by scenario and number."""
    return [Entry(folder, read_record(folder) if folder.record.exists() else None) for folder in runs_of(out, scenario)]


def read_record(folder: RunFolder) -> RunRecord:
    """A run's record. Raises InputError: the run did not end, or its record cannot be read."""
    try:
        return RunRecord.from_json(folder.record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"the run {folder.name} did not end; run its scenario again to go on.") from None


def compare_runs(a: RunFolder, b: RunFolder) -> Comparison:
    """Hold run b against run a: what changed, and the paired difference of each model they share."""
    before, after = read_record(a), read_record(b)
    changes = [
        *_value_changes(before.values, after.values),
        *[Change("scenario", key, str(getattr(before, key)), str(getattr(after, key)))
          for key in ("seed", "scale", "target", "engine") if getattr(before, key) != getattr(after, key)],
        *_feature_changes(before, after),
        *_data_changes(before, after),
        *[Change("version", key, before.versions.get(key), after.versions.get(key))
          for key in sorted({*before.versions, *after.versions}) if before.versions.get(key) != after.versions.get(key)],
    ]  # fmt: skip
    shared = [model.name for model in before.models if model.name in {other.name for other in after.models}]
    return Comparison(a, b, tuple(dict.fromkeys(changes)), tuple(_model(name, a, b, before, after) for name in shared))


def _value_changes(a: Any, b: Any, path: str = "") -> list[Change]:
    """Every value of the scenario that differs, by its path."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        found = []
        for key in dict.fromkeys([*a, *b]):
            found += _value_changes(a.get(key), b.get(key), f"{path}.{key}" if path else str(key))
        return found
    return [] if a == b else [Change("scenario", path, _short(a), _short(b))]


def _feature_changes(before: RunRecord, after: RunRecord) -> list[Change]:
    """Features that came or went, and models whose SQL is another."""
    found = []
    earlier = {model.name: model for model in before.models}
    for model in after.models:
        old = earlier.get(model.name)
        if old is None or not (old.card and model.card):
            continue
        names = [{column["name"] for column in card["columns"]} for card in (old.card, model.card)]
        found += [Change("features", f"{model.name}.{name}", None, "new") for name in sorted(names[1] - names[0])]
        found += [Change("features", f"{model.name}.{name}", "there", None) for name in sorted(names[0] - names[1])]
        if names[0] == names[1] and old.features_sql != model.features_sql:
            found.append(Change("features", f"{model.name}", "the same features", "made by other SQL"))
    return found


def _data_changes(before: RunRecord, after: RunRecord) -> list[Change]:
    """Datasets whose source, rows or values are others."""
    found = []
    earlier = {dataset.name: dataset for dataset in before.datasets}
    for dataset in after.datasets:
        old = earlier.get(dataset.name)
        if old is None:
            found.append(Change("data", dataset.name, None, f"{dataset.accepted:,} rows"))
            continue
        if old.source != dataset.source:
            found.append(Change("data", f"{dataset.name}: source", old.source, dataset.source))
        for what in ("accepted", "rejected"):
            if getattr(old, what) != getattr(dataset, what):
                found.append(Change("data", f"{dataset.name}: rows {what}", f"{getattr(old, what):,}", f"{getattr(dataset, what):,}"))
        moved = [key for key, digest in dataset.values_digest.items() if old.values_digest.get(key) not in (None, digest)]
        if moved:
            found.append(Change("data", f"{dataset.name}: values", "", f"other in {', '.join(moved)}"))
    return found


def _model(name: str, a: RunFolder, b: RunFolder, before: RunRecord, after: RunRecord) -> ModelComparison:
    cards = [next(model.card for model in record.models if model.name == name) for record in (before, after)]
    if not all(cards):
        return ModelComparison(name, "", None, None, None, 0, "one of the runs has no such model")
    metric = cards[1]["judge"]
    values = [card["metrics"][metric]["value"] for card in cards]
    tests = [pq.read_table(folder.model(name) / TEST_FILE) for folder in (a, b)]
    if tests[0].schema.field("entity").type != tests[1].schema.field("entity").type:
        return ModelComparison(name, metric, *values, None, 0, "the two tests are of other entities")
    paired = pair(*tests)
    met = len(tests[0].join(tests[1].select(["entity", "moment"]), ["entity", "moment"], join_type="inner"))
    if not len(paired):
        return ModelComparison(name, metric, *values, None, 0, "the two tests share no example")
    scores = [Scored(paired[key], card["threshold"]) for key, card in zip(("score_a", "score_b"), cards, strict=True)]
    difference = compare(scores[0], scores[1], paired["label"], paired["entity"], metric, seed=after.seed)
    remark = f"{met - len(paired)} of {met} examples have another label in the two runs and are left out" if met > len(paired) else ""
    return ModelComparison(name, metric, *values, difference, len(paired), remark)


def _short(value: Any) -> str | None:
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
