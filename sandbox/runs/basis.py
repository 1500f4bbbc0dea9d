"""What others are answered from: a run that may be released; one that may not only where somebody says so, aloud."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import InputError
from sandbox.runs.ended import Run, list_runs
from sandbox.scenario.language.approval import RELEASED

if TYPE_CHECKING:
    from sandbox.runs.folder import RunFolder
    from sandbox.scenario.plan import Plan

_ANYHOW = "To rehearse with it all the same: --unreleased (in Python, unreleased=True)."


@dataclass(frozen=True, slots=True)
class Basis:
    """What lists and predictions are learnt from."""

    run: Run | None = None
    """None: the scenario's sources."""
    warning: str = ""
    """What stands in the way of a release, to be said before the first answer; empty where nothing does."""

    @property
    def folder(self) -> RunFolder | None:
        """Of the run."""
        return None if self.run is None else self.run.folder


SOURCES = Basis()
"""Nothing but the scenario's sources."""


def basis_of(
    plan: Plan, out: Path, run: Run | None = None, *, unreleased: bool = False, prefers_runs: bool = False
) -> Basis:
    """What a scenario is answered from.

    A run that is named must be free for a release. Where none is named, a scenario that asks for a release
    (`approval:`, or a `stage:` that reaches customers) takes the latest of its runs that is; any other its sources.
    In a scenario that asks, the run must be of the scenario as it stands: what was changed since, nobody released.

    Args:
        plan: of the scenario.
        out: where the runs lie.
        run: the one that is named.
        unreleased: take the run that is named, or the latest, or else the sources, though it is not released.
        prefers_runs: take the latest run, where there is one, also of a scenario that does not ask.
    Raises:
        InputError: the run is another scenario's; or nothing is released, and nothing else was asked for.
    """
    asks = plan.scenario.approval is not None or plan.scenario.stage in RELEASED
    if run is not None:
        if run.record.scenario != plan.name:
            raise InputError(f"{run.folder.name}: is a run of {run.record.scenario}, not of {plan.name}.")
        return _taken(run, _obstacle(run, plan if asks else None), unreleased)
    same = []
    if asks or prefers_runs:
        same = [each for each in list_runs(out, plan.name) if each.record.digest == plan.digest]
    if free := [each for each in same if each.standing.may_be_released]:
        return Basis(free[-1])
    if same and (asks or unreleased):
        return _taken(same[-1], same[-1].standing.words, unreleased)
    if not asks:
        return SOURCES
    if not unreleased:
        agreed = f", then sandbox approve {plan.name} --by NAME" if plan.scenario.approval is not None else ""
        mend = f"run it: sandbox run {plan.file}{agreed}."
        raise InputError(f"{plan.file}: no run of the scenario as it stands is released; {mend} {_ANYHOW}")
    return Basis(None, "NOT RELEASED: no run of the scenario as it stands is. A rehearsal, for no customer.")


def _taken(run: Run, obstacle: str, unreleased: bool) -> Basis:
    if not obstacle:
        return Basis(run)
    if not unreleased:
        raise InputError(f"{run.folder.name} is not released. {obstacle} {_ANYHOW}")
    return Basis(run, f"NOT RELEASED: {run.folder.name}. {obstacle} A rehearsal, for no customer.")


def _obstacle(run: Run, asking: Plan | None) -> str:
    """What keeps a run from being released, of a scenario that asks for that or of any; empty: nothing."""
    standing = run.standing
    if not standing.may_be_released:
        return standing.words
    if asking is not None and run.record.digest != asking.digest:
        return "The scenario, or how it is asked for (--set, --scale, --target), has changed since that run."
    return ""
