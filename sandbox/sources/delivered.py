"""A stream of the world that is delivered: its shares are spans of time in which rows arrive, in that order.

The events of a share are made by whoever asks for it; the delivery itself goes through in order, since each share goes
on where the one before it ended. Whoever asks for a share whose past nobody has made makes it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Condition
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sandbox.contract.checks import Checked
from sandbox.contract.model import Contract
from sandbox.contract.rules import rules_of
from sandbox.delivery.bringing import Brought, Reached, bring
from sandbox.delivery.chain import EVER_US, chain_of
from sandbox.delivery.damage import Delivered
from sandbox.delivery.fates import FATES, fates, open_fates
from sandbox.delivery.ledger import Ledger, Tally, ledger_of
from sandbox.scenario.parts import Share
from sandbox.scenario.plan import DeliveryPlan
from sandbox.scenario.span import ALL, Span
from sandbox.sources.simulated import anchored_by
from sandbox.world.periods import HOUR_US

if TYPE_CHECKING:
    from sandbox.world.world import World


@dataclass(frozen=True)
class Step:
    """A span of the clock, microseconds UTC, that goes through at once. Only those with a share are landed."""

    start_us: int
    end_us: int
    share: int | None = None


class Turns:
    """Lets steps through in their order, whoever asks for them, and from as many threads as want to."""

    def __init__(self, first: Reached, through: Callable[[int, Reached], tuple[Reached, list[Brought]]]) -> None:
        self._first = first
        self._through = through
        self._condition = Condition()
        self._done = 0
        self._reached = first
        self._under_way: set[int] = set()

    @property
    def reached(self) -> Reached:
        """How far it has come."""
        return self._reached

    def begin(self, step: int) -> None:
        """Somebody makes the events of a step, and those after it may wait for that."""
        with self._condition:
            self._under_way.add(step)

    def end(self, step: int) -> None:
        """Nobody does any more."""
        with self._condition:
            self._under_way.discard(step)
            self._condition.notify_all()

    def is_next(self, step: int) -> bool:
        """Whether its turn has come: its events then need not be made before they go through."""
        return self._done == step

    def take(self, step: int) -> list[Brought]:
        """Let a step through when its turn has come; those before it that nobody makes are made here."""
        with self._condition:
            self._condition.wait_for(lambda: self._done >= step or not self._is_coming())
            if self._done <= step:
                for each in range(self._done, step + 1):
                    self._reached, came = self._through(each, self._reached)
                    self._done = each + 1
                self._condition.notify_all()
                return came
        # It went through before, and is asked for again: all that leads there is made anew.
        reached = self._first
        for each in range(step + 1):
            reached, came = self._through(each, reached)
        return came

    def finish(self, steps: int) -> Reached:
        """Let every step through that was not asked for; how far that is."""
        with self._condition:
            self._condition.wait_for(lambda: not self._is_coming())
            for each in range(self._done, steps):
                self._reached, _ = self._through(each, self._reached)
                self._done = each + 1
            return self._reached

    def _is_coming(self) -> bool:
        return self._done in self._under_way


_NO_FATES = pa.RecordBatch.from_pylist([], schema=FATES)


class DeliveredSource:
    """Rows as they arrive; a share is a span of time."""

    def __init__(
        self, world: World, contract: Contract, proven: frozenset[str], span: Span = ALL, begun: Reached | None = None
    ) -> None:
        delivery = world.plan.delivery
        assert delivery is not None
        self.contract = contract
        self.proven = proven - (_keys(contract) if _repeats(delivery) else set())
        self.arrival = f"by the scenario's delivery: {', '.join(stage.name for stage in delivery.stages)}"
        self._world = world
        self._span = span
        self._begun = begun
        self._late_us = delivery.late_us
        self.chain = chain_of(delivery, contract.dataset, world.plan.clock, world.plan.seed, world.plan.engine)
        self._steps = self._cut()
        self._made: dict[int, list[pa.RecordBatch]] = {}
        hours = world.units(contract.dataset)
        self._before = begun or Reached(self.chain.begin(), tally=Tally.none(hours))
        self._turns = Turns(self._before, self._through)

    @property
    def reached(self) -> Reached:
        """How far the delivery has come: what a source of a later span may begin with."""
        return self._turns.reached

    def shares(self) -> Sequence[Share]:
        """Spans of time, each with about so many rows as events happen in it."""
        keys = anchored_by(self._world)
        return [
            Share(step.share, name, step.start_us, step.end_us, self._expected(step), f"{name}{keys}")
            for step in self._steps
            if step.share is not None and (name := f"{step.start_us}-{step.end_us}")
        ]

    def orders(self) -> frozenset[str]:
        """By what rows are in order, share after share."""
        return frozenset({"arrival"})

    def first_share(self, rows: int) -> Share:
        """The share of the first rows: the first events, delivered as if no others came."""
        self._world = self._world.at_a_glance()
        hours = self._world.first_units(self.contract.dataset, rows)
        start_us = self._world.plan.clock.start_us
        return Share(0, "first", start_us, start_us + hours * HOUR_US)

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Checked]:
        """The rows that arrive in a share, in that order; those that came damaged as refused already."""
        for each in self.delivered(share):
            whole, damaged = each.parted(self.contract)
            yield whole
            if damaged is not None:
                yield damaged

    def delivered(self, share: Share) -> Iterator[Delivered]:
        """All rows that arrive in a share, and how each is damaged: what a replay sends."""
        came = self._first(share) if share.name == "first" else self._taken(share.index)
        came.reverse()
        while came:  # Each piece is let go of once its rows are out.
            yield from came.pop().rows()

    def fates(self, share: Share) -> pa.RecordBatch:
        """What became of events in a share: those that arrived in it, and those that were lost meanwhile."""
        return fates(self.chain, self._taken(share.index))

    def open_fates(self) -> pa.RecordBatch:
        """The events that are still under way at the span's end."""
        reached = self._turns.finish(len(self._steps))
        return open_fates(self.chain, reached.cargo, reached.chain.pending) if reached.cargo is not None else _NO_FATES

    def ledger(self) -> Ledger:
        """What became of the events of the span; what nobody asked for of it is made for that."""
        reached = self._turns.finish(len(self._steps))
        whole, before = (ledger_of(self.chain, each.chain, each.tally) for each in (reached, self._before))
        return whole.since(before)

    def delivery(self) -> Mapping[str, Any]:
        """The ledger's sums."""
        return self.ledger().sums()

    def close(self) -> None:
        """Nothing is held open."""

    def _taken(self, share: int) -> list[Brought]:
        number = next(number for number, step in enumerate(self._steps) if step.share == share)
        self._turns.begin(number)
        try:
            if not self._turns.is_next(number):
                self._made[number] = list(self._events(self._steps[number]))
            return self._turns.take(number)
        finally:
            self._made.pop(number, None)
            self._turns.end(number)

    def _through(self, number: int, reached: Reached) -> tuple[Reached, list[Brought]]:
        step = self._steps[number]
        if step.share == 0:
            self._before = reached
        made = self._made.pop(number, None)
        return bring(self.chain, reached, self._events(step) if made is None else made, step.end_us, self._late_us)

    def _first(self, share: Share) -> list[Brought]:
        made = self._events(Step(share.start, share.stop))
        return bring(self.chain, Reached(self.chain.begin(), tally=Tally.none(0)), made, EVER_US, self._late_us)[1]

    def _events(self, step: Step) -> Iterator[pa.RecordBatch]:
        """The events that happen in a step."""
        start_us = self._world.plan.clock.start_us
        first, last = (step.start_us - start_us) // HOUR_US, -((start_us - step.end_us) // HOUR_US)
        last = min(last, self._world.units(self.contract.dataset))
        for batch in self._world.batches(self.contract.dataset, first, last):
            happened = np.asarray(batch.column("_sandbox").field("arrived_at").cast(pa.int64()))
            begin, end = np.searchsorted(happened, [step.start_us, step.end_us]).tolist()
            if begin < end:
                yield batch.slice(begin, end - begin)

    def _expected(self, step: Step) -> int:
        stream = self._world.stream(self.contract.dataset)
        return round(stream.expected(step.start_us, step.end_us))

    def _cut(self) -> list[Step]:
        """The clock, or what is left of it, in steps: to the span's start, and then its shares."""
        stream = self._world.stream(self.contract.dataset)
        clock = self._world.plan.clock
        from_us = self._begun.chain.at_us if self._begun is not None else clock.start_us
        since_us, until_us = max(self._span.since_us, from_us), min(self._span.until_us, clock.end_us)
        moments = {stream.moment(unit) for bounds in stream.ranges() for unit in bounds}
        cuts = sorted({each for each in (*moments, since_us) if from_us <= each < until_us} | {from_us, until_us})
        steps: list[Step] = []
        shares = 0
        for start_us, end_us in itertools.pairwise(cuts):
            is_shown = start_us >= since_us
            steps.append(Step(start_us, end_us, shares if is_shown else None))
            shares += is_shown
        return steps if shares else [*steps, Step(from_us, from_us, 0)]


def _repeats(delivery: DeliveryPlan) -> bool:
    return any(stage.retries for stage in delivery.stages)


def _keys(contract: Contract) -> set[str]:
    """The rules by which no event comes twice."""
    return {rule.name for rule in rules_of(contract) if rule.kind in ("unique", "primary_key")}
