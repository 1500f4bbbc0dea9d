"""The report's part on models: the champion between a model that knows nothing and the truth, and why."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from sandbox.models.curves import Curves, curves
from sandbox.models.metrics import Outcome
from sandbox.models.words import METRIC_TITLES as TITLES
from sandbox.report.charts import calibration, importance, leaderboard, roc
from sandbox.report.fairness_section import fairness_section
from sandbox.report.page import Html, Page, paragraphs, table, text
from sandbox.report.review_section import review_section
from sandbox.runs.differences import TEST_FILE
from sandbox.runs.folder import RunFolder
from sandbox.runs.record import ModelRecord, RunRecord
from sandbox.scenario.gates import read_gate

SHOWN = ("balanced_accuracy", "roc_auc", "average_precision", "accuracy", "log_loss", "brier", "calibration_error")


def model_section(page: Page, model: ModelRecord, record: RunRecord, run: RunFolder) -> Html:
    """One model of a run."""
    if not model.card:
        return f'<p class="about">Predicts: {text(model.label)}.</p>{_no_model(model)}'
    return (
        f'<p class="about">Predicts: {text(model.label)}. {text(_summary(model))}</p>'
        f'<div class="card">{_leaderboard(page, model, record)}{_left_to_win(model)}</div>'
        f'<div class="card">{_metrics(model)}<p>{text(_confusion(model))}</p></div>'
        f'<div class="figures">{_pictures(page, model, run)}</div>'
        f"{fairness_section(page, model, record)}{review_section(page, model)}"
        f'<div class="card"><p><b>What was done</b></p>{paragraphs(model.card["sentences"])}{_mind(model)}</div>'
        f"<details><summary>The features' SQL</summary><pre>{text(model.features_sql)}</pre></details>"
    )


def _no_model(model: ModelRecord) -> Html:
    return f'<div class="card"><b>There is no model.</b> {text(model.failure)}</div>'


def _leaderboard(page: Page, model: ModelRecord, record: RunRecord) -> Html:
    judge = model.card["judge"]
    standings = [
        {"title": item["title"], "champion": item["kept"], **item["metrics"][judge]}
        for item in model.card["leaderboard"]
        if item["metrics"][judge]["value"] is not None
    ]
    if not standings:
        return "<p>The test is too small for a figure.</p>"
    realised = model.oracle["realised"][judge] if model.oracle else None
    figure = leaderboard(standings, judge, realised, _bar(record, model.name, judge))
    return page.figure(figure, f"{TITLES[judge]} of each candidate for {model.name}; the table below has the figures")


def _summary(model: ModelRecord) -> str:
    sides = model.card["sides"]
    return (
        f"Learnt from {sides['training']:,} examples, tested on {sides['test']:,} others, "
        f"{sides['test_positive_share']:.1%} of which are positive."
    )


def _confusion(model: ModelRecord) -> str:
    """What a yes of the champion is worth, for somebody who has to act on it."""
    counts = model.card["confusion"]
    said, came = counts["true_positive"] + counts["false_positive"], counts["true_positive"] + counts["false_negative"]
    if not said or not came:
        return ""
    right = counts["true_positive"]
    return (
        f"The champion says yes to {said:,} of the {sum(counts.values()):,} test examples; {right:,} of these "
        f"came true ({right / said:.0%}), which is {right / came:.0%} of the {came:,} that did."
    )


def _left_to_win(model: ModelRecord) -> Html:
    """How far the champion is from the truth, in words; only where the world is simulated."""
    judge = model.card["judge"]
    reached = model.card["metrics"][judge]["value"]
    if not model.oracle or reached is None or model.oracle["realised"][judge]["value"] is None:
        return ""
    best = model.oracle["realised"][judge]
    expected = model.oracle["expected"].get(judge)
    span = f" ({best['low']:.3f} to {best['high']:.3f})" if best["low"] is not None else ""
    sentence = (
        f"The oracle, which knows the true probability of everybody at the cut, reaches {best['value']:.3f}{span}: "
        "up to there something is left to win, the rest is chance that no model can foretell."
    )
    if expected:
        mean, error = expected["value"], expected["standard_error"]
        sentence += f" Over all the ways the labels could have fallen it would reach {mean:.3f} ± {error:.3f}."
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
        spread = f'<br><span class="soft">{estimate["low"]:.3f} to {estimate["high"]:.3f}</span>'
    return (f"<b>{value}</b>" if bold else value) + spread


def _pictures(page: Page, model: ModelRecord, run: RunFolder) -> Html:
    cards = []
    items = [item for item in model.card["importance"] if item["value"] is not None]
    if items:
        told = f"How much {TITLES[model.card['judge']]} it loses when a feature is shuffled."
        drawn = page.figure(importance(items), f"importance of the features of {model.name}")
        cards.append(("wide", "Which features it goes by", f'<p class="soft">{text(told)}</p>{drawn}'))
    found = _curves(model, run)
    if found is not None:
        drawn = page.figure(roc(found.false_positive_rate, found.true_positive_rate), f"ROC curve of {model.name}")
        cards.append(("", "Who is found, and who is disturbed", drawn))
        figure = calibration(found.predicted, found.observed, found.count)
        drawn = page.figure(figure, f"calibration of {model.name}")
        cards.append(("", "Does a probability mean what it says?", drawn))
    return "".join(f'<div class="card {width}"><b>{text(title)}</b>{drawn}</div>' for width, title, drawn in cards)


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
