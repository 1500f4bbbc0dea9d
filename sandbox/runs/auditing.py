"""Whom a model of a run serves how well: its answers on the test by the groups that the scenario names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address
from sandbox.errors import InputError, Problem
from sandbox.fairness.audit import Audit, audit
from sandbox.mart import Mart
from sandbox.mart.groups import UNKNOWN, groups
from sandbox.models.base import Estimate
from sandbox.runs.record import ModelRecord
from sandbox.scenario.language import Model
from sandbox.scenario.language.fairness import PARITY
from sandbox.scenario.language.review import REVIEW, REVIEW_FIGURES

if TYPE_CHECKING:
    from sandbox.models.fitted import Fitted

_UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"))


def audits_of(mart: Mart, name: str, model: Model, entity: str, fitted: Fitted, test: pa.Table) -> list[Audit]:
    """An audit for each grouping that a model has.

    Args:
        test: its test with the answers that are audited, which people may have reviewed.

    Raises:
        InputError: an expression fails on a value.
    """
    fairness = model.fairness
    if fairness is None or not len(test):
        return []
    moments = sorted(pc.unique(test["moment"].combine_chunks().cast(pa.int64())).to_pylist())
    try:
        known = groups(mart, model.of, entity, fairness.groupings, moments)
    except InputError as error:
        path = f"models.{name}.fairness.by"
        raise InputError([Problem(problem.message, path) for problem in error.problems]) from None
    known = known.set_column(0, "entity", known["entity"].cast(test.schema.field("entity").type))
    joined = test.append_column("_row", pa.array(range(len(test)))).join(known, ["entity", "moment"])
    joined = joined.sort_by("_row").combine_chunks()
    address = Address((fitted.seed, "models", name, "fairness"))
    return [
        audit(
            by,
            joined,
            pc.fill_null(joined[by], UNKNOWN).combine_chunks(),
            address.of(by),
            bootstrap=getattr(fitted.config, "bootstrap", 1000),
            least=fairness.least,
        )
        for by in fairness.groupings
    ]


def parity_of(model: ModelRecord, figure: str) -> tuple[Estimate, str]:
    """What a gate asks of a model's groups or of its review, and a remark where nothing can be said.

    Of an end, `region.equalized_odds_difference.high`, the value and both ends are that end.
    """
    audits = model.fairness
    if figure.startswith(f"{REVIEW}."):
        figure, audits = figure.removeprefix(f"{REVIEW}."), model.fairness_reviewed
        if figure in REVIEW_FIGURES:
            return _of_review(model, figure)
    by, name, *end = figure.split(".")
    found = next((each for each in audits if by in (PARITY, each["by"])), None)
    if found is None:
        return _UNKNOWN, "the test has no examples to tell groups apart by."
    parity = next((each["found"] for each in found["parities"] if each["name"] == name), None)
    if parity is None or parity["value"] is None:
        return _UNKNOWN, " ".join(found["remarks"]) or f"{by}: no two groups can be held against each other."
    return _end(parity, end), ""


def _of_review(model: ModelRecord, figure: str) -> tuple[Estimate, str]:
    found = model.review
    if found is None:
        return _UNKNOWN, "the test has no decisions to review."
    name, *end = figure.split(".")
    if name == "saved":
        return _end(found["saved"], end), ""
    plain = {"reached": found["waiting"]["reached"], "wait_hours": found["waiting"]["mean_hours"], **found["after"]}
    value = plain[name]
    return (_UNKNOWN, "nothing was reviewed.") if value is None else (Estimate(value, value, value), "")


def _end(found: Mapping[str, float | None], end: Sequence[str]) -> Estimate:
    """A figure with its interval, or one end of it alone; NaN for what is not known."""
    value, low, high = (float("nan") if found[key] is None else found[key] for key in ("value", "low", "high"))
    if not end:
        return Estimate(value, low, high)  # type: ignore[arg-type]
    alone = low if end[0] == "low" else high
    return Estimate(alone, alone, alone)  # type: ignore[arg-type]


def is_parity(figure: str) -> bool:
    """Whether a figure is one of parity or review: those of models themselves have no dot."""
    return figure.partition(".")[1] != ""


def plain(audits: Sequence[Audit]) -> list[dict[str, Any]]:
    """Audits as a record keeps them: null for what is not defined."""
    return [without_nan(each.to_dict()) for each in audits]


def without_nan(value: Any) -> Any:
    """Plain values in which what is not a number is nothing."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and value != value else value
