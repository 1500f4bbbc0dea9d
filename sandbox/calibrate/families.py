"""Families of distributions that the language has a word for, fitted by maximum likelihood or, where that has no
closed form, by moments; and how likely each makes a value.

Likelihoods are of values as they are written: a density times the unit that values are rounded to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FEW = 10
"""What fewer people than that have in common is nobody's business but theirs: it is folded into what is like it."""

Floats = npt.NDArray[np.float64]

_LEAST_SPREAD = 1e-9
_EVEN = ("integer", "uniform")


@dataclass(frozen=True, eq=False)
class Family:
    """One member of a family: how the language writes it, and the logarithm of its density or probability."""

    kind: str
    parameters: Mapping[str, float]
    log_density: Callable[[Floats], Floats]

    def written(self) -> Any:
        """The configuration of the generator, its numbers to four digits."""
        if self.kind in _EVEN:
            return [nice(number, 6) for number in self.parameters.values()]
        return {name: nice(number) for name, number in self.parameters.items()}


def continuous(values: Floats) -> Iterator[Family]:
    """Families of real numbers that these values could be of; at least two different ones."""
    mean, deviation = float(values.mean()), float(values.std())
    if deviation <= _LEAST_SPREAD * max(abs(mean), 1.0):
        return
    yield _even("uniform", values, 0.0)
    yield _normal(mean, deviation)
    if values.min() >= 0 and mean > 0:
        yield exponential(mean)
    if values.min() > 0:
        logs = np.log(values)
        if logs.std() > _LEAST_SPREAD:
            yield lognormal(float(logs.mean()), float(logs.std()))
            yield _gamma(mean, math.log(mean) - float(logs.mean()))


def counts(values: Floats) -> Iterator[Family]:
    """Families of whole numbers from 0 that these values could be of."""
    mean, variance = float(values.mean()), float(values.var())
    if variance > 0:
        yield _even("integer", values, 1.0)
    if values.min() < 0 or mean <= 0:
        return
    yield Family("poisson", {"mean": mean}, lambda k: k * math.log(mean) - mean - _log_factorial(k))
    share = 1 / (1 + mean)
    if share >= 1e-4:
        yield Family("geometric", {"p": share}, lambda k: math.log(share) + k * math.log1p(-share))
    if variance > mean * (1 + 1e-6):
        yield _negative_binomial(mean, mean**2 / (variance - mean))


def nice(number: float, digits: int = 4) -> float | int:
    """A number to so many digits; a whole one as such."""
    rounded = float(f"{number:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _even(kind: str, values: Floats, unit: float) -> Family:
    """All values between two are equally likely. The ends follow from the tenth value at either end, not from one."""
    share = min(FEW / len(values), 0.01)
    low, high = (float(end) for end in np.quantile(values, [share, 1 - share], method="nearest"))
    beyond = share * (high - low) / (1 - 2 * share)
    low, high = low - beyond, high + beyond
    if unit:
        low, high = round(low), round(high)
    high = max(high, low + (unit or _LEAST_SPREAD * max(abs(low), 1.0)))

    def log_density(x: Floats) -> Floats:
        return np.where((x >= low) & (x <= high), -math.log(high - low + unit), -np.inf)

    return Family(kind, {"low": low, "high": high}, log_density)


def _normal(mean: float, deviation: float) -> Family:
    def log_density(x: Floats) -> Floats:
        return -(((x - mean) / deviation) ** 2) / 2 - math.log(deviation * math.sqrt(2 * math.pi))

    return Family("normal", {"mean": mean, "sd": deviation}, log_density)


def exponential(mean: float) -> Family:
    """Times of what comes by chance, > 0 on average."""
    return Family("exponential", {"mean": mean}, lambda x: np.where(x < 0, -np.inf, -x / mean - math.log(mean)))


def lognormal(mean: float, deviation: float) -> Family:
    """Numbers whose logarithms are normal, of this mean and deviation."""
    standard = _normal(mean, deviation)

    def log_density(x: Floats) -> Floats:
        logs = np.log(np.maximum(x, 1e-300))
        return np.where(x > 0, standard.log_density(logs) - logs, -np.inf)

    return Family("lognormal", {"median": math.exp(mean), "sigma": min(deviation, 50.0)}, log_density)


def _gamma(mean: float, spread: float) -> Family:
    """By Minka's approximation of the maximum; `spread` is log(mean) - mean(log)."""
    spread = max(spread, 1e-9)
    shape = (3 - spread + math.sqrt((spread - 3) ** 2 + 24 * spread)) / (12 * spread)
    scale = mean / shape

    def log_density(x: Floats) -> Floats:
        logs = np.log(np.maximum(x, 1e-300))
        return np.where(x > 0, (shape - 1) * logs - x / scale - math.lgamma(shape) - shape * math.log(scale), -np.inf)

    return Family("gamma", {"mean": mean, "shape": shape}, log_density)


def _negative_binomial(mean: float, shape: float) -> Family:
    success = shape / (shape + mean)

    def log_density(k: Floats) -> Floats:
        start = _log_gamma(k + shape) - math.lgamma(shape) - _log_factorial(k)
        return start + shape * math.log(success) + k * math.log1p(-success)

    return Family("negative_binomial", {"mean": mean, "shape": shape}, log_density)


def _log_factorial(k: Floats) -> Floats:
    return _log_gamma(k + 1)


def _log_gamma(x: Floats) -> Floats:
    """Python's own, once for each different value."""
    different, places = np.unique(x, return_inverse=True)
    return np.array([math.lgamma(each) for each in different])[places]
