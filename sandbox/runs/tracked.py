"""What a run says of itself to a tracker of experiments: parameters, metrics by iteration, models with their part.

Nothing here is a row: figures, settings and models, and the journal's lines without the lists that customers saw.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sandbox.experiment.journal import LINES
from sandbox.models.saving import CONTRACT_FILE, ESTIMATOR_FILE
from sandbox.runs.folder import RunFolder
from sandbox.runs.record import ModelRecord, RunRecord

Role = Literal["champion", "candidate"]
_UNNAMEABLE = re.compile(r"[^\w./ -]")


@dataclass(frozen=True, slots=True)
class Point:
    """A metric at an iteration."""

    name: str
    value: float
    step: int
    """The run's number; within a rehearsed experiment the day, or the version of a model."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class Version:
    """A model to register, with the files that it is or is made again from."""

    model: str
    files: tuple[Path, ...]
    folder: str
    """Among the run's artifacts."""
    tags: Mapping[str, str]
    role: Role | None = None
    """Of a policy, as the rehearsal left it; a champion is crowned, as every model, where its run may be released."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A run as a tracker has it."""

    name: str
    experiment: str
    begun_ms: int
    ended_ms: int
    params: Mapping[str, str]
    points: Sequence[Point]
    tags: Mapping[str, str]
    versions: Sequence[Version]
    reports: Sequence[Path]


def tracked(run: RunFolder, record: RunRecord) -> Tracked:
    """All that is told of a run that ended."""
    begun_ms = _ms(record.started)
    ended_ms = begun_ms + round(record.seconds * 1000)
    cards = [run.path / f"model-card-{model.name}.md" for model in record.models]
    return Tracked(
        name=run.name,
        experiment=record.scenario,
        begun_ms=begun_ms,
        ended_ms=ended_ms,
        params=dict(_params(record)),
        points=[Point(_named(name), value, step, at_ms or ended_ms) for name, value, step, at_ms in _points(record)],
        tags=dict(_tags(record)),
        versions=[*_models(run, record), *_policies(run, record)],
        reports=[path for path in (run.record, run.report, *cards) if path.is_file()],
    )


def _params(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield from (("seed", str(record.seed)), ("engine", str(record.engine)), ("scale", str(record.scale)))
    yield "target", record.target or "dummy"
    yield from ((f"clock.{name}", str(value)) for name, value in record.clock.items())
    yield from ((f"{each.name}.source", each.source) for each in record.datasets)
    for model in record.models:
        if model.card:
            yield f"{model.name}.champion", model.card["champion"]
            yield f"{model.name}.threshold", str(model.card["threshold"])
            chosen = _standing(model)
            yield from ((f"{model.name}.{name}", str(value)) for name, value in chosen.get("parameters", {}).items())
    design = record.experiment.get("design", {})
    yield from ((f"experiment.share.{arm}", str(share)) for arm, share in design.get("shares", {}).items())
    if design:
        yield "experiment.primary", str(design["primary"])


def _tags(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield from (("sandbox.scenario", record.digest), ("sandbox.file", record.file))
    told = {"sprint": record.sprint, "goal": record.goal, "stage": record.stage, "mlflow.note.content": record.about}
    yield from ((name, value) for name, value in told.items() if value)
    for number, gate in enumerate(record.gates, start=1):
        yield f"gate.{number}", f"{gate.text}: {gate.verdict}"


_Told = tuple[str, float, int, int | None]


def _points(record: RunRecord) -> Iterator[_Told]:
    """Figures by iteration: of a run its number, of an experiment the day, of a policy the version."""
    for name, value in _figures(record):
        if value is not None:
            yield name, float(value), record.number, None
    for look in record.experiment.get("looks", []):
        for end, tail in (("difference", ""), ("low", ".low"), ("high", ".high")):
            for day, value in enumerate(look[end], start=1):
                if value is not None:
                    yield f"{look['arm']}.{look['metric']}.difference{tail}.by_day", value, day, None
    for each in record.experiment.get("learning", []):
        for part in ("champion", "candidate"):
            if each[part] is not None and each["model"] is not None:
                yield f"{each['policy']}.{part}.hit_rate", each[part], each["model"], each["at_us"] // 1000


def _figures(record: RunRecord) -> Iterator[tuple[str, float | None]]:
    for dataset in record.datasets:
        yield f"{dataset.name}.accepted", dataset.accepted
        yield f"{dataset.name}.rejected", dataset.rejected
    for model in record.models:
        for name, found in (model.card.get("metrics", {}) if model.card else {}).items():
            yield from ((f"{model.name}.{name}{tail}", found[end]) for end, tail in _ENDS)
        for name, found in ((model.oracle or {}).get("realised") or {}).items():
            yield f"{model.name}.oracle.{name}", found["value"]
    for each in record.experiment.get("comparisons", []):
        yield from ((f"{each['arm']}.{each['metric']}.lift{tail}", each["lift"][end]) for end, tail in _ENDS)
    for each in record.experiment.get("truth", []):
        yield f"{each['arm']}.{each['metric']}.difference.true", each["expected"]


_ENDS = (("value", ""), ("low", ".low"), ("high", ".high"))


def _models(run: RunFolder, record: RunRecord) -> Iterator[Version]:
    for model in record.models:
        files = tuple(run.model(model.name) / name for name in (ESTIMATOR_FILE, CONTRACT_FILE))
        if model.card and all(path.is_file() for path in files):
            tags = {"predicts": model.label, "algorithm": model.card["champion"]}
            yield Version(f"{record.scenario}.{model.name}", files, f"models/{model.name}", tags)


def _policies(run: RunFolder, record: RunRecord) -> Iterator[Version]:
    """Who serves each arm at the end, and the latest candidate that does not: made again from scenario and journal."""
    learning, lines = record.experiment.get("learning", []), run.experiment / LINES
    if not lines.is_file():
        return
    for arm in sorted({each["arm"] for each in learning}):
        mine = [each for each in learning if each["arm"] == arm]
        served, policy = mine[-1]["version"], mine[-1]["policy"]
        by_version = {each["model"]: each for each in mine if each["model"] is not None}
        waiting = [each for each in by_version.values() if each["model"] != served]
        roles: list[tuple[Role, Mapping[str, Any] | None]] = [
            ("candidate", waiting[-1] if waiting else None),
            ("champion", None if mine[-1]["what"] == "stopped" else by_version.get(served)),
        ]
        for role, each in roles:
            if each is not None:
                tags = {"version": str(each["model"]), "what": each["what"], "because": each["because"]}
                yield Version(f"{record.scenario}.{policy}", (lines,), "experiment", tags, role)


def _standing(model: ModelRecord) -> Mapping[str, Any]:
    board = model.card["leaderboard"]
    return next((each for each in board if each["name"] == model.card["champion"]), {})


def _named(name: str) -> str:
    return _UNNAMEABLE.sub("_", name)


def _ms(moment: str) -> int:
    return round(datetime.datetime.fromisoformat(moment).timestamp() * 1000)
