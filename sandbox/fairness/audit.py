"""The audit of a model by one grouping: each group's rates with intervals, how far they lie apart, who is too few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address
from sandbox.fairness.parity import KINDS, Parity, parity
from sandbox.fairness.tallies import CALIBRATION_GAP, RATES, Answers, Tallies, tally
from sandbox.models.base import Estimate, Floats
from sandbox.models.metrics import estimate

SHOWN = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy", "base_rate", "mean_score")
MOST_GROUPS = 40
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Group:
    """One group: how many there are, and how they are served."""

    name: str
    examples: int
    positives: int
    rates: Mapping[str, Estimate]
    """By name; NaN where there is nobody to tell it of."""
    is_judged: bool
    """Whether it is large enough to be held against the others."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A model's answers by one grouping."""

    by: str
    groups: tuple[Group, ...]
    parities: tuple[Parity, ...]
    remarks: tuple[str, ...] = ()
    """What to mind, such as groups that are too small."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def audit(by: str, test: pa.Table, group: pa.Array, address: Address, *, bootstrap: int, least: int) -> Audit:
    """Hold the groups of one grouping against each other.

    Args:
        by: its name.
        test: a row an example: entity, label (bool), score, predicted (bool).
        group: of each row, texts without nulls.
        address: of the resamples.
        bootstrap: how many of them.
        least: examples that a group must have to be held against others.
    """
    answers = Answers.of(test["predicted"], test["label"], test["score"], test["entity"], group)
    if len(answers.names) > MOST_GROUPS:
        said = f"{by} has {len(answers.names):,} groups, more than {MOST_GROUPS}: no two can be told apart; band it."
        return Audit(by, (), (), (said,))
    tallies = tally(answers, address, bootstrap)
    judged = tallies.count("examples") >= least
    groups = tuple(_group(tallies, at, bool(judged[at])) for at in range(len(tallies.names)))
    large = tallies.of(np.flatnonzero(judged).astype(np.int64))
    return Audit(by, groups, tuple(parity(large, name) for name in KINDS), tuple(_remarks(groups, least)))


def _group(tallies: Tallies, at: int, is_judged: bool) -> Group:
    rates = {name: _rate(tallies, name, at) for name in (*SHOWN, CALIBRATION_GAP)}
    examples, positives = (int(tallies.count(name)[at]) for name in ("examples", "positives"))
    return Group(tallies.names[at], examples, positives, rates, is_judged)


def _rate(tallies: Tallies, name: str, at: int) -> Estimate:
    """A group's rate, no surer than Wilson's interval has it: the bootstrap of three of three knows no doubt."""
    plain, drawn = tallies.rate(name)
    found = estimate(float(plain[at]), drawn[:, at])
    if name not in RATES or name == "mean_score" or not np.isfinite(found.low):
        return found
    hits, trials, _, _ = tallies.parts(name)
    low, high = _wilson(hits[at], trials[at])
    return Estimate(found.value, round(min(found.low, low), 9), round(max(found.high, high), 9))


def _wilson(hits: float, trials: float) -> tuple[float, float]:
    share, weight = hits / trials, _Z**2 / trials
    middle = (share + weight / 2) / (1 + weight)
    radius: Floats = np.sqrt(share * (1 - share) * weight + weight**2 / 4) / (1 + weight)
    return float(middle - radius), float(middle + radius)


def _remarks(groups: tuple[Group, ...], least: int) -> list[str]:
    small = [f"{each.name} ({each.examples:,})" for each in groups if not each.is_judged]
    said = [f"too few to be held against others (fewer than {least}): {', '.join(small)}."] if small else []
    if sum(each.is_judged for each in groups) < 2:
        said.append("fewer than two groups are large enough, so nothing is said of parity.")
    return said
