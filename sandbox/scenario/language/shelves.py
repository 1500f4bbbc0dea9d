"""Policies and the shelves that they fill: the closed loop of an experiment, and when it learns anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from sandbox import registry
from sandbox.errors import InputError, did_you_mean
from sandbox.registry import Part
from sandbox.scenario.language.terms import Duration, Name
from sandbox.strict import Findings, Strict, show, validated

POLICIES = "sandbox.policies"


class Policy(Strict):
    """What decides which items are shown: exactly one policy, or its bare name."""

    kind: str
    """The name of the policy."""
    part: Part
    """Its configuration."""

    @classmethod
    def read(cls, value: Any) -> Policy:
        """A policy as written: `popularity`, or `{item_knn: {neighbours: 20}}`."""
        if isinstance(value, cls):
            return value
        known = registry.names(POLICIES)
        if isinstance(value, str):
            value = {value: {}}
        if not isinstance(value, dict) or len(value) != 1:
            raise Findings([((), f"got {show(value)}, must be one policy: {', '.join(known)}.")])
        ((kind, options),) = value.items()
        if kind not in known:
            raise Findings([((), f"unknown policy '{kind}'.{did_you_mean(str(kind), known)}")])
        try:
            part = validated(registry.load(POLICIES, kind), {} if options is None else options)
        except InputError as error:
            raise Findings([((kind,), str(error))]) from None
        except Findings as error:
            raise Findings([((kind, *path), message) for path, message in error.findings]) from None
        return validated(cls, {"kind": kind, "part": part})


PolicyField = Annotated[Policy, BeforeValidator(Policy.read), WithJsonSchema({"part": "policy"})]


class Retrain(Strict):
    """When policies learn anew, and from what."""

    every: Duration = timedelta(days=1)
    """How often, from the experiment's start on."""
    window: Duration | None = None
    """How far back what they learn from reaches; without it, to the clock's start."""
    better_by: float = Field(default=0.0, ge=0)
    """A candidate takes the champion's place when its hit rate is better by more than this."""

    @classmethod
    def shorthand(cls) -> str:
        """`retrain: 1 day`."""
        return "every"


class Shelves(Strict):
    """The shelves of a stream, which the arms of an experiment fill with lists: the closed loop."""

    of: Name | None = None
    """The stream; without it, the only one whose journey `shows` something."""
    goal: Name | None = None
    """The event that counts as a success; `purchase` unless said."""
    value: Name | None = None
    """The column of the stream that says what such an event is worth, such as `amount`."""
    retrain: Retrain = Retrain()
    """When policies learn anew: `1 day`, or more."""
