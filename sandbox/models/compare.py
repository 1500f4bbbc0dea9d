"""Is one model better than another on the same rows? The paired difference with its interval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address
from sandbox.errors import InputError, did_you_mean
from sandbox.models.base import Estimate
from sandbox.models.metrics import LOWER_IS_BETTER, METRICS, Outcome, estimate, resamples, value, values


@dataclass(frozen=True, slots=True)
class Scored:
    """One model's probabilities, shape (n,), and the one from which on it says yes."""

    score: Any = field(repr=False)
    threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class Difference:
    """Metric of a, of b, and b - a with its 95 % interval; `better` is `a`, `b` or `undetermined`."""

    metric: str
    a: float
    b: float
    difference: Estimate
    better: str


def compare(
    a: Scored, b: Scored, label: Any, entity: Any, metric: str, *, seed: int = 0, bootstrap: int = 1000
) -> Difference:
    """Compare two models on the same rows, resampling entities for both at once.

    Args:
        a, b: their scores, row by row for the same examples.
        label: bool, shape (n,).
        entity: ids, shape (n,).
        metric: one of METRICS.
    Raises:
        InputError: an unknown metric, or parts that differ in their rows.
    """
    if metric not in METRICS:
        raise InputError(f"unknown metric '{metric}'.{did_you_mean(metric, METRICS)}")
    sizes = {len(part) for part in (a.score, b.score, label, entity)}
    if len(sizes) != 1 or sizes == {0}:
        raise InputError("models are compared on the same examples, one score each; these differ in rows or have none.")
    first = Outcome.of(a.score, label, entity, a.threshold)
    second = Outcome.of(b.score, label, entity, b.threshold)
    drawn = []
    for counts in resamples(Address((seed, "models", "compare")), first.entities, bootstrap, len(first)):
        of_first = values(first, counts[:, first.entity], (metric,))[metric]
        drawn.append(values(second, counts[:, second.entity], (metric,))[metric] - of_first)
    plain = value(first, metric), value(second, metric)
    difference = estimate(plain[1] - plain[0], np.concatenate(drawn))
    return Difference(metric, *plain, difference, _better(difference, metric in LOWER_IS_BETTER))


def pair(a: pa.Table, b: pa.Table) -> pa.Table:
    """The examples that two test tables share and label alike, by entity and moment.

    Args:
        a, b: `Fitted.test` of two fits.
    Returns:
        entity, moment, label, score_a and score_b; no rows where the tests have nothing in common.
    """
    keys = ["entity", "moment", "label"]
    wanted = [*keys, "score"]
    both = a.select(wanted).join(b.select(wanted), keys, join_type="inner", left_suffix="_a", right_suffix="_b")
    return both.sort_by([("entity", "ascending"), ("moment", "ascending")])


def _better(difference: Estimate, lower_is_better: bool) -> str:
    if difference.low > 0:
        return "a" if lower_is_better else "b"
    if difference.high < 0:
        return "b" if lower_is_better else "a"
    return "undetermined"
