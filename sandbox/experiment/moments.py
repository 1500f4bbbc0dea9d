"""All that an estimate needs to know of the units of an arm: how many, the means of their columns, and how these vary.

Any number of arms, days or simulated experiments stand in the leading axes, so that one call judges them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Of k columns over the units of each of some groups.

    `count` has the groups' shape (…), `mean` (…, k), `covariance` (…, k, k), of a sample. A group of none has no mean
    (NaN), one of a single unit no covariance.
    """

    count: Floats
    mean: Floats
    covariance: Floats

    def at(self, *index: Any) -> Moments:
        """The moments of some of the groups."""
        return Moments(self.count[index], self.mean[index], self.covariance[index])


def moments_by(group: Codes, columns: Floats, groups: int) -> Moments:
    """The moments of each group of units.

    Args:
        group: the number of each unit's group, from 0, shape (n,); units of a negative number are left out.
        columns: shape (n, k).
        groups: how many there are.
    Returns:
        Moments of shape (groups,).
    """
    known = group >= 0
    inside, values = group[known], columns[known]
    count = np.bincount(inside, minlength=groups).astype(np.float64)
    center = values.mean(axis=0) if len(values) else np.zeros(columns.shape[1])
    shifted = values - center  # so that large values do not drown how they vary
    sums = _summed(inside, shifted, groups)
    size = columns.shape[1]
    products = np.empty((groups, size, size))
    for row in range(size):
        products[:, row] = _summed(inside, shifted[:, row, None] * shifted, groups)
    return from_sums(count, sums, products, center)


def from_sums(count: Floats, sums: Floats, products: Floats, center: Floats | float = 0.0) -> Moments:
    """Moments from plain sums over units.

    Args:
        count: units, shape (…).
        sums: of the columns less `center`, shape (…, k).
        products: of pairs of columns less `center`, shape (…, k, k).
        center: what was taken from the columns.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / count[..., None]
        spread = products - mean[..., :, None] * sums[..., None, :]
        covariance = spread / (count - 1)[..., None, None]
    covariance[count < 2] = np.nan
    whole = mean + center
    whole[np.abs(whole) < _ROUNDING * np.abs(center)] = 0.0  # nobody did anything, and rounding is no figure
    return Moments(count, whole, covariance)


def _summed(group: Codes, columns: Floats, groups: int) -> Floats:
    sums = [np.bincount(group, weights=columns[:, column], minlength=groups) for column in range(columns.shape[1])]
    return np.stack(sums, axis=1)
