"""Many questions at once: p-values that stay honest, and whether the arms have the units that they should have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from sandbox.experiment.moments import Floats

Correction = Literal["holm", "benjamini-hochberg", "none"]
MISMATCH = 0.001
"""A sample ratio less likely than that is a mismatch.

Source: Fabijan et al., Diagnosing sample ratio mismatch in online controlled experiments (2019).
"""


def adjusted(p_values: Sequence[float] | Floats, correction: Correction) -> Floats:
    """P-values that may be held against one alpha all together; NaN counts for none.

    Args:
        p_values: shape (n,).
        correction: `holm` keeps the chance of any false discovery (Holm 1979), `benjamini-hochberg` the expected
            share of false ones among the discoveries (1995).
    """
    given = np.asarray(p_values, dtype=np.float64)
    found = given.copy()
    known = ~np.isnan(given)
    tested = given[known]
    if correction == "none" or not len(tested):
        return found
    if correction == "benjamini-hochberg":
        from scipy import stats  # takes a second to load

        found[known] = stats.false_discovery_control(tested)
        return found
    order = np.argsort(tested, kind="stable")
    stepped = np.maximum.accumulate(tested[order] * np.arange(len(tested), 0, -1))
    back = np.empty_like(stepped)
    back[order] = np.minimum(stepped, 1.0)
    found[known] = back
    return found


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """How many units each arm has, how many it should have, and how likely chance alone does that."""

    counts: dict[str, int]
    expected: dict[str, float]
    p_value: float

    @property
    def matches(self) -> bool:
        """Whether chance may have done it; else nothing that is estimated can be trusted."""
        return not self.p_value < MISMATCH


def sample_ratio(counts: dict[str, int], shares: dict[str, float]) -> SampleRatio:
    """Hold the units of each arm against its share, by Pearson's chi-square.

    Args:
        counts: units by arm, of all arms.
        shares: what each arm should have; only how they stand to each other counts.
    """
    observed = np.array([counts[name] for name in shares], dtype=np.float64)
    weights = np.array(list(shares.values()))
    expected = observed.sum() * weights / weights.sum()
    p_value = float("nan")
    if observed.sum():
        p_value = float(special.chdtrc(len(observed) - 1, ((observed - expected) ** 2 / expected).sum()))
    return SampleRatio(dict(counts), dict(zip(shares, expected.tolist(), strict=True)), p_value)
