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


Share = Annotated[float, Field(ge=0, le=1)]


class Retrain(Strict):
    """When policies learn anew, from what, and what a candidate must show to take the champion's place."""

    every: Duration = timedelta(days=1)
    """How often, from the experiment's start on."""
    window: Duration | None = None
    """How far back what they learn from reaches; without it, to the clock's start."""
    on_drift: Annotated[float, Field(gt=0, le=10)] | None = None
    """Learn at once, too, where what is met, or how it is scored, has moved this far since (PSI; `0.2` is a lot)."""
    takes: Duration = timedelta(0)
    """How long a retraining takes, on average (exponential): so much later a candidate can serve."""
    time_box: Duration | None = None
    """A retraining that takes longer is given up, and the champion goes on."""
    threshold: Share = 0.0
    """The hit rate that a candidate must reach, whatever the champion's is."""
    min_absolute_change: Share = 0.0
    """By how much more than this a candidate's hit rate must be above the champion's."""
    min_relative_change: Annotated[float, Field(ge=0, le=100)] = 0.0
    """The same as a share of the champion's."""
    roll_back: Share | None = None
    """Go back to the champion before, where its hit rate is above the present one's by this share of it."""

    @classmethod
    def shorthand(cls) -> str:
        """`retrain: 1 day`."""
        return "every"


class Place(Strict):
    """Where a list stands on a page."""

    slots: Annotated[int, Field(ge=0, le=100)]
    """How many items it has; 0: the page is without it."""
    first: Annotated[int, Field(ge=1, le=100)] = 1
    """The slot of the page in which it begins, counted from 1."""

    @classmethod
    def shorthand(cls) -> str:
        """`home: 4`."""
        return "slots"


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
    layouts: dict[str, Annotated[dict[Name, Place], Field(min_length=1)]] = Field(default={})
    """By arm and state: how many slots its lists have there and where they begin; all of the shelf's by default."""
    explore: dict[str, Share] = Field(default={})
    """By arm: the share of lists that are drawn by chance from what may be shown."""
    in_stock: str | None = None
    """SQL condition over an item's columns: what may be shown at all."""
    not_owned: bool = False
    """Nobody is shown what they have bought, as far as that has arrived."""
    eligible: str | None = None
    """SQL condition over `item.` and `parent.` columns: what a customer may be shown, by plan for instance."""
    alike: Name | None = None
    """The items' column by which an item that nobody has met yet is taken to be like others, such as `category`."""
