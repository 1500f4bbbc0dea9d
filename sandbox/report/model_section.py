"""The report's part on models: the champion between a model that knows nothing and the truth, and why."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from sandbox.models.curves import Curves, curves
from sandbox.models.metrics import Outcome
from sandbox.models.words import METRIC_TITLES as TITLES
from sandbox.report.charts import calibration, importance, leaderboard, roc
from sandbox.report.page import Html, Page, paragraphs, table, text
from sandbox.runs.folder import RunFolder
from sandbox.runs.differences import TEST_FILE
from sandbox.runs.record import ModelRecord, RunRecord
from sandbox.scenario.gates import read_gate

SHOWN = ("balanced_accuracy", "roc_auc", "average_precision", "accuracy", "log_loss", "brier", "calibration_error")


def model_section(page: Page, model: ModelRecord, record: RunRecord, run: RunFolder) -> Html:
    """One model of a run."""
    if not model.card:
        return f'<p class="about">Predicts: {text(model.label)}.</p><div class="card"><b>There is no model.</b> {text(model.failure)}</div>'
    card, judge = model.card, model.card["judge"]
    standings = [
        {"title": item["title"], "champion": item["kept"], **item["metrics"][judge]}
        for item in card["leaderboard"]
        if item["metrics"][judge]["value"] is not None
    ]
    realised = model.oracle["realised"][judge] if model.oracle else None
    picture = page.figure(
        leaderboard(standings, judge, realised, _bar(record, model.name, judge)), f"candidates of {model.name}"
    )
    return (
        f'<p class="about">Predicts: {text(model.label)}. {text(_summary(model))}</p>'
        f'<div class="card">{picture}{_left_to_win(model)}</div>'
        f'<div class="card">{_metrics(model)}</div>'
        f'<div class="figures">{_pictures(page, model, run)}</div>'
        f'<div class="card"><p><b>What was done</b></p>{paragraphs(card["sentences"])}{_mind(model)}</div>'
        f"<details><summary>The features' SQL</summary><pre>{text(model.features_sql)}</pre></details>"
    )


def _summary(model: ModelRecord) -> str:
    sides = model.card["sides"]
    return (
        f"Learnt from {sides['training']:,} examples, tested on {sides['test']:,} others, "
        f"{sides['test_positive_share']:.1%} of which are positive."
    )


def _left_to_win(model: ModelRecord) -> Html:
    """How far the champion is from the truth, in words; only where the world is simulated."""
    judge = model.card["judge"]
    reached = model.card["metrics"][judge]["value"]
    if not model.oracle or reached is None:
        return ""
    best = model.oracle["realised"][judge]
    expected = model.oracle["expected"].get(judge)
    sentence = (
        f"The oracle, which knows the true probability of every customer at the cut, reaches {best['value']:.3f} "
        f"[{best['low']:.3f}, {best['high']:.3f}]: that much is left to win, and the rest is chance that no model can foretell."
    )
    if expected:
        sentence += f" Over all the ways the labels could have fallen it would reach {expected['value']:.3f} ± {expected['standard_error']:.3f}."
    return f"<p>{text(sentence)}</p>"


def _metrics(model: ModelRecord) -> Html:
    """Every metric of every candidate, beside the oracle."""
    board = model.card["leaderboard"]
    header = ["on the test", *[item["title"] for item in board], *(["oracle"] if model.oracle else [])]
    rows = []
    for name in SHOWN:
        cells = [_estimate(item["metrics"].get(name), bold=item["kept"]) for item in board]
        if model.oracle:
            cells.append(_estimate(model.oracle["realised"].get(name), bold=False))
        rows.append([text(TITLES[name]), *cells])
    return table(header, rows, numbers=tuple(range(1, len(header))))


def _estimate(estimate: dict[str, Any] | None, bold: bool) -> Html:
    if estimate is None or estimate["value"] is None:
        return "–"
    value = f"{estimate['value']:.3f}"
    spread = ""
    if estimate["low"] is not None and estimate["high"] > estimate["low"]:
        spread = f'<br><span class="mask">{estimate["low"]:.3f} – {estimate["high"]:.3f}</span>'
    return (f"<b>{value}</b>" if bold else value) + spread


def _pictures(page: Page, model: ModelRecord, run: RunFolder) -> Html:
    cards = []
    if model.card["importance"]:
        cards.append(
            (
                "Which features it goes by",
                page.figure(importance(model.card["importance"]), f"importance for {model.name}"),
            )
        )
    found = _curves(model, run)
    if found is not None:
        cards.append(
            (
                "Who is found, and who is disturbed",
                page.figure(roc(found.false_positive_rate, found.true_positive_rate), f"ROC curve of {model.name}"),
            )
        )
        cards.append(
            (
                "Does a probability mean what it says?",
                page.figure(calibration(found.predicted, found.observed, found.count), f"calibration of {model.name}"),
            )
        )
    return "".join(f'<div class="card"><b>{text(title)}</b>{picture}</div>' for title, picture in cards)


def _curves(model: ModelRecord, run: RunFolder) -> Curves | None:
    """The champion's curves, out of the test examples that the run kept."""
    file = run.model(model.name) / TEST_FILE
    if not file.exists():
        return None
    test = pq.read_table(file)
    outcome = Outcome.of(test["score"].to_numpy(), test["label"].to_numpy(), threshold=model.card["threshold"])
    return curves(outcome)


def _bar(record: RunRecord, model: str, metric: str) -> float | None:
    """What a gate asks of this model's judged metric."""
    for line in record.gates:
        gate = read_gate(line.text)
        if (gate.subject, gate.figure) == (model, metric):
            return gate.bar
    return None


def _mind(model: ModelRecord) -> Html:
    told = [f"Left out: {count:,} examples, {reason}." for reason, count in model.dropped.items()]
    told += [f"Too good to be true? {suspect}" for suspect in model.suspects]
    return f"<p><b>Mind</b></p>{paragraphs(told)}" if told else ""
