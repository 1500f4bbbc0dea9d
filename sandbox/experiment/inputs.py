"""What comes from outside while a loop runs: buttons of a demo, an operator's hand. Each at a simulated moment.

What breaks, campaigns and poisons is said as the scenario would have said it, from that moment on: the world and the
delivery of such a plan are the same until then, so a loop goes on in them as if it had always been so.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from sandbox.errors import InputError, did_you_mean
from sandbox.experiment.kept import text_of
from sandbox.scenario.plan import ChangePlan, OutagePlan, Plan, ShelvesPlan

What = Literal["break", "campaign", "poison", "share", "retrain", "roll back", "fall ill", "help out"]
STAFFING = ("fall ill", "help out")
"""What happens to those who review a model's decisions: it is nothing to the loop, but to whoever looks at them."""
_LASTING = ("break", "campaign", "poison", *STAFFING)
_DAY_US = 86_400_000_000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EXAMPLE = '{"at": "2026-02-01T10:00:00+00:00", "input": "break", "seconds": 7200}'
_KEYS = ("at", "input", "of", "seconds", "size")


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that somebody does from outside."""

    at_us: int
    """Microseconds UTC, in the loop's time."""
    what: What
    of: str = ""
    """What it is done to: a stage that breaks, a column that is poisoned, an arm that learns, goes back or has another
    share, a model whose decisions are reviewed; empty: the connector or the last stage but one, the item's column, all
    arms, all models."""
    lasts_us: int = _DAY_US
    """How long a break, a campaign, a poison or an illness lasts, or a helper stays."""
    size: float = 1.0
    """The share of values that a poison makes null, the factor of a campaign on visits, the new share of each arm."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as `input_of` reads them."""
        told: dict[str, Any] = {"at": moment_text(self.at_us), "input": self.what}
        if self.of:
            told["of"] = self.of
        if self.what in _LASTING:
            told["seconds"] = self.lasts_us / 1e6
        if self.what in ("campaign", "poison", "share"):
            told["size"] = self.size
        return told


def moment_text(at_us: int) -> str:
    """A moment as ISO text, UTC."""
    return (_EPOCH + datetime.timedelta(microseconds=at_us)).isoformat()


def moment_us(text: str) -> int:
    """The way back. Raises ValueError: it is no moment with a zone."""
    found = datetime.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("has no zone")
    return (found - _EPOCH) // datetime.timedelta(microseconds=1)


def input_of(told: Mapping[str, Any], place: str) -> Input:
    """An input from plain values, such as `{"at": "2026-02-01T10:00:00+00:00", "input": "break", "seconds": 7200}`.

    Args:
        told: what was written.
        place: where that stands, for messages.
    Raises:
        InputError: a key is unknown or missing, or a value makes no sense.
    """
    for key in told:
        if key not in _KEYS:
            raise InputError(f"{place}: unknown key '{key}'.{did_you_mean(key, _KEYS)}")
    what = told.get("input")
    if what not in get_args(What):
        raise InputError(f"{place}: unknown input '{what}'.{did_you_mean(str(what), get_args(What))}")
    try:
        at_us = moment_us(str(told.get("at")))
    except ValueError:
        said = f"got {told.get('at')!r}, must be a moment with its zone, such as 2026-02-01T10:00:00+00:00"
        raise InputError(f"{place}: at: {said}.") from None
    seconds, size = told.get("seconds", _DAY_US / 1e6), told.get("size", 1.0)
    for key, value in (("seconds", seconds), ("size", size)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
            raise InputError(f"{place}: {key}: got {value!r}, must be a number above 0.")
    return Input(at_us, cast(What, what), str(told.get("of", "")), round(seconds * 1e6), float(size))


def read_inputs(path: Path) -> list[Input]:
    """Inputs from a file of JSON lines, or from a journal, whose other lines are left out.

    Raises:
        InputError: a line is no input.
        OutsideError: the file cannot be read.
    """
    text = text_of(path)
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}:{number}: is no JSON: {error}.") from None
        if not isinstance(told, dict):
            raise InputError(f"{path}:{number}: must be an object, such as {_EXAMPLE}.")
        if told.pop("kind", "input") == "input":
            found.append(input_of(told, f"{path}:{number}"))
    return found


def check_input(given: Input, plan: Plan) -> None:
    """Whether a loop can do it. Raises InputError, with what is known instead."""
    shelves = cast(ShelvesPlan, plan.shelves)
    if not plan.clock.start_us <= given.at_us < plan.clock.end_us:
        raise InputError(f"{given.what}: {moment_text(given.at_us)} lies outside the clock; choose a moment inside it.")
    if given.what == "break":
        _stage(given, plan)
    if given.what == "poison":
        known = plan.datasets[shelves.events].contract.names
        if given.of and given.of not in known:
            raise InputError(f"poison: '{shelves.events}' has no column '{given.of}'.{did_you_mean(given.of, known)}")
        if given.size > 1:
            raise InputError(f"poison: got a size of {given.size:g}, must be a share of values, above 0 and at most 1.")
    if given.what == "share" and not given.size < 1:
        raise InputError(f"share: got {given.size:g}, must be a share of the traffic, above 0 and below 1.")
    if given.what in ("retrain", "roll back", "share"):
        arms = [arm.policy for arm in shelves.arms[1:]]
        if given.of and given.of not in arms:
            raise InputError(f"{given.what}: unknown arm '{given.of}'.{did_you_mean(given.of, arms)}")
    if given.what in STAFFING:
        models = reviewed_models(plan)
        if not models:
            raise InputError(f"{given.what}: no model of the scenario has reviewers; give one `review:`.")
        if given.of and given.of not in models:
            raise InputError(f"{given.what}: unknown model '{given.of}'.{did_you_mean(given.of, models)}")


def reviewed_models(plan: Plan) -> list[str]:
    """The models of a plan whose doubtful decisions people look at."""
    return [name for name, model in plan.models.items() if model.review is not None]


def arms_meant(given: Input, shelves: ShelvesPlan) -> list[int]:
    """The arms that an input is about, all where it names none."""
    return [arm for arm, each in enumerate(shelves.arms) if arm and given.of in ("", each.policy)]


def applied(plan: Plan, given: Input, number: int) -> Plan:
    """The plan as it is once an input has come; `number` tells it from others. Other kinds leave it as it is."""
    shelves = cast(ShelvesPlan, plan.shelves)
    if given.what == "break":
        assert plan.delivery is not None
        at, outage = _stage(given, plan), OutagePlan(given.lasts_us, start_us=given.at_us)
        stages = list(plan.delivery.stages)
        stages[at] = replace(stages[at], outages=(*stages[at].outages, outage))
        return replace(plan, delivery=replace(plan.delivery, stages=tuple(stages)))
    if given.what not in ("campaign", "poison"):
        return plan
    name, is_campaign = f"input_{number}", given.what == "campaign"
    change = ChangePlan(
        name=name,
        kind="campaign" if is_campaign else "fault",
        about="from outside, while the loop ran",
        start_us=given.at_us,
        end_us=given.at_us + given.lasts_us,
        visits={shelves.events: given.size} if is_campaign else {},
        nulls={} if is_campaign else {shelves.events: {given.of or shelves.item: given.size}},
    )
    return replace(plan, changes={**plan.changes, name: change})


def _stage(given: Input, plan: Plan) -> int:
    """The place of the stage that breaks."""
    if plan.delivery is None:
        raise InputError("break: the scenario has no delivery that could break; give it `delivery: default`.")
    names = [stage.name for stage in plan.delivery.stages]
    if not given.of:
        return names.index("connector") if "connector" in names else max(len(names) - 2, 0)
    if given.of not in names:
        raise InputError(f"break: unknown stage '{given.of}'.{did_you_mean(given.of, names)}")
    return names.index(given.of)
