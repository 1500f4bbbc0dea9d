"""Put together what one server answers: the wire API over a scenario's recommendations and what it accepts."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from sandbox.serve.accepted import Accepted
from sandbox.serve.app import App, Pages
from sandbox.serve.recommending import Recommendations
from sandbox.serve.wire.events import EventsService
from sandbox.serve.wire.operations import rest
from sandbox.serve.wire.runtime import Runtime


@dataclass(frozen=True, eq=False)
class Served:
    """What stands behind a server."""

    recommendations: Recommendations
    accepted: Accepted

    @property
    def tracking_id(self) -> str:
        """By which events are sent; the same for a scenario always."""
        digest = blake2b(self.recommendations.origin.plan.name.encode(), digest_size=16).hexdigest()
        return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))

    def app(self, pages: Pages | None = None) -> App:
        """The app; `pages` answer what the API does not."""
        runtime = Runtime(self.recommendations)
        events = EventsService(self.accepted, self.tracking_id)
        return App(
            {
                **rest("personalize-runtime", {"GetRecommendations": runtime.get_recommendations}),
                **rest(
                    "personalize-events",
                    {"PutEvents": events.put_events, "PutUsers": events.put_users, "PutItems": events.put_items},
                ),
            },
            pages,
        )
