"""Build one model of a run: examples out of the mart, the fit, the oracle where the world knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from sandbox.errors import InputError, Problem
from sandbox.landing import Landed
from sandbox.mart import Mart, Question, examples, question, suspicions
from sandbox.models.base import MOMENT, Blueprint, Examples
from sandbox.models.card import card
from sandbox.models.oracle import oracle
from sandbox.models.saving import save
from sandbox.runs.folder import OWNER_ONLY, RunFolder
from sandbox.runs.record import ModelRecord
from sandbox.scenario.language import Label, Model
from sandbox.scenario.loader import Loaded
from sandbox.scenario.plan import Plan
from sandbox.scenario.quantities import describe_duration

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted
    from sandbox.world.truth import Changes, Leaves
    from sandbox.world.world import World

Listener = Callable[[str, int, int | None], None]
TEST_FILE = "test.parquet"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a run is carried out; nothing here changes what it finds, but `trials`."""

    out: Path = Path("data")
    workers: int = 1
    trials: int | None = None
    """Repeats a box of time by the number of trials that it held."""
    listen: Listener = field(default=lambda what, done, of: None)


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
    loaded: Loaded, name: str, landed: Landed, folder: RunFolder, world: World, wishes: Wishes
) -> Built:
    """Build, measure and save the model `name`; data that allow no model give a record that says why."""
    plan = loaded.plan
    model, asked = plan.models[name], question_of(loaded, name)
    wishes.listen(f"{name}: features", 0, None)
    found = examples(mart_of(plan, landed), asked)
    record = ModelRecord(
        name=name,
        label=in_words(model),
        features_sql=asked.features.text,
        card={},
        moments=[str(moment) for moment in model.at],
        dropped={"no longer or not yet there at the cut": gone} if (gone := sum(count.gone for count in found.moments)) else {},
    )

    def progress(what: str, done: int, of: int | None) -> None:
        wishes.listen(f"{name}: {what}", done, of)

    learnt = Examples(found.entity, found.moment, found.features, found.label, found.window)
    try:
        fitted = cast("Blueprint", model.blueprint).fit(learnt, plan.seed, trials=wishes.trials, progress=progress)
    except InputError as error:
        return Built(replace(record, failure="; ".join(_plain(problem) for problem in error.problems)), None)
    known = _oracle(world, model, fitted, folder, plan.seed) if model.of not in plan.bindings else None
    _keep(fitted, folder.model(name), record.label)
    suspects = [f"{suspicion.feature} (alone it reaches an AUC of {suspicion.auc:.3f})" for suspicion in suspicions(found)]
    return Built(replace(record, card=card(fitted), oracle=known, suspects=suspects), fitted)


def _keep(fitted: Fitted, home: Path, label: str) -> None:
    """Save the model, and its test scores beside it: `runs compare` and the report's curves are made from them."""
    import pyarrow.parquet as pq

    home.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    save(fitted, home, label)
    pq.write_table(fitted.test, home / TEST_FILE)


def in_words(model: Model) -> str:
    """What a model predicts, as a sentence."""
    label, who = model.label, model.of
    window = describe_duration(label.window)
    if label.leaves_within is not None:
        return f"an entity of {who} leaves within {window} after the cut"
    condition = f" (where {label.where})" if label.where else ""
    if label.changes is not None:
        return f"{label.changes} of an entity of {who} changes{condition} within {window} after the cut"
    return f"the entity appears in {label.occurs}{condition} within {window} after the cut"


def kind_of(label: Label) -> Leaves | Changes:
    """The label of a history as the world's truth asks for it."""
    from sandbox.world.truth import Changes, Leaves

    return Leaves() if label.changes is None else Changes(label.changes, label.where)


def _oracle(world: World, model: Model, fitted: Fitted, folder: RunFolder, seed: int) -> dict[str, Any] | None:
    """The score of the true probabilities on the test examples; None where the world does not know the label's truth.

    The probabilities are kept in the run's `truth` folder, which only the report reads.
    """
    import pyarrow.parquet as pq

    from sandbox.world.truth import true_probability

    label = model.label
    if label.occurs is not None:
        return None
    window_us = label.window // timedelta(microseconds=1)
    cuts_us = sorted(set(fitted.test["moment"].cast(pa.int64()).to_pylist()))
    truths = []
    for cut_us in cuts_us:
        truth = true_probability(world, model.of, cut_us, window_us, kind_of(label))
        truths.append(truth.append_column("moment", pa.repeat(pa.scalar(cut_us, MOMENT), len(truth))))
    whole = pa.concat_tables(truths)
    whole = whole.rename_columns(["entity", *whole.column_names[1:]])
    folder.truth.mkdir(exist_ok=True, mode=OWNER_ONLY)
    pq.write_table(whole, folder.truth / f"{model.of}-{label.changes or 'leaves'}.parquet")
    joined = fitted.test.join(whole, ["entity", "moment"], join_type="inner").sort_by([("entity", "ascending"), ("moment", "ascending")])
    if len(joined) < len(fitted.test):
        lost = len(fitted.test) - len(joined)
        raise InputError(Problem(f"{lost} test examples have no truth: the features give entities that are not there.", f"models.{model.of}"))
    measured = oracle(joined["probability"], joined["label"], joined["entity"], seed=seed)
    return {
        "realised": {key: asdict(value) for key, value in measured.realised.items()},
        "expected": {key: asdict(value) for key, value in measured.expected.items()},
        "standard_error": float(np.sqrt(np.mean(np.square(joined["standard_error"].to_numpy())))),
    }


def _plain(problem: Problem) -> str:
    return f"{problem.path}: {problem.message}" if problem.path else problem.message
