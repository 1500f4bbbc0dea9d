"""Blueprints: a model answers at any time, for anybody, the same thing twice, and leaves alone what it is given."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sandbox.addresses import Address, words
from sandbox.checks.check import Broken, Suite, first_difference, shown
from sandbox.errors import InputError
from sandbox.models.base import MOMENT, Blueprint, Examples

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted

_CUT = datetime(2026, 1, 31, tzinfo=UTC)
_ROWS = 240
_SEED = 42
_SHARE = 0.3


@dataclass(frozen=True, eq=False)
class BlueprintSubject:
    """A blueprint under check, configured to be quick."""

    name: str
    blueprint: Blueprint

    @cached_property
    def fitted(self) -> Fitted:
        """What it makes of the usual examples."""
        return self.blueprint.fit(examples(), _SEED)


def examples(rows: int = _ROWS) -> Examples:
    """Customers with numbers, categories, dates and nulls, some of which drive the label; always the same."""
    chance = {name: words(Address(("examples", name)), 0, rows) / 2.0**64 for name in ("fee", "calls", "plan", "label")}
    calls, plan = (chance["calls"] * 9).astype(np.int32), (chance["plan"] * 3).astype(int)
    odds = 0.8 * (calls - 4) + 1.5 * (plan == 0)
    features = pa.table(
        {
            "fee": pa.array(5 + 40 * chance["fee"], mask=chance["fee"] > 0.9),
            "calls": pa.array(calls),
            "plan": pa.array(np.array(["basic", "plus", "max"])[plan]).dictionary_encode(),
            "since": pa.array((20_000 + 300 * chance["fee"]).astype(np.int32)).view(pa.date32()),
        }
    )
    label = pa.array(chance["label"] < 1 / (1 + np.exp(-odds)))
    return Examples(pa.array(np.arange(rows)), pa.array([_CUT] * rows, MOMENT), features, label)


def predicts_before_training(subject: BlueprintSubject) -> Broken | None:
    """Before it has seen anything, a model gives everybody the share that it was told."""
    scores = subject.blueprint.untrained(_SHARE).predict(examples().features, _CUT)
    broken = _no_probabilities(scores, _ROWS)
    if broken or np.allclose(scores.to_numpy(), _SHARE, atol=1e-6):
        return broken
    return Broken(shown(scores[0].as_py()), f"{_SHARE}, the share that it was told")


def gives_probabilities(subject: BlueprintSubject) -> Broken | None:
    """A trained model gives one number from 0 to 1 a row, float64, never null."""
    return _no_probabilities(subject.fitted.predict(examples().features, _CUT), _ROWS)


def input_stays_as_it_is(subject: BlueprintSubject) -> Broken | None:
    """Neither learning nor predicting changes the tables that it is given, not even in their memory."""
    given = examples()
    before = _bytes(given)
    subject.blueprint.fit(given, _SEED).predict(given.features, _CUT)
    return None if _bytes(given) == before else Broken("examples that changed", "the tables as they were given")


def same_seed_same_model(subject: BlueprintSubject) -> Broken | None:
    """The same examples and seed give the same figures and predictions, in whatever order the examples come."""
    backwards = examples().take(np.arange(_ROWS)[::-1].copy())
    again = subject.blueprint.fit(backwards, _SEED)
    seen, expected = (each.predict(examples().features, _CUT) for each in (again, subject.fitted))
    broken = first_difference(seen, expected)
    if broken or _figures(again) == _figures(subject.fitted):
        return broken
    return Broken("other figures on the test", "those of the first fit")


def saved_and_loaded_equal(subject: BlueprintSubject) -> Broken | None:
    """A saved model read back predicts the same, bit for bit, with the same threshold."""
    from sandbox.models.saving import load, save

    with tempfile.TemporaryDirectory() as folder:
        save(subject.fitted, Path(folder))
        loaded = load(Path(folder))
    features = examples().features
    broken = first_difference(loaded.predict(features, _CUT), subject.fitted.predict(features, _CUT))
    if broken or loaded.threshold == subject.fitted.threshold:
        return broken
    return Broken(f"the threshold {loaded.threshold}", f"{subject.fitted.threshold}")


def one_row_scores_as_in_a_batch(subject: BlueprintSubject) -> Broken | None:
    """A row's score does not hang on the rows beside it: one request and a batch give the same."""
    features = examples().features
    batch = subject.fitted.predict(features, _CUT)
    for row in (0, 1, _ROWS - 1):
        broken = first_difference(subject.fitted.predict(features.slice(row, 1), _CUT), batch.slice(row, 1), row)
        if broken:
            return broken
    return None


def strangers_are_scored(subject: BlueprintSubject) -> Broken | None:
    """A category never seen, and a row of nulls, get probabilities like everybody."""
    features = examples(2).features
    strange = {"plan": pa.array(["never seen", None]).dictionary_encode()}
    columns = [
        strange.get(name, pa.array([features[name][0].as_py(), None], features[name].type))
        for name in features.column_names
    ]
    return _no_probabilities(subject.fitted.predict(pa.table(columns, features.column_names), _CUT), 2)


def a_missing_column_is_told(subject: BlueprintSubject) -> Broken | None:
    """Without a column that it learnt from, it says which; it does not guess."""
    used = [use.name for use in subject.fitted.columns if use.use == "used"]
    for name in used:
        try:
            subject.fitted.predict(examples().features.drop_columns([name]), _CUT)
        except InputError as error:
            if name not in str(error):
                return Broken(f"the error {shown(str(error))}", f"one that names '{name}'")
            continue
        return Broken(f"predictions without the column '{name}'", "an InputError that names it")
    return None


def one_class_is_learnt_or_refused(subject: BlueprintSubject) -> Broken | None:
    """Where the label is the same for all, it gives a model, or says why there is none."""
    for label in (False, True):
        broken = _learns_or_refuses(subject, replace(examples(), label=pa.array([label] * _ROWS)))
        if broken:
            return broken
    return None


def tiny_data_is_learnt_or_refused(subject: BlueprintSubject) -> Broken | None:
    """Of none, one or three examples it gives a model, or says why there is none."""
    for rows in (0, 1, 3):
        broken = _learns_or_refuses(subject, examples(rows))
        if broken:
            return broken
    return None


def _learns_or_refuses(subject: BlueprintSubject, few: Examples) -> Broken | None:
    try:
        fitted = subject.blueprint.fit(few, _SEED)
    except InputError:
        return None
    return _no_probabilities(fitted.predict(examples().features, _CUT), _ROWS)


def _no_probabilities(scores: Any, rows: int) -> Broken | None:
    if len(scores) != rows or scores.type != pa.float64():
        return Broken(f"{len(scores):,} values of {scores.type}", f"{rows:,} of double")
    if scores.null_count:
        return Broken(f"{scores.null_count:,} nulls", "a probability for every row")
    values = scores.to_numpy()
    wrong = values[~((values >= 0) & (values <= 1))]
    return Broken(shown(float(wrong[0])), "a probability from 0 to 1") if len(wrong) else None


def _figures(fitted: Fitted) -> str:
    return repr(sorted(fitted.metrics.items()))


def _bytes(given: Examples) -> bytes:
    whole = given.features.append_column("label", given.label).append_column("entity", given.entity)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, whole.schema) as stream:
        stream.write_table(whole)
    return bytes(sink.getvalue().to_pybytes())


SUITE = Suite(
    "sandbox.blueprints",
    (
        predicts_before_training,
        gives_probabilities,
        input_stays_as_it_is,
        same_seed_same_model,
        saved_and_loaded_equal,
        one_row_scores_as_in_a_batch,
        strangers_are_scored,
        a_missing_column_is_told,
        one_class_is_learnt_or_refused,
        tiny_data_is_learnt_or_refused,
    ),
)
