"""What has happened so far: who was promoted and why, what somebody did from outside, how far the data has moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.experiment.decisions import Decision
from sandbox.experiment.drift import Drift, Reference
from sandbox.experiment.inputs import Input
from sandbox.experiment.loop import Loop

_MOST = 120
"""Of decisions and of inputs, the latest."""
_DAY_US = 86_400_000_000


@dataclass(eq=False)
class Story:
    """Looked at once a day, and whenever something was decided."""

    _references: dict[int, tuple[int, Reference]] = field(default_factory=dict)
    """By arm: what the data looked like when its champion learnt, and that champion's version."""
    _drift: list[dict[str, Any]] = field(default_factory=list)

    def look(self, loop: Loop) -> None:
        """See how far the latest day is from what champions learnt from."""
        events = loop.memory.events()
        fresh = events.where(events.at >= loop.now_us - _DAY_US)
        for arm, named in enumerate(loop.shelves.arms[1:], start=1):
            version, served = loop.champions.version(arm), loop.champions.now(arm)
            known = self._references.get(arm)
            if known is None or known[0] != version:
                if len(events):
                    self._references[arm] = (version, Reference.of(served, events, loop.now_us - _DAY_US))
                continue
            found: Drift = known[1].drift(served, fresh)
            if found.worst == found.worst:
                told = {"at": loop.now_us // 1000, "arm": named.policy, "value": round(found.worst, 4)}
                self._drift = [*self._drift, told][-_MOST:]

    def told(self, loop: Loop, done: list[Input]) -> dict[str, Any]:
        """All of it, as plain values, the oldest first."""
        return {
            "champions": [
                {"arm": arm.policy, "version": loop.champions.version(number), "open": number in loop.traffic.open}
                for number, arm in enumerate(loop.shelves.arms)
                if number
            ],
            "decisions": [_decision(each) for each in loop.decisions if each.arm][-_MOST:],
            "inputs": [{"what": each.what, **_input(each)} for each in done][-_MOST:],
            "drift": self._drift,
        }


def _decision(each: Decision) -> dict[str, Any]:
    return {
        "at": each.at_us // 1000,
        "arm": each.policy,
        "what": each.what,
        "version": each.version,
        "champion": each.champion,
        "candidate": each.candidate,
        "cause": each.cause,
        "because": each.because,
    }


def _input(each: Input) -> dict[str, Any]:
    return {"at": each.at_us // 1000, "of": each.of, "hours": round(each.lasts_us / 3.6e9, 2), "size": each.size}
