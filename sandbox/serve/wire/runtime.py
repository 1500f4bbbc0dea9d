"""Personalize Runtime: lists for users, and lists of the caller's own in a better order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sandbox.errors import InputError
from sandbox.serve.answers import Answers
from sandbox.serve.facts import Facts
from sandbox.serve.filters.applying import Asker, Mask, allowed
from sandbox.serve.filters.values import read_values
from sandbox.serve.learnt import Listed
from sandbox.serve.recommending import Recommendations
from sandbox.serve.shown import ShownLists, recommendation_id
from sandbox.serve.wire.arns import read
from sandbox.serve.wire.control import Filters
from sandbox.serve.wire.faults import invalid, not_found
from sandbox.serve.wire.recipes import recipe_of

RESULTS, MOST_RESULTS = 25, 500
"""How many are given where nobody asks for a number, and at most; the latter is of a list to be ranked too."""
MOST_COLUMNS = 10
"""Of metadata."""


@dataclass(frozen=True, eq=False)
class Runtime:
    """Answers of the service, by operation."""

    recommendations: Recommendations
    facts: Facts
    filters: Filters
    shown: ShownLists
    answers: Answers

    def get_recommendations(self, asked: dict[str, Any]) -> dict[str, Any]:
        """GetRecommendations."""
        policy = self._policy(asked)
        many = asked.get("numResults")
        many = RESULTS if many is None else many
        if many > MOST_RESULTS:
            raise invalid(f"numResults: got {many}, the maximum is {MOST_RESULTS}.")
        user, item = asked.get("userId"), asked.get("itemId")
        if user is None and item is None:
            raise invalid("userId or itemId must be given.")
        try:
            mask = self._mask(asked, user, item)
            if asked.get("promotions"):
                listed, promoted = self._promoted(policy, asked, many, mask)
            else:
                listed, promoted = self._listed(policy, user, many, item, mask), {}
            return {"itemList": self._told(listed, asked, promoted), "recommendationId": self._remember(listed, user)}
        except InputError as error:
            raise invalid(str(error)) from None

    def get_personalized_ranking(self, asked: dict[str, Any]) -> dict[str, Any]:
        """GetPersonalizedRanking."""
        policy, items = self._policy(asked), asked["inputList"]
        if not 1 <= len(items) <= MOST_RESULTS:
            raise invalid(f"inputList: got {len(items)} items, must be 1 to {MOST_RESULTS}.")
        if len(set(items)) < len(items):
            raise invalid("inputList: an item is there twice.")
        try:
            mask = self._mask(asked, asked["userId"], None)
            listed = self.recommendations.rank(policy, asked["userId"], items, allowed=mask)
            told = self._told(listed, asked, {}, scores=True)
        except InputError as error:
            raise invalid(str(error)) from None
        return {"personalizedRanking": told, "recommendationId": self._remember(listed, asked["userId"])}

    def _listed(self, policy: str, user: str | None, many: int, item: str | None, mask: Mask | None) -> Listed:
        fixed = self.answers.of(user)
        if fixed is not None:
            return Listed(list(fixed[:many]), [], policy, 0)
        return self.recommendations.ask(policy, user, many, item=item, allowed=mask)

    def _promoted(
        self, policy: str, asked: Mapping[str, Any], many: int, mask: Mask | None
    ) -> tuple[Listed, dict[str, str]]:
        """A list of which a share are items that a promotion's filter lets in, evenly among the others."""
        promotion = asked["promotions"][0]
        if promotion.get("filterArn") is None:
            raise invalid("promotions.1: needs a filterArn.")
        user, item = asked.get("userId"), asked.get("itemId")
        among = self._mask(promotion, user, item)
        assert among is not None
        share = promotion.get("percentPromotedItems", 100) / 100
        wanted = round(many * share)
        some = self._listed(policy, user, wanted, item, among if mask is None else among & mask)
        others = self._listed(policy, user, many, item, mask)
        rest = [each for each in zip(others.items, others.scores, strict=True) if each[0] not in set(some.items)]
        places = set(np.linspace(0, many - 1, len(some.items)).round().astype(int).tolist()) if some.items else set()
        ours, theirs = iter(zip(some.items, some.scores, strict=True)), iter(rest)
        mixed = [found for place in range(many) if (found := next(ours if place in places else theirs, None))]
        listed = Listed([each for each, _ in mixed], [score for _, score in mixed], policy, some.version)
        return listed, dict.fromkeys(some.items, promotion.get("name", "promotion"))

    def _mask(self, asked: Mapping[str, Any], user: str | None, item: str | None) -> Mask | None:
        if asked.get("filterArn") is None:
            if asked.get("filterValues"):
                raise invalid("filterValues: there is no filterArn beside them.")
            return None
        place = self.recommendations.now.met.places.get(item) if item is not None else None
        values = read_values(asked.get("filterValues") or {})
        return allowed(self.filters.of(asked["filterArn"]), self.facts, Asker(user, place, values))

    def _told(
        self, listed: Listed, asked: Mapping[str, Any], promoted: Mapping[str, str], *, scores: bool = False
    ) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = [{"itemId": item} for item in listed.items]
        if listed.scores and (scores or recipe_of(self.recommendations.parts[listed.policy]).has_scores):
            for each, score in zip(told, listed.scores, strict=True):
                each["score"] = score
        for each in told if promoted else ():
            if each["itemId"] in promoted:
                each["promotionName"] = promoted[each["itemId"]]
        if asked.get("metadataColumns"):
            self._describe(told, asked["metadataColumns"])
        return told

    def _describe(self, told: list[dict[str, Any]], wanted: Mapping[str, list[str]]) -> None:
        if set(wanted) != {"ITEMS"}:
            raise invalid("metadataColumns: the only key is ITEMS.")
        known, columns = self.facts.told, wanted["ITEMS"]
        strangers = [name for name in columns if name.upper() not in known]
        if strangers or not 1 <= len(columns) <= MOST_COLUMNS:
            what = f"ITEMS has no {', '.join(strangers)}" if strangers else f"got {len(columns)} columns"
            raise invalid(f"metadataColumns: {what}; 1 to {MOST_COLUMNS} of: {', '.join(sorted(known))}.")
        places = [self.recommendations.now.met.places.get(each["itemId"]) for each in told]
        there = np.array([place for place in places if place is not None], np.int32)
        found = iter(self.facts.metadata(there, [known[name.upper()] for name in columns]))
        for each, place in zip(told, places, strict=True):
            row = next(found) if place is not None else {}
            each["metadata"] = {name: row[known[name.upper()]] for name in columns if known[name.upper()] in row}

    def _remember(self, listed: Listed, user: str | None) -> str:
        name = recommendation_id()
        self.shown.show(name, user, listed)
        return name

    def _policy(self, asked: Mapping[str, Any]) -> str:
        given = [name for name in ("campaignArn", "recommenderArn") if asked.get(name) is not None]
        if len(given) != 1:
            raise invalid("exactly one of campaignArn and recommenderArn must be given.")
        named = read(asked[given[0]])
        kind = given[0].removesuffix("Arn")
        if named is None or named.kind != kind or named.name not in self.recommendations.now.champions:
            raise not_found(f"Resource Arn {asked[given[0]]} does not exist.")
        return named.name
