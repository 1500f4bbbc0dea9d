"""What does not change while a show goes on: whose it is, its clock, its arms, and what its buttons may do."""

from __future__ import annotations

from typing import Any

from sandbox.experiment.inputs import reviewed_models
from sandbox.experiment.loop import Loop
from sandbox.experiment.setting_up import shelves_of
from sandbox.runs.questions import in_words
from sandbox.scenario.plan import Plan, ShelvesPlan


def kinds_of(plan: Plan) -> tuple[ShelvesPlan, list[str]]:
    """The shelves of a plan, and the events of their stream in the order of its journey.

    Raises:
        InputError: it has no experiment whose arms fill shelves, or their stream is real.
    """
    shelves = shelves_of(plan)
    journey = plan.scenario.datasets[shelves.events].journey
    kinds = []
    for state in journey.states.values() if journey is not None else ():
        kinds += [state.emits] if state.emits else []
        if state.shows is not None and state.shows.emits:
            kinds.append(state.shows.emits)
    return shelves, list(dict.fromkeys(kinds))


def scene_of(plan: Plan, loop: Loop, kinds: list[str], truth: bool) -> dict[str, Any]:
    """All that the page need be told once."""
    shelves, experiment = loop.shelves, plan.experiment
    assert experiment is not None
    columns = plan.datasets[shelves.events].contract
    return {
        "name": plan.name,
        "about": experiment.about or plan.scenario.about,
        "zone": plan.clock.zone,
        "start": plan.clock.start_us // 1000,
        "end": plan.clock.end_us // 1000,
        "days": plan.scenario.clock.days,
        "begins": shelves.starts_us // 1000,
        "ramp": [{"at": since_us // 1000, "shares": shares} for since_us, shares in shelves.stages],
        "arms": [arm.policy for arm in shelves.arms],
        "customers": len(loop.feed.customers),
        "metric": loop.design.primary,
        "horizon": loop.design.horizon,
        "alpha": loop.design.alpha,
        "kinds": kinds,
        "goal": shelves.goal,
        "click": shelves.clicks,
        "truth": truth,
        "stages": [stage.name for stage in plan.delivery.stages] if plan.delivery is not None else [],
        "columns": [name for name in columns.names if columns.column(name).nullable] or [shelves.item],
        "item": shelves.item,
        "reviews": [_reviewed(plan, name) for name in reviewed_models(plan)],
    }


def _reviewed(plan: Plan, name: str) -> dict[str, Any]:
    """Which decisions of a model people look at, and who they are."""
    model = plan.models[name]
    terms = model.review
    assert terms is not None
    return {
        "model": name,
        "about": model.about or in_words(model),
        "of": model.of,
        "band": list(terms.band),
        "reviewers": terms.reviewers,
        "takes_s": terms.takes.total_seconds(),
        "within_s": terms.within.total_seconds(),
    }
