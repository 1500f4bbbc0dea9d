"""The report's part on review: what people changed of a model's decisions, how long these waited, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.report.page import Html, Page, table, text
from sandbox.report.review_charts import costs, waiting
from sandbox.runs.record import ModelRecord

_COUNTS = ("true_positive", "false_positive", "true_negative", "false_negative")
_TITLES = ("rightly yes", "wrongly yes", "rightly no", "wrongly no")


def review_section(page: Page, model: ModelRecord) -> Html:
    """The review of a model's decisions; empty where there is none."""
    found = model.review
    if found is None:
        return ""
    if not found["in_band"]:
        return '<h3>Review by people</h3><div class="card">No decision of the test lies in the band.</div>'
    drawn = page.figure(costs(found["before"], found["after"]), f"costs of {model.name} with and without review")
    queue = page.figure(waiting(found["waiting"]), f"decisions of {model.name} that wait for a reviewer")
    return (
        f'<h3>Review by people</h3><p class="soft">{text(_summary(found))}</p>'
        f'<div class="card"><b>What review changed</b>{drawn}{_table(model, found)}</div>'
        f'<div class="card"><b>Who waits</b>{queue}<p class="soft">{text(_queue(found["waiting"]))}</p></div>'
    )


def _summary(found: Mapping[str, Any]) -> str:
    share = found["in_band"] / found["decisions"]
    saved = found["saved"]
    said = (
        f"{found['in_band']:,} of {found['decisions']:,} decisions ({share:.0%}) lie in the band of doubt; "
        f"{found['reviewed']:,} were reviewed in time, {found['changed']:,} answers were changed, {found['mended']:,} "
        "of them rightly. "
    )
    if not found["before"]["cost"] and not found["after"]["cost"]:
        return said
    ends = "" if saved["low"] is None else f" ({saved['low']:,.0f} to {saved['high']:,.0f})"
    return f"{said}Review saves {saved['value']:,.0f}{ends}, reviewers paid."


def _table(model: ModelRecord, found: Mapping[str, Any]) -> Html:
    rows = []
    for title, side, audits in (
        ("model alone", found["before"], model.fairness),
        ("with review", found["after"], model.fairness_reviewed),
    ):
        counts = [f"{side['confusion'][name]:,}" for name in _COUNTS]
        figures = [_share(side["balanced_accuracy"]), f"{side['cost']:,.0f}"]
        rows.append([f'<b class="whole">{title}</b>', *counts, *figures, *[_odds(audit) for audit in audits]])
    by = [f"odds gap by {audit['by'].replace('_', ' ')}" for audit in model.fairness]
    header = ["", *_TITLES, "balanced accuracy", "cost", *by]
    return table(header, rows, numbers=tuple(range(1, len(header))))


def _odds(audit: Mapping[str, Any]) -> Html:
    """The equalized odds difference of one grouping."""
    name = "equalized_odds_difference"
    found = next((each["found"] for each in audit["parities"] if each["name"] == name), None)
    if found is None or found["value"] is None or found["low"] is None:
        return "–"
    return f'{found["value"]:.3f}<br><span class="soft">{found["low"]:.3f} to {found["high"]:.3f}</span>'


def _share(value: float | None) -> Html:
    return "–" if value is None else f"{value:.3f}"


def _queue(found: Mapping[str, Any]) -> str:
    if found["mean_hours"] is None:
        return "Nobody was reached in time."
    return (
        f"{found['reached']:.0%} were reached in time, after {found['mean_hours']:.1f} hours on average, 95 % of them "
        f"within {found['most_hours']:.1f}; nights and weekends count. The reviewers were busy {found['busy']:.0%} of "
        "their hours. Whoever was not reached got the model's answer."
    )
