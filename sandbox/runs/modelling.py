"""Build one model of a run: examples out of the mart, the fit, the oracle where the world knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from sandbox.addresses import Address
from sandbox.errors import InputError, Problem
from sandbox.landing import Landed
from sandbox.mart import Examples as Asked
from sandbox.mart import Mart, Question, examples, suspicions
from sandbox.models.base import MOMENT, Blueprint, Examples
from sandbox.runs.auditing import audits_of, plain, without_nan
from sandbox.runs.differences import TEST_FILE
from sandbox.runs.folder import RunFolder
from sandbox.runs.listening import Listener, ignore
from sandbox.runs.questions import features_of, in_words, kind_of, question_of, visible_contracts
from sandbox.runs.record import ModelRecord
from sandbox.scenario.language import Model
from sandbox.scenario.loader import Loaded
from sandbox.scenario.plan import Plan

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted
    from sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a run is carried out; nothing here changes what it finds, but `trials`."""

    out: Path = Path("data")
    workers: int = 1
    trials: int | None = None
    """Repeats a box of time by the number of trials that it held."""
    listen: Listener = ignore
    truth: bool = True
    """Keep the truth of the rows, which takes as long as making them did."""
    sprint: str = ""
    """Which sprint the run belongs to, for the ledger."""
    goal: str = ""
    """What it is for, for the ledger."""


@dataclass(frozen=True, slots=True)
class Built:
    """A model's record, and the fit if there is one."""

    record: ModelRecord
    fitted: Fitted | None


def mart_of(plan: Plan, landed: Landed) -> Mart:
    """The mart over what landed; a simulated dataset is known till the clock's end, a real one till its last row."""
    return mart_over(plan, {name: landed.parts(name) for name in visible_contracts(plan)})


def mart_over(plan: Plan, parts: Mapping[str, Sequence[Path]]) -> Mart:
    """The same over files, those of each dataset in their order."""
    contracts = visible_contracts(plan)
    return Mart(
        parts=parts,
        contracts=contracts,
        ends_us={name: plan.clock.end_us for name in contracts if name not in plan.bindings},
        zone=plan.clock.zone,
    )


def build_model(loaded: Loaded, name: str, landed: Landed, folder: RunFolder, world: World, wishes: Wishes) -> Built:
    """Build, measure and save the model `name`; data that allow no model give a record that says why."""
    plan = loaded.plan
    model, asked = plan.models[name], question_of(loaded, name)
    wishes.listen(f"{name}: features", 0, None)
    record = ModelRecord(
        name=name,
        label=in_words(model),
        features_sql=asked.features.text,
        card={},
        moments=[str(moment) for moment in model.at],
        reads=sorted({model.of, *features_of(loaded, asked).reads, *filter(None, [model.label.occurs])}),
    )

    def progress(what: str, done: int, of: int | None) -> None:
        wishes.listen(f"{name}: {what}", done, of)

    mart = mart_of(plan, landed)
    found = examples(mart, asked)
    learnt = Examples(found.entity, found.moment, found.features, found.label, found.window)
    try:
        fitted = cast("Blueprint", model.blueprint).fit(learnt, plan.seed, trials=wishes.trials, progress=progress)
    except InputError as error:
        return Built(replace(record, failure="; ".join(map(_plain, error.problems))), None)
    record = _served(record, mart, model, asked, fitted)
    wishes.listen(f"{name}: the oracle", 0, None)
    known = _oracle(world, model, fitted, folder, plan.seed) if model.of not in plan.bindings else None
    _keep(fitted, folder.model(name), record.label)
    from sandbox.models.card import card

    suspects = [
        f"{suspicion.feature} (alone it reaches an AUC of {suspicion.auc:.3f})" for suspicion in suspicions(found)
    ] + _beats_the_truth(fitted, known)
    return Built(replace(record, card=card(fitted), oracle=known, suspects=suspects, dropped=_dropped(found)), fitted)


def _served(record: ModelRecord, mart: Mart, model: Model, asked: Question, fitted: Fitted) -> ModelRecord:
    """Add whom the answers serve how well, and what people change of them."""
    name, test = record.name, fitted.test
    record = replace(record, fairness=plain(audits_of(mart, name, model, asked.entity, fitted, test)))
    if model.review is None or not len(test):
        return record
    from sandbox.review.reviewing import review

    found, after = review(test, model.review, mart.zone, Address((fitted.seed, "models", name, "review")))
    decided = test.set_column(test.column_names.index("predicted"), "predicted", pa.array(after))
    audits = plain(audits_of(mart, name, model, asked.entity, fitted, decided))
    return replace(record, review=without_nan(found.to_dict()), fairness_reviewed=audits)


def _beats_the_truth(fitted: Fitted, known: dict[str, Any] | None) -> list[str]:
    """Nobody foretells more than the true probabilities do: a champion beyond the oracle's interval saw the label."""
    from sandbox.models.metrics import LOWER_IS_BETTER

    judge = fitted.config.judge
    if known is None or judge in LOWER_IS_BETTER:
        return []
    reached, best = fitted.metrics[judge].value, known["realised"][judge]
    if not reached > best["high"]:
        return []
    return [f"the features together ({reached:.3f}, where the truth itself reaches {best['value']:.3f}: one leaks)"]


def _dropped(found: Asked) -> dict[str, int]:
    counts = {
        "no longer or not yet there at the cut": sum(count.gone for count in found.moments),
        "there, but not among those whom the features are about": sum(count.bare for count in found.moments),
    }
    return {reason: count for reason, count in counts.items() if count}


def _keep(fitted: Fitted, home: Path, label: str) -> None:
    """Save the model, and its test scores beside it: `runs compare` and the report's curves are made from them."""
    import pyarrow.parquet as pq

    from sandbox.models.saving import save

    home.mkdir(parents=True, exist_ok=True)
    save(fitted, home, label)
    pq.write_table(fitted.test, home / TEST_FILE)


def _oracle(world: World, model: Model, fitted: Fitted, folder: RunFolder, seed: int) -> dict[str, Any] | None:
    """The score of the true probabilities on the test examples; None where the world does not know the label's truth.

    The probabilities are kept in the run's `truth` folder, which only the report reads.
    """
    import numpy as np
    import pyarrow.parquet as pq

    from sandbox.models.oracle import oracle
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
    folder.truth.mkdir(exist_ok=True)
    pq.write_table(whole, folder.truth / f"{model.of}-{label.changes or 'leaves'}.parquet")
    joined = fitted.test.join(whole, ["entity", "moment"], join_type="inner")
    joined = joined.sort_by([("entity", "ascending"), ("moment", "ascending")])
    if len(joined) < len(fitted.test):
        lost = len(fitted.test) - len(joined)
        told = f"{lost:,} test examples have no truth: the features give entities that are not there."
        raise InputError(Problem(told, f"models.{model.of}"))
    measured = oracle(joined["probability"], joined["label"], joined["entity"], seed=seed)
    return {
        "realised": {key: asdict(value) for key, value in measured.realised.items()},
        "expected": {key: asdict(value) for key, value in measured.expected.items()},
        "standard_error": float(np.sqrt(np.mean(np.square(joined["standard_error"].to_numpy())))),
    }


def _plain(problem: Problem) -> str:
    return f"{problem.path}: {problem.message}" if problem.path else problem.message
