"""Hazards as sums: for how long something could have come and how often it did, by cells of what it hangs on.

That is all that a Poisson regression needs, and no cell is held by fewer than ten people, so it may stand in a sealed
profile. What differs within a cell is its mean, over time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sandbox.calibrate.exposure import Exposure, History, Shown
from sandbox.calibrate.families import FEW, Floats
from sandbox.calibrate.lives import Mask
from sandbox.scenario.plan import Plan
from sandbox.world.moves import moves_of
from sandbox.world.rowsets import Whole
from sandbox.world.world import World

_MOST_CELLS = 2_000
_MOST_LEVELS = 64


@dataclass(frozen=True, eq=False)
class Cells(Exposure):
    """Exposure by cells, of which it is known how many people each is of; `entity` numbers the cells."""

    held_by: Whole
    everybody: int
    moved: int

    @property
    def movers(self) -> int:
        """To how many people it happened."""
        return self.moved

    def people_in(self, which: Mask) -> int:
        """Of how many people some cells are, at most."""
        return min(int(self.held_by[which].sum()), self.everybody)


def sealed_moves(history: History, heard: Sequence[str]) -> dict[str, Any]:
    """What happens to entities by chance, as sums; what happened to fewer than ten of them is left out."""
    told = {}
    for place, move in enumerate(history.moves):
        shown = history.shown(place)
        if shown is None or shown.exposure.movers < FEW:
            continue
        told[move.path] = {
            "when": move.when.text if move.when is not None else None,
            "effects": [*shown.seen],
            "people": shown.exposure.people_in(shown.exposure.days > 0),
            "moved": shown.exposure.movers,
            "cells": [*_cells(shown.exposure)],
        }
    return {"span": [*history.span], "heard": [*heard], "of": told}


def shown_by(plan: Plan, dataset: str, told: Mapping[str, Any]) -> Iterator[Shown]:
    """The same moves again, those of the scenario that come under the same condition.

    Args:
        plan: the scenario, which may hang them on less or more than that which was sealed.
        dataset: the history.
        told: of `sealed_moves`.
    """
    for place, move in enumerate(moves_of(World(plan).recipe(dataset))):
        found = told["of"].get(move.path)
        when = move.when.text if move.when is not None else None
        if found is None or move.timed is not None or move.base_per_day <= 0 or found["when"] != when:
            continue
        effects = [formula.text for formula, _ in move.effects if formula.text in found["effects"]]
        cells = np.array(found["cells"], np.float64)
        columns = cells[:, [3 + found["effects"].index(text) for text in effects]]
        exposure = Cells(
            columns, cells[:, 2], cells[:, 1], np.arange(len(cells)), cells[:, 0].astype(np.int64),
            found["people"], found["moved"],
        )  # fmt: skip
        yield Shown(place, move, tuple(effects), exposure)


def _cells(exposure: Exposure) -> Iterator[list[float]]:
    """Of each cell: people, days, events, and the means of what it hangs on over its days."""
    cell = _numbered(exposure)
    order = np.argsort(cell, kind="stable")
    begins = np.flatnonzero(np.diff(cell[order], prepend=-1))
    kept: list[Whole] = []
    rows = list[Whole]()
    for part in np.split(order, begins[1:]):
        rows.append(part)
        together = np.concatenate(rows)
        if len(np.unique(exposure.entity[together])) >= FEW:
            kept.append(together)
            rows = []
    if rows and kept:  # what is left joins the last
        kept[-1] = np.concatenate([kept[-1], *rows])
    for some in kept:
        days = exposure.days[some]
        means = days @ exposure.columns[some] / days.sum()
        people = len(np.unique(exposure.entity[some]))
        yield [people, *(float(f"{each:.12g}") for each in (days.sum(), exposure.events[some].sum(), *means))]


def _numbered(exposure: Exposure) -> Whole:
    """The cell of each span: neighbours have neighbouring numbers."""
    size = exposure.columns.shape[1]
    levels = min(int(_MOST_CELLS ** (1 / max(size, 1))), _MOST_LEVELS)
    cell = np.zeros(len(exposure.days), np.int64)
    for column in exposure.columns.T:
        cell = cell * levels + _level(column, levels)
    return cell


def _level(column: Floats, levels: int) -> Whole:
    """Which of so many levels each value is of: a level for each value, where that is enough."""
    values, code = np.unique(column, return_inverse=True)
    if len(values) <= levels:
        return np.asarray(code, np.int64)
    edges = np.unique(np.quantile(column, np.linspace(0, 1, levels + 1)[1:-1]))
    return np.searchsorted(edges, column, side="right")
