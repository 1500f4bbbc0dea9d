"""What an experiment by itself says to somebody who pays for it: the same five questions as of a run."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from sandbox.experiment.experiment import Tried
from sandbox.report import plain, sponsor_trials
from sandbox.report.sponsor_words import (
    NO_MONEY,
    Sponsored,
    answered,
    conditions,
    missed,
    rests_on,
    stage_of,
    stood_still,
    when,
    whence,
)
from sandbox.runs.assumed import how_known
from sandbox.runs.record import finite
from sandbox.scenario.loader import Loaded
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import origin


def sponsored_experiment(loaded: Loaded, found: Tried) -> Sponsored:
    """Say what an experiment means, of which there is no run.

    Args:
        loaded: the scenario, as it was when the experiment was tried.
        found: all that is said of it.
    """
    plan, tried = loaded.plan, finite(found.to_dict())
    verdicts = [str(gate["verdict"]) for gate in tried["gates"]]
    decisions = [sponsor_trials.verdict(each, tried) for each in tried["decisions"]]
    origins = {name: origin(plan, name) for name in _read(plan)}
    is_simulated = set(origins.values()) == {"simulated"}
    goal = plan.shelves.goal if plan.shelves is not None else ""
    experiment, clock = plan.experiment, plan.scenario.clock
    return Sponsored(
        title=plain.capital(plain.words(plan.name)),
        about=(experiment.about if experiment is not None else "") or plan.scenario.about,
        when=when(clock.start.date(), clock.days),
        headline=missed(verdicts) or " ".join(decisions),
        answers=answered(
            [sponsor_trials.who_saw_what(tried, goal), whence(origins), *_meanwhile(plan, tried)],
            list(sponsor_trials.changed(tried, goal)) or [("Too little has been seen to compare what people did.", ())],
            list(sponsor_trials.worth(tried)) or [NO_MONEY],
            [*sponsor_trials.sure(tried), *rests_on(how_known(loaded), is_simulated)],
            [*conditions(verdicts), *decisions, *stage_of(plan.scenario.stage or "")],
        ),
    )


def _read(plan: Plan) -> list[str]:
    """The datasets that tell what people did: those of the shelves, or the log and what the metrics count in."""
    if plan.shelves is not None:
        return [plan.shelves.events, plan.shelves.customers, plan.shelves.items]
    if plan.experiment is None or plan.experiment.log is None:
        return []
    log = plan.experiment.log
    names = [log] if isinstance(log, str) else list(log.values())
    return list(dict.fromkeys([*names, *(each.of for each in plan.experiment.metrics.values() if each.of)]))


def _meanwhile(plan: Plan, tried: dict[str, Any]) -> Iterator[str]:
    """What went on beside it."""
    for each in tried["happenings"]:
        about = plan.changes[each["name"]].about if each["name"] in plan.changes else ""
        if about and each["what"] != "outage":
            yield about.rstrip(".") + "."
    outages = [
        (_moment(each["starts_us"]), _moment(each["ends_us"]))
        for each in tried["happenings"]
        if each["what"] == "outage"
    ]
    if outages:
        yield stood_still("The data", outages, plan.clock.zone)


def _moment(at_us: int) -> str:
    return datetime.datetime.fromtimestamp(at_us / 1e6, datetime.UTC).isoformat()
