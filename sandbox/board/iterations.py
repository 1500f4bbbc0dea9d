"""A model, iteration by iteration: where it began, what it reaches now, and the best there was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sandbox.board.said import EXPERIMENT, Work
from sandbox.models.metrics import LOWER_IS_BETTER
from sandbox.models.words import METRIC_TITLES
from sandbox.runs.ledger import Entry
from sandbox.runs.record import ModelRecord, RunRecord
from sandbox.runs.releasing import standing_of
from sandbox.scenario.gates import read_gate

Role = Literal["baseline", "candidate", "champion"]


@dataclass(frozen=True, slots=True)
class Iteration:
    """A model in one run."""

    run: int
    day: str
    sprint: str
    data: str
    """`dummy`, or the target."""
    title: str
    """What kind of model came out best, in words; why there is none, where there is none."""
    metric: str
    value: float | None
    low: float | None
    high: float | None
    trivial: float | None
    """What a constant answer reaches."""
    oracle: float | None
    """What the true probabilities reach; None of real data."""
    verdicts: tuple[str, ...]
    """How the gates on it ended."""
    roles: tuple[Role, ...] = ()
    """`baseline`: the first; `candidate`: the latest; `champion`: the best on the candidate's kind of data."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a piece of work so far."""

    name: str
    kind: str
    about: str
    owner: str
    stage: str
    """From spike to production, as the scenario of its latest run said, else a spike; empty where nothing was run."""
    release: str
    """Where that run stands on its way to a release, in a sentence; empty where nobody has said a word of it."""
    iterations: tuple[Iteration, ...]

    def having(self, role: Role) -> Iteration | None:
        """The iteration that is the baseline, the candidate or the champion; None where there is none."""
        return next((each for each in self.iterations if role in each.roles), None)


def progress_of(work: Work, entries: Sequence[Entry]) -> Progress:
    """All iterations of a piece of work, the first one first."""
    found = [
        _iteration(work, entry.record)
        for entry in entries
        if entry.record is not None and (work.kind == EXPERIMENT or work.name in _models(entry.record))
    ]
    if work.kind == EXPERIMENT:
        found = [each for each in found if each.verdicts]
    latest = next((entry for entry in reversed(entries) if found and _number(entry) == found[-1].run), None)
    stage, release = _standing(latest)
    return Progress(work.name, work.kind, work.about, work.owner, stage, release, _with_roles(found))


def _number(entry: Entry) -> int | None:
    return None if entry.record is None else entry.record.number


def _standing(entry: Entry | None) -> tuple[str, str]:
    """The stage of a run, and where it stands on its way to a release."""
    if entry is None or entry.record is None:
        return "", ""
    standing = standing_of(entry.folder, entry.record)
    spoken_of = bool(entry.record.stage or entry.record.approval or standing.decisions)
    return entry.record.stage or "spike", standing.words if spoken_of else ""


def _models(record: RunRecord) -> Mapping[str, ModelRecord]:
    return {model.name: model for model in record.models}


def _iteration(work: Work, record: RunRecord) -> Iteration:
    model = _models(record).get(work.name)
    card: Mapping[str, Any] = model.card if model is not None else {}
    judge = card.get("judge", "")
    standings = {each["name"]: each for each in card.get("leaderboard", ())}
    reached: Mapping[str, float | None] = card["metrics"][judge] if card else {}
    oracle = model.oracle["realised"][judge]["value"] if model is not None and model.oracle and card else None
    trivial = standings.get("majority", {}).get("metrics", {}).get(judge, {}).get("value")
    title = standings[card["champion"]]["title"] if card else ""
    return Iteration(
        run=record.number,
        day=record.started[:10],
        sprint=record.sprint,
        data=record.target or "dummy",
        title=title.removeprefix("the ").removeprefix("a ") or (f"none: {model.failure}" if model is not None else ""),
        metric=METRIC_TITLES.get(judge, judge),
        value=reached.get("value"),
        low=reached.get("low"),
        high=reached.get("high"),
        trivial=trivial,
        oracle=oracle,
        verdicts=tuple(gate.verdict for gate in record.gates if read_gate(gate.text).subject == work.name),
    )


def _with_roles(found: Sequence[Iteration]) -> tuple[Iteration, ...]:
    built = [number for number, each in enumerate(found) if each.value is not None]
    if not built:
        return tuple(found)
    latest = found[built[-1]]
    alike = [number for number in built if (found[number].metric, found[number].data) == (latest.metric, latest.data)]
    lower = latest.metric in {METRIC_TITLES[name] for name in LOWER_IS_BETTER}
    best = min(alike, key=lambda number: (_value(found[number]) * (1 if lower else -1), number))
    roles: dict[int, list[Role]] = {built[0]: ["baseline"]}
    roles.setdefault(built[-1], []).append("candidate")
    roles.setdefault(best, []).append("champion")
    return tuple(replace(each, roles=tuple(roles.get(at, ()))) for at, each in enumerate(found))


def _value(each: Iteration) -> float:
    assert each.value is not None
    return each.value
