"""The normal distribution function and its inverse, without SciPy: importing it takes 0.3 s."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sandbox.world.draws.base import Floats

# Wichura's AS241 (PPND16), Applied Statistics 37 (1988): numerator and denominator, highest power first.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_MIDDLE = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip

# West, Better approximations to cumulative normal functions, Wilmott (2005), after Hart's algorithm 5666.
_HART = (
    (0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
     220.206867912376),
    (0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
     793.826512519948, 440.413735824752),
)  # fmt: skip


def normal_quantile(probabilities: ArrayLike) -> Floats:
    """Standard normal quantiles of probabilities in (0, 1); float64, same shape, relative error about 1e-16.

    Source: Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution (1988).
    """
    levels = np.asarray(probabilities, np.float64)
    centred = levels - 0.5
    is_tail = np.abs(centred) > 0.425
    if not is_tail.any():
        return _near_the_centre(centred)
    if is_tail.all():
        return _in_the_tails(levels)
    quantiles = np.empty_like(levels)
    quantiles[~is_tail] = _near_the_centre(centred[~is_tail])
    quantiles[is_tail] = _in_the_tails(levels[is_tail])
    return quantiles


def _near_the_centre(centred: Floats) -> Floats:
    return np.asarray(centred * _ratio(_CENTRE, 0.180625 - centred * centred))


def _in_the_tails(levels: Floats) -> Floats:
    distance = np.sqrt(-np.log(np.minimum(levels, 1.0 - levels)))
    size = _ratio(_MIDDLE, distance - 1.6)
    is_far = distance > 5.0
    if is_far.any():
        size[is_far] = _ratio(_FAR, distance[is_far] - 5.0)
    return np.copysign(size, levels - 0.5)


def normal_probability(values: ArrayLike) -> Floats:
    """The standard normal distribution function; float64, same shape, absolute error below 1e-14.

    Source: West (2005), after Hart et al., Computer Approximations (1968), 5666.
    """
    deviates = np.asarray(values, np.float64)
    size = np.abs(deviates)
    density = np.exp(-0.5 * size * size)
    near = density * _ratio(_HART, np.minimum(size, 8.0))
    # Beyond 7.07 the continued fraction of Mills' ratio converges fast.
    far_size = np.maximum(size, 7.0)
    fraction = far_size + 0.65
    for step in (4.0, 3.0, 2.0, 1.0):
        fraction = far_size + step / fraction
    far = density / fraction / 2.506628274631
    upper = np.where(size < 7.07106781186547, near, far)
    return np.where(deviates > 0.0, 1.0 - upper, upper)


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], values: Floats) -> Floats:
    """A quotient of two polynomials."""
    numerator, denominator = (_polynomial(side, values) for side in coefficients)
    return numerator / denominator


def _polynomial(coefficients: tuple[float, ...], values: Floats) -> Floats:
    total = np.full_like(values, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= values
        total += coefficient
    return total
