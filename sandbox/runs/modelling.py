"""Build one model of a run: examples out of the mart, the fit, the oracle where the world knows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.errors import InputError, Problem
from sandbox.landing import Landed
from sandbox.mart import Mart, Question, examples, question, suspicions
from sandbox.models.base import Examples
from sandbox.models.card import card
from sandbox.models.oracle import oracle
from sandbox.models.saving import save
from sandbox.runs.folder import OWNER_ONLY, RunFolder
from sandbox.runs.record import ModelRecord
from sandbox.scenario.language import Label, Model
from sandbox.scenario.loader import Loaded
from sandbox.scenario.plan import Plan

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted

Listener = Callable[[str, int, int | None], None]
TEST_FILE = "test.parquet"


@dataclass(frozen=True, slots=True)
class Built:
    """A model's record, and the fit if there is one."""

    record: ModelRecord
    fitted: Fitted | None


def mart_of(plan: Plan, landed: Landed) -> Mart:
    """The mart over what landed; a simulated dataset is known till the clock's end, a real one till its last row."""
    visible = [name for name, dataset in plan.datasets.items() if not dataset.spec.hidden]
    return Mart(
        parts={name: landed.parts(name) for name in visible},
        contracts={name: plan.datasets[name].contract for name in visible},
        ends_us={name: plan.clock.end_us for name in visible if name not in plan.bindings},
        zone=plan.clock.zone,
    )


def question_of(loaded: Loaded, name: str) -> Question:
    """What a model asks of the mart, its SQL with the place it stands at."""
    plan = loaded.plan
    model = plan.models[name]
    contracts = {key: dataset.contract for key, dataset in plan.datasets.items() if not dataset.spec.hidden}
    moments = tuple(plan.clock.calendar.at_us(moment) for moment in model.at)
    path = ("models", name, "features")
    asked = question(name, model, moments, contracts, plan.folder)
    if asked.features.file:
        return asked
    return replace(asked, features=replace(asked.features, placed=lambda offset: loaded.document.place_inside(path, offset)))


def build_model(
    loaded: Loaded, name: str, landed: Landed, folder: RunFolder, trials: int | None, listen: Listener
) -> Built:
    """Build, measure and save the model `name`; data that allow no model give a record that says why."""
    plan = loaded.plan
    model, asked = plan.models[name], question_of(loaded, name)
    listen(f"{name}: features", 0, None)
    found = examples(mart_of(plan, landed), asked)
    record = ModelRecord(
        name=name,
        label=in_words(model),
        features_sql=asked.features.text,
        card={},
        moments=[str(moment) for moment in model.at],
        dropped={"no longer or not yet there at the cut": gone} if (gone := sum(count.gone for count in found.moments)) else {},
    )
    learnt = Examples(found.entity, found.moment, found.features, found.label, found.window)
    try:
        fitted = model.blueprint.fit(learnt, plan.seed, trials=trials, progress=lambda what, done, of: listen(f"{name}: {what}", done, of))  # type: ignore[attr-defined]
    except InputError as error:
        return Built(replace(record, failure="; ".join(_plain(problem) for problem in error.problems)), None)
    home = folder.model(name)
    home.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    save(fitted, home)
    import pyarrow.parquet as pq

    pq.write_table(fitted.test, home / TEST_FILE)
    suspects = [f"{suspicion.feature} (alone it reaches an AUC of {suspicion.auc:.3f})" for suspicion in suspicions(found)]
    return Built(replace(record, card=card(fitted), oracle=_oracle(plan, model, fitted, folder), suspects=suspects), fitted)


def in_words(model: Model) -> str:
    """What a model predicts, as a sentence."""
    label, who = model.label, model.of
    window = re.sub(r"^1 ", "", _days(label))
    if label.leaves_within is not None:
        return f"an entity of {who} leaves within {window} after the cut"
    condition = f" (where {label.where})" if label.where else ""
    if label.changes is not None:
        return f"{label.changes} of an entity of {who} changes{condition} within {window} after the cut"
    return f"the entity appears in {label.occurs}{condition} within {window} after the cut"


def _days(label: Label) -> str:
    from sandbox.scenario.quantities import describe_duration

    return describe_duration(label.window)


def _oracle(plan: Plan, model: Model, fitted: Fitted, folder: RunFolder) -> dict[str, Any] | None:
    """The score of the true probabilities on the test examples; None where the world does not know the label's truth."""
    label = model.label
    if label.occurs is not None or model.of in plan.bindings:
        return None
    from sandbox.world.truth import true_probability

    truths = []
    window_us = int(label.window.total_seconds()) * 1_000_000
    moments = sorted(set(fitted.test["moment"].cast(pa.int64()).to_pylist()))
    for cut_us in moments:
        truth = true_probability(plan, model.of, cut_us, window_us, changes=label.changes, where=label.where)
        truths.append(truth.append_column("moment", pa.array([cut_us] * len(truth), pa.int64())))
    whole = pa.concat_tables(truths)
    folder.truth.mkdir(exist_ok=True, mode=OWNER_ONLY)
    import pyarrow.parquet as pq

    pq.write_table(whole, folder.truth / f"{model.of}-{label.changes or 'leaves'}.parquet")
    entity = whole.column_names[0]
    test = fitted.test.append_column("row", pa.array(range(len(fitted.test)), pa.int64()))
    test = test.set_column(test.schema.get_field_index("moment"), "moment", test["moment"].cast(pa.int64()))
    joined = test.join(whole.rename_columns(["entity", *whole.column_names[1:]]), ["entity", "moment"], join_type="inner").sort_by("row")
    if len(joined) < len(fitted.test):
        raise InputError(Problem(f"{len(fitted.test) - len(joined)} test examples of {entity} have no truth in the world.", f"models.{model.of}"))
    measured = oracle(joined["probability"], joined["label"], joined["entity"], seed=plan.seed)
    error = float(sum(value * value for value in joined["standard_error"].to_pylist()) ** 0.5 / max(1, len(joined)))
    from dataclasses import asdict

    return {
        "realised": {key: asdict(value) for key, value in measured.realised.items()},
        "expected": {key: asdict(value) for key, value in measured.expected.items()},
        "mean_probability_error": error,
    }


def _plain(problem: Problem) -> str:
    return f"{problem.path}: {problem.message}" if problem.path else problem.message
