"""What review changed: the answers with and without it, what each kind of mistake costs, and what the reviewers do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.models.base import Estimate, Floats, Rows
from sandbox.models.curves import Confusion
from sandbox.scenario.language.review import Costs

Mask = NDArray[np.bool_]
_NORMAL = 1.959964


@dataclass(frozen=True, slots=True)
class Side:
    """Decisions of one way to decide: how often right, and what it costs."""

    confusion: Confusion
    missed: float
    """Money; so are the others."""
    false_alarms: float
    reviewing: float

    @property
    def cost(self) -> float:
        """All of it."""
        return self.missed + self.false_alarms + self.reviewing

    @property
    def figures(self) -> dict[str, float]:
        """What gates may ask of it; NaN where there is nobody to tell it of."""
        found = self.confusion
        came = _share(found.true_positive, found.true_positive + found.false_negative)
        alarmed = _share(found.false_positive, found.false_positive + found.true_negative)
        right = found.true_positive + found.true_negative
        return {
            "true_positive_rate": came,
            "false_positive_rate": alarmed,
            "balanced_accuracy": (came + 1 - alarmed) / 2,
            "accuracy": _share(right, right + found.false_positive + found.false_negative),
        }


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the queue did."""

    reached: float
    """The share of the decisions in the band that were reviewed in time."""
    mean_hours: float
    """From a decision's coming to its review, by the clock on the wall."""
    most_hours: float
    """95 of 100 waited no longer."""
    busy: float
    """The share of the reviewers' hours that they reviewed."""
    at_h: list[float]
    """Hours since the first cut, evenly spaced; `waiting`: how many waited then, over all cuts."""
    waiting: list[int]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The review of a model's decisions."""

    decisions: int
    in_band: int
    reviewed: int
    changed: int
    """Answers that review turned round; `mended` of these to what came true."""
    mended: int
    before: Side
    after: Side
    saved: Estimate
    """Money: what decisions cost without review, less what they cost with it, reviewers included."""
    waiting: Waiting

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        plain = asdict(self)
        for name, side in (("before", self.before), ("after", self.after)):
            plain[name] |= {"cost": side.cost, **side.figures}
        return plain


def side(said: Mask, label: Mask, worked_h: Floats, costs: Costs) -> Side:
    """Count answers, and what they cost.

    Args:
        worked_h: hours that were spent on each.
    """
    counts = (said & label, said & ~label, ~said & ~label, ~said & label)
    found = Confusion(*(int(part.sum()) for part in counts))
    missed, alarms = costs.missed * found.false_negative, costs.false_alarm * found.false_positive
    return Side(found, missed, alarms, costs.hour * float(worked_h.sum()))


def saved(before: Mask, after: Mask, label: Mask, worked_h: Floats, entity: Rows, costs: Costs) -> Estimate:
    """What review is worth, with its interval by entities: their decisions hang together."""

    def cost(said: Mask) -> Floats:
        found: Floats = costs.missed * (~said & label) + costs.false_alarm * (said & ~label)
        return found

    by_entity = np.bincount(entity, weights=cost(before) - cost(after) - costs.hour * worked_h)
    total = float(by_entity.sum())
    if len(by_entity) < 2:
        return Estimate(total, float("nan"), float("nan"))
    reach = _NORMAL * float(by_entity.std(ddof=1)) * np.sqrt(len(by_entity))
    return Estimate(*(round(float(value), 6) for value in (total, total - reach, total + reach)))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
