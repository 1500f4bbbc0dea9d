"""How many children each row of a parent has, and what that hangs on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.calibrate.conditionals import coded
from sandbox.calibrate.families import nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.numbers import Numbers, Shape, shape_of
from sandbox.calibrate.predictors import parent_rows, predictors_of
from sandbox.calibrate.trees import name_of, tree_of
from sandbox.world.columns.expressions import Sql

_IN_A_BIN = 6
"""Counts that stand for a wide bin: as many, at even steps."""
_OWN = ("poisson", "geometric", "negative_binomial", "integer", "choice")


def fit_fan_outs(evidence: Evidence) -> Iterator[Fitted]:
    """The fan-out of rows whose parents are seen by them; one without children leaves no trace, and is not there."""
    spec, above = evidence.planned.spec, evidence.planned.parent
    if spec.fan_out is None or above is None or isinstance(spec.fan_out, Sql):  # SQL is the scenario's own rule
        return
    if evidence.observed.of_parents is not None:
        yield from _as_told(evidence, evidence.observed.of_parents, above)
        return
    rows = parent_rows(evidence, above) if above in evidence.all_observed else None
    if rows is None:
        return
    parents = evidence.all_observed[above]
    counts = np.bincount(rows[rows >= 0], minlength=parents.table.num_rows)
    numbers = Numbers(counts.astype(np.float64), parents.entities, whole=True)
    whole = shape_of(numbers)
    if whole is None:
        return
    told = f"{parents.told()} of {above}"
    theirs = Evidence(above, parents, evidence.plan, evidence.document, evidence.all_observed)
    tree = tree_of(coded(pa.array(counts)), parents.entities, list(predictors_of(theirs)))
    path = (*evidence.path, "fan_out")
    if tree is None:
        yield Fitted(path, {_kind(whole): _written(whole)}, told, whole.interval)
        return
    case, seen = f"{evidence.dataset}_case", shape_of(numbers, families=False) or whole
    shapes = [shape_of(numbers.take(tree.leaf == leaf), families=False) or seen for leaf in range(tree.leaves)]
    cases = {name_of(leaf): _written(shape, "choice") for leaf, shape in enumerate(shapes)}
    told = f"{told}; hangs on {', '.join(tree.by)}"
    hidden = {} if evidence.plan.datasets[above].spec.hidden else {"hidden": True}
    yield Fitted(("datasets", above, "columns", case), {"sql": tree.sql, **hidden}, told)
    yield Fitted(path, {"given": f"parent.{case}", "choice": cases}, f"{told}; {tree.gain:.3f} nats a row")


def _as_told(evidence: Evidence, counts: npt.NDArray[np.int64], above: str) -> Iterator[Fitted]:
    """The fan-out as a sealed profile tells it, which does not say what it hangs on."""
    people = np.arange(len(counts), dtype=np.int32)
    shape = shape_of(Numbers(counts.astype(np.float64), people, whole=True))
    if shape is not None:
        told = f"{len(counts):,} rows of {above}"
        yield Fitted((*evidence.path, "fan_out"), {_kind(shape): _written(shape)}, told, shape.interval)


def _kind(shape: Shape) -> str:
    return shape.kind if shape.kind in _OWN else "choice"


def _written(shape: Shape, kind: str | None = None) -> Any:
    """A distribution of whole numbers; a histogram as a choice of counts, its wide bins by a few at even steps."""
    if shape.kind == "choice":
        return {"values": list(shape.written), "weights": list(shape.written.values())}
    if shape.kind in _OWN and kind is None:
        return shape.written
    return _counts(shape.written)


def _counts(histogram: Mapping[str, list[float | int]]) -> dict[str, list[Any]]:
    values: list[int] = []
    weights: list[float | int] = []
    edges = histogram["edges"]
    for low, high, weight in zip(edges, edges[1:], histogram["weights"], strict=False):
        first, last = math.ceil(low), math.floor(high)
        if not weight or last < first:
            continue
        steps = np.linspace(first, last, min(last - first + 1, _IN_A_BIN))
        some = sorted({round(float(step)) for step in steps})
        values += some
        weights += [nice(weight / len(some))] * len(some)
    return {"values": values, "weights": weights}
