"""What each model of a plan asks of the mart, and of the world's truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.mart import FeaturePlan, Question, check_features, question
from sandbox.scenario.language import Label, Model
from sandbox.scenario.loader import Loaded
from sandbox.scenario.quantities import describe_duration

if TYPE_CHECKING:
    from sandbox.contract.model import Contract
    from sandbox.scenario.plan import Plan
    from sandbox.world.truth import Changes, Leaves


def visible_contracts(plan: Plan) -> Mapping[str, Contract]:
    """Contracts of the datasets that leave the world: all that features may read."""
    return {name: dataset.contract for name, dataset in plan.datasets.items() if not dataset.spec.hidden}


def question_of(loaded: Loaded, name: str) -> Question:
    """What a model asks of the mart, its SQL with the place it stands at. Raises InputError: no file of features."""
    plan = loaded.plan
    model = plan.models[name]
    moments = tuple(plan.clock.calendar.at_us(moment) for moment in model.at)
    asked = question(name, model, moments, visible_contracts(plan), plan.folder)
    if asked.features.file:
        return asked
    path = ("models", name, "features")
    return replace(
        asked, features=replace(asked.features, placed=lambda offset: loaded.document.place_inside(path, offset))
    )


def features_of(loaded: Loaded, asked: Question) -> FeaturePlan:
    """The features of a question and what they read. Raises InputError: the SQL does not fit the datasets."""
    plan = loaded.plan
    return check_features(asked.features, visible_contracts(plan), asked.entity, asked.of, plan.clock.zone)


def in_words(model: Model) -> str:
    """What a model predicts, as a sentence."""
    label, who = model.label, model.of
    window = describe_duration(label.window)
    if label.leaves_within is not None:
        return f"an entity of {who} leaves within {window} after the cut"
    condition = f" (where {label.where})" if label.where else ""
    if label.changes is not None:
        return f"{label.changes} of an entity of {who} changes{condition} within {window} after the cut"
    return f"the entity appears in {label.occurs}{condition} within {window} after the cut"


def kind_of(label: Label) -> Leaves | Changes:
    """The label of a history as the world's truth asks for it."""
    from sandbox.world.truth import Changes, Leaves

    return Leaves() if label.changes is None else Changes(label.changes, label.where)
