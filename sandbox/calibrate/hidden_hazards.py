"""Hazards that listen to what nobody sees: the values at which the world shows what the real versions show.

A likelihood of what is seen would be off: who is left of those at risk is no longer like all. So the same regression
is made of both, and its values meet. What hangs on what nobody sees stays as the scenario has it.
Source: Gouriéroux, Monfort and Renault, Indirect inference (1993); the steps are those of Broyden, A class of methods
for solving nonlinear simultaneous equations (1965).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from sandbox.calibrate.exposure import History
from sandbox.calibrate.families import FEW, Floats
from sandbox.calibrate.hazard_rates import Told, may_be, regression_of
from sandbox.calibrate.poisson import Regression
from sandbox.gap.sides import dummy_plan
from sandbox.landing.reading import accepted_batches
from sandbox.scenario.language import Hazard
from sandbox.scenario.plan import Plan
from sandbox.scenario.quantities import Rate
from sandbox.world.moves import Move
from sandbox.world.world import World

_PEOPLE = 16_000
"""Of whom the world is asked."""
_LISTENING = 4_000
"""The same where hazards listen, so that lives must be lived day by day."""
_ROUNDS = 5
_CLOSE = 0.25
"""Of the standard error of each difference: so close is alike."""
_LONGEST_STEP = 2.0


@dataclass(eq=False)
class Search:
    """The search for the values of one hazard; `slopes` say how those of the regression follow them.

    Both are counted in standard errors of the real regression, so that what is known well learns nothing from noise.
    """

    told: Told
    values: Floats
    slopes: Floats
    errors: Floats
    """The standard error of each value."""
    agrees: bool = False
    done: bool = False
    _step: Floats | None = None
    _made: Regression | None = field(default=None, repr=False)

    @classmethod
    def of(cls, told: Told) -> Search:
        """Begin with what the scenario says."""
        size = len(told.said)
        return cls(told, told.said, np.eye(size), told.regression.errors)

    def learn(self, made: Regression) -> None:
        """Take a step by what the world shows at these values."""
        seen = self.told.regression
        if self._made is not None and self._step is not None:
            missed = (made.values - self._made.values) / seen.errors - self.slopes @ self._step
            self.slopes = self.slopes + np.outer(missed, self._step) / float(self._step @ self._step)
        off, chance = seen.values - made.values, seen.covariance + made.covariance
        back = np.linalg.pinv(self.slopes) * np.outer(seen.errors, 1 / seen.errors)
        # What is hidden blurs what is seen: no value is known better than that of the regression.
        self.errors = np.sqrt(np.maximum(np.diag(back @ chance @ back.T), np.diag(chance)))
        self.agrees = self._made is None and may_be(off, chance)
        self.done = self.agrees or bool(np.all(np.abs(off) < _CLOSE * np.sqrt(np.diag(chance))))
        if not self.done:
            step = back @ off
            step *= min(1.0, _LONGEST_STEP / float(np.abs(step).max()))
            self._made, self._step, self.values = made, step / seen.errors, self.values + step

    def hasten(self, rate_per_day: float) -> None:
        """Raise the base where the world shows too little for a regression, at this rate."""
        step = float(np.log(self.told.rate_per_day / rate_per_day))
        self.values = self.values + np.eye(len(self.values))[0] * float(np.clip(step, 0.1, 2 * _LONGEST_STEP))


def search(
    plan: Plan, dataset: str, hiding: Sequence[Told], tables: Collection[str], span: tuple[int, int]
) -> list[Search]:
    """Find the values of all hazards of a history that hide something, together.

    Args:
        plan: says where to begin.
        dataset: the history.
        hiding: what the real versions tell of each.
        tables: the datasets of which something is seen.
        span: from when until when, microseconds UTC.
    """
    searches = [Search.of(told) for told in hiding]
    for _ in range(_ROUNDS if searches else 0):
        history = _made(_with(plan, dataset, searches), dataset, tables, span)
        for each in searches:
            exposure = None if history is None or each.done else history.exposure(each.told.place)
            if exposure is None:
                continue
            if exposure.came < FEW:
                each.hasten((exposure.came + 0.5) / float(exposure.days.sum()))
            else:
                each.learn(regression_of(exposure, each.told.move, each.told.seen, each.told.free))
        if all(each.done for each in searches):
            break
    return searches


def _made(plan: Plan, dataset: str, tables: Collection[str], span: tuple[int, int]) -> History | None:
    """The history as the world makes it, of some people."""
    planned = plan.datasets[dataset]
    most = _LISTENING if planned.spec.recent else _PEOPLE
    rows = min(planned.rows, most) if planned.rows > 0 else planned.rows
    asked = dummy_plan(replace(plan, datasets={**plan.datasets, dataset: replace(planned, rows=rows)}))
    world = World(asked)
    made = {name: pa.Table.from_batches([*accepted_batches(asked, name, world)]) for name in tables}
    return History.of(asked, dataset, made, span)


def _with(plan: Plan, dataset: str, searches: Sequence[Search]) -> Plan:
    """The plan with what the searches have come to."""
    planned = plan.datasets[dataset]
    spec = planned.spec
    for each in searches:
        hazard = _hazard(each)
        move = each.told.move
        if move.kind == "change":
            changed = spec.transitions[move.name].model_copy(update={"hazard": hazard})
            spec = spec.model_copy(update={"transitions": {**spec.transitions, move.name: changed}})
        else:
            key = "leave" if move.kind == "leave" else "returns"
            spec = spec.model_copy(update={key: getattr(spec, key).model_copy(update={"hazard": hazard})})
    return replace(plan, datasets={**plan.datasets, dataset: replace(planned, spec=spec)})


def _hazard(search: Search) -> Hazard:
    move: Move = search.told.move
    effects = {formula.text: effect for formula, effect in move.effects}
    effects |= dict(zip(search.told.names, search.values[1:].tolist(), strict=True))
    return Hazard(base=Rate(float(np.exp(search.values[0])), dt.timedelta(days=1)), effects=effects)
