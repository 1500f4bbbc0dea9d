"""How busy the months are, beyond who is there: held against what the world shows without knowing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sandbox.calibrate.families import FEW, Floats, nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.visits import SeenVisits
from sandbox.contract.zones import to_local
from sandbox.scenario.language import Visits
from sandbox.world.rowsets import Whole

_YEAR_DAYS = 360


@dataclass(frozen=True, eq=False)
class Season:
    """Factors of the twelve months, those that were said, and the visits that were seen in each month."""

    factors: Sequence[float]
    said: Sequence[float]
    seen: Whole

    def fitted(self, evidence: Evidence, told: str) -> Fitted:
        """As the scenario has it."""
        off = float(np.abs(np.subtract(self.factors, self.said)).mean())
        least = int(self.seen[self.seen > 0].min())
        interval = f"each ± {100 * 1.96 / np.sqrt(least):.0f} % at most"
        new = [nice(factor, 3) for factor in self.factors]
        agrees = bool((np.abs(np.subtract(self.factors, self.said)) <= 1.96 / np.sqrt(np.maximum(self.seen, 1))).all())
        return Fitted((*evidence.path, "visits", "season"), new, told, interval, round(min(off, 1.0), 4), agrees)


def season_of(spec: Visits, evidence: Evidence, visits: SeenVisits) -> Season | None:
    """Where a scenario speaks of months, or a whole year was seen: what it says, to begin with."""
    span_days = (visits.at_us[-1] - visits.at_us[0]) / 86_400e6
    if spec.season is None and span_days < _YEAR_DAYS:
        return None
    said = list(spec.season) if spec.season is not None else [1.0] * 12
    return Season(said, said, months_of(visits.at_us, evidence.plan.clock.zone))


def months_of(at_us: Whole, zone: str) -> Whole:
    """How many moments lie in each month of the year, from January; shape (12,)."""
    local = to_local(at_us, zone).astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return np.bincount(local % 12, minlength=12)


def with_season(season: Season, made: Whole, all_made: int, all_seen: int) -> Season:
    """Factors by which the world would show the months as they were seen; those without visits stay."""
    enough = (season.seen >= FEW) & (made >= FEW)
    ratio: Floats = np.ones(12)
    ratio[enough] = season.seen[enough] / all_seen / (made[enough] / all_made)
    return replace(season, factors=[float(factor) for factor in np.asarray(season.factors) * ratio])
