"""Judge campaigns: the model and its moment, what a contact changes, and that no two of them meet in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sandbox.errors import did_you_mean
from sandbox.scenario.binding.lives import check_fit
from sandbox.scenario.binding.models import Surroundings
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.gates import Gate
from sandbox.scenario.language import Model
from sandbox.scenario.language.campaign import CAMPAIGN_FIGURES, Campaign
from sandbox.scenario.plan import ClockPlan, DatasetPlan
from sandbox.strict import Path

_US = timedelta(microseconds=1)


def check_campaigns(
    campaigns: Mapping[str, Campaign],
    models: Mapping[str, Model],
    plans: Mapping[str, DatasetPlan],
    around: Surroundings,
    notes: Notes,
) -> None:
    """Note what does not fit; `plans` are those of the datasets that are right."""
    spans: list[tuple[int, int, str]] = []
    for name, campaign in campaigns.items():
        path: Path = ("campaigns", name)
        if name in models or name == "experiment":
            notes.add(
                path, f"'{name}' is {'a model' if name in models else 'the experiment'}; gates could not tell which."
            )
        model = models.get(campaign.model)
        if model is None:
            if not notes.below(("models", campaign.model)):
                notes.add((*path, "model"), f"unknown model '{campaign.model}'.{did_you_mean(campaign.model, models)}")
            continue
        if model.of in plans and plans[model.of].contract.valid_from is None:
            said = f"is about '{model.of}', which is no history; a contact begins a new version: `history: true` there."
            notes.add((*path, "model"), f"'{campaign.model}' {said}")
            continue
        if model.of in plans:
            _check_set((*path, "set"), campaign, plans[model.of], notes)
        if around.clock is not None:
            spans += _span((*path, "at"), name, campaign, model, around.clock, notes)
    for (_, end_us, before), (begin_us, _, name) in zip(sorted(spans), sorted(spans)[1:], strict=False):
        if begin_us < end_us:
            said = f"lies within the time over which '{before}' is judged; let it end first."
            notes.add(("campaigns", name, "at"), said)


def check_campaign_figure(gate: Gate, number: int, notes: Notes) -> None:
    """Note a gate on a figure that campaigns have not."""
    if gate.figure not in CAMPAIGN_FIGURES:
        said = f"unknown figure '{gate.figure}'.{did_you_mean(gate.figure, CAMPAIGN_FIGURES)}"
        notes.add(("done", number), said)


def _check_set(path: Path, campaign: Campaign, of: DatasetPlan, notes: Notes) -> None:
    from sandbox.scenario.expressions import ExpressionError, compile_expression

    spec, key = of.spec, of.spec.key if isinstance(of.spec.key, list) else [of.spec.key]
    told = {column.name: column.arrow for column in of.contract.columns}
    types = {column.name: column.type for column in of.columns}
    for column, text in campaign.set.items():
        if column not in spec.columns:
            known = did_you_mean(column, [name for name in spec.columns if name not in key])
            notes.add((*path, column), f"'{of.name}' has no column '{column}'.{known}")
        elif column in key:
            notes.add((*path, column), "is the key, which never changes.")
        else:
            try:
                compiled = compile_expression(text, told)
            except ExpressionError as error:
                notes.add_faults((*path, column), error.faults)
                continue
            check_fit((*path, column), compiled.type, types[column], notes)


def _span(
    path: Path, name: str, campaign: Campaign, model: Model, clock: ClockPlan, notes: Notes
) -> list[tuple[int, int, str]]:
    begin_us, window_us = clock.calendar.at_us(campaign.at), model.label.window // _US
    if not clock.start_us < begin_us < clock.end_us:
        notes.add(path, "lies outside the clock; choose a moment inside it.")
    elif begin_us + window_us > clock.end_us:
        notes.add(path, "is judged past the end of the clock; lengthen `clock.days` or begin earlier.")
    elif not any(clock.calendar.at_us(moment) + window_us <= begin_us for moment in model.at):
        said = f"no label of '{campaign.model}' is known by then; let the model look earlier (`at:`), or begin later."
        notes.add(path, said)
    else:
        return [(begin_us, begin_us + window_us, name)]
    return []
