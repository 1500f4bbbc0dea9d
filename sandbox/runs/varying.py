"""Which assumptions matter: the scenario rerun small, with each of them at its ends, held against the run without.

Each rerun is a run like any other, in a folder of its own below `OUT/.varied`. It is found again by what it was made
of, so that nothing is run twice and an interrupted round goes on where it was.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.errors import InputError
from sandbox.runs.assumed import assumption_records, written
from sandbox.runs.checking import check_scenario
from sandbox.runs.differences import ModelDifference, model_difference
from sandbox.runs.folder import RunFolder, runs_of
from sandbox.runs.ledger import read_record
from sandbox.runs.listening import Listener, ignore
from sandbox.runs.modelling import Wishes
from sandbox.runs.record import AssumptionRecord, RunRecord
from sandbox.runs.run import carry_out, intent
from sandbox.runs.sharing import in_processes
from sandbox.scenario.assumptions import Assumption, assumptions_of
from sandbox.scenario.ends import moved
from sandbox.scenario.loader import Loaded, Options, load

FOLDER = ".varied"
ENOUGH_ROWS, MOST_ROWS = 2_000, 10_000
"""Rows of the largest dataset: no fewer in the run that is held against, and in none more than this if possible."""
TRIALS = 1


@dataclass(frozen=True, slots=True)
class Case:
    """One rerun: an assumption, by its number, at one of its ends; -1 for the scenario as it is."""

    number: int = -1
    end: str = ""


@dataclass(frozen=True, slots=True)
class GateChange:
    """A `done:` line whose verdict is not what it was."""

    text: str
    was: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of moving one assumption to one end."""

    end: str
    value: str
    gates: tuple[GateChange, ...] = ()
    models: tuple[tuple[str, ModelDifference], ...] = ()
    """The difference of each model's score, end minus assumed."""
    failure: str = ""
    """Why there is nothing to compare, where the scenario cannot be run so."""

    @property
    def weight(self) -> tuple[bool, bool, float]:
        """How much it matters: a verdict that changes, a difference that is certain, its size."""
        told = [difference for _, difference in self.models]
        return (
            bool(self.gates or self.failure),
            any(difference.better != "undetermined" for difference in told),
            max((abs(difference.value) for difference in told if difference.value is not None), default=0.0),
        )


@dataclass(frozen=True, slots=True)
class Varied:
    """One assumption with what each of its ends does."""

    assumption: AssumptionRecord
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Variation:
    """All assumptions that have ends, those that matter most first, and how that was found out."""

    scale: float
    runs: int
    cached: int
    """How many of the runs had been made before."""
    ranked: tuple[Varied, ...]
    without_ends: tuple[AssumptionRecord, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a process needs to make one rerun."""

    file: str
    options: Options
    out: Path
    case: Case


def vary(
    loaded: Loaded, out: Path, workers: int = 1, scale: float | None = None, listen: Listener = ignore
) -> Variation:
    """Rerun a scenario with each assumption at its ends.

    Args:
        out: where runs lie; the reruns go below `.varied` in it.
        workers: how many processes rerun at once.
        scale: of the rows; by default so small that a rerun takes some seconds.
    Raises:
        InputError: the scenario has no models or cannot be run as it is, or an end is no value of its key.
        OutsideError: a disk, a source or a process failed; the same call goes on from there.
    """
    if not loaded.plan.models:
        told = "has no models, so there is no score and no `done:` line that an assumption could change; add a model."
        raise InputError(f"{loaded.plan.file}: {told}")
    check_scenario(loaded)
    found, told_of = assumptions_of(loaded.as_written), assumption_records(loaded)
    moving = [Case(number, end) for number, each in enumerate(found) for end in each.ends if _moves(each, end)]
    scale = scale if scale is not None else _small(loaded, found, moving)
    options = replace(loaded.options, scale=scale)
    asked = [_Asked(loaded.plan.file, options, out / FOLDER, case) for case in (Case(), *moving)] if moving else []
    known = {each.case: _made_before(_loaded(each), each.out) for each in asked}
    missing = [each for each in asked if known[each.case] is None]
    made = dict(_made(missing, workers, listen, len(asked)))
    runs = {case: folder or made[case] for case, folder in known.items()}
    if isinstance(base := runs.get(Case()), str):
        raise InputError(f"{loaded.plan.file}: cannot be run as it is: {base}")
    varied = [
        Varied(told_of[number], tuple(_effect(case, found, runs) for case in moving if case.number == number))
        for number in dict.fromkeys(case.number for case in moving)
    ]
    ranked = sorted(varied, key=lambda each: max(effect.weight for effect in each.effects), reverse=True)
    still = {case.number for case in moving}
    others = tuple(each for number, each in enumerate(told_of) if number not in still)
    return Variation(scale, len(asked), len(asked) - len(missing), tuple(ranked), others)


def _moves(assumption: Assumption, end: str) -> bool:
    return bool(assumption.ends[end].value() != assumption.value)


def _small(loaded: Loaded, found: Sequence[Assumption], moving: Iterable[Case]) -> float:
    """A scale at which the largest rerun is small, and the scenario as it is not too small to learn from."""
    largest = _most_rows(loaded)
    most = max([largest, *(_most_rows(moved(loaded, found[case.number], case.end)) for case in moving)])
    wanted = max(MOST_ROWS / max(most, 1), ENOUGH_ROWS / max(largest, 1))
    return float(f"{min(wanted, 1.0) * loaded.options.scale:.2g}")


def _most_rows(loaded: Loaded) -> int:
    return max(dataset.rows for dataset in loaded.plan.datasets.values())


def _loaded(asked: _Asked) -> Loaded:
    """The scenario of one rerun."""
    loaded = load(asked.file, asked.options)
    if asked.case.number < 0:
        return loaded
    return moved(loaded, assumptions_of(loaded.as_written)[asked.case.number], asked.case.end)


def _made_before(loaded: Loaded, out: Path) -> RunFolder | None:
    """A rerun of just this that ended. Real data may have changed since, so with a target there is none."""
    if loaded.plan.bindings or not out.is_dir():
        return None
    wanted = intent(loaded.plan, Wishes(out, trials=TRIALS))
    for run in runs_of(out, loaded.plan.name):
        if run.ended and run.intent.read_text(encoding="utf-8") == wanted:
            return run
    return None


def _made(asked: Sequence[_Asked], workers: int, listen: Listener, of: int) -> Iterator[tuple[Case, RunFolder | str]]:
    """Each rerun as it ends: its folder, or why there is none."""
    done = of - len(asked)
    listen("reruns", done, of)
    for each, result in in_processes(_rerun, asked, workers):
        done += 1
        listen("reruns", done, of)
        yield each.case, result


def _rerun(asked: _Asked) -> RunFolder | str:
    """Make one rerun, and keep of it what comparing needs."""
    loaded = _loaded(asked)
    wishes = Wishes(asked.out, workers=1, trials=TRIALS, truth=False)
    try:
        folder = carry_out(loaded, loaded.options, wishes, lambda folder, record: None).folder
    except InputError as error:
        return "; ".join(f"{problem.path}: {problem.message}".removeprefix(": ") for problem in error.problems)
    for heavy in (folder.landing, folder.rejected, folder.truth):
        shutil.rmtree(heavy, ignore_errors=True)
    return folder


def _effect(case: Case, found: Sequence[Assumption], runs: dict[Case, RunFolder | str]) -> Effect:
    base, other = runs[Case()], runs[case]
    value = written(found[case.number].ends[case.end])
    if isinstance(other, str) or isinstance(base, str):
        return Effect(case.end, value, failure=str(other))
    folders, records = (base, other), (read_record(base), read_record(other))
    names = [model.name for model in records[0].models]
    differences = tuple((name, _told(model_difference(name, folders, records))) for name in names)
    return Effect(case.end, value, tuple(_gates(*records)), differences)


def _told(difference: ModelDifference) -> ModelDifference:
    """A difference that is no number told in words: a test of one class alone has no score."""
    if not difference.metric or (difference.value is not None and not math.isnan(difference.value)):
        return difference
    return ModelDifference(difference.metric, remark="its test has too few examples of one class to score")


def _gates(before: RunRecord, after: RunRecord) -> Iterator[GateChange]:
    verdicts = {gate.text: gate.verdict for gate in before.gates}
    for gate in after.gates:
        if verdicts.get(gate.text, gate.verdict) != gate.verdict:
            yield GateChange(gate.text, verdicts[gate.text], gate.verdict)
