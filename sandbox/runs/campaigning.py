"""The campaigns of a run, as a story: what a model says of people, who of them is contacted, what came of it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address
from sandbox.campaign.contacts import with_contacts
from sandbox.campaign.judging import CONTACTED, Judged, People, assigned, judged
from sandbox.errors import InputError, Problem
from sandbox.landing import Shape, land
from sandbox.mart import Mart, Question, examples, feature_table
from sandbox.mart.cut import time_of
from sandbox.mart.labels import positives
from sandbox.models.base import Blueprint, Examples, Floats
from sandbox.runs.listening import landing
from sandbox.runs.modelling import Wishes, mart_over
from sandbox.runs.questions import features_of, kind_of, question_of, visible_contracts
from sandbox.scenario.language import Model
from sandbox.scenario.language.campaign import Campaign
from sandbox.scenario.loader import Loaded
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import world_of
from sandbox.world.truth import true_probability
from sandbox.world.world import World

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted

_US = timedelta(microseconds=1)
_DAY_US = 86_400_000_000


def carry_out_campaigns(loaded: Loaded, folder: Path, wishes: Wishes) -> tuple[Plan, list[Judged]]:
    """Carry out the campaigns of a scenario in the order of their moments.

    Args:
        loaded: the scenario; whom campaigns contact is simulated.
        folder: where data may lie meanwhile.
        wishes: how.
    Returns:
        The plan of the world in which they took place, and what came of each.
    Raises:
        InputError: a model cannot be built by then, or whom it is about is real.
    """
    plan, found = loaded.plan, []
    in_turn = sorted(loaded.plan.scenario.campaigns.items(), key=lambda each: plan.clock.calendar.at_us(each[1].at))
    for name, campaign in in_turn:
        wishes.listen(f"campaign {name}", 0, None)
        plan, told = _carried_out(loaded, plan, name, campaign, folder / name, wishes)
        found.append(told)
    shutil.rmtree(folder, ignore_errors=True)
    return plan, found


def _carried_out(
    loaded: Loaded, plan: Plan, name: str, campaign: Campaign, folder: Path, wishes: Wishes
) -> tuple[Plan, Judged]:
    model, asked = plan.models[campaign.model], question_of(loaded, campaign.model)
    path, told_by = f"campaigns.{name}", {model.of, *filter(None, [model.label.occurs])}
    for dataset in sorted(told_by & set(plan.bindings)):
        raise InputError(Problem(f"'{dataset}' is real: analyse its log with `experiment:` instead.", path))
    at_us, window_us = plan.clock.calendar.at_us(campaign.at), model.label.window // _US
    try:
        # 1. What is known at the campaign's moment, had nobody been contacted; and the model that learns from it.
        known = _landed(plan, {*told_by, *features_of(loaded, asked).reads}, folder / "nobody", wishes)
        score, ids = _scores(known, plan, asked, model, at_us, path, wishes)

        # 2. Who is contacted, and who is held out by chance.
        arm = assigned(ids, score, campaign, Address((plan.seed, "campaigns", name)))
        contacted = with_contacts(plan, name, campaign, ids.filter(pa.array(arm == CONTACTED)))

        # 3. What came of everybody, in a world without a contact and in one with all, the same chance in both; and how
        #    likely it was. How likely events are, no closed form tells: of them what came is what is true.
        every = with_contacts(plan, name, campaign, None)
        after = replace(asked, moments_us=(at_us,))
        everybody = _landed(every, told_by, folder / "everybody", wishes)
        came = [pc.is_in(ids, positives(mart, after, at_us).cast(ids.type)) for mart in (known, everybody)]
        left_alone, reached = (np.asarray(each, dtype=np.bool_) for each in came)
        is_likely, true = model.label.occurs is None, [left_alone.astype(np.float64), reached.astype(np.float64)]
        if is_likely:
            true = [_likely(each, model, ids, at_us, window_us) for each in (plan, every)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    # 4. The arms beside each other, beside what was true.
    people = People(ids, score, arm, true[0], true[1], left_alone, reached, is_likely)
    return contacted, judged(name, campaign, people, f"{time_of(at_us):%Y-%m-%d}", window_us / _DAY_US)


def _landed(plan: Plan, datasets: Collection[str], folder: Path, wishes: Wishes) -> Mart:
    """A mart over some datasets of a plan's world."""
    shape, names = Shape("landing", envelope=True), [name for name in plan.datasets if name in datasets]
    told = landing(wishes.listen)
    found = land(
        plan, folder, shape=shape, workers=wishes.workers, datasets=names, world=world_of(plan, None), progress=told
    )
    return mart_over(plan, {name: found.parts(name) if name in names else [] for name in visible_contracts(plan)})


def _scores(
    mart: Mart, plan: Plan, asked: Question, model: Model, at_us: int, path: str, wishes: Wishes
) -> tuple[Floats, pa.Array]:
    """What the model says of everybody at the campaign's moment, learnt from what is known by then; and their keys."""
    window_us = model.label.window // _US
    moments = tuple(moment for moment in asked.moments_us if moment + window_us <= at_us)
    learnt = examples(mart, replace(asked, moments_us=moments))
    given = Examples(learnt.entity, learnt.moment, learnt.features, learnt.label, learnt.window)
    blueprint = cast("Blueprint", _by_group(model) if len(moments) < 2 else model.blueprint)
    try:
        fitted: Fitted = blueprint.fit(given, plan.seed, trials=wishes.trials)
    except InputError as error:
        raise InputError([Problem(f"no model by then: {each.message}", path) for each in error.problems]) from None
    table = feature_table(mart, asked, at_us)
    if not len(table):
        raise InputError(Problem("nobody is there with features at its moment.", f"{path}.at"))
    scores = fitted.predict(table.drop_columns([asked.entity]), time_of(at_us))
    return scores.to_numpy(), table[asked.entity].combine_chunks()


def _by_group(model: Model) -> object:
    """A blueprint that tests on some people, where it is to test on a moment and there is but one."""
    split = getattr(model.blueprint, "split", None)
    if split is None or split.by != "time":
        return model.blueprint
    return model.blueprint.model_copy(update={"split": split.model_copy(update={"by": "group"})})


def _likely(plan: Plan, model: Model, ids: pa.Array, at_us: int, window_us: int) -> Floats:
    """How likely it truly was, in the order of the keys."""
    truth = true_probability(World(plan), model.of, at_us, window_us, kind_of(model.label))
    where = pc.index_in(ids, truth.column(0).combine_chunks().cast(ids.type))
    if where.null_count:
        raise InputError(f"campaign by '{model.of}': the features give entities that are not there.")
    found: Floats = truth["probability"].to_numpy()[where.to_numpy()]
    return found


def figures(found: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """What gates may ask for, by campaign."""
    return {each.name: each.figures for each in found}
