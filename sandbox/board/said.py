"""What a scenario says of its datasets, and of the work that rests on them: from its file, or as its last run was."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.runs.questions import features_of, question_of
from sandbox.runs.record import RunRecord
from sandbox.scenario.gates import read_gate
from sandbox.scenario.loader import Loaded

EXPERIMENT = "experiment"
"""The name of the work that is no model."""


@dataclass(frozen=True, slots=True)
class SaidDataset:
    """A dataset that leaves the world, and whose it is."""

    name: str
    about: str
    owner: str
    contact: str
    expected: datetime.date | None
    """When the real one is due."""
    targets: tuple[str, ...]
    """Those that say where it really comes from."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is built on datasets: a model, or the experiment."""

    name: str
    kind: str
    """`model` or `experiment`."""
    about: str
    owner: str
    reads: tuple[str, ...]
    """The datasets that it needs."""
    gates: tuple[str, ...]
    """The `done:` lines that ask for its figures."""


@dataclass(frozen=True, slots=True)
class Said:
    """A scenario, as far as a board looks at it."""

    name: str
    about: str
    datasets: tuple[SaidDataset, ...]
    works: tuple[Work, ...]
    gates: tuple[str, ...]


def said_by(loaded: Loaded) -> Said:
    """What a scenario file says. Raises InputError: a feature query does not fit the datasets."""
    plan = loaded.plan
    reads = {
        name: {
            model.of,
            *features_of(loaded, question_of(loaded, name)).reads,
            *filter(None, [model.label.occurs]),
        }
        for name, model in plan.models.items()
    }
    if plan.experiment is not None:
        logs = [] if plan.shelves is None else [plan.shelves.events, plan.shelves.items, plan.shelves.customers]
        metrics = [metric.of for metric in plan.experiment.metrics.values() if metric.of is not None]
        reads[EXPERIMENT] = {*plan.experiment.logs.values(), *logs, *metrics}
    return _said(loaded.written, reads)


def said_at(record: RunRecord) -> Said:
    """What the scenario of a run said when it was run."""
    reads: dict[str, set[str]] = {model.name: set(model.reads) for model in record.models}
    return _said(record.values, reads)


def _said(values: Mapping[str, Any], reads: Mapping[str, Iterable[str]]) -> Said:
    visible = {name: spec for name, spec in _mapping(values, "datasets").items() if not spec.get("hidden", False)}
    targets = _mapping(values, "targets")
    gates = tuple(str(line).strip() for line in values.get("done", ()))
    written = {name: ("model", spec) for name, spec in _mapping(values, "models").items()}
    if values.get(EXPERIMENT):
        written[EXPERIMENT] = (EXPERIMENT, values[EXPERIMENT])
    return Said(
        name=str(values["name"]),
        about=str(values.get("about", "")),
        datasets=tuple(_dataset(name, spec, targets) for name, spec in visible.items()),
        works=tuple(
            Work(
                name,
                kind,
                str(spec.get("about", "")),
                str(spec.get("owner", "")),
                tuple(each for each in visible if each in reads.get(name, ())),
                tuple(line for line in gates if read_gate(line).subject == name),
            )
            for name, (kind, spec) in written.items()
        ),
        gates=gates,
    )


def _mapping(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = values.get(key) or {}
    return found


def _dataset(name: str, spec: Mapping[str, Any], targets: Mapping[str, Any]) -> SaidDataset:
    return SaidDataset(
        name=name,
        about=str(spec.get("about", "")),
        owner=str(spec.get("owner", "")),
        contact=str(spec.get("contact", "")),
        expected=_day(spec.get("expected")),
        targets=tuple(target for target, bound in targets.items() if name in bound),
    )


def _day(written: Any) -> datetime.date | None:
    """A date of a file, or as a record's JSON has it."""
    if written is None or isinstance(written, datetime.date):
        return written
    return datetime.date.fromisoformat(str(written))
