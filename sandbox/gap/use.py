"""The gap of use: a model that learnt from the dummy beside one that learnt from real data, both asked about real ones.

Train on synthetic, test on real (TSTR) beside train on real, test on real (TRTR), after Esteban, Hyland and Rätsch
(2017). The real examples are split by entity: the same half tests both.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from sandbox.addresses import Address
from sandbox.errors import InputError
from sandbox.landing import Landed, Shape, land
from sandbox.mart import Examples as Asked
from sandbox.mart import examples
from sandbox.models.base import Blueprint, Estimate, Examples
from sandbox.models.metrics import Outcome, measure
from sandbox.models.split import hash_entities
from sandbox.runs.modelling import mart_of
from sandbox.runs.questions import question_of

if TYPE_CHECKING:
    from sandbox.scenario.loader import Loaded
    from sandbox.scenario.plan import Plan

METRIC = "roc_auc"
"""What both are judged by: it needs no threshold, which would be another than the real one's."""
TRIALS = 4
"""Settings that are tried for each: the same for both, and few, since a difference is asked for and no record."""
_RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class UseGap:
    """What one model of the scenario is worth if it learnt from the dummy."""

    model: str
    metric: str = METRIC
    from_dummy: Estimate | None = None
    from_real: Estimate | None = None
    share: float | None = None
    """The one by the other: 1.0 means that the dummy teaches as much."""
    examples: tuple[int, int, int] = (0, 0, 0)
    """Of the dummy and of the real data to learn from, and of the real data to be asked about."""
    failure: str = ""
    """Why there is no figure."""


def use_gaps(loaded: Loaded, workers: int = 1, tell: Callable[[str], None] = lambda what: None) -> list[UseGap]:
    """Compare for every model of a scenario; datasets that the target does not make real are the same on both sides.

    Raises:
        OutsideError: a source cannot be read, or the disk is full.
    """
    plan = loaded.plan
    if not plan.models:
        return []
    with tempfile.TemporaryDirectory(prefix="sandbox-gap-") as folder:
        tell("models: landing both sides")
        real = _landed(plan, Path(folder) / "real", workers)
        dummy_plan = replace(plan, bindings={}, target=None)
        dummy = _landed(dummy_plan, Path(folder) / "dummy", workers)
        found = []
        for name in plan.models:
            tell(f"{name}: learning from both sides")
            found.append(_use_gap(loaded, dummy_plan, name, real, dummy))
        return found


def _use_gap(loaded: Loaded, dummy_plan: Plan, name: str, real: Landed, dummy: Landed) -> UseGap:
    model, asked = loaded.plan.models[name], question_of(loaded, name)
    blueprint = cast(Blueprint, model.blueprint)
    try:
        theirs = _examples(examples(mart_of(loaded.plan, real), asked))
        ours = _examples(examples(mart_of(dummy_plan, dummy), asked))
        learn, ask = _halves(theirs, loaded.plan.seed)
        sizes = (len(ours), len(learn), len(ask))
        fitted = [blueprint.fit(some, loaded.plan.seed, trials=TRIALS, progress=_silent) for some in (ours, learn)]
    except InputError as error:
        return UseGap(name, failure="; ".join(problem.message for problem in error.problems))
    entity = np.unique(np.asarray(ask.entity.cast("string")), return_inverse=True)[1]
    scores = [np.asarray(each.predict(ask.features, ask.moment)) for each in fitted]
    address = Address(("gap", "use", loaded.plan.seed, name))
    from_dummy, from_real = (
        measure(Outcome.of(score, ask.label, entity), address, _RESAMPLES, (METRIC,))[METRIC] for score in scores
    )
    return UseGap(name, METRIC, from_dummy, from_real, from_dummy.value / from_real.value, sizes)


def _landed(plan: Plan, folder: Path, workers: int) -> Landed:
    return land(plan, folder, shape=Shape("landing", envelope=True), workers=workers)


def _examples(found: Asked) -> Examples:
    return Examples(found.entity, found.moment, found.features, found.label, found.window)


def _halves(examples: Examples, seed: int) -> tuple[Examples, Examples]:
    """Entities to learn from, and to be asked about."""
    first = (hash_entities(Address(("gap", "halves", seed)), examples.entity) >> np.uint64(63)) == 0
    return examples.take(np.flatnonzero(first)), examples.take(np.flatnonzero(~first))


def _silent(what: str, done: int, of: int | None) -> None:
    """Nobody is told of the steps of a fit."""
