"""A dataset of the world as a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.addresses import BLOCK_ROWS
from sandbox.contract.model import Contract
from sandbox.scenario.forms import SCD2, AsOf, Changes, Form
from sandbox.scenario.parts import Share
from sandbox.scenario.span import ALL, Span
from sandbox.sources.spans import within

if TYPE_CHECKING:
    from sandbox.world.world import World


class SimulatedSource:
    """Rows as the world makes them; a share is up to 16 blocks of rows, or of a history's entities.

    A share of a history's changes is one block of entities, so that each part is in the order of time.
    """

    def __init__(
        self, world: World, contract: Contract, proven: frozenset[str], form: Form = SCD2, span: Span = ALL
    ) -> None:
        self.contract = contract
        self.proven = proven
        own = contract.time or contract.valid_from
        self.arrival = f"its own {own}" if own else "the clock's start"
        if isinstance(form, AsOf):
            self.arrival = "the moment of the table"
        self._world = world
        self._form = form
        self._span = span

    def shares(self) -> Sequence[Share]:
        """Ranges of units, the last one shorter; one empty share of an empty dataset."""
        dataset = self.contract.dataset
        ranges = self._world.ranges(dataset, self._span)
        if isinstance(self._form, Changes):
            units = self._world.units(dataset)
            ranges = [(start, min(start + BLOCK_ROWS, units)) for start in range(0, max(units, 1), BLOCK_ROWS)]
        keys = anchored_by(self._world)
        return [
            Share(index, name, start, stop, self._world.rows_of(dataset, start, stop), f"{name}{keys}")
            for index, (start, stop) in enumerate(ranges)
            if (name := f"{start}-{stop}")
        ]

    def first_share(self, rows: int) -> Share:
        """The share of the first rows, at least so many if there are; nothing is counted for it, so it is quick."""
        plan = self._world.recipe(self.contract.dataset).plan
        if self._world.comes_by_time(self.contract.dataset):
            self._world = self._world.at_a_glance()
            return Share(0, "first", 0, self._world.first_units(self.contract.dataset, rows))
        known = plan.rows
        stop = rows if known < 0 else min(rows, known)
        return Share(0, f"0-{stop}", 0, stop, -1, f"0-{stop}")

    def orders(self) -> frozenset[str]:
        """By what rows are in order, share after share: events of a stream arrive as they happen."""
        in_order = self._world.comes_by_time(self.contract.dataset)
        return frozenset({"event", "arrival"}) if in_order else frozenset()

    def batches(self, share: Share) -> Iterator[pa.RecordBatch]:
        """The share's rows, block by block."""
        form = self._form
        if isinstance(form, AsOf):
            from sandbox.world.as_of import snapshot

            return snapshot(self._world, self.contract, form.moment_us, share.start, share.stop)
        if isinstance(form, Changes):
            from sandbox.world.change_stream import change_batches

            changes = change_batches(self._world, self.contract, form.flat, share.start, share.stop)
            return (
                changes
                if self._span.is_all
                else within(changes, self.contract, self._span, self._world.recipe(self.contract.dataset))
            )
        batches = self._world.batches(self.contract.dataset, share.start, share.stop)
        return (
            batches
            if self._span.is_all
            else within(batches, self.contract, self._span, self._world.recipe(self.contract.dataset))
        )

    def delivery(self) -> Mapping[str, Any]:
        """Nothing: rows are there as they happen."""
        return {}

    def close(self) -> None:
        """Nothing is held open."""


def anchored_by(world: World) -> str:
    """What rows hang on beside the plan: the real keys that they refer to; part of what resuming compares."""
    return "".join(f" {digest}" for digest in world.plan.anchors.values())
