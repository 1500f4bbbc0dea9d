"""An A/A test on an experiment's own data: the control's units, who all had the same, dealt to two arms many times.

What then differs differs by chance. If it is told to differ more often than alpha, the metric's intervals are too
short on this data, whatever they are in theory: too few units, a value that one unit decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from sandbox.addresses import Address, words
from sandbox.experiment.effects import effect
from sandbox.experiment.moments import Floats, Moments, from_sums
from sandbox.experiment.panel import Metric, Panel, figure_of, unit_columns

DEALS = 500
_CELLS_AT_ONCE = 1_000_000
_FEWEST_UNITS = 20


@dataclass(frozen=True, slots=True)
class Redealt:
    """How often two arms of the same were told to differ."""

    metric: str
    deals: int
    false: int
    alpha: float

    @property
    def share(self) -> float:
        """Of the deals."""
        return self.false / self.deals

    @property
    def is_honest(self) -> bool:
        """Whether chance may have done it: at most alpha, up to the noise of so many deals (one in a thousand)."""
        as_many = special.bdtrc(self.false - 1, self.deals, self.alpha) if self.false else 1.0
        return bool(as_many >= 1e-3)


def redealt(panel: Panel, metric: Metric, share: float, alpha: float, deals: int = DEALS) -> Redealt | None:
    """Deal the control's units anew, and hold the two arms against each other; None where there are too few.

    Args:
        panel: an experiment; only its control is looked at.
        metric: what is measured.
        share: of the units that an arm gets, 0 to 1.
        alpha: at which a difference is told.
        deals: how often; the same ones each time.
    """
    columns = unit_columns(panel, metric)[panel.arm == 0]
    units, size = columns.shape
    if units * min(share, 1 - share) < _FEWEST_UNITS:
        return None
    center = columns.mean(axis=0)
    shifted = columns - center
    pairs = (shifted[:, :, None] * shifted[:, None, :]).reshape(units, -1)
    told = np.column_stack([np.ones(units), shifted, pairs])
    all_told, false = told.sum(axis=0), 0
    for begin in range(0, deals, at_once := max(_CELLS_AT_ONCE // units, 1)):
        count = min(at_once, deals - begin)
        drawn = words(Address(("experiment", "a/a")), begin * units, (begin + count) * units).reshape(count, units)
        treated = (drawn < np.uint64(share * 2.0**64)).astype(np.float64) @ told
        arms = (_moments(all_told - treated, size, center), _moments(treated, size, center))
        false += int((effect(*arms, figure_of(metric, panel), alpha).p_value < alpha).sum())
    return Redealt(metric.name, deals, false, alpha)


def _moments(told: Floats, size: int, center: Floats) -> Moments:
    products = told[:, 1 + size :].reshape(-1, size, size)
    return from_sums(told[:, 0], told[:, 1 : 1 + size], products, center)
