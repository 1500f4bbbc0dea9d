"""Let entities go on from a state many times, and find how likely an event comes within a window.

The event itself and leaving are suppressed: along each path of the other transitions their chance has a closed form.
That no other transition comes within the window is a closed form too, so that only the rest is averaged over paths.
Source: conditional Monte Carlo; Asmussen and Glynn, Stochastic Simulation (2007), V.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.addresses import hash_columns
from sandbox.world.columns.base import floats
from sandbox.world.draws import Floats, stable, uniforms_of_words
from sandbox.world.evaluation import evaluated
from sandbox.world.finish import plain
from sandbox.world.periods import DAY_US
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.states import LEAVE, Move, State, moving_columns, together

# Entities whose paths are followed at a time: their states must fit into memory together.
_MOST_STATES = 1 << 19


@dataclass(frozen=True, slots=True)
class Leaves:
    """The event that an entity leaves."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The event that a new version begins whose column differs from the version before, and that satisfies `where`."""

    column: str
    where: str | None = None


Event = Leaves | Changes


@dataclass(frozen=True)
class Continuation:
    """Lets states go on, with an event and leaving suppressed."""

    recipe: Recipe
    moves: tuple[Move, ...]
    event: Event
    paths: int

    def probabilities(self, state: State, begins_us: int, days: float) -> tuple[Floats, Floats]:
        """Chance of the event within so many days, and its standard error; float64, shape (n,) each."""
        probability, error = np.zeros(len(state)), np.zeros(len(state))
        at_once = max(_MOST_STATES // self.paths, 1)
        for first in range(0, len(state), at_once):
            rows = np.arange(first, min(first + at_once, len(state)))
            probability[rows], error[rows] = self._some(state.taken(rows), begins_us, days)
        return probability, error

    def _some(self, state: State, begins_us: int, days: float) -> tuple[Floats, Floats]:
        risk = self._risk(state)
        undisturbed = stable(np.exp(-risk.others * days))
        probability = undisturbed * risk.chance(days)
        error = np.zeros(len(state))
        disturbed = np.flatnonzero(risk.others * days > 0)
        if len(disturbed):
            owner = np.repeat(disturbed, self.paths)
            path = np.tile(np.arange(self.paths), len(disturbed))
            reached = self._follow(state.taken(owner), path, risk.taken(owner), begins_us, days)
            pairs = reached.reshape(len(disturbed), self.paths // 2, 2)
            weight = 1.0 - undisturbed[disturbed]
            probability[disturbed] += weight * pairs.mean(axis=(1, 2))
            # The two paths of a pair share a stratum, so that their difference is chance within strata alone.
            spread = np.sqrt((np.diff(pairs, axis=2) ** 2).sum(axis=(1, 2)))
            error[disturbed] = weight * spread / self.paths
        return np.clip(probability, 0.0, 1.0), error

    def _follow(self, state: State, path: Whole, risk: Risk, begins_us: int, days: float) -> Floats:
        """The chance along each path on which another transition comes within the window."""
        reached, there, left = np.zeros(len(state)), np.ones(len(state)), np.full(len(state), days)
        alive, round_ = np.arange(len(state)), 0
        while len(alive):
            uniforms = self._uniforms("wait", state, path[alive], round_)
            wait = self._first_wait(uniforms, path[alive], risk, days) if round_ == 0 else _wait(uniforms, risk)
            moves = (wait < left[alive]) & (there[alive] > 0)
            inside = np.minimum(wait, left[alive])
            reached[alive] += there[alive] * risk.chance(inside)
            there[alive] *= risk.survival(inside)
            left[alive] -= inside
            chosen = np.where(moves, risk.choose(self._uniforms("which", state, path[alive], round_)), -1)
            at = begins_us + ((days - left[alive]) * DAY_US).astype(np.int64)
            rows = [np.flatnonzero(chosen == place) for place in range(len(self.moves))]
            pairs = zip(self.moves, rows, strict=True)
            opened = [state.taken(some).moved(move, at[some]) for move, some in pairs if len(some)]
            alive, round_ = alive[np.concatenate(rows)], round_ + 1
            if opened:
                state = together(opened, self.recipe)
                risk = self._risk(state)
        return reached

    def _first_wait(self, uniforms: Floats, path: Whole, risk: Risk, days: float) -> Floats:
        """Given that the first transition comes within the window; pairs of paths share an equal stratum of chances."""
        levels = (path // 2 + uniforms) / (self.paths // 2)
        wait: Floats = -np.log1p(levels * np.expm1(-risk.others * days)) / risk.others
        return wait

    def _uniforms(self, purpose: str, state: State, path: Whole, round_: int) -> Floats:
        event = self.event
        names = ("leaves",) if isinstance(event, Leaves) else ("changes", event.column, event.where or "")
        address = self.recipe.process_address("truth", purpose, *names)
        who = state.entities.identities[state.who]
        return uniforms_of_words(hash_columns(address, who, path, np.full(len(state), round_, np.int64)))

    def _risk(self, state: State) -> Risk:
        """How fast the event, leaving without it, and each other transition come in these states."""
        rates = state.rates_per_day(self.moves)
        event, lost = np.zeros(len(state)), np.zeros(len(state))
        for place, move in enumerate(self.moves):
            if move.name == LEAVE:
                if isinstance(self.event, Leaves):
                    event += rates[place]
                else:
                    lost += rates[place]
                rates[place] = 0.0
            elif isinstance(self.event, Changes):
                hits = self._hits(state, move, self.event)
                event += np.where(hits, rates[place], 0.0)
                rates[place] = np.where(hits, 0.0, rates[place])
        return Risk(event, lost, rates)

    def _hits(self, state: State, move: Move, event: Changes) -> NDArray[np.bool_]:
        """Where the transition would be the event."""
        if event.column not in moving_columns(self.recipe) or not len(state):
            return np.zeros(len(state), np.bool_)
        after = state.moved(move, state.since)
        old, new = (plain(each.column(event.column)) for each in (state, after))
        hits = ~_same(old, new)
        if event.where is not None:
            expression = self.recipe.compiled(event.where)
            values = evaluated({"where": expression}, after.column, len(after), f"{self.recipe.path}.changes")
            hits &= floats(values[expression.text]) == 1.0
        return hits


def _wait(uniforms: Floats, risk: Risk) -> Floats:
    with np.errstate(divide="ignore"):
        wait: Floats = -np.log1p(-uniforms) / risk.others
    return wait


@dataclass(frozen=True)
class Risk:
    """Rates per day in some states: of the event, of leaving without it, and of each move that is neither."""

    event: Floats
    lost: Floats
    moves: Floats

    @property
    def others(self) -> Floats:
        """The rate at which any other transition comes."""
        total: Floats = self.moves.sum(axis=0)
        return total

    def taken(self, rows: Whole) -> Risk:
        """Some of the states."""
        return Risk(self.event[rows], self.lost[rows], self.moves[:, rows])

    def chance(self, days: Floats | float) -> Floats:
        """That the event comes within so many days, and leaving does not come before it."""
        both = self.event + self.lost
        share = np.divide(self.event, both, out=np.zeros_like(both), where=both > 0)
        return stable(share * -np.expm1(-both * days))

    def survival(self, days: Floats) -> Floats:
        """That neither comes within so many days."""
        return stable(np.exp(-(self.event + self.lost) * days))

    def choose(self, uniforms: Floats) -> Whole:
        """Which other transition comes, by its rate; the place of the move."""
        sums = np.cumsum(self.moves, axis=0)
        chosen: Whole = (sums <= uniforms * sums[-1]).sum(axis=0).clip(max=len(sums) - 1)
        return chosen


def _same(old: pa.Array, new: pa.Array) -> NDArray[np.bool_]:
    equal = pc.fill_null(pc.equal(old, new), False)
    return np.asarray(pc.or_(equal, pc.and_(pc.is_null(old), pc.is_null(new))))
