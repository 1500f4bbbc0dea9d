"""Numbers that are made up of what comes along: a bill, of each service on it. What each adds, by least squares.

A tree would need a leaf for every combination; a sum says it in one line of SQL, and what is left is spread around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from sandbox.addresses import Address, hash_columns
from sandbox.calibrate.families import FEW, Floats, nice
from sandbox.calibrate.numbers import Numbers, decimals_of, halves, likelihood, likelihood_of_seen
from sandbox.calibrate.predictors import Predictor
from sandbox.calibrate.trees import Tree

_MOST_ROWS = 50_000
_MOST_TERMS = 12
_LEAST_SHARE = 0.01
"""Of what is left of the variance of people who were held out: so much a further column must explain."""
_LIKELIER = 0.1
"""Nats a row by which a sum must be likelier than what else there is."""


@dataclass(frozen=True, eq=False)
class Sum:
    """A normal distribution about a sum, or of the logarithm about one."""

    sql: str
    deviation: float
    logarithm: bool
    by: tuple[str, ...]
    likelihood: float
    """Nats a row, of people who were held out."""
    gain: float
    """By how many of these it is likelier than a distribution of the same family without a sum."""

    @property
    def kind(self) -> str:
        """The generator that says it."""
        return "lognormal" if self.logarithm else "normal"

    def written(self) -> dict[str, Any]:
        """Its configuration."""
        if self.logarithm:
            return {"median": f"exp({self.sql})", "sigma": nice(self.deviation)}
        return {"mean": self.sql, "sd": nice(self.deviation)}


@dataclass(frozen=True, eq=False)
class _Term:
    """One predictor's part of a sum: a column of the design for a number, one for each category but the commonest."""

    predictor: Predictor
    design: Floats
    """Shape (rows, columns)."""
    levels: tuple[Any, ...] = ()
    """Of categories: what each column stands for."""

    def sql(self, weights: Floats) -> str:
        """Its part, by what each column of the design counts."""
        name = self.predictor.sql_name
        if self.predictor.categories is None:
            return f"{nice(weights[0], 5)} * {name}"
        told = (
            f"when {name} is null then {nice(weight, 5)}" if level is None
            else f"when {name} = {_literal(level)} then {nice(weight, 5)}"
            for level, weight in zip(self.levels, weights, strict=True)
        )  # fmt: skip
        return f"case {' '.join(told)} else 0 end"


def sum_of(numbers: Numbers, predictors: Sequence[Predictor], tree: Tree | None) -> Sum | None:
    """The sum by which numbers are best told; None where a tree, or what was seen of all, tells held-out people better.

    Args:
        numbers: without nulls.
        predictors: what they may be made up of, each of as many rows.
        tree: what else they would be told by.
    """
    some = np.argsort(hash_columns(Address(("calibrate", "sum")), np.arange(len(numbers.values))), kind="stable")
    some = some[:_MOST_ROWS]
    people, values = numbers.people[some], numbers.values[some]
    learn = halves(people)
    terms = [term for each in predictors if (term := _term(each.at(some), people)) is not None]
    if not terms or min(learn.sum(), (~learn).sum()) < 5 * FEW or not np.isfinite(values).all():
        return None
    unit = _unit(numbers)
    found = [_fitted(values, learn, terms, unit, logarithm=False)]
    if values.min() > 0:
        found.append(_fitted(values, learn, terms, unit, logarithm=True))
    best = max((each for each in found if each is not None), key=lambda each: each.likelihood, default=None)
    if best is None or best.likelihood < _told_otherwise(values, learn, tree, some, unit) + _LIKELIER:
        return None
    return best


def _told_otherwise(
    values: Floats, learn: npt.NDArray[np.bool_], tree: Tree | None, some: npt.NDArray[Any], unit: float
) -> float:
    """How likely held-out values are by what was seen in their leaf of a tree, or at all; nats a row."""
    leaf = np.zeros(len(values), np.int64) if tree is None else tree.leaf[some]
    total = 0.0
    for each in np.unique(leaf[~learn]):
        ours, theirs = values[learn & (leaf == each)], values[~learn & (leaf == each)]
        if len(np.unique(ours)) < 2:
            ours = values[learn]
        total += likelihood_of_seen(ours, theirs, unit) * len(theirs)
    return total / max(int((~learn).sum()), 1)


def _fitted(
    values: Floats, learn: npt.NDArray[np.bool_], terms: Sequence[_Term], unit: float, *, logarithm: bool
) -> Sum | None:
    target = np.log(values) if logarithm else values
    chosen = _chosen(target, learn, terms)
    if not chosen:
        return None
    design = np.column_stack([np.ones(len(target)), *(term.design for term in chosen)])
    learnt = _solved(design[learn], target[learn])
    deviation = max(float(np.std(target[learn] - design[learn] @ learnt)), unit / 100 or 1e-9)

    off = (target[~learn] - design[~learn] @ learnt) / deviation
    logs = -(off**2) / 2 - np.log(deviation * np.sqrt(2 * np.pi)) - (target[~learn] if logarithm else 0.0)
    likely = likelihood(logs, values[~learn], unit)
    weights = _solved(design, target)
    left = float(np.std(target - design @ weights))
    parts, at = [f"{nice(weights[0], 5)}"], 1
    for term in chosen:
        width = term.design.shape[1]
        parts.append(term.sql(weights[at : at + width]))
        at += width
    error = max(float(np.mean((off * deviation) ** 2)), 1e-300)
    gain = float(np.log(max(float(np.var(target[~learn])), error) / error)) / 2
    return Sum(" + ".join(parts), left, logarithm, tuple(term.predictor.name for term in chosen), likely, gain)


def _chosen(target: Floats, learn: npt.NDArray[np.bool_], terms: Sequence[_Term]) -> list[_Term]:
    """One after the other the terms that explain most of what is left of held-out people, while any does."""
    design = np.column_stack([np.ones(len(target)), *(term.design for term in terms)])
    learnt, held_out = (_Products.of(design[some], target[some]) for some in (learn, ~learn))
    ends = np.cumsum([1, *(term.design.shape[1] for term in terms)])
    columns = [np.arange(first, last) for first, last in pairwise(ends)]
    chosen: list[int] = []
    left = float(np.var(target[~learn]))
    for _ in range(min(_MOST_TERMS, len(terms))):
        used = np.concatenate([[0], *(columns[each] for each in chosen)]).astype(np.int64)
        errors = [
            np.inf if each in chosen else _error(learnt, held_out, np.concatenate([used, columns[each]]))
            for each in range(len(terms))
        ]
        at = int(np.argmin(errors))
        if errors[at] > left * (1 - _LEAST_SHARE):
            break
        chosen, left = [*chosen, at], errors[at]
    return [terms[each] for each in chosen]


@dataclass(frozen=True, eq=False)
class _Products:
    """All that least squares need of rows: means of products of the columns with each other and with the target."""

    columns: Floats
    target: Floats
    square: float

    @classmethod
    def of(cls, design: Floats, target: Floats) -> _Products:
        """Of a design, shape (rows, columns)."""
        rows = max(len(target), 1)
        return cls(design.T @ design / rows, design.T @ target / rows, float(target @ target) / rows)

    def weights(self, some: npt.NDArray[np.int64]) -> Floats:
        """Of some of the columns; a very small ridge decides among those that say the same."""
        scale = np.sqrt(np.diag(self.columns)[some]) + 1e-12
        scaled = self.columns[np.ix_(some, some)] / np.outer(scale, scale)
        return np.asarray(np.linalg.solve(scaled + 1e-6 * np.eye(len(some)), self.target[some] / scale) / scale)


def _error(learnt: _Products, held_out: _Products, some: npt.NDArray[np.int64]) -> float:
    """The mean square by which held-out people lie off a sum of some columns."""
    weights = learnt.weights(some)
    own = weights @ held_out.columns[np.ix_(some, some)] @ weights
    return float(held_out.square - 2 * weights @ held_out.target[some] + own)


def _solved(design: Floats, target: Floats) -> Floats:
    return _Products.of(design, target).weights(np.arange(design.shape[1]))


def _term(predictor: Predictor, people: npt.NDArray[np.int32]) -> _Term | None:
    """The columns of a predictor; categories of fewer than ten people count as the commonest one.

    None for times, and where some numbers are missing.
    """
    if predictor.is_time or predictor.missing is not None:
        return None
    if predictor.categories is None:
        return _Term(predictor, predictor.values[:, None])
    codes = predictor.values.astype(np.int64)
    common = int(np.argmax(np.bincount(codes, minlength=len(predictor.categories))))
    kept = [
        code
        for code in range(len(predictor.categories))
        if code != common and len(np.unique(people[codes == code])) >= FEW
    ]
    if not kept:
        return None
    design = (codes[:, None] == np.array(kept)).astype(np.float64)
    return _Term(predictor, design, tuple(predictor.categories[code] for code in kept))


def _unit(numbers: Numbers) -> float:
    decimals = decimals_of(numbers)
    return 10.0**-decimals if decimals is not None else 0.0


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + str(value).replace("'", "''") + "'"
