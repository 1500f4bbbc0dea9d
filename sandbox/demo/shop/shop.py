"""The shop itself: who is there, what they are shown, and what follows from what they do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.demo.shop.actions import Actions, actions_of
from sandbox.demo.shop.asked import Told
from sandbox.demo.shop.clock import Clock
from sandbox.demo.shop.features import Did, features_of, history_of
from sandbox.demo.shop.learning import Learning
from sandbox.demo.shop.shelves import Shelves
from sandbox.demo.shop.shoppers import Shopper, Shoppers
from sandbox.demo.shop.travel import Travel, Trip
from sandbox.errors import InputError
from sandbox.experiment.setting_up import is_rehearsed
from sandbox.serve.incoming import Event

if TYPE_CHECKING:
    from sandbox.catalogue import Catalogue, Product
    from sandbox.serve.accepted import Accepted
    from sandbox.serve.recommending import Recommendations

MOST_LATEST = 8
"""Products that somebody looked at last."""
ACTIONS = ("click", "view", "basket", "buy")


@dataclass(frozen=True, slots=True)
class Done:
    """An event that somebody caused in the shop."""

    event: str
    item: str
    trip: Trip
    is_sale: bool


@dataclass(eq=False)
class Shop:
    """Everything behind the page. What it gives is plain: it is written out as JSON."""

    recommendations: Recommendations
    accepted: Accepted
    catalogue: Catalogue
    shelves: Shelves
    shoppers: Shoppers
    travel: Travel
    clock: Clock
    learning: Learning
    asked: Told | None = None
    """What a model of the scenario is told by its own SQL, where one asks about what happens here."""
    looked_at: threading.Event = field(default_factory=threading.Event)
    """Set once somebody has come."""
    _done: dict[str, list[Done]] = field(default_factory=dict)

    @property
    def actions(self) -> Actions:
        """What may be done."""
        plan, source = self.recommendations.origin.plan, self.recommendations.origin.source
        return actions_of(plan.datasets[source.dataset].spec.journey, self.recommendations.goal)

    def state(self) -> dict[str, Any]:
        """What the page needs before anything else."""
        plan, source = self.recommendations.origin.plan, self.recommendations.origin.source
        actions = self.actions
        return {
            "name": plan.name,
            "live": is_rehearsed(plan),
            "about": plan.scenario.about or "",
            "warning": self.recommendations.origin.basis.warning,
            "stream": source.dataset,
            "policies": self.shelves.told(),
            "learning": self.learning.told(),
            "stages": list(self.travel.stages),
            "speed": self.clock.speed,
            "slots": actions.slots,
            "actions": {name: actions.events(name) for name in ACTIONS},
            "categories": self.catalogue.categories(),
            "products": len(self.catalogue),
            "customers": len(self.shoppers),
            "shoppers": [self._told_briefly(each) for each in self.regulars()],
            "asked": None if self.asked is None else self.asked.told(),
        }

    def regulars(self) -> list[Shopper]:
        """Whom to choose from: those for whom the two shelves differ most, or whoever is there until that is known."""
        return self.shoppers.of(self.shelves.telling) or self.shoppers.first()

    def search(self, words: str) -> list[dict[str, Any]]:
        """Shoppers by the beginning of their id."""
        return [self._told_briefly(each) for each in self.shoppers.starting(words.strip())]

    def visit(self, session: str, customer: str | None) -> dict[str, Any]:
        """What somebody sees who comes: who they are, both shelves, and what features say of them.

        Args:
            session: of the page; it stands for a visitor who is nobody.
            customer: an id; None for a visitor.
        Raises:
            InputError: there is no such customer.
        """
        self.looked_at.set()
        found = None if customer is None else next(iter(self.shoppers.of([customer])), None)
        if customer is not None and found is None:
            raise InputError(f"there is no customer '{customer[:80]}'.")
        did = history_of(self.shelves.now, customer)
        latest = list(dict.fromkeys(reversed([*did.items, *(done.item for done in self._of(session, customer))])))
        return {
            "shopper": None if found is None else self._told(found, did),
            "latest": self.products(latest[:MOST_LATEST]),
            **self.shown(session, customer, did),
        }

    def shown(self, session: str, customer: str | None, did: Did | None = None) -> dict[str, Any]:
        """Both shelves as they are now, and the features."""
        if did is None:
            did = history_of(self.shelves.now, customer)
        done = self._of(session, customer)
        owned = [item for item, sold in zip(did.items, did.sold, strict=True) if sold]
        owned += [each.item for each in done if each.is_sale]
        who, n = customer or session, self.actions.slots
        rules, model = self.shelves.rules(who, owned, n), self.shelves.model(who, owned, n)
        return {
            "rules": None if rules is None else self.products(rules),
            "model": None if model is None else self.products(model),
            "features": self._features(did, done),
            "learning": self.learning.told(),
        }

    def known(self, customer: str | None) -> dict[str, Any]:
        """What a model is told of a customer by its own SQL, as of now; it may take a while for the first time.

        Returns:
            `about`: features by name and what the model says, None for whoever it does not know; `ready`: False as long
            as there is nothing to ask.
        Raises:
            InputError: the SQL fails on a value.
        """
        if self.asked is None or not self.learning.times:
            return {"ready": False, "about": None}
        return {"ready": True, "about": None if customer is None else self.asked.about(customer, self.clock.now_us())}

    def act(
        self, session: str, customer: str | None, action: str, item: str, list_: Sequence[str] = ()
    ) -> tuple[dict[str, Any], Future[None]]:
        """Do something in the shop: it is accepted as events of the scenario, and lists follow at once.

        Args:
            session, customer: as for `visit`.
            action: `click`, `view`, `basket` or `buy`.
            item: the product.
            list_: what was shown, where one of it was clicked.
        Returns:
            What became of it, to be told once the future is done: then the events are on the disk.
        Raises:
            InputError: the scenario's journey has no such action, or there is no such product.
        """
        kinds = self.actions.events(action) if action in ACTIONS else ()
        if not kinds:
            raise InputError(f"'{action[:40]}' cannot be done here.")
        product, goal, now_us = self._known(item), self.recommendations.goal, self.clock.now_us()
        done, before = self._of(session, customer), len(self.accepted)
        events = [
            Event(
                kind,
                now_us + place,
                item,
                id=f"{session}-{before + place}",  # told apart after a new start too
                value=product.price if kind == goal else None,
                impression=tuple(list_) if place == 0 else (),
            )
            for place, kind in enumerate(kinds)
        ]
        on_disk = self.accepted.put_events(session, customer, events)
        fresh = [Done(each.kind, item, self._trip(session, customer, each), each.kind == goal) for each in events]
        self._done[customer or session] = [*done, *fresh]
        if self.asked is not None:
            self.asked.take(self.accepted.events.slice(before), [each.trip.arrived_us for each in fresh])
        told_ = {
            "events": [self._travelling(each) for each in fresh],
            "product": told(product),
            **self.shown(session, customer),
        }
        return told_, on_disk

    def product(self, item: str) -> dict[str, Any]:
        """A product with what goes with it. Raises InputError: there is none."""
        return {"product": told(self._known(item)), "like": self.products(self.shelves.like(item, self.actions.slots))}

    def page(self, category: str | None, words: str, first: int, many: int) -> list[dict[str, Any]]:
        """Products to look through."""
        return [told(each) for each in self.catalogue.page(category or None, words, first, many)]

    def products(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Products by their ids: what joins recommendations and pictures."""
        return [told(each) for each in self.catalogue.products(ids)]

    def _known(self, item: str) -> Product:
        found = self.catalogue.products([item])
        if not found:
            raise InputError(f"there is no product '{item[:80]}'.")
        return found[0]

    def _of(self, session: str, customer: str | None) -> list[Done]:
        return self._done.get(customer or session, [])

    def _trip(self, session: str, customer: str | None, event: Event) -> Trip:
        columns = {
            name: {"customer": customer, "visitor": session, "item": event.item}.get(meaning)
            for name, meaning in self.recommendations.origin.source.columns.items()
        }
        return self.travel.trip(f"{session} {event.id}", event.at_us, columns)

    def _travelling(self, done: Done) -> dict[str, Any]:
        """An event on its way, in seconds of the scenario from when it happened."""
        trip = done.trip
        return {
            "event": done.event,
            "left": [round((moment - trip.happened_us) / 1e6, 3) for moment in trip.left_us],
            "lost": trip.is_lost,
        }

    def _features(self, did: Did, done: Sequence[Done]) -> dict[str, Any]:
        now_us = self.clock.now_us()
        there = [each for each in done if each.trip.arrived_us is not None and each.trip.arrived_us <= now_us]
        arrived = did.and_then(
            [each.item for each in there], [each.trip.happened_us for each in there], [each.is_sale for each in there]
        )
        categories = {each.id: each.category for each in self.catalogue.products(sorted(set(arrived.items)))}
        return features_of(arrived, categories, now_us)

    def _told_briefly(self, shopper: Shopper) -> dict[str, Any]:
        return {"id": shopper.id, "name": shopper.name, "traits": shopper.traits}

    def _told(self, shopper: Shopper, did: Did) -> dict[str, Any]:
        categories = {each.id: each.category for each in self.catalogue.products(sorted(set(did.items)))}
        liked = Counter(categories[item] for item in did.items if categories.get(item))
        return {
            **self._told_briefly(shopper),
            "met": len(set(did.items)),
            "bought": int(did.sold.sum()),
            "likes": [name for name, _ in liked.most_common(2)],
        }


def told(product: Product) -> dict[str, Any]:
    """A product as the page has it."""
    return {
        "id": product.id,
        "title": product.title,
        "category": product.category,
        "price": product.price,
        "facts": {name: value for name, value in product.facts.items() if value is not None},
    }
