"""Where each dataset stands: a dummy, verified, real, or broken since when; told by runs and kept verifications."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.board.said import SaidDataset
from sandbox.runs.ledger import Entry
from sandbox.runs.verified import Verification

State = Literal["dummy", "verified", "real", "broken"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A dataset as it was when somebody last looked at its real source."""

    name: str
    about: str
    owner: str
    contact: str
    state: State
    since: str | None
    """The day on which it came to be so, ISO 8601; None for a dummy."""
    seen: str
    """Who saw it first: a run, or `verify`; empty for a dummy."""
    why: str
    """Of what is broken: by how many rows, which rules, since which day of the data; else empty."""
    expected: str | None
    """The day on which the real one is due."""
    days_left: int | None
    """Until then, below 0 when it is late; None where no day is set, or where it has come."""
    targets: tuple[str, ...]

    @property
    def stands_in_the_way(self) -> bool:
        """Whether what reads it does not rest on real rows that keep the contract."""
        return self.state != "real"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the real rows of a dataset."""

    at: str
    """ISO 8601."""
    by: str
    landed: bool
    """Whether a run used them."""
    why: str
    """What is broken; empty if nothing is."""


def standing_of(
    said: SaidDataset, entries: Sequence[Entry], verified: Sequence[Verification], today: datetime.date
) -> Standing:
    """Where a dataset stands today.

    Args:
        said: what the scenario says of it.
        entries: the scenario's runs.
        verified: what `sandbox verify --keep` has kept of it and of others.
        today: the day of the reader.
    """
    looks = [*_by_runs(said.name, entries), *_by_verify(said.name, verified)]
    looks.sort(key=lambda look: datetime.datetime.fromisoformat(look.at))
    state, since, last = _state(looks)
    left = None if said.expected is None or state in ("real", "verified") else (said.expected - today).days
    return Standing(
        name=said.name,
        about=said.about,
        owner=said.owner,
        contact=said.contact,
        state=state,
        since=since.at[:10] if since else None,
        seen=since.by if since else "",
        why=last.why if last else "",
        expected=str(said.expected) if said.expected else None,
        days_left=left,
        targets=said.targets,
    )


def _state(looks: Sequence[Look]) -> tuple[State, Look | None, Look | None]:
    """The state after all looks, the look with which it began, and the latest one."""
    if not looks:
        return "dummy", None, None
    states: list[State] = []
    landed = False
    for look in looks:
        landed = landed or (look.landed and not look.why)
        states.append("broken" if look.why else "real" if landed else "verified")
    began = len(states)
    while began and states[began - 1] == states[-1]:
        began -= 1
    return states[-1], looks[began], looks[-1]


def _by_runs(name: str, entries: Iterable[Entry]) -> Iterator[Look]:
    for entry in entries:
        for item in entry.record.datasets if entry.record is not None else ():
            if entry.record is not None and item.name == name and item.source != "simulated":
                rules = _most(item.broken_rules)
                why = f"{item.rejected:,} of {item.rows_in:,} rows break {rules}" if item.rejected else ""
                yield Look(entry.record.started, f"run {entry.record.number}", True, why)


def _by_verify(name: str, verified: Iterable[Verification]) -> Iterator[Look]:
    for each in verified:
        if each.dataset == name:
            why = ""
            if each.broken:
                since = f", first on {each.since[:10]}" if each.since else ""
                why = f"{each.bad_rows:,} of {each.rows:,} rows break {_most(each.broken)}{since}"
            yield Look(each.at, "verify", False, why)


def _most(broken: dict[str, int]) -> str:
    """The rules that most rows break, the worst first."""
    names = sorted(broken, key=lambda name: (-broken[name], name))
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more
