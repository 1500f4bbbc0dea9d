"""Put together what one server answers: the wire API over a scenario's recommendations."""

from __future__ import annotations

from sandbox.serve.app import App, Pages
from sandbox.serve.recommending import Recommendations
from sandbox.serve.wire.operations import rest
from sandbox.serve.wire.runtime import Runtime


def app_of(recommendations: Recommendations, pages: Pages | None = None) -> App:
    """The app; `pages` answer what the API does not."""
    runtime = Runtime(recommendations)
    return App(rest("personalize-runtime", {"GetRecommendations": runtime.get_recommendations}), pages)
