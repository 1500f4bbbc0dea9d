"""The ledger of a delivery: what was sent, and what became of it. Its sums agree, or it is not written.

Events are counted when they happen, losses and second sendings when the stage has dealt with the event, arrivals when
they arrive. At any moment: carried + sent + repeated = arrived + damaged + lost + pending.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from sandbox.delivery.chain import Arrivals, Chain, ChainState
from sandbox.world.periods import HOUR_US
from sandbox.world.rowsets import Whole

_BITS = 4
"""An octave of lateness has sixteen cells: as many bits of the mantissa tell them apart."""
_FIRST, _OCTAVES = 10, 42
_SHIFT = np.int64(52 - _BITS)
_LEAST = np.int64(1023 + _FIRST) << np.int64(_BITS)
EDGES_US: Final[Whole] = np.concatenate(
    [(2 ** (_FIRST + octave)) * (np.arange(17, 33) / 16) for octave in range(_OCTAVES)]
).astype(np.int64)
"""Where the cells of lateness end, from a millisecond up to a century: none is wider than a sixteenth of its start."""
LEVELS: Final = (0.5, 0.9, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted of arrivals, cut by cut."""

    sent: int
    arrived: int
    damaged: int
    late: int
    """Arrivals later than the scenario's `late`."""
    reordered: int
    """Arrivals of events that had happened before one that was there already."""
    latest_us: int
    """The latest time of an event that has arrived."""
    lateness: Whole
    """Arrivals by the cell of their lateness."""
    sent_by_hour: Whole
    arrived_by_hour: Whole
    """By the hour of the clock."""

    @classmethod
    def none(cls, hours: int) -> Tally:
        """Before the first event of a clock of so many hours."""
        cells, by_hour = np.zeros(len(EDGES_US), np.int64), np.zeros(hours, np.int64)
        return cls(0, 0, 0, 0, 0, -(2**62), cells, by_hour, by_hour)

    def sent_off(self, sent_us: Whole, start_us: int) -> Tally:
        """With more events, told by when they happened, rising."""
        by_hour = _by_hour(sent_us, start_us, len(self.sent_by_hour))
        return replace(self, sent=self.sent + len(sent_us), sent_by_hour=self.sent_by_hour + by_hour)

    def arrived_with(self, arrivals: Arrivals, happened_us: Whole, late_us: int, start_us: int) -> Tally:
        """With more that arrived, after all others; `happened_us` tells when each of them had happened."""
        arrived_us = arrivals.events.times
        took_us = arrived_us - happened_us
        damaged = int(np.count_nonzero(arrivals.events.faults))
        before = np.maximum.accumulate(np.concatenate([[self.latest_us], happened_us]))
        lateness = np.bincount(cells_of(took_us), minlength=len(self.lateness))
        return replace(
            self,
            arrived=self.arrived + len(arrivals) - damaged,
            damaged=self.damaged + damaged,
            late=self.late + int(np.count_nonzero(took_us > late_us)),
            reordered=self.reordered + int(np.count_nonzero(happened_us < before[:-1])),
            latest_us=int(before[-1]),
            lateness=self.lateness + lateness,
            arrived_by_hour=self.arrived_by_hour + _by_hour(arrived_us, start_us, len(self.arrived_by_hour)),
        )


@dataclass(frozen=True, slots=True)
class StageCounts:
    """A stage: carried + came + repeated = left + lost + pending."""

    name: str
    carried: int
    """In it when the span began."""
    came: int
    repeated: int
    left: int
    lost: int
    pending: int
    """In it when the span ended."""
    damaged: int
    """Of those that it has dealt with."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of a stream's events within a span."""

    carried: int
    repeated: int
    lost: int
    pending: int
    stages: tuple[StageCounts, ...]
    tally: Tally

    def since(self, before: Ledger) -> Ledger:
        """Only what came after another moment of the same delivery."""
        tally = self.tally
        counted = replace(
            tally,
            **{
                name: getattr(tally, name) - getattr(before.tally, name)
                for name in Tally.__dataclass_fields__
                if name != "latest_us"
            },
        )
        stages = tuple(_between(one, two) for one, two in zip(before.stages, self.stages, strict=True))
        repeated, lost = self.repeated - before.repeated, self.lost - before.lost
        return _agreeing(Ledger(before.pending, repeated, lost, self.pending, stages, counted))

    def sums(self) -> dict[str, Any]:
        """The counts as plain data, with quantiles of lateness in seconds."""
        tally = self.tally
        return {
            "carried": self.carried,
            "sent": tally.sent,
            "repeated": self.repeated,
            "arrived": tally.arrived,
            "damaged": tally.damaged,
            "lost": self.lost,
            "pending": self.pending,
            "late": tally.late,
            "reordered": tally.reordered,
            "lateness_s": quantiles_s(tally.lateness, LEVELS),
            "stages": {
                each.name: {name: getattr(each, name) for name in StageCounts.__dataclass_fields__ if name != "name"}
                for each in self.stages
            },
        }


def ledger_of(chain: Chain, state: ChainState, tally: Tally) -> Ledger:
    """The ledger from the first event to a cut.

    Raises:
        AssertionError: events were made or lost without being counted.
    """
    is_here = [waiting.times < state.at_us for waiting in state.waiting]
    here = [int(mask.sum()) + state.held(place) for place, mask in enumerate(is_here)]
    came = [each.taken + inside for each, inside in zip(state.stages, here, strict=True)]
    left = [*came[1:], tally.arrived + tally.damaged]
    on_the_way = [*(int((~mask).sum()) for mask in is_here[1:]), len(state.arriving)]
    stages = tuple(
        StageCounts(
            stage.plan.name, 0, came[place], known.repeated, left[place], known.lost,
            here[place] + on_the_way[place], known.corrupted,
        )
        for place, (stage, known) in enumerate(zip(chain.stages, state.stages, strict=True))
    )  # fmt: skip
    repeated, lost = sum(each.repeated for each in stages), sum(each.lost for each in stages)
    return _agreeing(Ledger(0, repeated, lost, state.under_way, stages, tally))


def cells_of(took_us: Whole) -> Whole:
    """The cell of each lateness: exponent and first bits of its floating-point form; the first and last are open."""
    bits = took_us.astype(np.float64).view(np.int64) >> _SHIFT
    return np.asarray(np.clip(bits - _LEAST, 0, len(EDGES_US) - 1), np.int64)


def quantiles_s(cells: Whole, levels: Sequence[float]) -> dict[str, float]:
    """Quantiles of lateness in seconds, right to 3%: `{"50%": …}`; `100%` is an upper bound. Empty without rows."""
    total = int(cells.sum())
    if not total:
        return {}
    reached = np.cumsum(cells)
    ends = EDGES_US / 1e6
    found = {}
    for level in levels:
        cell = int(np.searchsorted(reached, np.ceil(level * total)))
        middle = ends[cell] if level == 1.0 or not cell else (ends[cell] * ends[cell - 1]) ** 0.5
        found[f"{level:.0%}"] = float(f"{middle:.3g}")
    return found


def _agreeing(ledger: Ledger) -> Ledger:
    tally = ledger.tally
    into = ledger.carried + tally.sent + ledger.repeated
    out = tally.arrived + tally.damaged + ledger.lost + ledger.pending
    ways: Mapping[str, tuple[int, int]] = {"the delivery": (into, out)} | {
        f"stage {each.name}": (each.carried + each.came + each.repeated, each.left + each.lost + each.pending)
        for each in ledger.stages
    }
    for name, (one, two) in ways.items():
        if one != two:
            raise AssertionError(f"{name}: {one} events went in and {two} are accounted for")
    return ledger


def _between(before: StageCounts, after: StageCounts) -> StageCounts:
    counted = {
        name: getattr(after, name) - getattr(before, name) for name in ("came", "repeated", "left", "lost", "damaged")
    }
    return replace(after, carried=before.pending, **counted)


def _by_hour(times_us: Whole, start_us: int, hours: int) -> Whole:
    """How many of rising times lie in each hour; what comes after the last one is not counted."""
    return np.diff(np.searchsorted(times_us, start_us + HOUR_US * np.arange(hours + 1))).astype(np.int64)
