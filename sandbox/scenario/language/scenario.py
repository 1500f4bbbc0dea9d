"""The whole of a scenario file."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sandbox.scenario import clock
from sandbox.scenario.language.approval import Approval, Stage
from sandbox.scenario.language.campaign import Campaign
from sandbox.scenario.language.change import Change
from sandbox.scenario.language.dataset import Dataset
from sandbox.scenario.language.delivery import DeliveryField
from sandbox.scenario.language.experiment import Experiment
from sandbox.scenario.language.model import ModelField
from sandbox.scenario.language.shelves import PolicyField
from sandbox.scenario.language.target import BindingField
from sandbox.scenario.language.terms import Name
from sandbox.strict import Strict, show

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]


def _not_true(value: object) -> object:
    """Python holds true to equal 1, a scenario does not. Raises ValueError."""
    if isinstance(value, bool):
        raise ValueError(f"got {show(value)}, must be 1.")
    return value


Version = Annotated[Literal[1], BeforeValidator(_not_true)]


class Clock(Strict):
    """When the scenario plays, and in which zone its days begin."""

    start: Annotated[datetime.datetime, BeforeValidator(clock.start)]
    """The first day, or a local date and time."""
    days: int = Field(default=30, ge=1, le=clock.MAX_DAYS)
    """How many days it lasts."""
    zone: Annotated[str, BeforeValidator(clock.zone)] = "UTC"
    """Name of the time zone that days begin in, such as `Europe/London`."""


class Scenario(Strict):
    """A whole scenario file."""

    sandbox: Version
    """The version of the language."""
    engine: Version = 1
    """The version of the generators: the same number, the same values."""
    name: Name
    """What runs of it are filed under."""
    about: str = ""
    """What it is for; stands at the top of the report."""
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    """Another seed, other values."""
    clock: Clock
    """When it plays."""
    datasets: dict[Name, Dataset] = Field(min_length=1)
    """The tables and streams, by name."""
    changes: dict[Name, Change] = Field(default={}, max_length=1_000)
    """What changes over time, by name."""
    delivery: DeliveryField | None = None
    """How events come from where they happen to where they land: `default`, or stages by name, in order."""
    env: list[VariableName] = Field(default=[])
    """Environment variables that targets may use, as `${NAME}` or `${NAME:-default}`."""
    targets: dict[Name, dict[str, BindingField]] = Field(default={})
    """Where real datasets come from, by target; those not named stay simulated. So may a policy be another."""
    models: dict[Name, ModelField] = Field(default={})
    """What is predicted, by name."""
    policies: dict[Name, PolicyField] = Field(default={}, max_length=50)
    """What decides which items are shown, by name."""
    experiment: Experiment | None = None
    """What is tried on a share of the traffic."""
    campaigns: dict[Name, Campaign] = Field(default={}, max_length=20)
    """Whom a model scores high is contacted, but for a holdout, by name."""
    stage: Stage | None = None
    """How far the work is: `spike`, `proof of concept`, `MVP` or `production`."""
    approval: Approval | None = None
    """Who must agree, by name, before it is released: `[Ada Lovelace, Grace Hopper]`."""
    keep: list[str] = Field(default=[])
    """What `sandbox calibrate` leaves as it is: dotted paths such as `datasets.customers.rows`, and all below."""
    done: list[str] = Field(default=[])
    """What must hold at the end: `churn.balanced_accuracy >= 0.70`."""
