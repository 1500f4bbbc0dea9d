"""What hangs on what: a column whose values differ with others gets a distribution for each case of these.

The cases are the leaves of a tree, said in SQL in a hidden column beside it (`churn_case`), by which the column is
`given`. A number that is better told as a sum of what comes along is a normal distribution about that; numbers that a
copula tells no worse than a tree move together by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.calibrate.categories import Categories, categories_of
from sandbox.calibrate.columns import CATEGORICAL, NUMERIC, how_written, is_number, numbers_of, told_columns, written
from sandbox.calibrate.copulas import Copulas, Scores, fit_correlations, may_couple
from sandbox.calibrate.families import nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.numbers import Numbers, Shape, decimals_of, shape_of
from sandbox.calibrate.predictors import predictors_of
from sandbox.calibrate.sums import Sum, sum_of
from sandbox.calibrate.trees import Tree, name_of, tree_of
from sandbox.scenario.language import Column

Ints = npt.NDArray[np.int64]

_BINS = 12
_MOST_CATEGORIES = 30


def fit_conditionals(evidence: Evidence) -> Iterator[Fitted]:
    """Every column that hangs on others, as far as people who were held out confirm it: by copula, sum or tree."""
    copulas = Copulas(evidence.observed.entities)
    for name, column in told_columns(evidence):
        if column.key not in (*CATEGORICAL, *NUMERIC):
            continue
        values = evidence.observed.table[name].combine_chunks()
        there = np.asarray(pc.is_valid(values))
        if there.any():
            yield from _conditional(evidence, name, column, values.filter(pa.array(there)), there, copulas)
    yield from fit_correlations(evidence, copulas)


def _conditional(
    evidence: Evidence, name: str, column: Column, values: pa.Array, there: npt.NDArray[np.bool_], copulas: Copulas
) -> Iterator[Fitted]:
    people = evidence.observed.entities[there]
    predictors = [predictor.at(there) for predictor in predictors_of(evidence, name)]
    tree = tree_of(coded(values), people, predictors)
    if is_number(values.type) and column.key in NUMERIC and column.kind != "given":
        numbers = numbers_of(values, people)
        total = sum_of(numbers, predictors, tree)
        other = tree if total is None else total
        scores = Scores.of(name, numbers.values, there, coded(values))
        if may_couple(evidence, name, column) and copulas.takes(scores, None if other is None else other.gain):
            return
        if total is not None:
            yield from _sum(evidence, name, column, numbers, total)
            return
    if tree is None:
        return
    cases = _cases(column, values, people, tree)
    if cases is None:
        return
    kind, leaves, shape = cases
    told = f"{evidence.observed.told(len(values), len(np.unique(people)))}; hangs on {', '.join(tree.by)}"
    path, case = (*evidence.path, "columns", name), f"{name}_case"
    yield Fitted((*evidence.path, "columns", case), {"sql": tree.sql, "hidden": True}, told)
    yield Fitted((*path, "given"), case, told)
    yield Fitted((*path, column.key), leaves, f"{told}; {tree.gain:.3f} nats a row", key=kind)
    if shape is not None:
        yield from how_written(evidence, name, column, shape, told)


def _sum(evidence: Evidence, name: str, column: Column, numbers: Numbers, total: Sum) -> Iterator[Fitted]:
    people = len(np.unique(numbers.people))
    told = f"{evidence.observed.told(len(numbers.values), people)}; a sum by {', '.join(total.by)}"
    path, shape = (*evidence.path, "columns", name), Shape(total.kind, total.written(), "", decimals_of(numbers))
    yield Fitted((*path, column.key), shape.written, told, key=total.kind)
    yield from how_written(evidence, name, column, shape, told)


def coded(values: pa.Array) -> Ints:
    """A code for each value, few different ones: categories, the rare ones as one; numbers in equally filled bins."""
    plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    if is_number(plain.type):
        numbers = np.asarray(plain.cast(pa.float64(), safe=False), np.float64)
        different, codes, times = np.unique(numbers, return_inverse=True, return_counts=True)
        if len(different) <= _BINS:
            return codes.astype(np.int64)
        level = ((np.cumsum(times) - times / 2) / times.sum() * _BINS).astype(np.int64)
        return np.unique(level, return_inverse=True)[1][codes].astype(np.int64)
    encoded = plain.dictionary_encode()
    codes = np.asarray(encoded.indices, np.int64)
    times = np.bincount(codes)
    place = np.empty(len(times), np.int64)
    place[np.argsort(-times, kind="stable")] = np.arange(len(times))
    return np.minimum(place[codes], _MOST_CATEGORIES - 1)


def _cases(
    column: Column, values: pa.Array, people: npt.NDArray[np.int32], tree: Tree
) -> tuple[str, dict[str, Any], Shape | None] | None:
    """The generator that all cases share, its configuration for each, and how numbers look; None of too few people."""
    if is_number(values.type) and column.key in NUMERIC:
        return _of_numbers(numbers_of(values, people), tree)
    whole = categories_of(values, people)
    if whole is None:
        return None
    leaves = [tree.leaf == leaf for leaf in range(tree.leaves)]
    found = [categories_of(values.filter(pa.array(inside)), people[inside]) or whole for inside in leaves]
    if column.key == "bernoulli":
        return "bernoulli", {name_of(leaf): nice(each.shares.get(True, 0)) for leaf, each in enumerate(found)}, None
    return "choice", {name_of(leaf): _in_order(each, whole) for leaf, each in enumerate(found)}, None


def _in_order(found: Categories, whole: Categories) -> dict[str, float | int]:
    """Categories as texts, in the order of how often they come in all."""
    return {str(value): found.shares[value] for value in whole.shares if value in found.shares}


def _of_numbers(numbers: Numbers, tree: Tree) -> tuple[str, dict[str, Any], Shape] | None:
    parts = [numbers.take(tree.leaf == leaf) for leaf in range(tree.leaves)]
    whole = shape_of(numbers)
    if whole is None:
        return None
    shapes = [shape_of(part) or whole for part in parts]
    for kind in ("choice", "histogram"):
        if len({shape.kind for shape in shapes}) > 1:
            shapes = _alike(parts, numbers, kind) or shapes
    if len({shape.kind for shape in shapes}) > 1:
        return None
    finest = max(shapes, key=lambda shape: -1 if shape.decimals is None else shape.decimals)
    return shapes[0].kind, {name_of(leaf): written(shape) for leaf, shape in enumerate(shapes)}, finest


def _alike(parts: Sequence[Numbers], whole: Numbers, kind: str) -> list[Shape] | None:
    """All cases by one generator; None where one cannot be."""
    pooled = shape_of(whole, kind=kind)
    found = [shape_of(part, kind=kind) or pooled for part in parts]
    made = [shape for shape in found if shape is not None and shape.kind == kind]
    return made if len(made) == len(parts) else None
