"""The scenario's delivery, asked how late real events would be: they set out when they really happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.families import Floats
from sandbox.delivery.chain import EVER_US, Chain, chain_of
from sandbox.delivery.keys import hashes_of
from sandbox.delivery.transit import Transit
from sandbox.scenario.plan import DeliveryPlan, Plan
from sandbox.world.draws import Distribution
from sandbox.world.rowsets import Whole


@dataclass(frozen=True, eq=False)
class Way:
    """The stages of one stream, and the events that set out."""

    chain: Chain
    events: Transit
    until_us: int
    """What would arrive later was not seen."""

    @classmethod
    def of(cls, plan: Plan, delivery: DeliveryPlan, stream: str, table: pa.Table, at_us: Whole, until_us: int) -> Way:
        """The way of a stream's rows. Args: at_us: when each happened, within the clock, shape (rows,)."""
        chain = chain_of(delivery, stream, plan.clock, plan.seed, plan.engine)
        order = np.argsort(at_us, kind="stable")
        number = np.arange(len(order))
        identity = hash_columns(Address(("calibrate", "under way", stream)), number)
        keys = [
            hashes_of(table[key].combine_chunks()).take(order) if key in table.column_names else identity
            for key in chain.keys
        ]
        hashes = np.array(keys, np.uint64).reshape(len(keys), len(order))
        marks = np.zeros(len(order), np.int32)
        return cls(chain, Transit(at_us[order], number, identity.view(np.int64), marks, hashes), until_us)

    def with_stage(self, place: int, latency: Distribution | None, share: float = 0.0, slow: Any = None) -> Way:
        """With another latency of one stage, and of those that straggle in it."""
        stages = [*self.chain.stages]
        stage = stages[place]
        stages[place] = replace(stage, plan=replace(stage.plan, slow=share), latency=latency, slow=slow)
        return replace(self, chain=replace(self.chain, stages=tuple(stages)))

    def first(self, events: int) -> Way:
        """Only the first events that set out."""
        return replace(self, events=self.events.take(slice(0, events)))

    def late_s(self) -> Floats:
        """How late each arrives, seconds, of those that do."""
        _, pieces = self.chain.advance(self.chain.begin(), self.events, EVER_US)
        arrived = Transit.together([piece.events for piece in pieces])
        seen = arrived.times <= self.until_us
        return np.asarray((arrived.times - self.events.times[arrived.numbers])[seen] / 1e6, np.float64)


def late_of(ways: Iterable[Way]) -> Floats:
    """How late the events of several streams arrive."""
    return np.concatenate([way.late_s() for way in ways])
