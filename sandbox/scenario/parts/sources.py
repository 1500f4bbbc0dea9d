"""What a source is asked: where rows lie, how they come in shares, and how they are followed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import pyarrow as pa

from sandbox.errors import InputError
from sandbox.registry import Part

if TYPE_CHECKING:
    from sandbox.contract.checks import Checked
    from sandbox.contract.conform import Conformed
    from sandbox.contract.model import Contract


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
