"""Who waits for whom: what each missing dataset holds up, and what would be free if it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.board.said import Work
from sandbox.board.standings import Standing


@dataclass(frozen=True, slots=True)
class Blocked:
    """A piece of work that does not rest on real data yet."""

    name: str
    kind: str
    owner: str
    by: tuple[str, ...]
    """The datasets that it waits for."""
    needs: int
    """How many it reads in all."""
    gates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Swap:
    """What would happen if a dataset became real today."""

    dataset: str
    frees: tuple[str, ...]
    """Work that waits for nothing else."""
    helps: tuple[str, ...]
    """Work that waits for others too."""
    gates: tuple[str, ...]
    """The `done:` lines that could then be judged on real data alone."""


def blocked_work(works: Sequence[Work], standings: Sequence[Standing]) -> list[Blocked]:
    """The work that waits for a dataset, each with those that it waits for; what waits for most comes first."""
    missing = _missing(works, standings)
    found = [
        Blocked(work.name, work.kind, work.owner, missing[work.name], len(work.reads), work.gates)
        for work in works
        if missing[work.name]
    ]
    return sorted(found, key=lambda each: -len(each.by))


def swaps(works: Sequence[Work], standings: Sequence[Standing]) -> list[Swap]:
    """What each dataset that something waits for would unblock; what frees most comes first."""
    missing = _missing(works, standings)
    found = []
    for standing in standings:
        if not any(standing.name in waits for waits in missing.values()):
            continue
        frees = [work for work in works if missing[work.name] == (standing.name,)]
        helps = [work for work in works if standing.name in missing[work.name] and work not in frees]
        gates = tuple(gate for work in frees for gate in work.gates)
        found.append(Swap(standing.name, tuple(work.name for work in frees), tuple(work.name for work in helps), gates))
    return sorted(found, key=lambda each: (-len(each.frees), -len(each.helps)))


def _missing(works: Sequence[Work], standings: Sequence[Standing]) -> Mapping[str, tuple[str, ...]]:
    away = [standing.name for standing in standings if standing.stands_in_the_way]
    return {work.name: tuple(name for name in away if name in work.reads) for work in works}
