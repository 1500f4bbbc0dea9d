"""The items of a stream: how easily each comes to mind, its hidden factors, and what it is worth to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import Address, hash_columns, words
from sandbox.world.arrays import Operand, operand_of
from sandbox.world.draws import Choice as Weighted
from sandbox.world.draws import Floats, Permutation, normal
from sandbox.world.recipe import ITEM, Recipe
from sandbox.world.rowsets import Whole
from sandbox.world.views import moments

NONE = -1
"""No item."""
_STANDARD = normal()


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The items that a stream's journeys are about, by row number."""

    recipe: Recipe
    """Of the stream."""
    dataset: str
    rows: int
    _columns: dict[str, pa.Array] = field(default_factory=dict)
    _operands: dict[str, Operand] = field(default_factory=dict)
    _groups: dict[str, Groups] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    @property
    def key(self) -> str:
        """The column that names an item."""
        return self.recipe.tables(self.dataset).key

    def column(self, name: str) -> pa.Array:
        """A column of all items; text as a dictionary."""
        with self._lock:
            if name not in self._columns:
                values = self.recipe.tables(self.dataset).take(name, np.arange(self.rows, dtype=np.int64))
                self._columns[name] = values.dictionary_encode() if pa.types.is_string(values.type) else values
            return self._columns[name]

    def operand(self, name: str) -> Operand:
        """The same for expressions over arrays."""
        with self._lock:
            if name not in self._operands:
                self._operands[name] = operand_of(self.column(name))
            return self._operands[name]

    @cached_property
    def weights(self) -> Floats:
        """How easily each item comes to mind: Zipf by a rank that is shuffled among the items."""
        choice = self.recipe.plan.spec.choice
        exponent = choice.popularity if choice is not None else 1.0
        ranks = Permutation(self.recipe.process_address("popularity"), self.rows).places(np.arange(self.rows))
        return np.asarray((ranks + 1.0) ** -exponent, np.float64)

    @cached_property
    def popular(self) -> Weighted:
        """The items by how easily they come to mind."""
        return Weighted(self.weights)

    @cached_property
    def any(self) -> Weighted:
        """All items alike."""
        return Weighted(np.ones(self.rows))

    @cached_property
    def best(self) -> Whole:
        """Row numbers of the items, the most popular first."""
        return np.argsort(-self.weights, kind="stable")

    def groups(self, column: str) -> Groups:
        """The items by their value of a column."""
        with self._lock:
            if column not in self._groups:
                self._groups[column] = Groups.of(self.column(column), self.weights)
            return self._groups[column]

    @cached_property
    def since(self) -> Whole | None:
        """From when each item is there, microseconds UTC; None where all are there always."""
        choice = self.recipe.plan.spec.choice
        return moments(self.column(choice.since), self.recipe) if choice is not None and choice.since else None

    @cached_property
    def worth(self) -> Floats:
        """What of each item's utility hangs on nothing but the item; float64, shape (rows,)."""
        total = np.zeros(self.rows)
        for text, coefficient in self.own_terms.items():
            made = self.recipe.under_way(text).evaluate(self._own, self.rows, f"{self.recipe.path}.choice.utility")
            total += coefficient * np.nan_to_num(made.floats(self.rows), nan=0.0)
        return total

    @cached_property
    def own_terms(self) -> Mapping[str, float]:
        """The terms of the utility that use columns of the item alone."""
        choice = self.recipe.plan.spec.choice
        terms = choice.utility if choice is not None else {}
        return {text: by for text, by in terms.items() if all(map(_is_item, self.recipe.under_way(text).columns_used))}

    @cached_property
    def shared_terms(self) -> Mapping[str, float]:
        """The other terms: they use columns of the customer too."""
        choice = self.recipe.plan.spec.choice
        return {} if choice is None else {k: by for k, by in choice.utility.items() if k not in self.own_terms}

    def factors(self, count: int) -> NDArray[np.float32]:
        """Hidden factors of each item, shape (count, rows), so scaled that taste has variance 1 over items."""
        address = Address((self.recipe.whole.seed, self.dataset, 0, "taste"), self.recipe.whole.engine)
        drawn = [_STANDARD.from_words(words(address.of(factor), 0, self.rows)) for factor in range(count)]
        return np.asarray(np.stack(drawn) / np.sqrt(count), np.float32)

    def _own(self, name: str) -> Operand:
        return self.operand(name.removeprefix(ITEM))


@dataclass(frozen=True, eq=False)
class Groups:
    """Items sorted by a column's value; `reached` sums their weights in that order."""

    of_item: Whole
    items: Whole
    starts: Whole
    reached: Floats

    @classmethod
    def of(cls, values: pa.Array, weights: Floats) -> Groups:
        """Group items by value; those without one are a group too."""
        codes = values.dictionary_encode() if not pa.types.is_dictionary(values.type) else values
        of_item = codes.indices.fill_null(len(codes.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
        items = np.argsort(of_item, kind="stable")
        starts = np.searchsorted(of_item[items], np.arange(len(codes.dictionary) + 2))
        return cls(of_item, items, starts, np.concatenate([np.zeros(1), np.cumsum(weights[items])]))

    def pick(self, like: Whole, uniforms: Floats) -> Whole:
        """For each item another of its group, by weight."""
        group = self.of_item[like]
        low, high = self.reached[self.starts[group]], self.reached[self.starts[group + 1]]
        places = np.searchsorted(self.reached, low + uniforms * (high - low), side="right") - 1
        return self.items[np.clip(places, self.starts[group], self.starts[group + 1] - 1)]


def tastes(address: Address, identities: Whole, count: int) -> NDArray[np.float32]:
    """Hidden factors of customers, shape (n, count): standard normal, each at an address of its own.

    Kept as float32: 4 bytes a factor and customer, and sums of them come out the same on every processor.
    """
    drawn = np.empty((len(identities), count), np.float32)
    for factor in range(count):
        drawn[:, factor] = _STANDARD.from_words(hash_columns(address.of(factor), identities))
    return drawn


def _is_item(name: str) -> bool:
    return name.startswith(ITEM)
