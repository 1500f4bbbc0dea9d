"""What a stream's visits are about: people, machine, items and what expressions say, compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sandbox.addresses import Address, Words, hash_columns
from sandbox.errors import InputError, Problem
from sandbox.scenario.language import Pick, Shelf
from sandbox.world.draws import Floats, stable, uniforms_of_words
from sandbox.world.recipe import VISIT, Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.streams.catalogue import Catalogue, tastes
from sandbox.world.streams.changes import Changes
from sandbox.world.streams.choosing import Chooser
from sandbox.world.streams.machine import Machine, States, Weighed
from sandbox.world.streams.moment import Moment
from sandbox.world.streams.people import People

_NOT_A_STATE = ("step", "seconds", "appeal", "known")


@dataclass(frozen=True, eq=False)
class Story:
    """A stream's journey over some people."""

    recipe: Recipe
    people: People
    changes: Changes
    machine: Machine
    catalogue: Catalogue | None

    def address(self, purpose: str, *numbers: int) -> Address:
        """For a draw of the stream: purpose, step and the like; the visit comes below it."""
        return self.recipe.process_address(purpose, *numbers)

    @property
    def longest_us(self) -> int:
        """How long a visit lasts at most, in microseconds."""
        visits = self.recipe.plan.spec.visits
        assert visits is not None
        return int(visits.longest.total_seconds() * 1e6)

    @cached_property
    def _asked(self) -> frozenset[str]:
        """What weights and utilities ask of the visit so far."""
        texts = [weight for weighed in self.machine.weighed for weight in weighed.weights if isinstance(weight, str)]
        texts += self.catalogue.shared_terms if self.catalogue is not None else ()
        used = {name for text in texts for name in self.recipe.under_way(text).columns_used}
        return frozenset(name.removeprefix(VISIT) for name in used if name.startswith(VISIT))

    @cached_property
    def counted(self) -> tuple[int, ...]:
        """The states of which expressions ask how often a visit was there."""
        names = self._asked - set(_NOT_A_STATE)
        return tuple(number for number, name in enumerate(self.machine.names) if name in names)

    @property
    def asks_appeal(self) -> bool:
        """Whether an expression asks what the item was worth when it was chosen."""
        return "appeal" in self._asked

    @cached_property
    def chooser(self) -> Chooser | None:
        """How items are chosen; None where the journey is about none."""
        if self.catalogue is None or not self.catalogue.rows:
            return None
        choice, parent = self.recipe.plan.spec.choice, self.recipe.parent
        taste = parent.plan.spec.taste if parent is not None else None
        weight = choice.taste if choice is not None else 0.0
        factors = self.catalogue.factors(taste.factors) if taste is not None and weight else None
        return Chooser(self, self.catalogue, choice.consider if choice is not None else 1, weight, factors)

    @cached_property
    def tastes(self) -> NDArray[np.float32]:
        """Hidden factors of each row of people, which all their streams share; shape (rows, factors)."""
        parent = self.recipe.parent
        assert parent is not None
        assert parent.plan.spec.taste is not None
        return tastes(parent.process_address("taste"), self.people.selves, parent.plan.spec.taste.factors)

    @cached_property
    def shelves(self) -> Mapping[int, tuple[int, Shelf]]:
        """By the state that shows it."""
        found = ((number, state.shows) for number, state in enumerate(self.machine.states))
        return {number: (number, shelf) for number, shelf in found if shelf is not None}

    @property
    def _written_known(self) -> float | str:
        visits = self.recipe.plan.spec.visits
        assert visits is not None
        return visits.known

    @cached_property
    def _known(self) -> Floats:
        return self.people.numbers(self._written_known, "visits.known", most=1.0)

    def known(self, rows: Whole, identities: Whole) -> NDArray[np.bool_]:
        """Who is known from a visit's start."""
        if not isinstance(self._written_known, str) and self._written_known >= 1.0:
            return np.ones(len(rows), np.bool_)
        return uniforms_of_words(hash_columns(self.address("known"), identities)) < self._known[rows]

    def weigh(self, weighed: Weighed, moment: Moment, places: Whole, words: Words) -> States:
        """Where visits in a state go whose weights hang on the moment.

        Raises:
            InputError: a weight is negative or not finite, or none is above 0.
        """
        here = moment.take(places)
        reached = np.zeros((len(places), len(weighed.weights)))
        total = np.zeros(len(places))
        for way, weight in enumerate(weighed.weights):
            total = total + (self._values(weight, here) if isinstance(weight, str) else weight)
            reached[:, way] = total
        path = f"{self.recipe.path}.journey.{self.machine.names[weighed.state]}.then"
        if not (total > 0).all() or not np.isfinite(total).all() or (np.diff(reached, axis=1) < 0).any():
            message = "the weights must be >= 0 and finite, and one above 0; bound them with greatest() and least()."
            raise InputError(Problem(message, path))
        reached = stable(reached)
        ways = (reached <= (uniforms_of_words(words) * reached[:, -1])[:, None]).sum(axis=1)
        following: States = weighed.targets[np.minimum(ways, len(weighed.targets) - 1)]
        return following

    def _values(self, text: str, moment: Moment) -> Floats:
        made = self.recipe.under_way(text).evaluate(moment.operand, len(moment), f"{self.recipe.path}.journey")
        return np.nan_to_num(made.floats(len(moment)), nan=0.0, posinf=np.inf)

    def over_items(self, text: str, moment: Moment, items: Whole) -> Floats:
        """A term of the utility for each visit and each item before it; shape of `items`."""
        wide, flat = items.shape[1], items.ravel()
        each = replace(moment.take(np.repeat(np.arange(len(moment)), wide)), items=flat.astype(np.int32))
        made = self.recipe.under_way(text).evaluate(each.operand, len(flat), f"{self.recipe.path}.choice.utility")
        return np.nan_to_num(made.floats(len(flat)), nan=0.0).reshape(items.shape)


def items_of(recipe: Recipe) -> str | None:
    """The dataset of the items that a stream's journey is about."""
    journey = recipe.plan.spec.journey
    picks = [state.item for state in journey.states.values()] if journey is not None else []
    return next((pick.of for pick in picks if isinstance(pick, Pick)), None)
