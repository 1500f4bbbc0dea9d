"""Where a click is: when it leaves each stage of the scenario's delivery, and when the features have it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sandbox.delivery.chain import EVER_US, Chain, chain_of
from sandbox.delivery.keys import hashes_of
from sandbox.delivery.transit import Transit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.scenario.plan import Plan


@dataclass(frozen=True, slots=True)
class Trip:
    """The way of one event, microseconds UTC."""

    happened_us: int
    left_us: tuple[int, ...]
    """When it leaves each stage; shorter where a stage loses it."""
    is_lost: bool

    @property
    def arrived_us(self) -> int | None:
        """When features may use it; None where it is lost."""
        if self.is_lost:
            return None
        return self.left_us[-1] if self.left_us else self.happened_us


@dataclass(frozen=True, eq=False)
class Travel:
    """The delivery of one stream for events that come one by one, so that none of them waits for another."""

    plan: Plan
    stream: str

    @property
    def stages(self) -> tuple[str, ...]:
        """Names of the stages in order; none where events are known as they happen."""
        chain = self._chain
        return () if chain is None else tuple(stage.plan.name for stage in chain.stages)

    def trip(self, event: str, happened_us: int, columns: Mapping[str, object]) -> Trip:
        """Where an event is when.

        Args:
            event: what tells it from all others; what chance does to it hangs on this alone.
            happened_us: when it happened, microseconds UTC.
            columns: values of the columns by which stages deal.
        """
        chain = self._chain
        if chain is None:
            return Trip(happened_us, (), is_lost=False)
        setting_out = _setting_out(chain, event, happened_us, columns)
        left: list[int] = []
        for many in range(1, len(chain.stages) + 1):
            part = replace(chain, stages=(*chain.stages[: many - 1], replace(chain.stages[many - 1], is_held=False)))
            _, [arrived] = part.advance(part.begin(), setting_out, EVER_US)
            if not len(arrived):
                return Trip(happened_us, tuple(left), is_lost=True)
            left.append(int(arrived.events.times[0]))
        return Trip(happened_us, tuple(np.maximum.accumulate(left).tolist()), is_lost=False)

    @cached_property
    def _chain(self) -> Chain | None:
        delivery = self.plan.delivery
        if delivery is None or self.stream not in delivery.streams:
            return None
        return chain_of(delivery, self.stream, self.plan.clock, self.plan.seed, self.plan.engine)


def _setting_out(chain: Chain, event: str, happened_us: int, columns: Mapping[str, object]) -> Transit:
    identity = int.from_bytes(blake2b(event.encode(), digest_size=8).digest(), "big", signed=True)
    keys = [hashes_of(pa.array([columns.get(key)])) for key in chain.keys]
    return Transit(
        np.array([happened_us], np.int64),
        np.zeros(1, np.int64),
        np.array([identity], np.int64),
        np.zeros(1, np.int32),
        np.array(keys, np.uint64).reshape(len(keys), 1),
    )
