"""The plain API as an OpenAPI document: what clients are made from, and what fuzzers hold us to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_TEXT, _WHOLE, _NUMBER, _YES_OR_NO = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
_MESSAGE = {"type": "object", "properties": {"message": _TEXT}, "required": ["message"]}
_LIST = {
    "type": "object",
    "properties": {
        "customer": {"type": ["string", "null"]},
        "items": {"type": "array", "items": _TEXT, "maxItems": 500},
        "scores": {"type": "array", "items": _NUMBER, "maxItems": 500},
        "policy": _TEXT,
        "version": _WHOLE,
        "recommendation_id": _TEXT,
    },
    "required": ["customer", "items", "policy", "version", "recommendation_id"],
}
_HEALTH = {
    "type": "object",
    "properties": {
        "warning": _TEXT,
        "policies": {"type": "object"},
        "items": _WHOLE,
        "events_accepted": _WHOLE,
        "learnt_at": _NUMBER,
        "learning": _YES_OR_NO,
        "failure": _TEXT,
    },
    "required": ["warning", "policies", "items", "events_accepted", "learnt_at", "learning", "failure"],
}
_PREDICTED = {
    "type": "object",
    "properties": {
        "model": _TEXT,
        "label": _TEXT,
        "probability": _NUMBER,
        "predicted": _YES_OR_NO,
        "as_of": {"type": "string", "format": "date-time"},
    },
    "required": ["model", "label", "probability", "predicted", "as_of"],
}


def document(name: str, policies: Sequence[str], models: Mapping[str, str]) -> dict[str, Any]:
    """The document of a scenario.

    Args:
        name: of the scenario.
        policies: their names.
        models: of each that predicts, the parameter by which it is asked.
    """
    paths: dict[str, Any] = {
        "/recommend": {
            "get": _operation(
                "recommend",
                "A list for a customer or a session, or for whoever looks at an item.",
                _LIST,
                [
                    _parameter("customer", _TEXT, "Id of a customer, or of a session."),
                    _parameter("item", _TEXT, "What is looked at now; the list is then about this."),
                    _parameter("n", {"type": "integer", "minimum": 1, "maximum": 500, "default": 10}, "How many."),
                    _parameter("policy", {"type": "string", "enum": list(policies)}, "Which decides."),
                ],
                (400,),
            )
        },
        "/health": {"get": _operation("health", "Which versions answer, and how they fare.", _HEALTH)},
        "/retrain": {"post": _operation("retrain", "Learn from all that has come in.", _HEALTH, [], (500,))},
    }
    for model, key in models.items():
        whom = {**_parameter(key, _TEXT, "Whom it is about."), "required": True}
        told = f"What the model {model} of a run predicts."
        paths[f"/predict/{model}"] = {"get": _operation(f"predict_{model}", told, _PREDICTED, [whom], (400, 404))}
    return {"openapi": "3.1.0", "info": {"title": f"sandbox serve {name}", "version": "1"}, "paths": paths}


def _operation(
    name: str, summary: str, schema: Mapping[str, Any], parameters: Sequence[Any] = (), errors: Sequence[int] = ()
) -> dict[str, Any]:
    answers = {"200": _answer("What was asked for.", schema)}
    answers |= {str(status): _answer("What is wrong, in words.", _MESSAGE) for status in (*errors, 403, 421)}
    return {"operationId": name, "summary": summary, "parameters": list(parameters), "responses": answers}


def _answer(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}
