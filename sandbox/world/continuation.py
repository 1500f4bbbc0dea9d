"""Let entities go on from a state many times, and find how likely an event comes within a window.

The event itself and leaving are suppressed: along each path of the other moves their chance has a closed form. That
chance brings no other move within a stretch is a closed form too, and what comes at a time of its own is certain, so
that only the rest is averaged over paths. Where those who left may come back, leaving is a move like others, and the
event of leaving is to be away when the window ends.
Source: conditional Monte Carlo; Asmussen and Glynn, Stochastic Simulation (2007), V.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.addresses import hash_columns
from sandbox.world.columns.base import floats
from sandbox.world.draws import Floats, uniforms_of_words
from sandbox.world.evaluation import evaluated
from sandbox.world.finish import joined, plain
from sandbox.world.moves import Move, moves_of, moving_columns
from sandbox.world.periods import DAY_US
from sandbox.world.recipe import Recipe
from sandbox.world.risk import Risk
from sandbox.world.rowsets import Whole
from sandbox.world.states import NEVER, State, together

# Entities whose paths are followed at a time: their states must fit into memory together.
_MOST_STATES = 1 << 19
_ROUND_BITS = 32


@dataclass(frozen=True, slots=True)
class Leaves:
    """The event that an entity leaves, and is not back when the window ends."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The event that a new version begins whose column differs from the version before, and that satisfies `where`."""

    column: str
    where: str | None = None


Event = Leaves | Changes


@dataclass(frozen=True, eq=False)
class Threads:
    """Ways on: the `owner` of each has come to a state at `now` (microseconds UTC), with some weight; shapes (n,).

    `was` is what the column that is asked about held before the moment `now`; None where none is.
    """

    state: State
    owner: Whole
    now: Whole
    weight: Floats
    was: pa.Array | None

    def taken(self, rows: Whole, weight: Floats | None = None) -> Threads:
        """Some of them, some perhaps more than once."""
        weight = self.weight[rows] if weight is None else weight
        was = None if self.was is None else self.was.take(pa.array(rows))
        return Threads(self.state.taken(rows), self.owner[rows], self.now[rows], weight, was)


@dataclass(frozen=True)
class Continuation:
    """Lets states go on, with an event and leaving suppressed; `paths` is an even number."""

    recipe: Recipe
    event: Event
    paths: int

    @property
    def moves(self) -> tuple[Move, ...]:
        """The ways out of a version."""
        return moves_of(self.recipe)

    def probabilities(self, state: State, begins_us: int, end_us: int) -> tuple[Floats, Floats]:
        """Chance of the event within (begins, end], and its standard error; float64, shape (n,) each."""
        probability, error = np.zeros(len(state)), np.zeros(len(state))
        at_once = max(_MOST_STATES // self.paths, 1)
        for first in range(0, len(state), at_once):
            rows = np.arange(first, min(first + at_once, len(state)))
            probability[rows], error[rows] = self._some(state.taken(rows), begins_us, end_us)
        return probability, error

    def _some(self, state: State, begins_us: int, end_us: int) -> tuple[Floats, Floats]:
        """Stretch by stretch between timed moves: what chance leaves alone goes on, the rest is averaged over paths."""
        rows = len(state)
        probability, variance = np.zeros(rows), np.zeros(rows)
        begun = Threads(state, np.arange(rows), np.full(rows, begins_us), np.ones(rows), self.asked_of(state))
        threads, stretch = begun, 0
        while len(threads.owner):
            risk = self._risk(threads)
            days = _days_left(threads, risk, end_us)
            undisturbed = risk.quiet(days)
            reached, error = undisturbed * risk.chance(days), np.zeros(len(days))
            disturbed = np.flatnonzero(risk.others * days > 0)
            if len(disturbed):
                mean, spread = self._disturbed(threads.taken(disturbed), risk.taken(disturbed), end_us, stretch)
                reached[disturbed] += (1.0 - undisturbed[disturbed]) * mean
                error[disturbed] = (1.0 - undisturbed[disturbed]) * spread
            probability += np.bincount(threads.owner, threads.weight * reached, rows)
            variance += np.bincount(threads.owner, (threads.weight * error) ** 2, rows)
            due = np.flatnonzero((risk.due <= end_us) & (threads.weight > 0))
            left = (threads.weight * undisturbed * risk.survival(days))[due]
            threads, hit = self._at_their_time(threads.taken(due, left), risk.taken(due))
            probability += np.bincount(hit.owner, hit.weight, rows)
            stretch += 1
        return np.clip(probability, 0.0, 1.0), np.sqrt(variance)

    def _disturbed(self, threads: Threads, risk: Risk, end_us: int, stretch: int) -> tuple[Floats, Floats]:
        """The chance given that another move comes by chance within the stretch, over paths, and its error."""
        rows, count = len(threads.owner), self.paths
        each, path = np.repeat(np.arange(rows), count), np.tile(np.arange(count), rows)
        reached = self._follow(threads.taken(each), path, risk.taken(each), end_us, stretch)
        pairs = reached.reshape(rows, count // 2, 2)
        # The two paths of a pair share a stratum, so that their difference is chance within strata alone.
        return pairs.mean(axis=(1, 2)), np.sqrt((np.diff(pairs, axis=2) ** 2).sum(axis=(1, 2))) / count

    def _follow(self, threads: Threads, path: Whole, risk: Risk, end_us: int, stretch: int) -> Floats:
        """The chance along each path; `weight` of the threads is now that of the event not having come yet."""
        reached = np.zeros(len(path))
        threads, round_ = replace(threads, owner=np.arange(len(path)), weight=np.ones(len(path))), 0
        while len(threads.owner):
            days = _days_left(threads, risk, end_us)
            mine, draw = path[threads.owner], round_ + (stretch << _ROUND_BITS)
            uniforms = self._uniforms("wait", threads.state, mine, draw)
            # Pairs of paths share an equal stratum of the first move's chances.
            levels = (mine // 2 + uniforms) / (self.paths // 2)
            wait = risk.wait(uniforms) if round_ else risk.wait_within(levels, days)
            # Who is away is so at the end with a chance of its own; what is left of the weight comes back before it.
            away = threads.state.away if isinstance(self.event, Leaves) else np.zeros(len(mine), np.bool_)
            gone = np.where(away, risk.quiet(days), 0.0)
            wait = np.where(away & (gone < 1), risk.wait_within(uniforms, days), wait)
            inside = np.minimum(wait, days)
            reached[threads.owner] += threads.weight * (gone + risk.chance(inside))
            on = replace(threads, weight=threads.weight * (1.0 - gone) * risk.survival(inside))
            there = on.weight > 0
            moved = np.flatnonzero(there & (wait < days))
            chosen = risk.taken(moved).choose(self._uniforms("which", on.state.taken(moved), mine[moved], draw))
            at = on.now[moved] + (inside[moved] * DAY_US).astype(np.int64)
            opened = [self._opened(on.taken(moved[chosen == p]), p, at[chosen == p]) for p in np.unique(chosen)]
            due = np.flatnonzero(there & (wait >= days) & (risk.due <= end_us))
            shares = self._uniforms("share", on.state.taken(due), mine[due], draw)
            timed, hit = self._at_their_time(on.taken(due), risk.taken(due), shares)
            reached[hit.owner] += hit.weight
            threads, round_ = _joined([*opened, timed], self.recipe), round_ + 1
            risk = self._risk(threads)
        return reached

    def _opened(self, threads: Threads, place: int, at: Whole) -> Threads:
        return replace(threads, state=threads.state.moved(int(place), at), now=at)

    def _at_their_time(self, threads: Threads, risk: Risk, uniforms: Floats | None = None) -> tuple[Threads, Threads]:
        """Beyond the timed moves that are due: those who go on, and those for whom the event has come.

        Of a move's share some go and some stay: by their weights, or, where uniform numbers are given, by these.
        What falls on one moment makes one version, and is judged when nothing more is due then.
        """
        threads = replace(threads, now=risk.due, was=self._asked_before(threads, risk.due))
        on = [threads.taken(np.zeros(0, np.int64))]
        for place, move in enumerate(self.moves):
            rows = np.flatnonzero(risk.timed == place) if move.timed is not None else np.zeros(0, np.int64)
            if move.timed is None or not len(rows):
                continue
            here, share = threads.taken(rows), move.timed.share
            goes = np.full(len(rows), share) if uniforms is None else (uniforms[rows] < share).astype(np.float64)
            stays = np.flatnonzero(goes < 1)
            staying = here.taken(stays, (here.weight * (1 - goes))[stays])
            on.append(replace(staying, state=replace(staying.state, by=np.full(len(stays), place))))
            gone = np.flatnonzero(goes > 0)
            before = here.taken(gone, (here.weight * goes)[gone])
            on.append(self._opened(before, place, before.now))
        whole = _joined(on, self.recipe)
        is_hit = self._have_come_to_it(whole)
        return whole.taken(np.flatnonzero(~is_hit)), whole.taken(np.flatnonzero(is_hit))

    def asked_of(self, state: State) -> pa.Array | None:
        """What the column that is asked about holds."""
        event = self.event
        return plain(state.column(event.column)) if isinstance(event, Changes) and self._may_change() else None

    def _asked_before(self, threads: Threads, due: Whole) -> pa.Array | None:
        """What it held before the moments that are due, some of which are those that the threads have come to."""
        if threads.was is None:
            return None
        return pc.if_else(pa.array(due > threads.now), self.asked_of(threads.state), threads.was)

    def _have_come_to_it(self, threads: Threads) -> NDArray[np.bool_]:
        """For whom the event has come with all that falls on this moment."""
        found = np.zeros(len(threads.owner), np.bool_)
        if threads.was is None or not len(found):
            return found
        due = threads.state.ways(threads.now).due_us
        settled = np.flatnonzero((due > threads.now).all(axis=0))
        some = threads.taken(settled)
        found[settled] = self.comes_with(some.was, some.state)
        return found

    def _uniforms(self, purpose: str, state: State, path: Whole, draw: int) -> Floats:
        event = self.event
        names = ("leaves",) if isinstance(event, Leaves) else ("changes", event.column, event.where or "")
        address = self.recipe.process_address("truth", purpose, *names)
        who = state.entities.identities[state.who]
        return uniforms_of_words(hash_columns(address, who, path, np.full(len(state), draw, np.int64)))

    def _risk(self, threads: Threads) -> Risk:
        """How fast the event, leaving without it, and each other move come in these states."""
        state, ways = threads.state, threads.state.ways(threads.now)
        event, lost, others = self.split(state, ways.rates_per_day)
        due = ways.due_us if len(ways.due_us) else np.full((1, len(state)), NEVER)
        return Risk(event, lost, others, due.min(axis=0), due.argmin(axis=0), ways.delay_days)

    def split(self, state: State, rates_per_day: Floats) -> tuple[Floats, Floats, Floats]:
        """Rates of the event, of leaving without it, shape (n,) each, and of each other move, shape (moves, n)."""
        rates = rates_per_day.copy()
        event, lost = np.zeros(len(state)), np.zeros(len(state))
        come_back = any(move.kind == "return" for move in self.moves)
        for place, move in enumerate(self.moves):
            if move.kind != "leave":
                is_hit = self._hits(state, place)
                event += np.where(is_hit, rates[place], 0.0)
                rates[place] = np.where(is_hit, 0.0, rates[place])
            elif not come_back:
                ends = event if isinstance(self.event, Leaves) else lost
                ends += rates[place]
                rates[place] = 0.0
        return event, lost, rates

    def _hits(self, state: State, place: int) -> NDArray[np.bool_]:
        """Where a move that comes by chance would be the event."""
        if self.moves[place].timed is not None or not self._may_change():
            return np.zeros(len(state), np.bool_)
        return self.is_event(state, state.moved(place, state.since))

    def _may_change(self) -> bool:
        return isinstance(self.event, Changes) and self.event.column in moving_columns(self.recipe)

    def is_event(self, before: State, after: State) -> NDArray[np.bool_]:
        """Whether each of these states, opened out of another, is the event."""
        was = self.asked_of(before)
        return np.zeros(len(before), np.bool_) if was is None else self.comes_with(was, after)

    def comes_with(self, was: pa.Array, after: State) -> NDArray[np.bool_]:
        """Whether each of these states is the event, where the column that is asked about held `was` before."""
        event = self.event
        if not isinstance(event, Changes) or not len(after):
            return np.zeros(len(after), np.bool_)
        hits = ~_same(was, plain(after.column(event.column)))
        if event.where is not None:
            expression = self.recipe.compiled(event.where)
            values = evaluated({"where": expression}, after.column, len(after), f"{self.recipe.path}.changes")
            hits &= floats(values[expression.text]) == 1.0
        return hits


def _days_left(threads: Threads, risk: Risk, end_us: int) -> Floats:
    """How many days until the next timed move, or the window's end."""
    days: Floats = (np.minimum(risk.due, end_us) - threads.now) / DAY_US
    return days


def _joined(threads: list[Threads], recipe: Recipe) -> Threads:
    owner, now = (np.concatenate(each) for each in zip(*((each.owner, each.now) for each in threads), strict=True))
    weight = np.concatenate([each.weight for each in threads])
    known = [each.was for each in threads if each.was is not None]
    was = joined(known, known[0].type) if known else None
    return Threads(together([each.state for each in threads], recipe), owner, now, weight, was)


def _same(old: pa.Array, new: pa.Array) -> NDArray[np.bool_]:
    equal = pc.fill_null(pc.equal(old, new), False)
    return np.asarray(pc.or_(equal, pc.and_(pc.is_null(old), pc.is_null(new))))
