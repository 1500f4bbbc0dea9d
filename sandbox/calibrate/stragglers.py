"""Two kinds of delays in one: most come promptly, and a share straggles. Found by expectation and maximisation.

Source: Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM algorithm (1977).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.families import FEW, Family, Floats, continuous, exponential, lognormal, nice
from sandbox.calibrate.numbers import Numbers, halves, likelihood, likelihood_of_seen

_KINDS = (
    ("exponential", "exponential"),
    ("lognormal", "exponential"),
    ("exponential", "lognormal"),
    ("lognormal", "lognormal"),
)
"""Of the prompt and the slow, the plainest first."""
_BEGINNINGS = (0.3, 0.1, 0.03, 0.01)
"""Shares that may be slow, where the search begins."""
_ROUNDS = 200
_CLOSE = 1e-6
_CELLS = 1_024
_GROUPS = 20
_MARGIN = 0.01
"""Nats a row by which two kinds must be likelier than one, and by which they may be less likely than what was seen."""
_PLAIN = 0.001
"""Nats a row by which a family with more parameters must be likelier than one with fewer."""
_LEAST_DEVIATION = 0.01


@dataclass(frozen=True, eq=False)
class Cells:
    """Seconds in cells of neighbours, so that a round costs the same whatever the number of rows; shape (cells,)."""

    weight: Floats
    seconds: Floats
    logs: Floats

    @classmethod
    def of(cls, seconds: Floats) -> Cells:
        """Cells that are about equally filled. Args: seconds: > 0."""
        rising = np.sort(seconds)
        begins = np.unique(np.linspace(0, len(rising), min(_CELLS, len(rising)), endpoint=False).astype(np.int64))
        size = np.diff(begins, append=len(rising)).astype(np.float64)
        return cls(
            size / len(rising), np.add.reduceat(rising, begins) / size, np.add.reduceat(np.log(rising), begins) / size
        )

    def fitted(self, kind: str, belongs: Floats) -> Family:
        """The likeliest of a family, where each cell belongs to it so far, 0 to 1."""
        weight = self.weight * belongs
        weight = weight / max(float(weight.sum()), 1e-300)
        if kind == "exponential":
            return exponential(max(float(weight @ self.seconds), 1e-9))
        mean = float(weight @ self.logs)
        return lognormal(mean, max(float(np.sqrt(weight @ (self.logs - mean) ** 2)), _LEAST_DEVIATION))


@dataclass(frozen=True, eq=False)
class Stragglers:
    """A share that is slow, and how long both kinds take."""

    share: float
    prompt: Family
    slow: Family
    interval: str = ""

    def log_density(self, seconds: Floats) -> Floats:
        """The logarithm of the density."""
        both: Floats = np.logaddexp(np.log1p(-self.share) + self.prompt.log_density(seconds), self._of_slow(seconds))
        return both

    def straggles(self, seconds: Floats) -> Floats:
        """How likely each is one of the slow, 0 to 1."""
        likely: Floats = np.exp(self._of_slow(seconds) - self.log_density(seconds))
        return likely

    def _of_slow(self, seconds: Floats) -> Floats:
        return np.asarray(np.log(self.share) + self.slow.log_density(seconds), np.float64)

    def numbers(self) -> Floats:
        """The share and what is typical of the prompt and of the slow."""
        return np.array([self.share, typical(self.prompt)[1], typical(self.slow)[1]])


def typical(family: Family) -> tuple[str, float]:
    """The first parameter of a family, which is its mean or its median, by name."""
    return next(iter(family.parameters.items()))


def stragglers_in(numbers: Numbers) -> Stragglers | None:
    """The two kinds that these seconds are of; None where one family, or what was seen, tells held-out people better.

    Args:
        numbers: seconds > 0.
    """
    learn = halves(numbers.people)
    seconds, held_out = numbers.values[learn], numbers.values[~learn]
    if min(len(np.unique(numbers.people[learn])), len(np.unique(numbers.people[~learn]))) < FEW:
        return None
    cells = Cells.of(seconds)
    best, likeliest = None, -np.inf
    for kinds in _KINDS:
        found = _likeliest(cells, kinds)
        likely = likelihood(found.log_density(held_out), held_out, 0.0)
        if likely > likeliest + _PLAIN:
            best, likeliest = found, likely
    alone = (likelihood(each.log_density(held_out), held_out, 0.0) for each in continuous(seconds))
    seen = likelihood_of_seen(seconds, held_out, 0.0)
    if best is None or likeliest < max(max(alone, default=-np.inf) + _MARGIN, seen - _MARGIN):
        return None
    whole = _converged(Cells.of(numbers.values), best)
    slow = whole.straggles(numbers.values) > 0.5
    if min(len(np.unique(numbers.people[slow])), len(np.unique(numbers.people[~slow]))) < FEW:
        return None
    return Stragglers(whole.share, whole.prompt, whole.slow, _interval(numbers, whole))


def _likeliest(cells: Cells, kinds: tuple[str, str]) -> Stragglers:
    found = [_converged(cells, each) for each in _beginnings(cells, kinds)]
    best = max(found, key=lambda each: float(cells.weight @ each.log_density(cells.seconds)))
    if typical(best.slow)[1] < typical(best.prompt)[1]:
        return Stragglers(1 - best.share, best.slow, best.prompt)
    return best


def _beginnings(cells: Cells, kinds: tuple[str, str]) -> Iterator[Stragglers]:
    """The slowest are slow, so many of them."""
    reached = np.cumsum(cells.weight) - cells.weight / 2
    for share in _BEGINNINGS:
        slow = (reached > 1 - share).astype(np.float64)
        yield Stragglers(share, cells.fitted(kinds[0], 1 - slow), cells.fitted(kinds[1], slow))


def _converged(cells: Cells, found: Stragglers) -> Stragglers:
    """The likeliest near what was found."""
    kinds, reached = (found.prompt.kind, found.slow.kind), -np.inf
    for _ in range(_ROUNDS):
        likely = float(cells.weight @ found.log_density(cells.seconds))
        if likely - reached < _CLOSE:
            break
        reached = likely
        slow = found.straggles(cells.seconds)
        share = min(max(float(cells.weight @ slow), 1e-6), 1 - 1e-6)
        found = Stragglers(share, cells.fitted(kinds[0], 1 - slow), cells.fitted(kinds[1], slow))
    return found


def _interval(numbers: Numbers, found: Stragglers) -> str:
    """Of the share and of what is typical, by leaving out groups of people: the jackknife."""
    group = hash_columns(Address(("calibrate", "group")), numbers.people) % np.uint64(_GROUPS)
    parts = np.stack([_converged(Cells.of(numbers.values[group != each]), found).numbers() for each in range(_GROUPS)])
    error = 1.96 * np.sqrt((_GROUPS - 1) * parts.var(axis=0))
    names = ("share", f"prompt {typical(found.prompt)[0]}", f"slow {typical(found.slow)[0]}")
    ends = zip(names, found.numbers() - error, found.numbers() + error, strict=True)
    return ", ".join(f"{name} {nice(max(low, 0.0), 3)} to {nice(high, 3)}" for name, low, high in ends)
