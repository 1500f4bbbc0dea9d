"""The gap of use: a model that learnt from the dummy beside one that learnt from real data, both asked about real ones.

Train on synthetic, test on real (TSTR) beside train on real, test on real (TRTR), after Esteban, Hyland and Rätsch
(2017). The real examples are split by entity: the same half tests both, and what learnt from mixtures of the two.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sandbox.addresses import Address
from sandbox.errors import InputError
from sandbox.gap.attribution import Parts, Swap, learnt_from, write_mixtures
from sandbox.gap.identities import kinds_of
from sandbox.gap.mixtures import ASSUMPTIONS, Assumption
from sandbox.gap.sides import dummy_plan
from sandbox.landing import Landed, Shape, land
from sandbox.mart import Examples as Asked
from sandbox.mart import Mart, examples
from sandbox.models.base import Blueprint, Estimate, Examples, Floats, Rows
from sandbox.models.compare import Scored, compare
from sandbox.models.metrics import Outcome, measure
from sandbox.runs.modelling import mart_of
from sandbox.runs.questions import question_of

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted
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
    lost: Estimate | None = None
    """The one less the other; the interval is paired, by entity."""
    examples: tuple[int, int, int] = (0, 0, 0)
    """Of the dummy and of the real data to learn from, and of the real data to be asked about."""
    swaps: tuple[Swap, ...] = ()
    """What it would reach if one assumption of the dummy were as in the real data."""
    failure: str = ""
    """Why there is no figure."""

    @property
    def pays(self) -> bool:
        """Whether it is worse for sure than what learnt from real data."""
        return self.lost is not None and self.lost.low > 0

    @property
    def costliest(self) -> Swap | None:
        """The assumption whose truth would help most; None where none would."""
        helped = [swap for swap in self.swaps if swap.won.value > 0]
        return max(helped, key=lambda swap: swap.won.value, default=None)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {**asdict(self), "costliest": self.costliest and self.costliest.assumption}


@dataclass(frozen=True)
class Landings:
    """What landed of both sides, and mixtures of them that are made when they are asked for."""

    loaded: Loaded
    folder: Path
    real: Landed
    dummy: Landed
    dummy_plan: Plan
    """What the dummy landed by."""

    @cached_property
    def mixed(self) -> dict[str, Mapping[Assumption, Parts]]:
        """Mixtures by the kind of entity that is asked about."""
        return {}

    def marts(self) -> tuple[Mart, Mart]:
        """Of the dummy and of the real data."""
        return mart_of(self.dummy_plan, self.dummy), mart_of(self.loaded.plan, self.real)

    def mixtures(self, kind: str) -> Mapping[Assumption, Mart]:
        """A mart of each mixture; what is not real in the target comes with the side that the times are of."""
        if kind not in self.mixed:
            folder = self.folder / "mixtures" / str(len(self.mixed))
            self.mixed[kind] = write_mixtures(self.loaded.plan, kind, self.dummy, self.real, folder)
        dummy, real = self.marts()
        marts = {swapped: real if swapped == "timing" else dummy for swapped in ASSUMPTIONS}
        return {
            swapped: replace(mart, parts={**mart.parts, **self.mixed[kind][swapped]}) for swapped, mart in marts.items()
        }


def use_gaps(
    loaded: Loaded, workers: int = 1, tell: Callable[[str], None] = lambda what: None, dummy: Plan | None = None
) -> list[UseGap]:
    """Compare for every model of a scenario; datasets that the target does not make real are the same on both sides.

    Args:
        loaded: the scenario, with a target.
        workers: threads to land with.
        tell: told what is being done.
        dummy: a plan that binds what another generator made, in the place of the scenario's own dummy.
    Raises:
        OutsideError: a source cannot be read, or the disk is full.
    """
    plan = loaded.plan
    if not plan.models:
        return []
    with tempfile.TemporaryDirectory(prefix="sandbox-gap-") as folder:
        tell("models: landing both sides")
        real = _landed(plan, Path(folder) / "real", workers)
        made = dummy or dummy_plan(plan)
        landings = Landings(loaded, Path(folder), real, _landed(made, Path(folder) / "dummy", workers), made)
        return [_use_gap(landings, name, tell) for name in plan.models]


def _use_gap(landings: Landings, name: str, tell: Callable[[str], None]) -> UseGap:
    loaded = landings.loaded
    model, asked = loaded.plan.models[name], question_of(loaded, name)
    blueprint = cast(Blueprint, model.blueprint)
    tell(f"{name}: learning from both sides")
    try:
        ours, theirs = (_examples(examples(mart, asked)) for mart in landings.marts())
        learn, ask = _halves(theirs, loaded.plan.seed)
        fitted = [_fit(blueprint, some, loaded.plan.seed) for some in (ours, learn)]
    except InputError as error:
        return UseGap(name, failure="; ".join(problem.message for problem in error.problems))
    entity = np.unique(np.asarray(ask.entity.cast("string")), return_inverse=True)[1]
    scores = [np.asarray(each.predict(ask.features, ask.moment)) for each in fitted]
    address = Address(("gap", "use", loaded.plan.seed, name))
    from_dummy, from_real = (_measured(score, ask, entity, address) for score in scores)

    def better(score: Floats) -> Estimate:
        """By how much a model is better than the one that learnt from the dummy."""
        pair = Scored(scores[0]), Scored(score)
        return compare(*pair, ask.label, entity, METRIC, seed=loaded.plan.seed, bootstrap=_RESAMPLES).difference

    swaps = []
    for assumption, mart in landings.mixtures(kinds_of(loaded.plan, asked.of)[asked.entity]).items():
        tell(f"{name}: learning from the dummy with real {assumption}")
        try:
            model_of_it = _fit(blueprint, _examples(examples(mart, asked)), loaded.plan.seed)
        except InputError:
            continue  # such as a label that never comes: no model, so nothing to tell of this swap
        score = np.asarray(model_of_it.predict(ask.features, ask.moment))
        swaps.append(Swap(assumption, _measured(score, ask, entity, address), better(score)))
    share, sizes = from_dummy.value / from_real.value, (len(ours), len(learn), len(ask))
    return UseGap(name, METRIC, from_dummy, from_real, share, better(scores[1]), sizes, tuple(swaps))


def _fit(blueprint: Blueprint, learnt: Examples, seed: int) -> Fitted:
    return blueprint.fit(learnt, seed, trials=TRIALS, progress=_silent)


def _measured(score: Floats, ask: Examples, entity: Rows, address: Address) -> Estimate:
    return measure(Outcome.of(score, ask.label, entity), address, _RESAMPLES, (METRIC,))[METRIC]


def _landed(plan: Plan, folder: Path, workers: int) -> Landed:
    return land(plan, folder, shape=Shape("landing", envelope=True), workers=workers)


def _examples(found: Asked) -> Examples:
    return Examples(found.entity, found.moment, found.features, found.label, found.window)


def _halves(examples: Examples, seed: int) -> tuple[Examples, Examples]:
    """Entities to learn from, and to be asked about."""
    first = learnt_from(examples.entity, seed)
    return examples.take(np.flatnonzero(first)), examples.take(np.flatnonzero(~first))


def _silent(what: str, done: int, of: int | None) -> None:
    """Nobody is told of the steps of a fit."""
