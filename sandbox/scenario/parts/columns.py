"""What a column generator is told and asked, by the validator and while rows are made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pyarrow as pa

from sandbox.registry import Part

if TYPE_CHECKING:
    import numpy as np

    from sandbox.addresses import Address
    from sandbox.contract.model import Contract

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the validator knows while it asks a generator: columns, their types, its expressions, the datasets."""

    dataset: str
    columns: Mapping[str, pa.DataType]
    expressions: Mapping[str, pa.DataType]
    """Result type of each SQL text that `ColumnPart.expressions` gave."""
    datasets: Mapping[str, Contract]
    parent: str | None
    rows: int
    """Rows of this dataset where known before generating; -1 where a process decides."""
    folder: str = "."
    """Where files that a scenario names are looked for."""
    unique: bool = False
    """Whether the column must not repeat a value."""
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What `ColumnPart.facts` told of the columns that were bound before this one."""
    process: Mapping[str, pa.DataType] = field(default_factory=dict)
    """Columns that the visits of a stream bring, by full name; none elsewhere."""
    process_facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is known of them, by what they are."""


class Drawing(Protocol):
    """A distribution as arrays draw it: a non-decreasing function of 64-bit words (see `sandbox.world.draws`)."""

    def from_words(self, words: np.ndarray[Any, np.dtype[np.uint64]]) -> np.ndarray[Any, Any]: ...
    def draw(self, address: Address, start: int, stop: int) -> np.ndarray[Any, Any]: ...


class Rows(Protocol):
    """The rows [start, stop) of one dataset while they are made: addressed bits, and what is already known of them."""

    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def total(self) -> int:
        """Rows of the whole dataset; -1 where a process decides."""

    @property
    def unique(self) -> bool:
        """Whether the column must not repeat a value; `start` and `total` then number the rows."""

    @property
    def folder(self) -> str:
        """Where files that a scenario names are looked for."""

    def __len__(self) -> int: ...
    def bits(self, purpose: str) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """One uint64 a row, drawn for this column and purpose; the same whatever slice is asked for."""

    def draw(self, purpose: str, distribution: Drawing) -> np.ndarray[Any, Any]:
        """One value a row: what `distribution` makes of the rows' words for `purpose`.

        Rows that are addressed by number use `distribution.draw`, which may be cheaper; others `from_words`. In a
        correlated group, the purpose `value` gets the words of the group's copula.
        """

    def once(self, purpose: str, make: Callable[[Address], Made]) -> Made:
        """What is made once for the whole column, from an address of its own: a pool, a table of weights."""

    def column(self, name: str) -> pa.Array:
        """A column of these rows that was made before; `parent.name` for the parent's, as of the row's time."""

    def expression(self, text: str) -> pa.Array:
        """The value of one of the generator's SQL expressions for each row."""

    def within(self, purpose: str, generator: ColumnPart, repeats: np.ndarray[Any, Any] | None = None) -> pa.Array:
        """Values of a nested generator: one a row, or `repeats[i]` of them for row i, flattened."""

    def table(self, dataset: str) -> Table:
        """Another dataset, to reference or look up."""

    def references(self, column: str) -> tuple[Table, np.ndarray[Any, np.dtype[np.int64]]]:
        """The dataset behind a `ref` column (or the parent's key), and its row number for each row; -1 for null."""

    @property
    def window(self) -> tuple[int, int]:
        """The clock's start and end, microseconds UTC."""

    @property
    def zone(self) -> str:
        """The scenario's zone, to draw daily shapes in."""


class Table(Protocol):
    """A dataset seen from another one: how many rows, and the values of a column at given row numbers."""

    @property
    def rows(self) -> int: ...
    @property
    def key(self) -> str:
        """The column that a reference holds: the dataset's key."""

    def take(self, column: str, rows: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Array: ...
    def find(self, keys: pa.Array) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The row of each key; -1 where no row has it."""


class ColumnPart(Part):
    """Base of a column generator: how the values of one column arise.

    Subclasses are frozen pydantic models (their fields are the keys that a user writes) and are registered under
    the entry point group `sandbox.columns`.
    """

    @abstractmethod
    def yields(self, scope: Scope) -> pa.DataType:
        """The Arrow type of the values. Raises ValueError with a mend where the configuration makes no sense."""

    @abstractmethod
    def generate(self, rows: Rows) -> pa.Array:
        """Draw the values of `rows`: one a row, without a Python loop once a row, equal for any slicing."""

    def expressions(self) -> Mapping[tuple[str | int, ...], str]:
        """SQL expressions inside, by the path of the key that holds each; bound over the columns before generating."""
        return {}

    def reads(self) -> Sequence[str]:
        """Columns of the same rows that must be made before, beside those that expressions use."""
        return ()

    def datasets(self) -> Sequence[str]:
        """Other datasets that must be known before."""
        return ()

    def files(self) -> Sequence[str]:
        """Files that are read, relative to the scenario's folder."""
        return ()

    def capacity(self, scope: Scope) -> int | None:
        """How many different values there can be; None where that is no limit."""
        return None

    def proves(self, scope: Scope) -> frozenset[str]:
        """Rules that hold by the making: `not_null`, `unique`, `values`, `pattern`, `range`, `foreign_key`."""
        return frozenset({"not_null"})

    def facts(self, scope: Scope) -> Mapping[str, Any]:
        """What a contract may be told of the column: `values`, `ge`, `le`, `pattern`, `references` …"""
        return {}
