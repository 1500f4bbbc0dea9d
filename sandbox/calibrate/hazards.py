"""How fast what happens to entities comes: base rates and effects of hazards, from the versions of a history.

Where all that a hazard listens to is seen, they are those of the greatest likelihood; where not, the world is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from sandbox.calibrate.exposure import History
from sandbox.calibrate.families import Floats, nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.hazard_cells import shown_by
from sandbox.calibrate.hazard_rates import Told, may_be, told_of
from sandbox.calibrate.hidden_hazards import search
from sandbox.calibrate.knobs import per_day
from sandbox.calibrate.observed import Observed
from sandbox.scenario.document import Path
from sandbox.scenario.plan import Plan
from sandbox.world.moves import Move


def fit_hazards(evidence: Evidence) -> Iterator[Fitted]:
    """The hazards of a history whose versions are seen: of leaving, coming back, and changes that come by chance."""
    plan, dataset = evidence.plan, evidence.dataset
    sums = evidence.observed.moves
    if sums is not None:
        shown, heard, span = [*shown_by(plan, dataset, sums)], sums["heard"], tuple(sums["span"])
    else:
        history, heard = history_seen(plan, dataset, evidence.all_observed)
        if history is None:
            return
        shown = [each for place in range(len(history.moves)) if (each := history.shown(place)) is not None]
        span = history.span
    found = [told for each in shown if (told := told_of(each)) is not None]
    for told in found:
        if not told.hides:
            seen = told.regression
            agrees = may_be(told.said - seen.values, seen.covariance)
            yield from _fitted(evidence, told, seen.values, seen.errors, agrees)
    for search_ in search(plan, dataset, [told for told in found if told.hides], [*heard, dataset], span):
        yield from _fitted(evidence, search_.told, search_.values, search_.errors, search_.agrees)


def history_seen(plan: Plan, dataset: str, seen: Mapping[str, Observed]) -> tuple[History | None, list[str]]:
    """A history as its versions tell it, and the streams that it hears, those of which all rows were looked at."""
    spec = plan.datasets[dataset].spec
    if not spec.history or seen[dataset].moves is not None:
        return None, []
    listens = {each.count for each in spec.recent.values()}
    heard = {name: found.table for name, found in seen.items() if name in listens and found.is_whole}
    return History.of(plan, dataset, {**heard, dataset: seen[dataset].table}), [*heard]


def _fitted(evidence: Evidence, told: Told, values: Floats, errors: Floats, agrees: bool) -> Iterator[Fitted]:
    path = (*evidence.path, *_where(told.move), "hazard")
    seen = f"{told.came:,} times among {told.entities:,} {evidence.observed.entity or evidence.dataset}"
    node = evidence.document.node(path)
    has_base = node is not None and isinstance(node.content, Mapping)
    off = np.abs(np.expm1((told.said - values) * np.concatenate([[1.0], told.scales])))
    far = [round(min(float(each), 1.0), 4) for each in off]
    low, high = (per_day(float(values[0] + side * 1.96 * errors[0])) for side in (-1, 1))
    base = per_day(float(values[0]))
    yield Fitted((*path, "base") if has_base else path, base, seen, f"{low} to {high}", far[0], agrees)
    for place, name in enumerate(told.names, start=1):
        between = " to ".join(f"{nice(float(values[place] + side * 1.96 * errors[place]), 3)}" for side in (-1, 1))
        yield Fitted((*path, name), nice(float(values[place]), 3), seen, between, far[place], agrees)


def _where(move: Move) -> Path:
    """Where the scenario says it, below the dataset."""
    return tuple(move.path.split(".", 1))
