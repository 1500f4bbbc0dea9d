"""The swap rehearsed, as a story: pretend the real data, do one thing to it at a time, and hear what is said."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import InputError, did_you_mean
from sandbox.gap.sides import Dummy, dummy_of
from sandbox.rehearse.altering import altered
from sandbox.rehearse.faults import KINDS, Fault, drawn
from sandbox.rehearse.scoring import Heard, Verdict, by_gap, by_verify, false_alarms, listen
from sandbox.rehearse.twin import Part, Twin, bound, small, twins, write
from sandbox.scenario.plan import Plan
from sandbox.verify.likely import Kind

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One fault, and who saw it."""

    kind: Kind
    dataset: str
    what: str
    done: str
    """What was done, in words."""
    verify: Verdict
    gap: Verdict

    @property
    def is_found(self) -> bool:
        """Whether one of them names it: what it befell, and of which kind it is."""
        return "named" in (self.verify.seen, self.gap.seen)

    @property
    def named_by(self) -> str:
        """Who names it; empty for nobody."""
        told = {"verify": self.verify, "gap": self.gap}
        return " and ".join(who for who, verdict in told.items() if verdict.seen == "named")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Every fault against who detects it."""

    trials: Sequence[Trial]
    untried: Sequence[tuple[Kind, str]]
    """Kinds that could befall nothing here, with the reason."""
    alarms: Sequence[tuple[str, str]]
    """Datasets to which nothing was done, and what verify said of them all the same."""

    @property
    def holds(self) -> bool:
        """Whether each fault was found and nothing else."""
        return all(trial.is_found for trial in self.trials) and not self.alarms

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        trials = [{**asdict(trial), "is_found": trial.is_found} for trial in self.trials]
        return {
            "trials": trials,
            "untried": [{"kind": kind, "reason": reason} for kind, reason in self.untried],
            "alarms": [{"dataset": dataset, "said": said} for dataset, said in self.alarms],
            "holds": self.holds,
        }


def rehearse(
    plan: Plan,
    kinds: Sequence[str] = (),
    *,
    times: int = 1,
    keep: Path | None = None,
    tell: Tell = lambda what: None,
) -> Rehearsal:
    """Rehearse the swap of a plan's datasets.

    Args:
        plan: of the scenario; what a target makes real is simulated all the same.
        kinds: of faults; all by default.
        times: how often each is tried, on another column or dataset where there is one.
        keep: a folder, new or empty, in which the pretended real data is left; removed without it.
        tell: told what is being done.
    Raises:
        InputError: an unknown kind, no fault could befall this scenario, or `keep` holds something.
        OutsideError: the disk is full.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise InputError(f"unknown fault '{unknown[0]}'.{did_you_mean(unknown[0], KINDS)}")
    tell("pretending the real data")
    plan = small(plan)
    whole = twins(plan)
    faults = {kind: drawn(whole, kind, plan.seed, times) for kind in KINDS if not kinds or kind in kinds}
    untried = [(kind, "no dataset has what it takes") for kind, found in faults.items() if not found]
    chosen = [fault for found in faults.values() for fault in found]
    if not chosen:
        raise InputError(f"{plan.file}: no dataset has enough rows for a fault to be seen; raise `rows` or --scale.")
    with ExitStack() as stack:
        folder = _folder(keep, stack)
        trials: list[Trial] = []
        alarms: list[tuple[str, str]] = []
        for name in dict.fromkeys(fault.dataset for fault in chosen):
            tell(f"{name}: nothing done")
            stage = _Stage(plan, name, whole[name], dummy_of(plan, name), folder)
            before = stage.heard(stage.twin.parts, "untouched")
            alarms += [(name, said) for said in false_alarms(before)]
            for fault in (fault for fault in chosen if fault.dataset == name):
                tell(f"{name}: {KINDS[fault.kind]}")
                trials.append(stage.trial(fault, before))
    order = list(KINDS)
    trials.sort(key=lambda trial: order.index(trial.kind))
    return Rehearsal(trials, untried, alarms)


@dataclass(frozen=True, eq=False)
class _Stage:
    """One dataset, on which faults are tried."""

    plan: Plan
    dataset: str
    twin: Twin
    dummy: Dummy
    folder: Path

    def trial(self, fault: Fault, before: Heard) -> Trial:
        """Do a fault, and hear what is said of it beside what is said `before`."""
        parts, done = altered(self.twin, fault)
        heard = self.heard(parts, f"{fault.kind}-{_in_a_path(fault.what)}")
        told = by_verify(fault, heard, before), by_gap(fault, heard, before)
        return Trial(fault.kind, fault.dataset, fault.what, done, *told)

    def heard(self, parts: Sequence[Part], name: str) -> Heard:
        """What is said of these files."""
        place = self.folder / f"{self.dataset}-{name}"
        write(parts, place)
        return listen(bound(self.plan, self.dataset, place, self.twin), self.dataset, self.dummy)


def _folder(keep: Path | None, stack: ExitStack) -> Path:
    if keep is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-rehearse-")))
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise InputError(f"{keep}: holds something already; name a new folder.")
    return keep


def _in_a_path(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
