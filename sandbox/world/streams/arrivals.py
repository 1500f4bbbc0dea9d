"""Who comes when: the visits that begin within a span, each customer and local day at an address of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sandbox.addresses import Words, hash_columns
from sandbox.errors import InputError, Problem
from sandbox.world.draws import Floats, poisson_each, uniforms_of_words
from sandbox.world.draws.quantiles import gamma
from sandbox.world.finish import Mask
from sandbox.world.recipe import Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.streams.changes import Changes
from sandbox.world.streams.identities import MOST_STEPS, pack
from sandbox.world.streams.people import People
from sandbox.world.streams.rhythm import Rhythm

_AT_ONCE = 1 << 18
_DAYS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Visits that begin: each has a row of `people`, a packed number and a start in microseconds UTC; shape (n,)."""

    rows: Whole
    packed: Words
    starts: Whole

    def __len__(self) -> int:
        return len(self.rows)

    def some(self, first: int, last: int) -> Arrivals:
        """The visits [first, last)."""
        return Arrivals(self.rows[first:last], self.packed[first:last], self.starts[first:last])


@dataclass(frozen=True, eq=False)
class Comings:
    """How often each row of people comes, per day of the rhythm, and what the draws of a stream are addressed by."""

    recipe: Recipe
    people: People
    rhythm: Rhythm
    per_day: Floats
    changes: Changes
    steps: int
    """Places that a visit takes in a customer's day."""
    _days: dict[int, Arrivals] = field(default_factory=dict, init=False)
    """Never those of others: who replaces the rates begins with none."""

    def arrivals(self, start_us: int, stop_us: int) -> Arrivals:
        """The visits that begin within [start, stop), day by day and customer by customer.

        A customer's rate is that of the row in force as the local day begins; who is not there at the time of a visit
        does not come. What changes bring comes beside the visits of the day, with numbers after theirs.
        """
        pieces = []
        for day in self.rhythm.days_of(start_us, stop_us):
            whole = self._kept(day)
            begin, end = int(self.rhythm.days[day]), int(self.rhythm.days[day + 1])
            if start_us > begin or stop_us < end:
                inside = np.flatnonzero((whole.starts >= start_us) & (whole.starts < stop_us))
                whole = Arrivals(whole.rows[inside], whole.packed[inside], whole.starts[inside])
            pieces.append(whole)
        return together(pieces)

    def _kept(self, day: int) -> Arrivals:
        """The visits of a local day; those of the last few are kept, since a day is asked for span by span."""
        made = self._days.get(day)
        if made is None:
            made = self._days[day] = self._day(day)
            for other in list(self._days)[:-_DAYS_KEPT]:
                self._days.pop(other, None)
        return made

    def expected(self, start_us: int, stop_us: int) -> float:
        """How many visits are expected to begin within a span."""
        total = 0.0
        for day in self.rhythm.days_of(start_us, stop_us):
            begin, end = int(self.rhythm.days[day]), int(self.rhythm.days[day + 1])
            first, last = max(start_us, begin), min(stop_us, end)
            low, high = self.rhythm.at(np.array([first, last]))
            total += self._rate(begin, end) * float(high - low) * self.changes.on_average(first, last)
        return total

    def _rate(self, begin: int, end: int) -> float:
        """Visits per average day of all who are there in a local day."""
        if self.people.all_present(begin, end):
            return self._rate_of_all
        return float(self.per_day[self.people.present(begin, end)].sum())

    @cached_property
    def _rate_of_all(self) -> float:
        return float(self.per_day.sum())

    def _day(self, day: int) -> Arrivals:
        begin, end = int(self.rhythm.days[day]), int(self.rhythm.days[day + 1])
        worth = self.rhythm.worth(day)
        present = self.people.present(begin, end)
        pieces = []
        for first in range(0, len(present) if worth > 0 else 0, _AT_ONCE):
            rows = present[first : first + _AT_ONCE]
            whole, counts = self._drawn(day, rows, worth)
            pieces.append(self._packed(day, whole, whole.number))
            for change, gain in self.changes.more(begin, end):
                more, _ = self._drawn(day, rows, worth * gain, change.name)
                more = more.taken(self._comes(day, change.name, more))
                earlier = counts[more.places]
                number = earlier + np.arange(len(more.places)) - np.searchsorted(more.places, more.places)
                counts = counts + np.bincount(more.places, minlength=len(rows))
                pieces.append(self._packed(day, more, number))
        return self._without_those_kept_away(together(pieces), begin, end)

    def _drawn(self, day: int, present: Whole, worth: float, *of: str) -> tuple[Begun, Whole]:
        """Visits of a day at the rate of each row of people; and how many each was drawn, there or not."""
        words = hash_columns(self.recipe.process_address("visits", *of, day), self.people.identity[present])
        counts = _counts(words, self.per_day[present] * worth)
        some = np.flatnonzero(counts)
        places = np.repeat(some, counts[some])
        number = np.arange(len(places)) - np.repeat(np.cumsum(counts[some]) - counts[some], counts[some])
        address = self.recipe.process_address("start", *of, day)
        levels = uniforms_of_words(hash_columns(address, self.people.identity[present[places]], number))
        starts = self.rhythm.times(day, levels)
        rows = self.people.in_force(present[places], starts)
        drawn = Begun(places, rows, number, starts)
        there = rows >= 0
        return drawn if there.all() else drawn.taken(there), counts

    def _comes(self, day: int, change: str, drawn: Begun) -> Mask:
        """Which of the visits that a change may bring it does bring: as strong as it is at their starts."""
        address = self.recipe.process_address("gained", change, day)
        levels = uniforms_of_words(hash_columns(address, self.people.identity[drawn.rows], drawn.number))
        comes: Mask = levels < self.changes.strength(change, drawn.rows, drawn.starts)
        return comes

    def _packed(self, day: int, drawn: Begun, number: Whole) -> Arrivals:
        try:
            packed = pack(self.people.customer[drawn.rows], day, number * self.steps)
        except InputError as error:
            raise InputError(Problem(str(error), f"{self.recipe.path}.visits")) from None
        return Arrivals(drawn.rows, packed, drawn.starts)

    def _without_those_kept_away(self, visits: Arrivals, start_us: int, end_us: int) -> Arrivals:
        """The visits that no change takes, each by a draw of its own."""
        for change, loss in self.changes.fewer(start_us, end_us):
            address = self.recipe.process_address("lost", change.name)
            levels = uniforms_of_words(hash_columns(address, visits.packed.view(np.int64)))
            comes = levels >= loss * self.changes.strength(change.name, visits.rows, visits.starts)
            visits = Arrivals(visits.rows[comes], visits.packed[comes], visits.starts[comes])
        return visits


@dataclass(frozen=True, slots=True)
class Begun:
    """Visits of one day as they are drawn: whose (places among those present, rows in force), which, and when."""

    places: Whole
    rows: Whole
    number: Whole
    starts: Whole

    def taken(self, which: Mask) -> Begun:
        """Some of them."""
        return Begun(self.places[which], self.rows[which], self.number[which], self.starts[which])


def comings_of(recipe: Recipe, people: People, rhythm: Rhythm, changes: Changes) -> Comings:
    """What decides how often people come.

    Raises:
        InputError: the rate of a parent is negative or not finite.
    """
    visits = recipe.plan.spec.visits
    assert visits is not None
    per_day = people.numbers(visits.per_day, "visits.per_day")
    if visits.spread:
        per_day = per_day * spread_of(recipe, visits.spread, people.selves)
    return Comings(recipe, people, rhythm, per_day, changes, MOST_STEPS if recipe.plan.spec.journey else 1)


def spread_of(recipe: Recipe, spread: float, selves: Whole) -> Floats:
    """How much more often than others like them some come: gamma factors with mean 1, shape (n,).

    Args:
        recipe: of the stream.
        spread: the coefficient of variation, > 0.
        selves: what lasting traits of those who come are addressed by.
    """
    factor = recipe.once("spread", lambda: gamma(1.0 / spread**2, 1.0))
    return factor.from_words(hash_columns(recipe.process_address("spread"), selves))


def together(pieces: Sequence[Arrivals]) -> Arrivals:
    """Visits one after the other."""
    if len(pieces) == 1:
        return pieces[0]
    empty = np.zeros(0, np.int64)
    if not pieces:
        return Arrivals(empty, empty.view(np.uint64), empty)
    return Arrivals(
        np.concatenate([piece.rows for piece in pieces]),
        np.concatenate([piece.packed for piece in pieces]),
        np.concatenate([piece.starts for piece in pieces]),
    )


def _counts(words: Words, means: Floats) -> Whole:
    """Poisson counts; most are 0, which a comparison with a bound of that chance settles."""
    some = np.flatnonzero(uniforms_of_words(words) >= 1.0 - means)
    counts = np.zeros(len(words), np.int64)
    counts[some] = poisson_each(words[some], means[some])
    return counts
