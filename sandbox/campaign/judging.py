"""What a campaign did: the contacted beside the holdout, what was true of both, and where the threshold should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandbox.addresses import Address
from sandbox.campaign.profit import Band, Threshold, bands, difference, thresholds
from sandbox.experiment.multiplicity import sample_ratio
from sandbox.models.base import Estimate, Floats
from sandbox.models.split import hash_entities
from sandbox.scenario.language.campaign import Campaign

CONTACTED, HOLDOUT, OUT = np.int16(1), np.int16(0), np.int16(-1)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Everybody who was scored; all of shape (n,)."""

    ids: pa.Array
    score: Floats
    arm: NDArray[np.int16]
    """1 contacted, 0 holdout, -1 out of the campaign."""
    left_alone: Floats
    """How likely the event truly was without a contact; `contacted` with one. Or whether it came, as 0 or 1."""
    contacted: Floats
    happened_left_alone: NDArray[np.bool_]
    """Whether it came, without a contact; `happened_contacted` with one: the same chance in both."""
    happened_contacted: NDArray[np.bool_]
    is_likely: bool = True
    """False: `left_alone` and `contacted` are what came."""

    @property
    def outcome(self) -> Floats:
        """What came of everybody, as they were treated."""
        return np.where(self.arm == CONTACTED, self.happened_contacted, self.happened_left_alone).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Judged:
    """A campaign and what came of it."""

    name: str
    about: str
    model: str
    day: str
    window_days: float
    threshold: float
    """The lowest score that was contacted."""
    scored: int
    contacted: int
    holdout: int
    rate_contacted: float
    """How many of them it happened to."""
    rate_holdout: float
    effect: Estimate
    """The difference of the two."""
    true_effect: float
    """Mean difference of how likely it truly was, with and without a contact, of all in the campaign; or of what came,
    where nobody can say how likely it was."""
    realised_effect: float
    """The same of what came, the same chance in both."""
    profit: Estimate
    """Of contacting everybody in the campaign, beside nobody."""
    true_profit: float
    sample_ratio: float
    """p of the arms' sizes."""
    thresholds: Sequence[Threshold]
    bands: Sequence[Band]
    event_worth: float
    contact_costs: float
    is_likely: bool = True
    """Whether what is true is by how likely the event was; else by what came, the same chance in both worlds."""

    @property
    def figures(self) -> dict[str, float]:
        """What gates may ask for."""
        ends = {f"{name}.{end}": getattr(getattr(self, name), end) for name in ("effect", "profit") for end in _ENDS}
        return {**ends, "sample_ratio.p_value": self.sample_ratio}

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


_ENDS = ("low", "high")


def assigned(ids: pa.Array, score: Floats, campaign: Campaign, address: Address) -> NDArray[np.int16]:
    """Who is contacted and who is held out: the highest scores, and of these some by a hash of their id."""
    if campaign.top is not None:
        lowest = np.sort(score)[::-1][max(round(campaign.top * len(score)), 1) - 1]
    else:
        lowest = campaign.above or 0.0
    held = hash_entities(address, ids) < np.uint64(int(campaign.holdout * 2.0**64))
    return np.where(score < lowest, OUT, np.where(held, HOLDOUT, CONTACTED)).astype(np.int16)


def judged(name: str, campaign: Campaign, people: People, day: str, window_days: float) -> Judged:
    """What a campaign did."""
    arm, outcome, worth = people.arm, people.outcome, campaign.worth
    inside = arm >= 0
    gain = people.contacted - people.left_alone
    counts = {"contacted": int((arm == 1).sum()), "holdout": int((arm == 0).sum())}
    profit = difference(arm, worth.event * outcome - worth.contact * (arm == 1))
    number = int(inside.sum())
    came = people.happened_contacted.astype(np.float64) - people.happened_left_alone
    return Judged(
        name=name,
        about=campaign.about,
        model=campaign.model,
        day=day,
        window_days=window_days,
        threshold=float(people.score[inside].min()) if number else float("nan"),
        scored=len(arm),
        contacted=counts["contacted"],
        holdout=counts["holdout"],
        rate_contacted=_mean(outcome[arm == 1]),
        rate_holdout=_mean(outcome[arm == 0]),
        effect=difference(arm, outcome),
        true_effect=_mean(gain[inside]),
        realised_effect=_mean(came[inside]),
        profit=Estimate(number * profit.value, number * profit.low, number * profit.high),
        true_profit=float((worth.event * gain[inside] - worth.contact).sum()),
        sample_ratio=sample_ratio(counts, {"contacted": 1 - campaign.holdout, "holdout": campaign.holdout}).p_value,
        thresholds=thresholds(people.score, arm, outcome, gain, worth),
        bands=bands(people.score, arm, outcome, gain),
        event_worth=worth.event,
        contact_costs=worth.contact,
        is_likely=people.is_likely,
    )


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
