"""Iterations by sprint: what each was for, what was run in it, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.runs.ledger import Entry


@dataclass(frozen=True, slots=True)
class Sprint:
    """The runs that were given the same sprint."""

    name: str
    """As `run --sprint` had it; empty for runs without one."""
    goals: tuple[str, ...]
    """As `run --goal` had them, each once."""
    runs: tuple[int, ...]
    since: str
    until: str
    """The days of its first and its last run, ISO 8601."""
    holds: int
    """Gates that hold after its last run."""
    gates: int


def sprints_of(entries: Sequence[Entry]) -> list[Sprint]:
    """All sprints, the latest first."""
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.record is not None:
            by_name.setdefault(entry.record.sprint, []).append(entry)
    found = [_sprint(name, some) for name, some in by_name.items()]
    return sorted(found, key=lambda sprint: -sprint.runs[-1])


def _sprint(name: str, entries: Sequence[Entry]) -> Sprint:
    records = [entry.record for entry in entries if entry.record is not None]
    last = records[-1]
    return Sprint(
        name=name,
        goals=tuple(dict.fromkeys(record.goal for record in records if record.goal)),
        runs=tuple(record.number for record in records),
        since=records[0].started[:10],
        until=last.started[:10],
        holds=sum(gate.verdict == "holds" for gate in last.gates),
        gates=len(last.gates),
    )
