"""By how much a model of one run is better than that of another: on the same examples, or else on two tests."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandbox.runs.folder import RunFolder
from sandbox.runs.record import ModelRecord, RunRecord

TEST_FILE = "test.parquet"
_ESTIMATE = ("value", "low", "high")
MOST_MISMATCHES = 0.05
"""Late corrections may change a label; where more than this share differs, it is another world."""


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """A metric in two runs, and b - a with its 95 % interval; figures are None where there are none."""

    metric: str = ""
    a: float | None = None
    b: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    better: str = "undetermined"
    """`a`, `b` or `undetermined`."""
    shared: int = 0
    """Test examples that both runs judged alike; 0: the two tests are different examples."""
    remark: str = ""
    """Why there is no difference, or what to mind about it."""


def model_difference(
    name: str, runs: tuple[RunFolder, RunFolder], records: tuple[RunRecord, RunRecord]
) -> ModelDifference:
    """Hold a model against the one of the same name in another run, by the metric that judged the later one.

    Where the runs saw the same people, the models are compared example by example; else their tests are taken as
    independent, which needs a larger difference to tell anything.
    """
    found = [next((model for model in record.models if model.name == name), None) for record in records]
    for model, run in zip(found, runs, strict=True):
        if model is None or not model.card:
            return ModelDifference(remark=f"{run.name} has no such model" + (f": {model.failure}" if model else ""))
    a, b = (model for model in found if model is not None)
    metric = b.card["judge"]
    paired, remark = _paired(name, runs, records, (a, b), metric)
    if paired is not None:
        return paired
    return _apart(metric, a, b, remark)


def _paired(
    name: str,
    runs: tuple[RunFolder, RunFolder],
    records: tuple[RunRecord, RunRecord],
    models: tuple[ModelRecord, ModelRecord],
    metric: str,
) -> tuple[ModelDifference | None, str]:
    """The difference on shared examples, or why there are none to share."""
    for key in ("seed", "target", "engine"):
        values = [getattr(record, key) for record in records]
        if values[0] != values[1]:
            return None, f"another {key} means other people"
    files = [run.model(name) / TEST_FILE for run in runs]
    if not all(file.exists() for file in files):
        return None, "the test examples of one run are gone"
    import pyarrow.parquet as pq

    from sandbox.models.compare import Scored, compare, pair

    tests = [pq.read_table(file) for file in files]
    if tests[0].schema.field("entity").type != tests[1].schema.field("entity").type:
        return None, "the two tests are of other entities"
    shared = pair(*tests)
    keys = ["entity", "moment"]
    met = len(tests[0].select(keys).join(tests[1].select(keys), keys, join_type="inner"))
    if not len(shared):
        return None, "the two tests share no example"
    if met - len(shared) > MOST_MISMATCHES * met:
        return None, f"{met - len(shared):,} of {met:,} shared examples have another label: it is another world"
    thresholds = [model.card["threshold"] for model in models]
    scores = [Scored(shared[key], bar) for key, bar in zip(("score_a", "score_b"), thresholds, strict=True)]
    found = compare(scores[0], scores[1], shared["label"], shared["entity"], metric, seed=records[1].seed)
    remark = f"{met - len(shared):,} examples with another label are left out" if met > len(shared) else ""
    gap = found.difference
    return ModelDifference(
        metric, found.a, found.b, gap.value, gap.low, gap.high, found.better, len(shared), remark
    ), ""


def _apart(metric: str, a: ModelRecord, b: ModelRecord, remark: str) -> ModelDifference:
    """The difference of two independent tests; its interval from theirs.

    Source: Zou and Donner, Construction of confidence limits about effect measures (2008): the limits' own distances
    are squared and added.
    """
    from sandbox.models.metrics import LOWER_IS_BETTER

    first, second = a.card["metrics"].get(metric), b.card["metrics"].get(metric)
    if first is None or second is None or any(item[key] is None for item in (first, second) for key in _ESTIMATE):
        known = [None if item is None else item["value"] for item in (first, second)]
        return ModelDifference(metric, known[0], known[1], remark=remark)
    value = second["value"] - first["value"]
    low = value - math.hypot(second["value"] - second["low"], first["high"] - first["value"])
    high = value + math.hypot(second["high"] - second["value"], first["value"] - first["low"])
    better = "undetermined"
    if low > 0 or high < 0:
        better = "b" if (low > 0) != (metric in LOWER_IS_BETTER) else "a"
    return ModelDifference(metric, first["value"], second["value"], value, low, high, better, 0, remark)
