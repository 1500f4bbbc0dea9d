"""From when on each arm has which share of the traffic: as planned, and as somebody gave it another while it ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sandbox.errors import InputError
from sandbox.experiment.inputs import Input, arms_meant, moment_text
from sandbox.scenario.plan import ShelvesPlan

Shares = tuple[float, ...]
"""Of each arm beside the control, in their order."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Stages, in order."""

    stages: tuple[tuple[int, Shares], ...]
    """Where each begins, microseconds UTC, and the shares from there on."""

    def at(self, now_us: int) -> tuple[int, Shares]:
        """The stage that goes on at a moment; the first one before it has begun."""
        return max((each for each in self.stages if each[0] <= now_us), default=self.stages[0])

    def next_us(self, now_us: int) -> int | None:
        """When the next one begins."""
        return min((since_us for since_us, _ in self.stages if since_us > now_us), default=None)

    def given(self, shares: Mapping[int, float], now_us: int) -> Schedule:
        """Arms have other shares from now on, and for good; the other arms' are as they were planned.

        Args:
            shares: by code of the arm, 1 and up.
            now_us: a stage of its own begins here, and later ones only where that changes something.
        """

        def told(planned: Shares) -> Shares:
            return tuple(shares.get(arm, share) for arm, share in enumerate(planned, start=1))

        later = [(since_us, told(planned)) for since_us, planned in self.stages if since_us > now_us]
        steps = list(pairwise([(now_us, told(self.at(now_us)[1])), *later]))
        moved = [after for before, after in steps if after[1] != before[1]]
        return Schedule((*self._before(now_us), (now_us, told(self.at(now_us)[1])), *moved))

    def ended(self, now_us: int) -> Schedule:
        """No stage begins from now on."""
        return replace(self, stages=self._before(now_us))

    def _before(self, now_us: int) -> tuple[tuple[int, Shares], ...]:
        return tuple(each for each in self.stages if each[0] < now_us)


def check_shares(shelves: ShelvesPlan, inputs: Sequence[Input]) -> None:
    """Whether arms leave something to the control at all times, as they are given shares from outside.

    Raises:
        InputError: they do not; with how much an arm can have.
    """
    schedule = Schedule(shelves.stages)
    for given in inputs:
        if given.what != "share":
            continue
        arms = arms_meant(given, shelves)
        schedule = schedule.given(dict.fromkeys(arms, given.size), given.at_us)
        for since_us, shares in schedule.stages:
            if since_us < given.at_us or sum(shares) < 1:
                continue
            whose = given.of or "each arm"
            others = sum(share for arm, share in enumerate(shares, start=1) if arm not in arms)
            most = (1 - others) / len(arms)
            control = shelves.arms[0].policy
            said = f"from {moment_text(since_us)} on the arms would take {sum(shares):.4g} of the traffic"
            mend = f"ask for less than {most:.4g}" if most > 0 else "lower the other arms first"
            raise InputError(f"share: got {given.size:g} for {whose}; {said}, and leave '{control}' nothing; {mend}.")
