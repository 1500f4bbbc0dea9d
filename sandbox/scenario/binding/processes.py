"""Judge what makes the rows of a dataset: fan-out and rate; what moves together, and what its rows must satisfy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.binding.columns import BoundColumn, ColumnBinder, counts_as_number, spelt
from sandbox.scenario.language import Correlation, Dataset
from sandbox.strict import Findings, Path

if TYPE_CHECKING:
    from sandbox.scenario.expressions import Expression


def check_processes(spec: Dataset, binder: ColumnBinder) -> None:
    """Note what is wrong with the fan-out, the rate and the expectations."""
    path = ("datasets", binder.name)
    if isinstance(spec.rate, str):
        judge(binder, (*path, "rate"), spec.rate, "number", binder.outer)
    elif spec.rate is not None and spec.rate < 0:
        binder.notes.add((*path, "rate"), f"got {spec.rate:g}, must be >= 0.")
    _check_fan_out(spec, binder)
    hidden = {name for name, column in spec.columns.items() if column.options.hidden}
    for rule, text in spec.expect.items():
        compiled = judge(binder, (*path, "expect", rule), text, "condition")
        for name in compiled.columns_used if compiled is not None else ():
            if name in hidden:
                said = f"'{name}' is hidden and never lands; a rule sees only what has landed."
                binder.notes.add((*path, "expect", rule), said)


def judge(
    binder: ColumnBinder, at: Path, text: str, wanted: str, columns: Mapping[str, pa.DataType] | None = None
) -> Expression | None:
    """An expression, its faults noted; `wanted` is number, condition or value."""
    compiled = binder.compile(at, text, binder.types if columns is None else columns)
    if compiled is None:
        return None
    made = compiled.type
    if (wanted == "number" and not counts_as_number(made)) or (wanted == "condition" and not pa.types.is_boolean(made)):
        binder.notes.add(at, f"the expression gives {spelt(made)}, must give a {wanted}.")
        return None
    return compiled


def _check_fan_out(spec: Dataset, binder: ColumnBinder) -> None:
    path, part = ("datasets", binder.name, "fan_out"), spec.fan_out
    if part is None:
        return
    texts = part.expressions()
    compiled = [judge(binder, (*path, *at), text, "number", binder.outer) for at, text in texts.items()]
    results = {expression.text: expression.type for expression in compiled if expression is not None}
    if len(results) < len(set(texts.values())):
        return
    unknown = [name for name in part.reads() if name not in binder.outer]
    for name in unknown:
        binder.notes.add(path, f"unknown column '{name}' of the parent.{did_you_mean(name, binder.outer)}")
    if unknown:
        return
    scope = replace(binder.scope(results), columns=binder.outer, facts={})
    try:
        made = part.yields(scope)
    except Findings as error:
        for below, message in error.findings:
            binder.notes.add((*path, *below), message)
    except (InputError, ValueError) as error:
        binder.notes.add_error(path, error)
    else:
        if not pa.types.is_integer(made):
            binder.notes.add(path, f"gives {spelt(made)}, must give whole numbers, such as `poisson: 3`.")


def check_correlations(spec: Dataset, binder: ColumnBinder, bound: Mapping[str, BoundColumn]) -> None:
    """Note what is wrong with the groups of columns that move together."""
    taken: set[str] = set()
    for number, group in enumerate(spec.correlate):
        path = ("datasets", binder.name, "correlate", number)
        for position, column in enumerate(group.columns):
            said = ""
            if column not in spec.columns:
                said = f"unknown column '{column}'.{did_you_mean(column, spec.columns)}"
            elif column in bound and not getattr(bound[column].plan.generator, "correlates", False):
                said = f"'{column}' is not drawn from one distribution, and only those can move together."
            elif column in taken:
                said = f"'{column}' is correlated already; each column once."
            if said:
                binder.notes.add((*path, "columns", position), said)
            taken.add(column)
        for key, said in _matrix_faults(group):
            binder.notes.add((*path, *key), said)


def _matrix_faults(group: Correlation) -> Iterator[tuple[Path, str]]:
    size = len(group.columns)
    if group.rho is not None:
        least = -1 / (size - 1)
        if not least < group.rho < 1:
            yield ("rho",), f"got {group.rho:g}, must be above {least:.4g} and below 1 for {size} columns."
    elif group.matrix is not None:
        if [len(row) for row in group.matrix] != [size] * size:
            yield ("matrix",), f"must have {size} rows of {size} numbers, one for each column."
            return
        matrix = np.asarray(group.matrix)
        if not np.array_equal(matrix, matrix.T) or not (np.diag(matrix) == 1).all():
            yield ("matrix",), "is no correlation matrix: it must be symmetric, with ones on the diagonal."
        elif np.linalg.eigvalsh(matrix).min() < 1e-9:
            yield ("matrix",), "no columns can move like this all at once; bring the correlations nearer to 0."
