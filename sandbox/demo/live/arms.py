"""How the arms do so far: the metric that decides, cumulated day by day with its interval, beside what is true."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from sandbox.experiment.comparing import compared
from sandbox.experiment.effects import levels
from sandbox.experiment.loop import Loop
from sandbox.experiment.panel import figure_of, moments_until, plain
from sandbox.experiment.stage import Stage
from sandbox.experiment.truth import outcomes


@dataclass(eq=False)
class ArmsSoFar:
    """Looked at once a day; what was true on each is remembered, since the world tells it only of now."""

    _stage_us: int = -1
    _truth: dict[int, list[float]] = field(default_factory=dict)
    """By day of the stage, of each arm."""

    def told(self, loop: Loop) -> dict[str, Any]:
        """All of it, as plain values; without days while the first has not passed."""
        stage, design = loop.stage, loop.design
        if stage.since_us != self._stage_us:
            self._stage_us = stage.since_us
            self._truth.clear()
        days = stage.passed(loop.now_us)
        shares = loop.traffic.shares(stage.since_us)
        found: dict[str, Any] = {
            "metric": design.primary,
            "since": stage.since_us // 1000,
            "until": stage.until_us // 1000,
            "days": days,
            "arms": [{"name": name, "share": share} for name, share in shares.items()],
        }
        if days < 1:
            return found
        self._look(loop, stage, days)
        panel, metric = stage.panel(days), design.metric(design.primary)
        seen = moments_until(panel, metric)
        level = levels(seen, plain(figure_of(metric, panel)))
        low, high = level.interval(design.alpha)
        counts = panel.counts()
        for arm, told in enumerate(found["arms"]):
            told["units"] = counts[told["name"]]
            told["value"], told["low"], told["high"] = (
                [_finite(value) for value in part[:, arm].tolist()] for part in (level.value, low, high)
            )
            told["truth"] = [self._truth[day][arm] if day in self._truth else None for day in range(1, days + 1)]
            if arm:
                comparison, _ = compared(panel, design, metric, arm, seen)
                told["lift"] = [_finite(getattr(comparison.lift, end)) for end in ("value", "low", "high")]
                told["sequential"] = [_finite(getattr(comparison.sequential, end)) for end in ("value", "low", "high")]
                told["open"] = arm in loop.traffic.open
        found["ends"] = [int(end) // 1000 for end in stage.days_us[1 : days + 1]]
        return found

    def _look(self, loop: Loop, stage: Stage, days: int) -> None:
        if stage.counter is None or days in self._truth:
            return
        stage.counter.finish(stage.first_us)  # what waits until it is worth while is not in the sums yet
        figures = [each[loop.design.primary] for each in outcomes(stage.counter, stage)]
        if all(math.isfinite(figure) for figure in figures):
            self._truth[days] = figures


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
