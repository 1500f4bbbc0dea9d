"""For how long something could have come, and how often it did: what a hazard is fitted to.

Spans in which it could come are cut at midnights where the hazard listens to what happened of late, since then it
holds for a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.families import FEW, Floats
from sandbox.calibrate.lives import Lives, Mask, Spells, as_moments, as_texts, ended_by, lives_of, spells_of
from sandbox.contract.zones import to_local
from sandbox.scenario.language.life import Recent
from sandbox.scenario.plan import Plan
from sandbox.world.columns.base import floats
from sandbox.world.evaluation import evaluated
from sandbox.world.formulas import Formula
from sandbox.world.moves import Move, moves_of
from sandbox.world.periods import DAY_US, period_starts
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.states import NEVER
from sandbox.world.world import World

_MOST_DAYS = 2_000_000
"""Days of entities that are looked at, where a hazard listens; beyond it entities are left out."""


@dataclass(frozen=True, eq=False)
class Exposure:
    """Spans with what a hazard hangs on: `columns` has shape (n, effects that are seen), all else (n,)."""

    columns: Floats
    events: Floats
    days: Floats
    entity: Whole

    @property
    def came(self) -> int:
        """How often it happened."""
        return int(self.events.sum())

    @property
    def movers(self) -> int:
        """To how many entities it happened."""
        return self.people_in(self.events > 0)

    def people_in(self, which: Mask) -> int:
        """Of how many entities some spans are."""
        return len(np.unique(self.entity[which]))

    def tells(self, place: int) -> bool:
        """Whether an effect differs among enough entities for it to be nobody's own."""
        values = self.columns[:, place]
        return self.people_in(values != np.median(values)) >= FEW


@dataclass(frozen=True, eq=False)
class Shown:
    """A move that comes by chance, and what shows of it: which of its effects, and the exposure to it."""

    place: int
    """Of the move among all of the history."""
    move: Move
    seen: tuple[str, ...]
    exposure: Exposure


@dataclass(frozen=True, eq=False)
class History:
    """A history as its versions tell it, with the streams that it listens to."""

    recipe: Recipe
    lives: Lives
    span: tuple[int, int]
    """From when until when it is seen, microseconds UTC."""
    heard: Mapping[str, Tally]
    """What happened of late, by its name, as far as that is seen."""

    @classmethod
    def of(
        cls, plan: Plan, dataset: str, tables: Mapping[str, pa.Table], span: tuple[int, int] | None = None
    ) -> History | None:
        """A history, with whatever it listens to among these tables; None where nothing tells of lives.

        Args:
            plan: says what may happen.
            dataset: the history.
            tables: its versions, and the rows of streams, by dataset; whole entities of all.
            span: from when until when; else from the clock's start until the last that happened within it.
        """
        planned, clock = plan.datasets[dataset], plan.clock
        key, recipe = planned.spec.key, World(plan).recipe(dataset)
        secret = [name for name, column in planned.spec.columns.items() if column.options.pii]
        lives = lives_of(tables[dataset], planned.contract, str(key), secret, clock.zone)
        if lives is None or not isinstance(key, str):
            return None
        if span is None:
            moments = np.concatenate([lives.since, lives.until])
            seen = moments[(moments > clock.start_us) & (moments <= clock.end_us)]
            if not len(seen):
                return None
            span = clock.start_us, int(seen.max())
        heard: dict[str, Tally] = {}
        for name, written in planned.spec.recent.items():
            if written.count in tables:
                tally = _tally(plan, written, lives, tables[written.count], key)
                heard |= {} if tally is None else {name: tally}
        return cls(recipe, lives, span, heard)

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """All that may happen to an entity."""
        return moves_of(self.recipe)

    def shows(self, formula: Formula | None) -> bool:
        """Whether all that a formula reads is seen."""
        return self.lives.shows(formula, self.heard)

    def shown(self, place: int) -> Shown | None:
        """What shows of a move; None where it does not come by chance, or cannot be told from others."""
        move = self.moves[place]
        exposure = self.exposure(place) if move.timed is None and move.base_per_day > 0 else None
        seen = tuple(formula.text for formula, _ in move.effects if self.shows(formula))
        return None if exposure is None else Shown(place, move, seen, exposure)

    def exposure(self, place: int) -> Exposure | None:
        """To one of the moves, with the effects that are seen; None where it cannot be told from others."""
        move = self.moves[place]
        decimals = {column.name: column.decimals for column in self.recipe.plan.columns}
        came = ended_by(self.lives, self.moves, place, decimals)
        if came is None or not self.shows(move.when):
            return None
        spells = spells_of(self.lives, move, came, self.span)
        effects = [formula for formula, _ in move.effects if self.shows(formula)]
        read = {name for formula in (*effects, move.when) if formula for name in formula.columns_used}
        if read & self.heard.keys():
            spells = self._by_day(spells)
        if move.when is not None:
            spells = spells.take(self._values(move.when, spells) == 1.0)
        columns = [np.nan_to_num(self._values(formula, spells), posinf=0.0, neginf=0.0) for formula in effects]
        return Exposure(
            np.column_stack(columns) if columns else np.zeros((len(spells.row), 0)),
            spells.came.astype(np.float64),
            (spells.end_us - spells.begin_us) / DAY_US,
            self.lives.entity[spells.row],
        )

    def _values(self, formula: Formula, spells: Spells) -> Floats:
        day = to_local(spells.begin_us, self.recipe.clock.zone) // DAY_US
        entity = self.lives.entity[spells.row]
        more = {name: self.heard[name].at(entity, day) for name in formula.columns_used if name in self.heard}
        return floats(self.lives.value(formula, spells.row, more, self.recipe.path))

    def _by_day(self, spells: Spells) -> Spells:
        """Cut at midnights; of as many entities as there is room for."""
        midnights = period_starts("day", *self.span, self.recipe.clock.zone)
        edges = np.unique(np.concatenate([[self.span[0]], midnights, [self.span[1]]]))
        first = np.searchsorted(edges, spells.begin_us, side="right") - 1
        pieces = np.searchsorted(edges, spells.end_us, side="left") - first
        room = _MOST_DAYS / max(int(pieces.sum()), 1)
        if room < 1:
            words = hash_columns(Address(("calibrate", "lives")), self.lives.entity[spells.row])
            return self._by_day(spells.take(words < np.uint64(0.95 * room * 2.0**64)))
        rows = np.repeat(np.arange(len(pieces)), pieces)
        number = np.arange(len(rows)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        place = first[rows] + number
        is_last: Mask = number == pieces[rows] - 1
        return Spells(
            spells.row[rows],
            np.maximum(spells.begin_us[rows], edges[place]),
            np.minimum(spells.end_us[rows], edges[place + 1]),
            spells.came[rows] & is_last,
        )


@dataclass(frozen=True, eq=False)
class Tally:
    """What happened to entities, to be counted of the last days: `moments` are entity and local day as one, sorted."""

    moments: Whole
    first_day: int
    days: int
    within: int

    def at(self, entity: Whole, day: Whole) -> pa.Array:
        """How much happened to each entity in the days before each day; shape (n,)."""
        ends, begins = (
            entity * (self.days + 1) + np.clip(day - self.first_day - back, 0, self.days) for back in (0, self.within)
        )
        return pa.array(np.searchsorted(self.moments, ends) - np.searchsorted(self.moments, begins))


def _tally(plan: Plan, written: Recent, lives: Lives, table: pa.Table, key: str) -> Tally | None:
    """The events that a history hears; None where the rows do not tell whose and when they are, or which count."""
    planned = plan.datasets[written.count]
    time = planned.contract.time
    own = next((each.columns[0] for each in planned.contract.foreign_keys if each.dataset == planned.parent), key)
    if time is None or not {time, own} <= {*table.column_names}:
        return None
    counts = np.ones(table.num_rows, np.bool_)
    if written.where is not None:
        formula = World(plan).recipe(written.count).compiled(written.where)
        if not {*formula.columns_used} <= {*table.column_names}:
            return None
        path = f"datasets.{planned.parent}.recent"
        held = evaluated({"": formula}, lambda name: table[name].combine_chunks(), table.num_rows, path)
        counts = floats(held[formula.text]) == 1.0
    entity = np.asarray(pc.index_in(as_texts(table[own].combine_chunks()), lives.keys).fill_null(-1), np.int64)
    us = as_moments(table[time].combine_chunks(), plan.clock.zone)
    known = counts & (entity >= 0) & (us < NEVER)
    entity, day = entity[known], to_local(us[known], plan.clock.zone) // DAY_US
    first, last = (int(day.min()), int(day.max())) if len(day) else (0, 0)
    days = last - first + 1
    moments = np.sort(entity * (days + 1) + day - first)
    return Tally(moments, first, days, max(written.within.days, 1))
