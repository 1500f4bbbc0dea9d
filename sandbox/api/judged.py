"""A scenario that was judged: its plan, its datasets by name, and the world that its rows come from."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.loader import Loaded, Options
from sandbox.scenario.plan import Plan

if TYPE_CHECKING:
    from sandbox.world.world import World

Moment = str | datetime.date
"""A time by the scenario's clock: `day 30`, `day 30 12:00`, `2026-01-31`, or a date or datetime."""


@dataclass(frozen=True)
class Judged:
    """What all parts of `sandbox.Scenario` stand on."""

    loaded: Loaded = field(repr=False)
    options: Options

    @property
    def plan(self) -> Plan:
        """Everything that will be done, decided."""
        return self.loaded.plan

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.plan.name

    @property
    def datasets(self) -> list[str]:
        """Names of the datasets that leave the world, in the order of the file."""
        return [name for name, spec in self.plan.scenario.datasets.items() if not spec.hidden]

    @cached_property
    def _world(self) -> World:
        """What simulated datasets come from; made once, since it remembers what it has made."""
        from sandbox.sources.opening import world_of

        return world_of(self.plan)

    def _known(self, dataset: str) -> str:
        if dataset not in self.datasets:
            raise InputError(f"{self.plan.file}: unknown dataset '{dataset}'.{did_you_mean(dataset, self.datasets)}")
        return dataset
