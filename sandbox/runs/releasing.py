"""May a run be released? What stands in the way, who approved it, and whether that still holds; and to decide it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.runs.decisions import Decision, decisions_of, digest_of, note, now
from sandbox.runs.folder import RunFolder
from sandbox.runs.record import RunRecord
from sandbox.scenario.language.approval import RELEASED

State = Literal["not done", "internal", "awaits approval", "approval void", "approved", "shelved", "free"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands on its way to a release."""

    state: State
    words: str
    """Why, in a sentence."""
    decisions: tuple[Decision, ...] = ()

    @property
    def may_be_released(self) -> bool:
        """Whether nothing stands in the way."""
        return self.state in ("approved", "free")


def standing_of(run: RunFolder, record: RunRecord, today: datetime.date | None = None) -> Standing:
    """Where a run stands. Raises InputError: what was decided about it cannot be read."""
    decided = decisions_of(run)
    state, words = _state(run, record, decided, today or datetime.datetime.now(datetime.UTC).date())
    return Standing(state, words, tuple(decided))


def approve(run: RunFolder, record: RunRecord, by: str, because: str = "") -> Decision:
    """Approve a run by name.

    Raises:
        InputError: the scenario does not ask for it, a gate does not hold, the stage reaches nobody, or this person may
            not, or has already.
    """
    by, decided = by.strip(), decisions_of(run)
    problems = [*_obstacles(record), *_unfit(record, by)]
    if record.approval is not None and not because.strip():
        open_gates = [gate.text for gate in record.gates if gate.verdict == "undetermined"]
        told = "is undetermined; say why it may be released all the same: --because."
        problems += [f"`{text}` {told}" for text in open_gates]
    digest = digest_of(run)
    if any(each.what == "approved" and _same(each.by, by) and each.digest == digest for each in _current(decided)):
        problems.append(f"{by} has approved it already.")
    if problems:
        raise InputError([Problem(f"{run.name} cannot be approved: {problem}") for problem in problems])
    decision = Decision("approved", by, now(), because.strip(), digest=digest)
    note(run, decision, decided)
    return decision


def shelve(run: RunFolder, because: str, revisit: datetime.date, by: str = "") -> Decision:
    """Put a run aside, with the reason and the day to look again.

    Raises:
        InputError: there is no reason, or the day has been.
    """
    if not because.strip():
        raise InputError(f"{run.name} cannot be shelved without a reason; say it: --because.")
    if revisit <= datetime.datetime.now(datetime.UTC).date():
        raise InputError(f"{run.name} cannot be shelved until {revisit}, which is not to come; choose a later day.")
    decision = Decision("shelved", by.strip(), now(), because.strip(), revisit.isoformat())
    note(run, decision, decisions_of(run))
    return decision


def _state(run: RunFolder, record: RunRecord, decided: Sequence[Decision], today: datetime.date) -> tuple[State, str]:
    if decided and decided[-1].what == "shelved":
        last = decided[-1]
        due = " (the day has come)" if last.revisit <= today.isoformat() else ""
        who = f" by {last.by}" if last.by else ""
        return "shelved", f"Shelved{who} until {last.revisit}{due}: {last.because}"
    if failing := [gate.text for gate in record.gates if gate.verdict == "fails"]:
        return "not done", f"Must not be released: {', '.join(f'`{text}`' for text in failing)} does not hold."
    if record.stage and record.stage not in RELEASED:
        return "internal", f"A {record.stage}: it reaches no customer."
    if record.approval is None:
        return "free", "Nothing stands in the way of a release."
    return _approved(run, record, decided)


def _approved(run: RunFolder, record: RunRecord, decided: Sequence[Decision]) -> tuple[State, str]:
    terms = record.approval or {"by": [], "number": 1}
    given = [each for each in _current(decided) if each.what == "approved"]
    digest = digest_of(run) if given else ""
    valid = list(dict.fromkeys(each.by for each in given if each.digest == digest))
    if len(valid) >= terms["number"]:
        return "approved", f"Approved by {' and '.join(valid)}."
    if void := [each for each in given if each.digest != digest]:
        last = void[-1]
        return "approval void", f"What {last.by} approved on {last.at[:10]} has changed since; nobody approved this."
    missing = terms["number"] - len(valid)
    who = " or ".join(name for name in terms["by"] if not any(_same(name, other) for other in valid)) or "somebody"
    so_far = f"Approved by {' and '.join(valid)}; a" if valid else "A"
    return "awaits approval", f"{so_far}waits {missing} approval{'s' if missing > 1 else ''} by {who}."


def _current(decided: Sequence[Decision]) -> Sequence[Decision]:
    """The decisions since the run was last shelved: to shelve takes approvals back."""
    last = max((at for at, each in enumerate(decided) if each.what == "shelved"), default=-1)
    return decided[last + 1 :]


def _obstacles(record: RunRecord) -> list[str]:
    found = [f"`{gate.text}` fails, and no name mends that." for gate in record.gates if gate.verdict == "fails"]
    if record.approval is None:
        return [*found, "its scenario asks for no approval; write `approval:` and run it again."]
    if record.stage and record.stage not in RELEASED:
        found.append(f"it is a {record.stage}, which is not released; write `stage: MVP` when it shall be.")
    return found


def _unfit(record: RunRecord, by: str) -> list[str]:
    if not by:
        return ["an approval has a name: --by NAME."]
    may = record.approval["by"] if record.approval is not None else []
    if may and not any(_same(by, name) for name in may):
        return [f"'{by}' is not among those who may.{did_you_mean(by, may)}"]
    return []


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
