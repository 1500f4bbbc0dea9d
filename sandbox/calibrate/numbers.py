"""How numbers are distributed, as the language can say it: a family where one fits, else what was seen.

What was seen is a histogram whose bins are equally filled, closer in the tails, with a bin of its own for each value
that comes again and again; or a choice, where the values are few. No bin and no value holds fewer than ten people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.families import FEW, Family, Floats, continuous, counts, nice

MOST_VALUES = 40
"""A number with no more different values than that is a choice among them."""
_BINS = 48
_TAILS = (0.001, 0.002, 0.005, 0.01)
_OFTEN = 0.004
"""A value that makes up so much of all has a bin of its own."""
_MOST_DECIMALS = 6
_MARGIN = 0.01
"""By how much (nats a row) what was seen must be likelier than a family on people who were held out: simple wins."""
_MOST_ROWS = 200_000


@dataclass(frozen=True, eq=False)
class Numbers:
    """Values of one column, without nulls, and whose they are."""

    values: Floats
    people: npt.NDArray[np.int32]
    whole: bool = False
    """Whether the column holds whole numbers."""

    def take(self, rows: npt.NDArray[Any]) -> Numbers:
        """Some of the rows, by mask or number."""
        return Numbers(self.values[rows], self.people[rows], self.whole)


@dataclass(frozen=True, slots=True)
class Shape:
    """A distribution as the language writes it."""

    kind: str
    written: Any
    interval: str = ""
    decimals: int | None = None
    """To how many places the values are written, where that shows."""


def shape_of(numbers: Numbers, *, families: bool = True, kind: str | None = None) -> Shape | None:
    """The distribution that these numbers are best told by.

    Args:
        numbers: at least `FEW` people's; else there is nothing to tell, and the answer is None.
        families: whether one with a name will do; else what was seen.
        kind: only this generator (`histogram` or `choice`), for what must be alike among cases.
    """
    finite = numbers.take(np.isfinite(numbers.values))
    if len(np.unique(finite.people)) < FEW:
        return None
    decimals = decimals_of(finite)
    if kind is None and families and (named := _family(finite, decimals)) is not None:
        return Shape(named.kind, named.written(), _interval_of_family(finite, named), decimals)
    values = _common_values(finite) if kind in (None, "choice") else None
    if values is not None:
        return Shape("choice", values, band(finite.people), decimals)
    if kind == "choice":
        return None
    return Shape("histogram", histogram(finite, decimals), band(finite.people), decimals)


def band(people: npt.NDArray[np.int32]) -> str:
    """By how much chance alone moves shares: Dvoretzky, Kiefer and Wolfowitz's band, over people and not rows."""
    return f"shares ± {by_chance(people):.2g}"


def by_chance(people: npt.NDArray[np.int32]) -> float:
    """The distance of what was seen from the truth that chance alone brings in one case of twenty, 0 to 1."""
    return math.sqrt(math.log(2 / 0.05) / (2 * effective(people)))


def effective(people: npt.NDArray[np.int32]) -> float:
    """How many rows of as many different people would tell as much as these do."""
    sizes = np.bincount(np.unique(people, return_inverse=True)[1]).astype(np.float64)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def halves(people: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Whether a row is of the people that are learnt from; the others are held out. The same people at every call."""
    return np.asarray(hash_columns(Address(("calibrate", "half")), people) >> np.uint64(63) == 0)


def histogram(numbers: Numbers, decimals: int | None) -> dict[str, list[float | int]]:
    """Edges and weights, rising; a bin of its own for what comes often."""
    unit = 10.0**-decimals if decimals is not None else 0.0
    values, inverse, times = np.unique(numbers.values, return_inverse=True, return_counts=True)
    runs = _runs(times, inverse, numbers.people, rounded=decimals is not None)
    lowest, highest = _outer_edges(values, times, runs)
    edges, weights = [lowest - unit / 2], list[float]()
    for first, last in runs:
        low, high = values[first] - unit / 2, (values[last] if last < len(values) - 1 else highest) + unit / 2
        if unit and low > edges[-1] + unit / 4:
            edges, weights = [*edges, low], [*weights, 0.0]  # nothing lies between
        edges.append(high)
        weights.append(float(times[first : last + 1].sum()))
    shares = [nice(weight / sum(weights)) for weight in weights]
    return _rising([_edge(edge, decimals) for edge in edges], shares)


def _outer_edges(values: Floats, times: npt.NDArray[np.int64], runs: list[tuple[int, int]]) -> tuple[float, float]:
    """Where the outer bins end: not at somebody's own value, but so that their means are those that were seen."""
    (first, last), (first_high, last_high) = runs[0], runs[-1]
    low = float(np.average(values[first : last + 1], weights=times[first : last + 1]))
    high = float(np.average(values[first_high : last_high + 1], weights=times[first_high : last_high + 1]))
    return max(2 * low - float(values[last]), float(values[0])), min(
        2 * high - float(values[first_high]), float(values[-1])
    )


def _edge(edge: float, decimals: int | None) -> float | int:
    """Half a place finer than the values, or to six digits."""
    short = round(float(edge), decimals + 1) if decimals is not None else float(f"{edge:.6g}")
    return int(short) if short.is_integer() else short


def _rising(edges: list[float | int], weights: list[float | int]) -> dict[str, list[float | int]]:
    """Bins that rounding left without width go to the one before."""
    kept, into = [edges[0]], list[float | int]()
    for edge, weight in zip(edges[1:], weights, strict=True):
        if edge > kept[-1]:
            kept.append(edge)
            into.append(weight)
        elif into:
            into[-1] = nice(into[-1] + weight)
    if not into:  # one value, of numbers that are not rounded
        return {"edges": [edges[0], float(np.nextafter(float(edges[0]), np.inf))], "weights": [1]}
    return {"edges": kept, "weights": into}


def _runs(
    times: npt.NDArray[np.int64], inverse: npt.NDArray[Any], people: npt.NDArray[np.int32], rounded: bool
) -> list[tuple[int, int]]:
    """Runs [first, last] of the different values: those that come often alone, the others about equally filled."""
    share = times / times.sum()
    often = (share >= _OFTEN) & (_people_of(inverse, people, len(times)) >= FEW) & rounded
    cuts = np.unique(np.concatenate([np.linspace(0, 1, _BINS + 1), _TAILS, 1 - np.array(_TAILS)]))
    level = np.searchsorted(cuts, np.cumsum(share) - share / 2, side="right")
    begins = np.concatenate([[True], often[1:] | often[:-1] | (np.diff(level) != 0)])
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(times)) - 1
    had_by = _people_of((np.cumsum(begins) - 1)[inverse], people, len(starts))
    runs: list[tuple[int, int]] = []
    open_from: int | None = None
    for first, last, count in zip(starts, ends, had_by, strict=True):
        begun = int(first) if open_from is None else open_from
        open_from = begun if count < FEW else None
        if open_from is None:
            runs.append((begun, int(last)))
    if open_from is not None:  # too few at the upper end: they go to the one below
        runs[-1:] = [(runs[-1][0] if runs else 0, len(times) - 1)]
    return runs


def _people_of(inverse: npt.NDArray[Any], people: npt.NDArray[np.int32], values: int) -> npt.NDArray[np.int64]:
    """How many people have each value."""
    pairs = np.unique(inverse.astype(np.int64) * (int(people.max()) + 1) + people)
    return np.bincount(pairs // (int(people.max()) + 1), minlength=values)


def _common_values(numbers: Numbers) -> dict[float | int, float | int] | None:
    """The values with their shares, where they are few and each is had by enough people."""
    values, inverse, times = np.unique(numbers.values, return_inverse=True, return_counts=True)
    if len(values) > MOST_VALUES or (_people_of(inverse, numbers.people, len(values)) < FEW).any():
        return None
    whole = bool((values == np.round(values)).all() and np.abs(values).max() < 1e15)
    shares = times / times.sum()
    return {int(value) if whole else float(value): nice(share) for value, share in zip(values, shares, strict=True)}


def decimals_of(numbers: Numbers) -> int | None:
    """To how many places the values are written; None where they are not rounded."""
    if numbers.whole:
        return 0
    some = numbers.values[:: max(1, len(numbers.values) // 10_000)]
    if np.abs(some).max(initial=0) > 1e12:
        return None
    for places in range(_MOST_DECIMALS + 1):
        if np.allclose(np.round(some, places), some, rtol=1e-12, atol=1e-9):
            return places
    return None


def _family(numbers: Numbers, decimals: int | None) -> Family | None:
    """The likeliest family on people who were held out, if what was seen is not much likelier."""
    some = numbers.take(slice(None, None, max(1, len(numbers.values) // _MOST_ROWS)))  # type: ignore[arg-type]
    learn = halves(some.people)
    if min(learn.sum(), (~learn).sum()) < FEW or len(np.unique(some.values[learn])) < 3:
        return None
    unit = 10.0**-decimals if decimals is not None else 0.0
    candidates = counts if numbers.whole else continuous
    found = list(candidates(some.values[learn]))
    if not found:
        return None
    held_out, cell = some.values[~learn], 1.0 if numbers.whole else unit
    scores = [likelihood(each.log_density(held_out), held_out, cell) for each in found]
    seen = likelihood_of_seen(some.values[learn], held_out, unit)
    best = int(np.argmax(scores))
    if scores[best] < seen - _MARGIN:
        return None
    return next(each for each in candidates(numbers.values) if each.kind == found[best].kind)


def likelihood(log_densities: Floats, values: Floats, unit: float) -> float:
    """The mean logarithm, with a little likelihood for everywhere, so that one odd value does not decide.

    Args:
        log_densities: of each value, by what shall be judged.
        values: of people who were held out.
        unit: what values are rounded to; 0 where they are not.
    """
    likely = np.exp(np.minimum(log_densities, 700.0)) * (unit or 1.0)
    return float(np.mean(np.log(0.999 * likely + 0.001 * _everywhere(values, unit))))


def _everywhere(values: Floats, unit: float) -> float:
    """How likely a value is if all between the smallest and the largest are alike."""
    return (unit or 1.0) / (max(float(np.ptp(values)), unit or 1e-300) + unit)


def likelihood_of_seen(learnt: Floats, held_out: Floats, unit: float) -> float:
    """How likely values are by a histogram of others: shares of equally filled bins, with a little for everywhere."""
    if unit:
        grid = np.round(np.concatenate([learnt, held_out]) / unit).astype(np.int64)
        values, codes = np.unique(grid, return_inverse=True)
        times = np.bincount(codes[: len(learnt)], minlength=len(values)).astype(np.float64)
        often = times / times.sum() >= _OFTEN
    else:
        values, codes = np.unique(np.concatenate([learnt, held_out]), return_inverse=True)
        times = np.bincount(codes[: len(learnt)], minlength=len(values)).astype(np.float64)
        often = np.zeros(len(values), np.bool_)
    edges = np.unique(np.quantile(learnt, np.linspace(0, 1, _BINS + 1)))
    if len(edges) < 2:
        return 0.0
    place = np.clip(np.searchsorted(edges, values * (unit or 1.0), side="right") - 1, 0, len(edges) - 2)
    mass = np.bincount(place, np.where(often, 0, times), len(edges) - 1)
    width = np.maximum(np.diff(edges), unit or 1e-300)
    cells = np.maximum(width / unit, 1.0) if unit else width
    likely = np.where(often, times, (mass / cells)[place]) / len(learnt)
    return float(np.mean(np.log(0.999 * likely + 0.001 * _everywhere(held_out, unit))[codes[len(learnt) :]]))


def _interval_of_family(numbers: Numbers, family: Family) -> str:
    """Of its first parameter: mean or median, over people resampled as groups of a hundred."""
    name, value = next(iter(family.parameters.items()))
    group = hash_columns(Address(("calibrate", "group")), numbers.people) % np.uint64(50)
    candidates = counts if numbers.whole else continuous
    found = []
    for each in range(50):
        some = numbers.values[group != each]
        again = next((one for one in candidates(some) if one.kind == family.kind), None) if len(some) else None
        found.append(value if again is None else again.parameters[name])
    deviation = math.sqrt(49 / 50 * float(np.sum((np.array(found) - np.mean(found)) ** 2)))  # the jackknife's
    return f"{name} {nice(value - 1.96 * deviation)} to {nice(value + 1.96 * deviation)}"
