"""What the language asks of a part: the base of a column generator, a source, a sink and a blueprint.

The classes here are what a plugin author subclasses. They hold configuration and answer the validator's
questions; the work is done by methods that the rooms above call with their own context.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import pyarrow as pa

from sandbox.errors import InputError
from sandbox.registry import Part

if TYPE_CHECKING:
    import numpy as np

    from sandbox.addresses import Address
    from sandbox.contract.checks import Checked
    from sandbox.contract.conform import Conformed
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


@dataclass(frozen=True, slots=True)
class Share:
    """An independent share of a source's rows (a file, a row group, a range): the unit of work and of resuming.

    `start` and `stop` count in the source's own unit; `rows` is an estimate for progress, -1 where unknown.
    """

    index: int
    name: str
    start: int = 0
    stop: int = -1
    rows: int = -1
    fingerprint: str = ""
    """Changes when the share's content may have (a file's size and time); part of what resuming compares."""
    apart: tuple[str, ...] = ()
    """Of rows that are not the source's own but were added: what each is there for."""
    size: int = -1
    """Bytes of the file that the share is the whole of; -1 of all else."""


class Source(Protocol):
    """Where a dataset's rows come from. Nothing downstream asks which kind it is."""

    @property
    def contract(self) -> Contract: ...

    @property
    def proven(self) -> frozenset[str]:
        """Names of the contract's rules that hold by the making and need no check."""

    @property
    def arrival(self) -> str:
        """How it is known when a row arrived, in words."""

    def shares(self) -> Sequence[Share]: ...

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Conformed | Checked]:
        """The share's rows with the envelope `_sandbox`: in the contract's columns, or conformed to them.

        Rows that could not even be taken apart come as `Checked`, refused already.
        """

    def delivery(self) -> Mapping[str, Any]:
        """What became of the rows on their way here, as counts for the manifest; empty where nothing is known of it."""

    def close(self) -> None: ...


class SourcePart(Part):
    """Base of a source's configuration (entry point group `sandbox.sources`): where rows lie, not yet how they map."""

    needs: ClassVar[str | None] = None
    """The extra that must be installed for it."""

    @abstractmethod
    def touches(self) -> Mapping[str, Sequence[str]]:
        """What is opened: `{"file": [...], "host": [...]}`, without secrets."""

    @abstractmethod
    def open(self, folder: str) -> RawSource:
        """Open it, relative paths from `folder`. Raises OutsideError with the reason."""

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, Any]:
        """The fields that an address says, as of an `OutletPart`. Raises ValueError with a mend."""
        name = cls.shorthand()
        if name is None:
            raise ValueError("cannot be named by an address.")
        return {name: location}

    def keeps_order(self) -> bool:
        """Whether rows are read in the order in which they came there."""
        return True

    def with_whole_messages(self, column: str) -> SourcePart | None:
        """The same source, with each message as the JSON that it is in a column; None where it has none such."""
        return None

    def follow(self, folder: str, position: Mapping[str, str] | None) -> Following:
        """Open it to go on as rows come, after `position` (of `Following.position`); None: from where it says itself.

        Raises:
            InputError: a source of this kind cannot be followed.
            OutsideError: as `open`.
        """
        raise InputError("a source of this kind cannot be followed; kafka, kinesis, postgresql and folders can.")


@dataclass(frozen=True, slots=True)
class Unread:
    """Rows that a real source found but could not take apart: their text, and why, as the name of a rule."""

    texts: Sequence[str]
    rule: str


class RawSource(Protocol):
    """A real source before mapping: shares of raw batches, in the source's own names and types.

    A source that knows when and where rows came (a topic, a stream, a folder of landed files) says so in a column
    `_sandbox`, an envelope (see `sandbox.contract.envelope`); a contract version of 0 there is unknown. One that makes
    floats of numbers with more digits may have a method `keep_digits`, which names the keys whose numbers stay as text.
    """

    def schema(self) -> pa.Schema: ...
    def shares(self) -> Sequence[Share]: ...
    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Unread]: ...
    def close(self) -> None: ...


class Following(Protocol):
    """A real source that goes on: rows in its own names and types, as they come. Used by one thread.

    One that knows by how long it is behind, rather than by how many rows, has a method `behind_s` too, like `lag`.
    """

    def schema(self) -> pa.Schema:
        """Names and types as far as they are known."""

    def poll(self, wait_s: float) -> Sequence[pa.RecordBatch | Unread]:
        """Rows that came since, waiting so long for the first; none came: an empty sequence.

        Raises:
            OutsideError: the source does not answer any more, and trying again for a while did not help.
        """

    def position(self) -> Mapping[str, str]:
        """Where it stands after what `poll` gave, by partition, shard or file: what `follow` goes on from."""

    def lag(self) -> int | None:
        """Rows that wait at the source; None where it cannot tell."""

    def close(self) -> None: ...


class SinkPart(Part):
    """Base of a sink's configuration (entry point group `sandbox.sinks`)."""

    holds_structs: ClassVar[bool] = True
    """Whether a value may have parts; else what has, such as the row before a change, comes as columns of its own."""

    @abstractmethod
    def open(self, path: str, schema: pa.Schema) -> Writer:
        """A writer of one part at `path`; `schema` is the contract's columns, without the envelope."""

    @abstractmethod
    def suffix(self) -> str:
        """The ending of a part's file, with its dot."""


class Writer(Protocol):
    """Writes one part of a dataset; `close` is idempotent and leaves a whole file."""

    def write(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...
