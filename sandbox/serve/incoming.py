"""Events as the wire tells them, as rows of the scenario's stream: what a visit would have brought is worked out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from sandbox.errors import InputError
from sandbox.runs.recommending import Interactions, identifier
from sandbox.scenario.plan import Plan
from sandbox.serve.rows import Rows
from sandbox.world.columns.visits import Visit

MOST_SESSIONS = 100_000
"""Sessions whose steps are counted, the latest."""

WORTH = ("amount", "value", "event_value", "revenue")


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody did, as it came in."""

    kind: str
    at_us: int
    """Microseconds UTC."""
    item: str | None = None
    id: str | None = None
    """By which it is known again where it is sent twice."""
    value: float | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    """More columns of the stream, by name."""
    recommendation: str | None = None
    """Id of the list that it came from."""
    impression: tuple[str, ...] = ()
    """Items that were shown."""


@dataclass(eq=False)
class Incoming:
    """Makes rows of events of one stream."""

    plan: Plan
    source: Interactions
    rows: Rows = field(init=False)
    meanings: Mapping[str, str] = field(init=False)
    """What a visit brings, by column."""
    worth: str | None = field(init=False)
    """The column that takes an event's value: the experiment's, or else the first that goes by a name of `WORTH`."""
    _sessions: OrderedDict[str, tuple[int, int]] = field(default_factory=OrderedDict)
    """Of each: when it began, and how many events it had."""

    def __post_init__(self) -> None:
        dataset = self.plan.datasets[self.source.dataset]
        self.rows = Rows(dataset.contract)
        self.meanings = {
            column.name: column.generator.what
            for column in dataset.columns
            if isinstance(column.generator, Visit) and not column.hidden
        }
        asked = None if self.plan.shelves is None else self.plan.shelves.value
        numbers = [each.name for each in dataset.contract.columns if each.parsed.is_number]
        self.worth = asked or next((name for name in WORTH if name in numbers), None)

    def columns_of(self, session: str, customer: str | None, events: Sequence[Event]) -> list[dict[str, Any]]:
        """The columns of events that follow each other in a session, as far as they are known.

        Raises:
            InputError: a property is no column of the stream.
        """
        began_us, steps = self._sessions.get(session, (events[0].at_us if events else 0, 0))
        return [
            self._columns(session, customer, event, began_us, steps + place, f"eventList.{place + 1}")
            for place, event in enumerate(events)
        ]

    def _columns(
        self, session: str, customer: str | None, event: Event, began_us: int, step: int, where: str
    ) -> dict[str, Any]:
        brought = {
            "id": self._id("id", session),
            "event_id": self._id(
                "event_id", event.id or f"{session}\0{event.at_us}\0{step}\0{event.kind}\0{event.item}"
            ),
            "event": event.kind,
            "state": self._state(event.kind),
            "step": step,
            "seconds": max(event.at_us - began_us, 0) / 1e6,
            "item": event.item,
            "visitor": self._id("visitor", session),
            "customer": self.customer(customer),
            "known": customer is not None,
        }
        found = {name: brought[what] for name, what in self.meanings.items()}
        contract = self.rows.contract
        assert contract.time is not None
        found[contract.time] = moment_text(event.at_us)
        if self.worth is not None and event.value is not None:
            found[self.worth] = event.value
        return found | self.rows.named(event.properties, where)

    def count(self, session: str, event: Event) -> None:
        """An event of a session has been accepted."""
        began_us, step = self._sessions.get(session, (event.at_us, 0))
        self._sessions[session] = (began_us, step + 1)
        self._sessions.move_to_end(session)
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)

    def customer(self, name: str | None) -> Any:
        """A customer's id as their dataset has it; None for an id that cannot be one, such as an anonymous one."""
        if name is None:
            return None
        try:
            return identifier(self.plan, self.source.customers, name)
        except InputError:
            return None

    def _id(self, what: str, text: str) -> Any:
        """An id as its column has it: the text itself, or a number that follows from it."""
        column = next((name for name, meaning in self.meanings.items() if meaning == what), None)
        if column is None or not pa.types.is_integer(self.rows.contract.column(column).arrow):
            return text
        digest = blake2b(f"{what}\0{text}".encode(), digest_size=8).digest()
        return int(text) if text.isdecimal() and len(text) < 19 else int.from_bytes(digest, "big") >> 1

    def _state(self, kind: str) -> str | None:
        journey = self.plan.datasets[self.source.dataset].spec.journey
        states = {} if journey is None else journey.states
        return next((name for name, state in states.items() if state.emits == kind), None)


def moment_text(at_us: int) -> str:
    """A moment, microseconds UTC, as JSON has it."""
    seconds, micros = divmod(at_us, 1_000_000)
    return f"{pa.scalar(seconds, pa.timestamp('s')).as_py().isoformat()}.{micros:06d}Z"
