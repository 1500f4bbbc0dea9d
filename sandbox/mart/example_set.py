"""Examples: who was there at a cut, what was known of them then, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Contract
from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.mart.cut import Mart, time_of
from sandbox.mart.features import FeaturePlan, check_features, feature_rows
from sandbox.mart.labels import positives, require_known
from sandbox.mart.living import LivingMart
from sandbox.mart.sql_text import Sql, read_sql

if TYPE_CHECKING:
    from sandbox.scenario.language import Label, Model

_MOMENT = pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class Question:
    """What a model asks: whose future (`entity`, a column of the dataset `of`), when, what, and from which features."""

    name: str
    of: str
    entity: str
    moments_us: tuple[int, ...]
    label: Label
    features: Sql


@dataclass(frozen=True, slots=True)
class MomentCount:
    """What one cut gave: its examples, and how many are true.

    Left out are `gone`, who had a row of features but were not there any more, or not yet; and `bare`, who were there
    and had none, which is how a feature SQL says whom a model is about (`WHERE plan = 'basic'`).
    """

    moment_us: int
    rows: int
    positive: int
    gone: int
    bare: int


@dataclass(frozen=True)
class Examples:
    """What a model learns from, one row an entity and moment, ordered by moment and entity.

    `entity` holds ids, `moment` the cut as timestamp[us, UTC], `features` what was known then, `label` (bool) what came
    in the `window` after it.
    """

    entity: pa.Array
    moment: pa.Array
    features: pa.Table
    label: pa.Array
    window: timedelta
    moments: tuple[MomentCount, ...]


def question(
    model_name: str,
    model: Model,
    moments_us: tuple[int, ...],
    contracts: Mapping[str, Contract],
    folder: Path | str = ".",
) -> Question:
    """What a scenario's model asks; its feature SQL is read from `folder`.

    Raises:
        InputError: no such dataset, no entity in it, or no file of features.
    """
    from sandbox.scenario.binding.models import entity_of

    path = f"models.{model_name}"
    if model.of not in contracts:
        raise InputError(Problem(f"unknown dataset '{model.of}'.{did_you_mean(model.of, contracts)}", f"{path}.of"))
    entity = entity_of(model, contracts[model.of])
    if entity is None:
        raise InputError(Problem(f"'{model.of}' has no single key; add `entity: <column>`.", path))
    try:
        features = read_sql(model.features, folder)
    except InputError as error:
        raise InputError([Problem(problem.message, f"{path}.features") for problem in error.problems]) from None
    return Question(model_name, model.of, entity, tuple(moments_us), model.label, features)


def examples(mart: Mart, question: Question) -> Examples:
    """The examples of every moment that the question names.

    The entities are those that the features give; of a history, those among them with an open version at the cut.

    Raises:
        InputError: features that do not stand, a label that is not yet known, a moment at which nobody is there.
    """
    plan = planned(mart, question)
    require_known(mart, question)
    cuts = [_at(mart, question, plan, moment_us) for moment_us in sorted(set(question.moments_us))]
    tables = [table for table, _ in cuts]
    whole = pa.concat_tables(tables).combine_chunks()
    return Examples(
        entity=_column(whole, plan.entity),
        moment=pa.concat_arrays([_constant(count.moment_us, count.rows) for _, count in cuts]),
        features=whole.select(list(plan.columns)),
        label=_column(whole, _LABEL),
        window=question.label.window,
        moments=tuple(count for _, count in cuts),
    )


def feature_table(mart: Mart | LivingMart, question: Question, moment_us: int) -> pa.Table:
    """The features at one moment, the entity first: to predict what nobody knows yet."""
    return _who_and_what(mart, question, planned(mart, question), moment_us)[0]


def planned(mart: Mart | LivingMart, question: Question) -> FeaturePlan:
    """The question's features, judged against the mart's contracts. Raises InputError as `check_features` does."""
    contract = mart.contract(question.of)
    contract.column(question.entity)
    return check_features(question.features, mart.contracts, question.entity, question.of, mart.zone)


_LABEL = "_sandbox_label"


def _at(mart: Mart, question: Question, plan: FeaturePlan, moment_us: int) -> tuple[pa.Table, MomentCount]:
    table, gone, bare = _who_and_what(mart, question, plan, moment_us)
    if not table.num_rows:
        when = f"{time_of(moment_us):%Y-%m-%d %H:%M} UTC"
        told = f"nobody of {question.of} is there with features at {when}; choose a later moment."
        raise InputError(Problem(told, f"models.{question.name}.at.{question.moments_us.index(moment_us)}"))
    entity = _column(table, plan.entity)
    label = pc.is_in(entity, value_set=positives(mart, question, moment_us).cast(entity.type))
    count = MomentCount(moment_us, table.num_rows, pc.sum(label).as_py(), gone, bare)
    return table.append_column(_LABEL, label), count


def _who_and_what(
    mart: Mart | LivingMart, question: Question, plan: FeaturePlan, moment_us: int
) -> tuple[pa.Table, int, int]:
    """The features of those who are there; how many had features but are not there, how many the other way round."""
    contract = mart.contract(question.of)
    columns = {dataset: set(names) for dataset, names in plan.reads.items()}
    if contract.valid_from:
        columns.setdefault(question.of, set()).update((plan.entity, contract.valid_to or ""))
    with mart.at(moment_us, columns) as cut:
        features = feature_rows(cut, plan)
        if not contract.valid_from:
            return features, 0, 0
        there = cut.there(question.of, plan.entity).cast(features.schema.field(plan.entity).type)
    table = features.filter(pc.is_in(features.column(plan.entity), value_set=there)).combine_chunks()
    return table, features.num_rows - table.num_rows, len(there) - table.num_rows


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _constant(moment_us: int, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(moment_us, pa.int64()), rows).cast(_MOMENT)
