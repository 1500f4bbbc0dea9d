"""When models learn anew: by the clock, when what customers do has moved, when somebody asks; and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from sandbox.addresses import Address, words
from sandbox.experiment.assignment import CONTROL
from sandbox.experiment.champions import Champions
from sandbox.experiment.decisions import Cause, Seen
from sandbox.experiment.drift import Drift, Reference
from sandbox.experiment.learning import Memory
from sandbox.experiment.teaching import Teacher
from sandbox.scenario.plan import ShelvesPlan

_DAY_US = 86_400_000_000


@dataclass(eq=False)
class Retraining:
    """The schedule of an experiment's arms; the control keeps what it learnt before the start."""

    shelves: ShelvesPlan
    teachers: Sequence[Teacher]
    champions: Champions
    seed: int
    engine: int
    _references: dict[int, Reference] = field(default_factory=dict)
    _busy_until_us: dict[int, int] = field(default_factory=dict)
    _drift: dict[int, Drift] = field(default_factory=dict)

    def next_us(self, now_us: int) -> int:
        """When it is scheduled next."""
        since_us, every_us = self.shelves.starts_us, self.shelves.retrain.every_us
        return since_us + ((now_us - since_us) // every_us + 1) * every_us

    def learnt(self, arm: int, seen: Seen) -> None:
        """Remember what the data looked like that a champion learnt from, where drift is looked at."""
        if self.shelves.retrain.on_drift and arm != CONTROL and len(seen.events):
            served = self.champions.now(arm)
            self._references[arm] = Reference.of(served, seen.events, seen.now_us - _DAY_US)

    def due(self, now_us: int, memory: Memory) -> Iterator[tuple[int, Cause]]:
        """The arms that learn now, and why; none that still learns since the last time."""
        retrain = self.shelves.retrain
        scheduled = (now_us - self.shelves.starts_us) % retrain.every_us == 0
        fresh = None
        for arm in range(CONTROL + 1, len(self.shelves.arms)):
            if retrain.on_drift and arm in self._references:
                events = memory.events()
                fresh = events.where(events.at >= now_us - _DAY_US) if fresh is None else fresh
                self._drift[arm] = self._references[arm].drift(self.champions.now(arm), fresh)
            if self._busy_until_us.get(arm, now_us) > now_us:
                continue
            if scheduled:
                yield arm, "schedule"
            elif arm in self._drift and self._drift[arm].worst > retrain.on_drift:
                yield arm, "drift"

    def begin(self, arm: int, now_us: int) -> tuple[int, float | None]:
        """How long a retraining that begins now takes, microseconds; and how far the data has moved, if known."""
        mean_us, worst = self.shelves.retrain.takes_us, self.drift(arm)
        if not mean_us:
            return 0, worst
        address = Address((self.seed, "experiment", "retraining", arm), self.engine)
        second = now_us // 1_000_000
        point = (int(words(address, second, second + 1)[0]) + 0.5) / 2**64
        takes_us = round(-float(np.log1p(-point)) * mean_us)
        box_us = self.shelves.retrain.time_box_us
        self._busy_until_us[arm] = now_us + (min(takes_us, box_us) if box_us else takes_us)
        return takes_us, worst

    def drift(self, arm: int) -> float | None:
        """How far the data of an arm's champion has moved (PSI); None where nobody looks, or too little came."""
        found = self._drift.get(arm)
        return None if found is None or found.worst != found.worst else round(found.worst, 9)
