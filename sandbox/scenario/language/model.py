"""A model: whom it predicts, at which moments, what, and from which features."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from sandbox import registry
from sandbox.errors import InputError
from sandbox.scenario.language.fairness import Fairness
from sandbox.scenario.language.review import Review
from sandbox.scenario.language.terms import Duration, Moment, Name
from sandbox.strict import Findings, Path, Strict, show, unknown_keys, validated


class Label(Strict):
    """What is predicted, from timed data strictly after the cut: leaving, a change, or an event."""

    exactly_one: ClassVar = ("leaves within", "changes", "occurs")
    leaves_within: Duration | None = Field(default=None, alias="leaves within")
    """The entity leaves its history within this time of the cut: `30 days`."""
    changes: Name | None = None
    """A column of a history that gets another value."""
    occurs: Name | None = None
    """A dataset of events in which the entity appears."""
    within: Duration | None = None
    """How long after the cut is looked at, for `changes` and `occurs`."""
    where: str | None = None
    """SQL condition on the new version or the event."""

    @model_validator(mode="after")
    def _looks_ahead(self) -> Label:
        if self.leaves_within is None and self.within is None:
            raise Findings([(("within",), "is missing; say how long after the cut is looked at: `within: 30 days`.")])
        if self.leaves_within is not None and self.within is not None:
            raise Findings([(("within",), "`leaves within` says already how long; take this out.")])
        return self

    @property
    def window(self) -> datetime.timedelta:
        """How long after the cut is looked at."""
        return self.leaves_within or self.within or datetime.timedelta()


class Model(Strict):
    """A model to build: which entities, at which moments, what is predicted, from which features."""

    kind: str
    """The name of the blueprint."""
    of: Name
    """The dataset whose entities are predicted."""
    entity: Name | None = None
    """The column that names the entity, where it is not the key of `of`."""
    at: Annotated[list[Moment], Field(min_length=1)]
    """The cuts: `day 30`, a date, or several of them; features see what was known then, the label what came after."""
    label: Label
    """What is predicted."""
    features: str
    """A `.sql` file beside the scenario, or the SQL itself; `$cut` is the moment."""
    about: str = ""
    """What the model is for, for its card."""
    fairness: Fairness | None = None
    """By which groups its answers are told apart: `[region, plan]`."""
    owner: str = ""
    """Who builds it, and waits for its data."""
    review: Review | None = None
    """Which of its decisions people look at again."""
    blueprint: Strict
    """The name of the blueprint; its own keys stand beside."""

    @classmethod
    def read(cls, value: Any) -> Model:
        """A model as written: its own keys and those of its blueprint side by side."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be a mapping with a `blueprint`.")])
        kind = value.get("blueprint")
        own = [key for key in cls.model_fields if key not in ("kind", "blueprint")]
        found: list[tuple[Path, str]] = []
        blueprint: Strict | None = None
        try:
            part = registry.load("sandbox.blueprints", _blueprint_name(kind))
            keys = [field.alias or name for name, field in part.model_fields.items()]
            found += unknown_keys(value, ["blueprint", *own, *keys])
            blueprint = validated(part, {key: value[key] for key in value if key in keys})
        except InputError as error:
            found.append((("blueprint",), str(error)))
        except Findings as error:
            found += error.findings
        rest = {key: value[key] for key in value if key in own}
        if "at" in rest and not isinstance(rest["at"], list):
            rest["at"] = [rest["at"]]
        try:
            model = validated(
                cls, {"kind": kind if isinstance(kind, str) else "", "blueprint": blueprint or Strict(), **rest}
            )
        except Findings as error:
            found += error.findings
        if found:
            raise Findings(found)
        return model


def _blueprint_name(written: Any) -> str:
    if isinstance(written, str):
        return written
    known = ", ".join(registry.names("sandbox.blueprints"))
    said = "is missing" if written is None else f"got {show(written)}, must be a name"
    raise InputError(f"{said}; one of: {known}.")


ModelField = Annotated[Model, BeforeValidator(Model.read), WithJsonSchema({"part": "model"})]
