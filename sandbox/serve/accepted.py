"""What came in: judged as rows of the scenario, on the disk before it is answered, and known to lists at once.

Each dataset has a file of JSON lines, with the columns of its contract and the envelope: what any feed would have
landed, so that `jsonl` as a target's source reads it like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.contract.versions import versions_of
from sandbox.errors import InputError, OutsideError
from sandbox.landing.claim import alone_in
from sandbox.runs.folder import ignored_by_git
from sandbox.serve.incoming import Event, Incoming, moment_text
from sandbox.serve.journal import Journal
from sandbox.serve.recommending import Recommendations
from sandbox.serve.rows import Entity, Rows

TOLD = "_told"
"""The key of a line for what is no column: who it was on the wire, and which list it came from."""

BUSY = "another server keeps what comes in there; stop that one, or give this one another --out"
CHANGED = "The scenario has changed since; --fresh forgets what came in before."


@dataclass(eq=False)
class Accepted:
    """Takes in events, customers and items of a scenario, and remembers all of them, alone in its folder till `close`.

    Args:
        folder: where the files lie; what they hold already is known again.
        recommendations: told of everything.
    """

    folder: Path
    recommendations: Recommendations
    listeners: list[Callable[[str, str | None, Event], None]] = field(default_factory=list)
    """Told of each event that was accepted: session, customer, event."""
    _journals: dict[str, Journal] = field(default_factory=dict)
    _pieces: list[pa.RecordBatch] = field(default_factory=list)
    _ids: set[Any] = field(default_factory=set)
    _held: ExitStack = field(default_factory=ExitStack)
    _incoming: Incoming = field(init=False)

    def __post_init__(self) -> None:
        origin = self.recommendations.origin
        self._incoming = Incoming(origin.plan, origin.source)
        _make(self.folder)
        self._held.enter_context(alone_in(self.folder, BUSY))
        try:
            self._remember()
        except InputError:
            self.close()
            raise

    def __len__(self) -> int:
        """How many events there are, those of earlier times included."""
        return sum(len(piece) for piece in self._pieces)

    @property
    def events(self) -> pa.Table:
        """All events, in the stream's columns."""
        return pa.Table.from_batches(self._pieces, self._incoming.rows.contract.schema)

    def put_events(self, session: str, customer: str | None, events: Sequence[Event]) -> Future[None]:
        """Accept events of a session; they count from now on, and the future is done when they are on the disk.

        Raises:
            InputError: one of them is no event of the stream; none is accepted.
        """
        rows = self._incoming.columns_of(session, customer, events)
        batch = self._incoming.rows.read(rows, "eventList")
        new = self._new(batch)
        if not new.all():  # a client that heard no answer sends the same again
            batch, places = batch.filter(pa.array(new)), np.flatnonzero(new).tolist()
            rows, events = [rows[place] for place in places], [events[place] for place in places]
        told = [
            {"session": session, "customer": customer, "item": event.item, "event": event.kind}
            | ({} if event.recommendation is None else {"recommendation": event.recommendation})
            | ({"impression": event.impression} if event.impression else {})
            for event in events
        ]
        done = self._append(self._incoming.rows.contract, batch, rows, told)
        self._count(batch, [(session, customer, event) for event in events])
        return done

    def put_entities(self, dataset: str, entities: Sequence[Entity], where: str) -> Future[None]:
        """Accept customers or items. Raises InputError: one of them breaks the dataset's contract."""
        rows = Rows(self.recommendations.origin.plan.datasets[dataset].contract)
        key, now = rows.contract.primary_key[0], moment_text(time.time_ns() // 1000)
        since = dict.fromkeys(filter(None, (rows.contract.time, rows.contract.valid_from)), now)
        named = [
            {**since, key: each.id, **rows.named(each.columns, f"{where}.{number}")}
            for number, each in enumerate(entities, 1)
        ]
        batch = rows.read(named, where)
        done = self._append(rows.contract, batch, named, [{"id": each.id} for each in entities])
        self.recommendations.put(dataset, batch)
        return done

    def note(self, what: str, told: Mapping[str, Any]) -> Future[None]:
        """Keep a line of what is no row of a dataset; the future is done when it is on the disk."""
        return self._journal(f"_{what}").append(orjson.dumps(told) + b"\n")

    def notes(self, what: str) -> list[dict[str, Any]]:
        """All such lines, those of earlier times included."""
        name = f"_{what}"
        return [orjson.loads(line) for line in self._journal(name).lines()] if self._path(name).is_file() else []

    def close(self) -> None:
        """Write what is waiting, and let others in."""
        for journal in self._journals.values():
            journal.close()
        self._held.close()

    def _append(
        self,
        contract: Contract,
        batch: pa.RecordBatch,
        rows: Sequence[Mapping[str, Any]],
        told: Sequence[Mapping[str, Any]],
    ) -> Future[None]:
        """Write rows as they came, which the contract can read, each with its envelope."""
        now, versions, lines = moment_text(time.time_ns() // 1000), versions_of(contract, batch).tolist(), list[bytes]()
        for row, version, more in zip(rows, versions, told, strict=True):
            columns = {name: row.get(name) for name in contract.names}
            lines.append(orjson.dumps({**columns, ENVELOPE: _envelope(contract, columns, now, version), TOLD: more}))
        return self._journal(contract.dataset).append(b"".join(line + b"\n" for line in lines))

    def _journal(self, dataset: str) -> Journal:
        if dataset not in self._journals:
            self._journals[dataset] = Journal(self._path(dataset))
        return self._journals[dataset]

    def _path(self, dataset: str) -> Path:
        return self.folder / f"{dataset}.jsonl"

    def _new(self, batch: pa.RecordBatch) -> NDArray[np.bool_]:
        """Which rows have a key that none had before."""
        key = self._incoming.rows.contract.primary_key
        if len(key) != 1:
            return np.ones(len(batch), np.bool_)
        found = np.zeros(len(batch), np.bool_)
        for place, value in enumerate(batch.column(key[0]).to_pylist()):
            found[place] = value not in self._ids
            self._ids.add(value)
        return found

    def _count(self, batch: pa.RecordBatch, events: Sequence[tuple[str, str | None, Event]]) -> None:
        self._pieces.append(batch)
        for session, customer, event in events:
            self._incoming.count(session, event)
            if event.item is not None:
                self.recommendations.meet(session, customer, event.item, event.kind)
            for listener in self.listeners:
                listener(session, customer, event)

    def _remember(self) -> None:
        """Know again what was accepted in earlier times."""
        plan = self.recommendations.origin.plan
        for dataset in (self.recommendations.origin.source.customers, self.recommendations.origin.source.items):
            for batch, _ in self._read(dataset, Rows(plan.datasets[dataset].contract)):
                self.recommendations.put(dataset, batch)
        for batch, told in self._read(self._incoming.rows.contract.dataset, self._incoming.rows):
            self._new(batch)
            self._count(batch, [(each["session"], each["customer"], _event(each)) for each in told])

    def _read(self, dataset: str, rows: Rows) -> list[tuple[pa.RecordBatch, list[dict[str, Any]]]]:
        path = self._path(dataset)
        if not path.is_file():
            return []
        objects = [orjson.loads(line) for line in self._journal(dataset).lines()]
        told = [each.pop(TOLD) for each in objects]
        if not objects:
            return []
        try:
            return [(rows.read(objects, str(path)), told)]
        except InputError as error:
            raise InputError(f"{error} {CHANGED}") from None


def _envelope(contract: Contract, columns: Mapping[str, Any], now: str, version: int) -> dict[str, Any]:
    """As `contract.envelope` has it; the id follows from what the row says: the same row is the same event."""
    digest = blake2b(f"{contract.dataset}\0{sorted(columns.items())}".encode(), digest_size=8).digest()
    return {
        "event_id": int.from_bytes(digest, "big"),
        "operation": "insert",
        "arrived_at": now,
        "attempt": 1,
        "partition": 0,
        "offset": 0,
        "contract_version": version,
    }


def forget(folder: Path) -> None:
    """Remove what was accepted into a folder. Raises OutsideError: it cannot be removed, or a server is at work."""
    _make(folder)
    try:
        with alone_in(folder, BUSY):
            for path in folder.glob("*.jsonl"):
                path.unlink()
    except OSError as error:
        raise OutsideError(f"{folder}: cannot be removed: {error.strerror}.") from None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored_by_git(folder)
    except OSError as error:
        raise OutsideError(f"{folder}: cannot be written: {error.strerror}.") from None


def _event(told: Mapping[str, Any]) -> Event:
    return Event(told["event"], 0, told["item"], recommendation=told.get("recommendation"))
