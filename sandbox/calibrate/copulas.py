"""Numbers that move together: a Gaussian copula by ranks, where nothing else tells people who were held out better.

A rank becomes the mean of a normal variable over what it stands for; of equal values that is the mean over all of them,
which keeps correlations of counts from looking weaker than they are. Each column keeps its own distribution.

Source: van der Waerden, Order tests for the two-sample problem (1952), for scores; Nelsen, An Introduction to Copulas
(2006), for the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sandbox.calibrate.columns import NUMERIC
from sandbox.calibrate.families import Floats
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.numbers import effective, halves
from sandbox.calibrate.trees import LEAST_GAIN
from sandbox.scenario.language import Column, Correlation
from sandbox.world.draws import normal_probability, normal_quantile

Ints = npt.NDArray[np.int64]

_NEARLY = 0.9
"""Of what a tree or a sum gains: a copula that gains so much is preferred, since it leaves each column as it is."""
_SURE = 3.0
"""Standard errors of a correlation from which two columns belong together."""
_LEAST = 0.03
_FEWEST_ROWS = 200
_LEAST_LEFT = 0.01
"""Of the variance of any column, beside the others, so that a matrix can be drawn from."""


@dataclass(frozen=True, eq=False)
class Scores:
    """A column of numbers as normal scores, 0 where there is none; all of shape (rows,) but `edges` (levels + 1,)."""

    name: str
    values: Floats
    there: npt.NDArray[np.bool_]
    level: Ints
    """Which of the levels that trees tell apart each row's value is of; -1 where there is none."""
    edges: Floats
    """Of the levels, as normal scores."""

    @classmethod
    def of(cls, name: str, values: Floats, there: npt.NDArray[np.bool_], level: Ints) -> Scores:
        """The scores of numbers.

        Args:
            name: of the column.
            values: the numbers that are there, in the order of rows.
            there: which rows have one, shape (rows,).
            level: a code for each number, rising with it.
        """
        _, code, times = np.unique(values, return_inverse=True, return_counts=True)
        reached = normal_quantile(np.cumsum(times)[:-1] / len(values))
        density = np.exp(-(np.concatenate([[-np.inf], reached, [np.inf]]) ** 2) / 2) / np.sqrt(2 * np.pi)
        scores, levels = np.zeros(len(there)), np.full(len(there), -1, np.int64)
        scores[there] = (-np.diff(density) / (times / len(values)))[code]
        levels[there] = level
        inner = normal_quantile(np.cumsum(np.bincount(level))[:-1] / len(values))
        return cls(name, scores, there, levels, np.concatenate([[-np.inf], inner, [np.inf]]))

    @property
    def told(self) -> float:
        """The variance of the scores: 1 where no two values are equal."""
        return float((self.values[self.there] ** 2).mean())


@dataclass(eq=False)
class Copulas:
    """The columns of a dataset that may move together, one after the other, and those that do."""

    people: npt.NDArray[np.int32]
    plain: list[Scores] = field(default_factory=list)
    """Those that keep a distribution of their own."""
    gains: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Nats a row by the copula and by what it is preferred to, of each column that follows others."""

    def takes(self, scores: Scores, otherwise: float | None) -> bool:
        """Whether a column follows those before by a copula.

        Args:
            scores: of the column.
            otherwise: by how many nats a row a tree or a sum tells people who were held out; None without either.
        """
        gain = self._gain(scores)
        is_coupled = gain >= max(LEAST_GAIN, _NEARLY * (otherwise or 0.0))
        if is_coupled:
            self.gains[scores.name] = gain, otherwise or 0.0
        if is_coupled or otherwise is None:
            self.plain.append(scores)
        return is_coupled

    def _gain(self, scores: Scores) -> float:
        """By how many nats a row people who were held out are told better, level by level."""
        learn = halves(self.people)
        learnt, asked = np.flatnonzero(learn & scores.there), np.flatnonzero(~learn & scores.there)
        if not self.plain or min(len(learnt), len(asked)) < _FEWEST_ROWS:
            return 0.0
        among = _matrix([*self.plain, scores], learnt)
        slopes = np.linalg.solve(among[:-1, :-1], among[:-1, -1])
        left = np.sqrt(max(1 - float(slopes @ among[:-1, -1]), _LEAST_LEFT))
        # What is rounded is known no closer than that; what is missing tells nothing.
        middle = np.stack([each.values[asked] for each in self.plain], axis=1) @ slopes
        level = scores.level[asked]
        low, high = ((scores.edges[level + side] - middle) / left for side in (0, 1))
        likely = normal_probability(high) - normal_probability(low)
        share = np.bincount(scores.level[learnt], minlength=len(scores.edges) - 1)[level] / len(learnt)
        return float(np.mean(np.log((0.999 * likely + 0.001 * share) / np.maximum(share, 1e-12))))

    def groups(self) -> Iterator[list[Scores]]:
        """Columns that move together, each in one group."""
        group = {each.name: number for number, each in enumerate(self.plain)}
        for number, each in enumerate(self.plain):
            for other in self.plain[:number] if each.name in self.gains else ():
                if abs(_correlation(each, other)) > max(_LEAST, _SURE * self.error(each, other)):
                    old, new = group[each.name], group[other.name]
                    group = {name: new if of == old else of for name, of in group.items()}
        for number in dict.fromkeys(group.values()):
            found = [each for each in self.plain if group[each.name] == number]
            if len(found) > 1:
                yield found

    def error(self, one: Scores, other: Scores) -> float:
        """The standard error of a correlation near 0, by people and not rows."""
        both = one.there & other.there
        return 1 / float(np.sqrt(max(effective(self.people[both]), 1.0) * one.told * other.told)) if both.any() else 1.0


def _correlation(one: Scores, other: Scores, rows: Any = slice(None)) -> float:
    """Of the normal variables behind, as far as equal values let them be seen."""
    both = (one.there & other.there)[rows]
    if not both.any():
        return 0.0
    shared = float((one.values[rows] * other.values[rows])[both].mean())
    return float(np.clip(shared / (one.told * other.told), -1, 1))


def _matrix(columns: Sequence[Scores], rows: Any = slice(None)) -> Floats:
    """The correlations of all pairs, drawn to the middle as little as it takes to draw from them."""
    found = np.eye(len(columns))
    for place, one in enumerate(columns):
        for before, other in enumerate(columns[:place]):
            found[place, before] = found[before, place] = _correlation(one, other, rows)
    least = float(np.linalg.eigvalsh(found)[0])
    return (
        found if least >= _LEAST_LEFT else found + (np.eye(len(columns)) - found) * (_LEAST_LEFT - least) / (1 - least)
    )


def fit_correlations(evidence: Evidence, copulas: Copulas) -> Iterator[Fitted]:
    """The groups of columns that move together, where that is not what the scenario says of them."""
    spec, seen = evidence.planned.spec, {each.name: each for each in copulas.plain}
    stays = [group for group in spec.correlate if not is_free(group, spec.columns)]
    groups = list(copulas.groups())
    written = [*(_written(each) for each in stays), *(_of_group(group) for group in groups)]
    if not groups and len(stays) == len(spec.correlate):
        return
    errors = [copulas.error(one, other) for group in groups for one in group for other in group if one is not other]
    interval = f"each ± {1.96 * max(errors):.2g} at most" if errors else ""
    told = [f"{name} by {gain:.3f} nats a row (else {other:.3f})" for name, (gain, other) in copulas.gains.items()]
    why = "; ".join(
        [evidence.observed.told(), *(["likely by this copula on people held out: " + ", ".join(told)] if told else [])]
    )
    agrees = _agree(spec.correlate, stays, groups, copulas)
    off = max((abs(_correlation(a, b) - _said(spec.correlate, a.name, b.name)) / 2
               for a in seen.values() for b in seen.values() if a is not b), default=0.0)  # fmt: skip
    yield Fitted((*evidence.path, "correlate"), written, why, interval, round(off, 4), agrees)


def may_couple(evidence: Evidence, name: str, column: Column) -> bool:
    """Whether a column of numbers may move with others: it is alone in that, and a higher rank is a higher number."""
    spec = evidence.planned.spec
    if any(name in group.columns and not is_free(group, spec.columns) for group in spec.correlate):
        return False
    options = column.generator.options if column.kind == "choice" else []  # type: ignore[attr-defined]
    return list(options) == sorted(options, key=float)


def is_free(group: Correlation, columns: Mapping[str, Column]) -> bool:
    """Whether a group that is written may give way: all of its columns are numbers that calibration looks at."""
    return all(columns[name].key in NUMERIC and not columns[name].options.pii for name in group.columns)


def _agree(said: Sequence[Correlation], stays: Sequence[Correlation], groups: Any, copulas: Copulas) -> bool:
    free = {frozenset(group.columns) for group in said} - {frozenset(group.columns) for group in stays}
    if free != {frozenset(each.name for each in group) for group in groups}:
        return False
    pairs = [(one, other) for group in groups for one in group for other in group if one is not other]
    return all(abs(_correlation(a, b) - _said(said, a.name, b.name)) <= 1.96 * copulas.error(a, b) for a, b in pairs)


def _said(groups: Sequence[Correlation], one: str, other: str) -> float:
    """The correlation that the scenario says of two columns."""
    for group in groups:
        if one in group.columns and other in group.columns:
            at, to = group.columns.index(one), group.columns.index(other)
            return float(group.rho if group.matrix is None else group.matrix[at][to])  # type: ignore[arg-type]
    return 0.0


def _written(group: Correlation) -> dict[str, Any]:
    how = {"rho": group.rho} if group.matrix is None else {"matrix": group.matrix}
    return {"columns": list(group.columns), **how}


def _of_group(group: Sequence[Scores]) -> dict[str, Any]:
    names, matrix = [each.name for each in group], np.round(_matrix(group), 2)
    if len(names) == 2:
        return {"columns": names, "rho": float(matrix[0, 1])}
    return {"columns": names, "matrix": [[int(each) if each == 1 else float(each) for each in row] for row in matrix]}
