"""The board of a scenario, put together: datasets, work, gates, who waits for whom, sprints."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.board.blocking import Blocked, Swap, blocked_work, swaps
from sandbox.board.iterations import Progress, progress_of
from sandbox.board.said import Said, Work, said_at, said_by
from sandbox.board.sprints import Sprint, sprints_of
from sandbox.board.standings import Standing, standing_of
from sandbox.runs.ledger import Entry, entries
from sandbox.runs.verified import verifications
from sandbox.scenario.loader import Loaded


@dataclass(frozen=True, slots=True)
class GateStanding:
    """A `done:` line, and how it ended last."""

    text: str
    verdict: str
    """`holds`, `fails`, `undetermined`, or `not run`."""
    value: float | None
    low: float | None
    high: float | None
    run: int | None
    data: str
    """What it was judged on: `dummy`, or the target."""


@dataclass(frozen=True, slots=True)
class Board:
    """All that is on it."""

    scenario: str
    about: str
    day: str
    """For which it was drawn, ISO 8601."""
    runs: int
    datasets: tuple[Standing, ...]
    works: tuple[Progress, ...]
    reads: tuple[Work, ...]
    """The same, by the datasets that each rests on."""
    gates: tuple[GateStanding, ...]
    blocked: tuple[Blocked, ...]
    swaps: tuple[Swap, ...]
    sprints: tuple[Sprint, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def board_of(loaded: Loaded, out: Path, today: datetime.date) -> Board:
    """The board of a scenario file, by the ledger below `out`.

    Raises:
        InputError: a feature query does not fit the datasets, or a kept verification cannot be read.
    """
    return _board(said_by(loaded), entries(out, loaded.plan.name), out, today)


def boards_of_ledger(out: Path, today: datetime.date) -> list[Board]:
    """The boards of all scenarios that have runs below `out`, each as its latest run had it."""
    by_scenario: dict[str, list[Entry]] = {}
    for entry in entries(out):
        by_scenario.setdefault(entry.folder.path.parent.name, []).append(entry)
    found = []
    for some in by_scenario.values():
        records = [entry.record for entry in some if entry.record is not None]
        if records:
            found.append(_board(said_at(records[-1]), some, out, today))
    return found


def _board(said: Said, runs: Sequence[Entry], out: Path, today: datetime.date) -> Board:
    verified = verifications(out, said.name)
    standings = [standing_of(dataset, runs, verified, today) for dataset in said.datasets]
    return Board(
        scenario=said.name,
        about=said.about,
        day=today.isoformat(),
        runs=len(runs),
        datasets=tuple(standings),
        works=tuple(progress_of(work, runs) for work in said.works),
        reads=said.works,
        gates=tuple(_gate(text, runs) for text in said.gates),
        blocked=tuple(blocked_work(said.works, standings)),
        swaps=tuple(swaps(said.works, standings)),
        sprints=tuple(sprints_of(runs)),
    )


def _gate(text: str, runs: Sequence[Entry]) -> GateStanding:
    for entry in reversed(runs):
        for gate in entry.record.gates if entry.record is not None else ():
            if entry.record is not None and gate.text == text:
                data = entry.record.target or "dummy"
                return GateStanding(text, gate.verdict, gate.value, gate.low, gate.high, entry.record.number, data)
    return GateStanding(text, "not run", None, None, None, None, "")
