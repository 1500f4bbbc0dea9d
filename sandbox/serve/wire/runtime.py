"""Personalize Runtime: lists for users, and lists of the caller's own in a better order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox.serve.recommending import Recommendations
from sandbox.serve.wire import arns
from sandbox.serve.wire.faults import invalid, not_found

RESULTS, MOST_RESULTS = 25, 500
"""How many are given where nobody asks for a number, and at most."""


@dataclass(frozen=True, eq=False)
class Runtime:
    """Answers of the service, by operation."""

    recommendations: Recommendations

    def get_recommendations(self, asked: dict[str, Any]) -> dict[str, Any]:
        """GetRecommendations."""
        policy = self._policy(asked)
        many = asked.get("numResults", RESULTS)
        if many > MOST_RESULTS:
            raise invalid(f"numResults: got {many}, the maximum is {MOST_RESULTS}.")
        if asked.get("userId") is None and asked.get("itemId") is None:
            raise invalid("userId or itemId must be given.")
        listed = self.recommendations.ask(policy, asked.get("userId"), many, item=asked.get("itemId"))
        items = [{"itemId": item, "score": score} for item, score in zip(listed.items, listed.scores, strict=True)]
        return {"itemList": items, "recommendationId": f"RID-{uuid4()}"}

    def _policy(self, asked: dict[str, Any]) -> str:
        given = [name for name in ("campaignArn", "recommenderArn") if asked.get(name) is not None]
        if len(given) != 1:
            raise invalid("exactly one of campaignArn and recommenderArn must be given.")
        named = arns.read(asked[given[0]])
        if (
            named is None
            or named.kind != given[0].removesuffix("Arn")
            or named.name not in self.recommendations.champions
        ):
            raise not_found(f"Resource Arn {asked[given[0]]} does not exist.")
        return named.name
