"""From a call to the operation that it names, and from there to its answer, as the service's model has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from itertools import islice
from typing import Any
from uuid import uuid4

import orjson

from sandbox.serve.calling import Answer, Call, Handler, in_json
from sandbox.serve.wire.faults import TypedError, constraints
from sandbox.serve.wire.shapes import Check, check_of, service_model

Operation = Callable[[dict[str, Any]], Any]
"""Given members that keep the model, the members of the answer, or what awaits them."""
MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """An operation behind its model."""

    check: Check
    operation: Operation

    async def __call__(self, call: Call) -> Answer:
        """The answer, or a typed error; each with a number of its own, which SDKs pass on."""
        try:
            answer = in_json(await self._told(call))
        except TypedError as fault:
            answer = fault.answer()
        answer.headers.append((b"x-amzn-RequestId", uuid4().hex.encode()))
        return answer

    async def _told(self, call: Call) -> dict[str, Any]:
        asked = members(call.body)
        found = list(islice(self.check(asked, ""), MOST_TOLD))
        if found:
            raise constraints(found)
        told = self.operation({name: value for name, value in asked.items() if value is not None})
        members_told: dict[str, Any] = await told if isawaitable(told) else told
        return members_told


def members(body: bytes) -> dict[str, Any]:
    """What a body says. Raises TypedError: it is no JSON."""
    if not body:
        return {}
    try:
        found: dict[str, Any] = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise TypedError("SerializationException", f"the body is no JSON: {error}.") from None
    return found


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An operation of the service that is not there; SDKs raise it as an error of its own."""

    name: str
    answered: tuple[str, ...]

    def __call__(self, call: Call) -> Answer:
        """What there is instead."""
        told = f"{self.name} is not answered here; these are: {', '.join(sorted(self.answered))}."
        return TypedError("NotImplementedException", told, 501).answer()


def rest(service: str, operations: Mapping[str, Operation]) -> dict[tuple[str, str], Handler]:
    """Handlers of a REST service, by method and path."""
    model, answered = service_model(service), tuple(operations)
    found: dict[tuple[str, str], Handler] = {}
    for name in model.operation_names:
        of = model.operation_model(name)
        asked = operations.get(name)
        handler = Unanswered(name, answered) if asked is None else Judged(check_of(of.input_shape), asked)
        found[of.http["method"], of.http["requestUri"]] = handler
    return found


@dataclass(frozen=True, eq=False)
class Targets:
    """A JSON service, whose operations are told by a header."""

    prefix: str
    handlers: Mapping[str, Judged]
    known: frozenset[str]
    """All of the service's operations."""

    @classmethod
    def of(cls, service: str, operations: Mapping[str, Operation]) -> Targets:
        """The service with those operations that there are."""
        model = service_model(service)
        handlers = {
            name: Judged(check_of(model.operation_model(name).input_shape), operation)
            for name, operation in operations.items()
        }
        return cls(model.metadata["targetPrefix"], handlers, frozenset(model.operation_names))

    def __call__(self, call: Call) -> Answer | Awaitable[Answer]:
        """The answer of the operation that the call names."""
        target = call.headers.get(b"x-amz-target", b"").decode("latin-1")
        prefix, _, name = target.partition(".")
        if prefix == self.prefix and name in self.handlers:
            return self.handlers[name](call)
        if prefix == self.prefix and name in self.known:
            return Unanswered(name, tuple(self.handlers))(call)
        return TypedError("UnknownOperationException", f"no operation '{target[:100]}'.").answer()
