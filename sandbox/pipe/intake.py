"""What comes in: rows to send on, and what nobody can read or the contract does not allow."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import ENVELOPE, landed_schema
from sandbox.contract.model import Column, Contract
from sandbox.scenario.parts import Following, Unread
from sandbox.sinks.json_rows import WHOLE
from sandbox.sinks.jsonl import json_lines
from sandbox.sources.following import MappedFollowing


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows that came together: a batch to send on, or lines of JSON about what is set aside."""

    batch: pa.RecordBatch | None = None
    aside: bytes = b""
    aside_rows: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


class Intake(Protocol):
    """A source that is piped."""

    @property
    def contract(self) -> Contract | None:
        """Of the rows; None while it is not known."""

    @property
    def seen(self) -> int:
        """Rows that came so far, of those that are numbered by it."""

    def poll(self, wait_s: float) -> list[Taken]: ...
    def position(self) -> Mapping[str, str]: ...
    def lag(self) -> int | None: ...
    def behind_s(self) -> float | None: ...
    def close(self) -> None: ...


@dataclass
class Judged:
    """Rows of a contract: each is read as it says and must keep it."""

    following: MappedFollowing
    _check: RowCheck | None = None

    @property
    def contract(self) -> Contract:
        """What the rows keep."""
        return self.following.contract

    @property
    def seen(self) -> int:
        """Rows that came so far."""
        return self.following.seen

    def poll(self, wait_s: float) -> list[Taken]:
        """Rows that keep the contract, and those that do not."""
        self._check = self._check or RowCheck(self.contract, frozenset())
        found: list[Taken] = []
        for came in self.following.poll(wait_s):
            checked = came if isinstance(came, Checked) else self._check(came)
            if checked.accepted.num_rows:
                found.append(Taken(_plain(checked.accepted, landed_schema(self.contract.schema))))
            if checked.rejected.num_rows:
                lines = b"".join(map(bytes, json_lines(checked.rejected)))
                found.append(Taken(None, lines, checked.rejected.num_rows, checked.counts))
        return found

    def position(self) -> Mapping[str, str]:
        """Where the source stands."""
        return self.following.position()

    def lag(self) -> int | None:
        """Rows that wait at the source."""
        return self.following.lag()

    def behind_s(self) -> float | None:
        """By how long it is behind, where the source can tell."""
        return _behind_s(self.following.raw)

    def close(self) -> None:
        """Close the source."""
        self.following.close()


@dataclass
class PassedOn:
    """Messages as they are. Their keys, as texts, are columns beside them, so that a sink's key can be one of these."""

    following: Following
    contract: Contract | None = None
    seen: int = field(default=0, init=False)

    def poll(self, wait_s: float) -> list[Taken]:
        """Messages, and those that are no JSON objects."""
        found: list[Taken] = []
        for came in self.following.poll(wait_s):
            if isinstance(came, Unread):
                lines = [json.dumps({**json.loads(text), "reason": came.rule}) for text in came.texts]
                aside = "".join(f"{line}\n" for line in lines).encode()
                found.append(Taken(None, aside, len(lines), {came.rule: len(lines)}))
            elif came.num_rows:
                found.append(Taken(self._known(came)))
        return found

    def position(self) -> Mapping[str, str]:
        """Where the source stands."""
        return self.following.position()

    def lag(self) -> int | None:
        """Rows that wait at the source."""
        return self.following.lag()

    def behind_s(self) -> float | None:
        """By how long it is behind, where the source can tell."""
        return _behind_s(self.following)

    def close(self) -> None:
        """Close the source."""
        self.following.close()

    def _known(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The columns of the first messages, null where one is missing; what comes later is in the message itself."""
        self.contract = self.contract or message_contract(batch)
        given = set(batch.schema.names)
        names = [*self.contract.names, WHOLE, ENVELOPE]
        columns = [batch.column(name) if name in given else pa.nulls(batch.num_rows, pa.string()) for name in names]
        return pa.RecordBatch.from_arrays(columns, names=names)


def _behind_s(following: Following) -> float | None:
    told: Callable[[], float | None] | None = getattr(following, "behind_s", None)
    return None if told is None else told()


def message_contract(batch: pa.RecordBatch) -> Contract:
    """What is known of messages that pass through: they have keys, whose values may be anything."""
    names = [name for name in batch.schema.names if name not in (ENVELOPE, WHOLE)]
    return Contract("messages", tuple(Column(name, "string", nullable=True) for name in names), static=True)


def _plain(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in the contract's own types: a text may have come as a dictionary."""
    columns = [
        column if column.type == field.type or field.name == ENVELOPE else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
