"""Personalize Events: what users do, and users and items themselves, as they come in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sandbox.errors import InputError
from sandbox.serve.accepted import Accepted
from sandbox.serve.incoming import Event
from sandbox.serve.rows import Entity, properties_of
from sandbox.serve.wire import arns
from sandbox.serve.wire.faults import invalid, not_found

_LATEST_S = 253_402_300_799
"""The end of the year 9999."""
_OF_EVENTS = ("itemId", "eventType", "eventValue")
"""What older clients write into an event's properties."""


@dataclass(frozen=True, eq=False)
class EventsService:
    """Answers of the service, by operation; each once what came in is on the disk."""

    accepted: Accepted
    tracking_id: str

    async def put_events(self, asked: dict[str, Any]) -> dict[str, Any]:
        """PutEvents."""
        if asked["trackingId"] != self.tracking_id:
            raise invalid(
                f"trackingId: there is no event tracker '{asked['trackingId']}'; this one is {self.tracking_id}."
            )
        try:
            events = [_event(each, f"eventList.{number}") for number, each in enumerate(asked["eventList"], 1)]
            await _on_disk(self.accepted.put_events(asked["sessionId"], asked.get("userId"), events))
        except InputError as error:
            raise invalid(str(error)) from None
        return {}

    async def put_users(self, asked: dict[str, Any]) -> dict[str, Any]:
        """PutUsers."""
        source = self.accepted.recommendations.origin.source
        return await self._put(source.customers, "USERS", asked, "users", "userId")

    async def put_items(self, asked: dict[str, Any]) -> dict[str, Any]:
        """PutItems."""
        source = self.accepted.recommendations.origin.source
        return await self._put(source.items, "ITEMS", asked, "items", "itemId")

    async def _put(self, dataset: str, kind: str, asked: Mapping[str, Any], key: str, id_: str) -> dict[str, Any]:
        named = arns.read(asked["datasetArn"])
        if named is None or named.kind != "dataset" or not named.name.endswith(f"/{kind}"):
            raise not_found(f"Resource Arn {asked['datasetArn']} does not exist.")
        try:
            entities = [
                Entity(each[id_], properties_of(each.get("properties"), f"{key}.{number}"))
                for number, each in enumerate(asked[key], 1)
            ]
            await _on_disk(self.accepted.put_entities(dataset, entities, key))
        except InputError as error:
            raise invalid(str(error)) from None
        return {}


def _event(told: Mapping[str, Any], where: str) -> Event:
    properties = properties_of(told.get("properties"), where)
    item, value = told.get("itemId"), told.get("eventValue")
    if item is None and properties.get("itemId") is not None:
        item = str(properties["itemId"])
    if value is None and isinstance(properties.get("eventValue"), (int, float)):
        value = float(properties["eventValue"])
    if not 0 <= told["sentAt"] <= _LATEST_S:
        raise InputError(f"{where}.sentAt: got {told['sentAt']}, must be seconds since 1970.")
    return Event(
        kind=told["eventType"],
        at_us=round(told["sentAt"] * 1_000_000),
        item=item,
        id=told.get("eventId"),
        value=value,
        properties={name: each for name, each in properties.items() if name not in _OF_EVENTS},
        recommendation=told.get("recommendationId"),
        impression=tuple(told.get("impression") or ()),
    )


async def _on_disk(done: Future[None]) -> None:
    await asyncio.wrap_future(done)
