"""Put together what one server answers: the wire API over a scenario's recommendations and what it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from sandbox.errors import InputError
from sandbox.serve.accepted import Accepted
from sandbox.serve.answers import Answers
from sandbox.serve.app import App, Asgi, open_to_pages
from sandbox.serve.calling import Handler
from sandbox.serve.facts import Facts
from sandbox.serve.guarding import Guard, Trouble
from sandbox.serve.plain import Plain
from sandbox.serve.predicting import Predictions
from sandbox.serve.recommending import MODEL, Recommendations
from sandbox.serve.retraining import Retraining
from sandbox.serve.shown import ShownLists, recommendation_id
from sandbox.serve.wire.control import Control, Filters
from sandbox.serve.wire.events import EventsService
from sandbox.serve.wire.operations import Targets, rest
from sandbox.serve.wire.runtime import Runtime


@dataclass(frozen=True, eq=False)
class Served:
    """What stands behind a server."""

    recommendations: Recommendations
    accepted: Accepted
    answers: Answers = field(default_factory=Answers)
    filters_asked: Mapping[str, str] = field(default_factory=dict)
    """Filters that are there from the start: expressions by name."""
    predictions: Predictions = field(default_factory=lambda: Predictions({}))

    @property
    def tracking_id(self) -> str:
        """By which events are sent; the same for a scenario always."""
        digest = blake2b(self.recommendations.origin.plan.name.encode(), digest_size=16).hexdigest()
        return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))

    @cached_property
    def facts(self) -> Facts:
        """What is known of items and customers."""
        return Facts(self.recommendations)

    @cached_property
    def shown(self) -> ShownLists:
        """The lists that were given, each tied to what was done with it."""
        found = ShownLists()
        self.accepted.listeners.append(found.heard)
        return found

    @cached_property
    def filters(self) -> Filters:
        """Those that there are. Raises InputError: one of those asked for makes no sense."""
        found = Filters(self.facts, self.accepted)
        found.remember()
        for name, text in self.filters_asked.items():
            try:
                found.make(name, text)
            except InputError as error:
                raise InputError(f"--filter {name}: {error}") from None
        if any(each.asks_users for each, _ in found.made.values()):
            self.facts.read_users()
        return found

    @cached_property
    def retraining(self) -> Retraining:
        """Learns anew while calls are answered."""
        return Retraining(self.recommendations, self.accepted)

    def app(self, pages: Asgi | None = None, guard: Guard | None = None, trouble: Trouble | None = None) -> Asgi:
        """The app, once everything has learnt.

        Args:
            pages: answer what the API does not.
            guard: refuses calls; by default those that come from elsewhere.
            trouble: what is done to calls on purpose.
        """
        handlers = {**self.wire(), **self.plain.handlers}
        return open_to_pages(App(handlers, pages, guard or Guard(), trouble or Trouble()))

    @cached_property
    def plain(self) -> Plain:
        """The plain API."""
        policy = MODEL if MODEL in self.recommendations.parts else list(self.recommendations.parts)[-1]
        return Plain(
            self.recommendations, self.shown, self.answers, self.predictions, self.retraining, policy, recommendation_id
        )

    def wire(self) -> dict[tuple[str, str], Handler]:
        """Amazon Personalize's operations, by method and path."""
        runtime = Runtime(self.recommendations, self.facts, self.filters, self.shown, self.answers)
        events = EventsService(self.accepted, self.tracking_id)
        control = Control(self.recommendations, self.filters, self.tracking_id)
        return {
            ("POST", "/"): Targets.of("personalize", control.operations),
            **rest(
                "personalize-runtime",
                {
                    "GetRecommendations": runtime.get_recommendations,
                    "GetPersonalizedRanking": runtime.get_personalized_ranking,
                },
            ),
            **rest(
                "personalize-events",
                {"PutEvents": events.put_events, "PutUsers": events.put_users, "PutItems": events.put_items},
            ),
        }
