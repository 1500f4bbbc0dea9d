"""The same in plain HTTP, for those without an SDK: lists, predictions, and the OpenAPI that tells of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.errors import InputError, did_you_mean
from sandbox.serve.answers import Answers
from sandbox.serve.calling import JSON, Answer, Call, Handler, in_json
from sandbox.serve.learnt import Listed
from sandbox.serve.openapi import document
from sandbox.serve.predicting import Predictions
from sandbox.serve.recommending import Recommendations
from sandbox.serve.retraining import Retraining
from sandbox.serve.shown import ShownLists
from sandbox.serve.wire.recipes import recipe_of

MOST_LISTED = 500
_RECOMMEND = ("customer", "item", "n", "policy")


@dataclass(frozen=True, eq=False)
class Plain:
    """Answers of the plain API."""

    recommendations: Recommendations
    shown: ShownLists
    answers: Answers
    predictions: Predictions
    retraining: Retraining
    policy: str
    """Which is asked where none is named."""
    new_id: Callable[[], str]

    @property
    def handlers(self) -> dict[tuple[str, str], Handler]:
        """By method and path."""
        found: dict[tuple[str, str], Handler] = {
            ("GET", "/recommend"): self.recommend,
            ("GET", "/health"): self.health,
            ("POST", "/retrain"): self.retrain,
            ("GET", "/openapi.json"): self.openapi,
        }
        for name in self.predictions.names:
            found["GET", f"/predict/{name}"] = _Predict(self.predictions, name)
        return found

    def recommend(self, call: Call) -> Answer:
        """GET /recommend?customer=…&n=…"""
        try:
            asked = _query(call.query, _RECOMMEND)
            customer = asked.get("customer")
            listed, text = self._told(
                customer, asked.get("item"), asked.get("policy", self.policy), asked.get("n", "10")
            )
        except InputError as error:
            return in_json({"message": str(error)}, 400)
        name = self.new_id()
        self.shown.show(name, customer, listed)
        return Answer(text + name.encode() + b'"}', 200, [JSON])

    def _told(self, customer: str | None, item: str | None, policy: str, n: str) -> tuple[Listed, bytes]:
        """A list, and its answer up to the id; remembered as long as the list is."""
        key = ("plain", customer, item, policy, n)
        found = self.recommendations.remembered(customer, key)
        if isinstance(found, tuple):
            return found
        many, fixed = _number(n, "n", MOST_LISTED), self.answers.of(customer)
        if fixed is None:
            listed = self.recommendations.ask(policy, customer, many, item=item)
        else:
            listed = Listed(list(fixed[:many]), [], policy, self.recommendations.champion(policy).version)
        told: dict[str, Any] = {"customer": customer, "items": listed.items}
        if listed.scores and recipe_of(self.recommendations.parts[listed.policy]).has_scores:
            told["scores"] = listed.scores
        told |= {"policy": listed.policy, "version": listed.version, "recommendation_id": ""}
        text = orjson.dumps(told)[:-2]
        self.recommendations.remember(customer, key, (listed, text))
        return listed, text

    def health(self, call: Call) -> Answer:
        """GET /health: which versions answer, and how they fare."""
        now = self.recommendations.now
        policies = {
            name: {
                "version": champion.version,
                "lists_shown": self.shown.shown[name],
                "lists_clicked": self.shown.clicked[name],
            }
            for name, champion in now.champions.items()
        }
        events = len(self.retraining.accepted)
        warning = self.recommendations.origin.basis.warning
        told = {
            "warning": warning,
            "policies": policies,
            "items": len(now.ids),
            "events_accepted": events,
            "learnt_at": now.at,
        }
        return in_json({**told, "learning": self.retraining.is_running, "failure": self.retraining.failure})

    async def retrain(self, call: Call) -> Answer:
        """POST /retrain: learn from what has come in; answered when that is done."""
        await asyncio.shield(self.retraining.start())
        return self.health(call) if not self.retraining.failure else in_json({"message": self.retraining.failure}, 500)

    def openapi(self, call: Call) -> Answer:
        """GET /openapi.json."""
        origin = self.recommendations.origin
        return in_json(document(origin.plan.name, list(self.recommendations.parts), self.predictions.keys))


@dataclass(frozen=True, eq=False)
class _Predict:
    predictions: Predictions
    name: str

    def __call__(self, call: Call) -> Answer:
        key = self.predictions.keys[self.name]
        if self.name not in self.predictions.made:
            return in_json({"message": f"{self.name}: {self.predictions.mend}"}, 404)
        try:
            who = _query(call.query, (key,)).get(key)
            if who is None:
                raise InputError(f"{key} is missing.")
        except InputError as error:
            return in_json({"message": str(error)}, 400)
        found = self.predictions.about(self.name, who)
        return in_json(found) if found is not None else in_json({"message": f"nothing is known of '{who[:100]}'."}, 404)


def _query(query: bytes, known: tuple[str, ...]) -> Mapping[str, str]:
    """The parameters of a query, each once. Raises InputError: it has others, or has one twice."""
    try:
        pairs = _pairs(query.decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        raise InputError("the query cannot be read; write it in UTF-8, with % for what is not plain.") from None
    found = dict(pairs)
    strangers = [name for name in found if name not in known]
    if strangers:
        raise InputError(f"no parameter '{strangers[0][:50]}'.{did_you_mean(strangers[0][:50], known)}")
    if len(found) < len(pairs):
        raise InputError("a parameter is there twice.")
    return found


def _pairs(query: str) -> list[tuple[str, str]]:
    if "%" in query or "+" in query or ";" in query:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
    split = (pair.partition("=") for pair in query.split("&", 50) if pair)  # the same, at a fourth of the time
    return [(name, value) for name, _, value in split]


def _number(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
        raise InputError(f"{name}: got '{text[:50]}', must be a whole number from 1 to {most}.")
    return int(text)
