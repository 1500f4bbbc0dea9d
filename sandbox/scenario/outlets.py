"""What the language asks of a live sink: the base of its configuration, and what it says of the rows sent to it.

A `SinkPart` writes the parts of a landing, each a file. An `OutletPart` is sent to: a topic, a stream, a table, an
address, files that roll. Both are sinks, of one entry point group; this one says of every row what became of it, so
that a replay can go on where it stopped.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

import pyarrow as pa

from sandbox.registry import Part

if TYPE_CHECKING:
    import numpy as np

    from sandbox.contract.model import Contract

Faults: TypeAlias = "np.ndarray[Any, np.dtype[np.int8]]"
"""Of each row, what is to be wrong with its bytes: indices into `FAULTS`, shape (n,)."""
FAULTS = ("none", "truncated", "wrong_encoding", "wrong_schema_id", "oversized")
"""What may be wrong with a row's bytes as they travel; a row's fault is its index here, as int8."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is sent: rows of one contract, under one name, by which a sink with books of its own can keep them."""

    contract: Contract
    """The columns, keys and versions of the rows (without the envelope, which every batch has beside them)."""
    name: str
    """Names the replay; the same for the same scenario, stream, order and span, and so for one that goes on."""
    folder: str = "."
    """Where relative paths begin."""
    patience_s: float = 60.0
    """How long a sink that does not answer is tried again before it is given up."""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the rows that an open sink was given, counted from its opening."""

    sent: int = 0
    """Rows handed over."""
    acknowledged: int = 0
    """Rows that the other side said it has."""
    refused: int = 0
    """Rows that it will never take; each is told by `refusals`."""
    retried: int = 0
    """Rows sent once more, after an answer that was no, or none."""
    settled: int = 0
    """Leading rows whose fate is known for good, acknowledged or refused. After a crash, sending goes on from here."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that a sink will never take."""

    row: int
    """Its number since the opening, from 0."""
    reason: str


class Outlet(Protocol):
    """An open sink. Used by one thread; whatever fails for good raises OutsideError that says what to do."""

    def send(self, batch: pa.RecordBatch, faults: Faults | None = None) -> None:
        """Hand over rows, in their order, waiting as long as the sink takes no more.

        Args:
            batch: the contract's columns and the envelope.
            faults: what is to be wrong with each row's bytes (see `FAULTS`), shape (n,); None: nothing.
        """

    def account(self) -> Account:
        """What is known by now; waits for nothing."""

    def refusals(self) -> Sequence[Refusal]:
        """Rows refused since this was last asked."""

    def flush(self) -> None:
        """Wait until the fate of every row is known, and what the sink keeps is kept for good."""

    def held(self) -> int | None:
        """Leading rows of the errand that the sink holds already, by its own books; None where it keeps none.

        Asked once, before anything is sent.
        """

    def close(self) -> None:
        """Let go; what was not flushed is given up. Idempotent."""


class Meeting(Outlet, Protocol):
    """An open sink whose output other streams share: rows are written out first, put in their order, then printed."""

    def written(self, batch: pa.RecordBatch, faults: Faults | None = None) -> pa.Array:
        """The rows as bytes that can be put behind each other, shape (n,); from now on they count as sent."""

    def put(self, written: pa.Array) -> None:
        """Print what this sink, and others that share its output, have written."""


class OutletPart(Part):
    """Base of a live sink's configuration: where rows are sent, and how they are written there.

    Fields never hold a secret: a subclass reads those from environment variables when it connects.
    """

    guarantee: ClassVar[Literal["exactly-once", "at-least-once"]] = "at-least-once"
    """Of rows sent again after a crash: an exactly-once sink keeps books of its own (`Outlet.held`)."""
    lasts: ClassVar[bool] = True
    """Whether what was sent stays there, so that a replay can go on behind it; a terminal keeps nothing."""
    meets: ClassVar[bool] = False
    """Whether several streams that are sent there meet in one output, in their common order: see `Meeting`."""
    refuses: ClassVar[bool] = True
    """Whether it may refuse a row; a replay keeps rows at hand, until they are settled, to be able to show those."""
    needs: ClassVar[str | None] = None
    """The extra that must be installed for it: `pip install sandbox[kafka]`."""

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, Any]:
        """The fields that an address says, of what stands between its scheme's colon and the question mark.

        `kafka://localhost:9092/web?format=avro` asks for `addressed("//localhost:9092/web")`; what follows the
        question mark are fields by their names. Raises ValueError with a mend.
        """
        name = cls.shorthand()
        if name is None:
            raise ValueError("cannot be named by an address.")
        return {name: location}

    @classmethod
    def own_query(cls, query: str) -> tuple[tuple[str, str], ...]:
        """What behind an address's question mark is no field, but goes along. Raises ValueError: it holds a secret."""
        return ()

    def takes_json(self) -> bool:
        """Whether messages that are JSON already can pass through, in a column `_json` beside the others."""
        return False

    @abstractmethod
    def touches(self) -> Mapping[str, Sequence[str]]:
        """What is opened: `{"file": [...], "host": [...]}`, without secrets."""

    @abstractmethod
    def connect(self, errand: Errand) -> Outlet:
        """Open it for the rows of one stream.

        Raises:
            InputError: the contract cannot be written there, or a needed extra or variable is missing.
            OutsideError: nobody answers within the errand's patience.
        """


@dataclass(slots=True)
class Books:
    """Chunks of rows on their way, for sinks that learn of each row's fate later and in another order."""

    pending: list[list[int]] = field(default_factory=list)
    """Of each chunk that is not settled, in order: rows whose fate is unknown, and rows in all."""
    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    retried: int = 0
    _settled: int = 0

    def open(self, rows: int) -> list[int]:
        """Book a chunk; whoever learns of a row's fate takes one off its first number."""
        chunk = [rows, rows]
        self.pending.append(chunk)
        self.sent += rows
        return chunk

    def account(self) -> Account:
        """What is known by now: leading chunks of which nothing is open are settled."""
        done = 0
        for left, rows in self.pending:
            if left:
                break
            done += 1
            self._settled += rows
        del self.pending[:done]
        return Account(self.sent, self.acknowledged, self.refused, self.retried, self._settled)
