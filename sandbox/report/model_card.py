"""A model card as Markdown, for a wiki: what the model is for, what it learnt from, how good it is, what to mind."""

from __future__ import annotations

from typing import Any

from sandbox.models.words import METRIC_TITLES as TITLES
from sandbox.runs.record import ModelRecord, RunRecord


def model_card(model: ModelRecord, record: RunRecord) -> str:
    """One model of a run, in the order of Mitchell et al., Model Cards for Model Reporting (2019)."""
    lines = [
        f"# Model card: {model.name}",
        "",
        f"From run {record.scenario}/{record.number:04d}, seed {record.seed}.",
        "",
    ]
    lines += ["## What it predicts", "", f"That {model.label}.", ""]
    if not model.card:
        return "\n".join([*lines, f"There is no model: {model.failure}", ""])
    card = model.card
    lines += ["## How it came about", "", *[f"- {sentence}" for sentence in card["sentences"]], ""]
    lines += ["## How good it is", "", _header(card, model.oracle is not None), _rule(card, model.oracle is not None)]
    lines += [_row(name, title, model) for name, title in TITLES.items() if name in card["metrics"]]
    if model.oracle:
        lines += [
            "",
            "The oracle knows the true probabilities of the simulated world; no model can be expected to beat it.",
        ]
    lines += _fairness(model)
    lines += ["", "## What it goes by", ""]
    lines += [
        f"- {item['column']}: {item['value']:.3f} when shuffled"
        for item in card["importance"]
        if item["value"] is not None
    ]
    lines += ["", "## What to mind", "", *[f"- {remark}" for remark in _remarks(model, record)], ""]
    return "\n".join(lines)


def _fairness(model: ModelRecord) -> list[str]:
    """How far groups lie apart, a table a grouping."""
    lines: list[str] = []
    for audit in model.fairness:
        lines += ["", f"### By {audit['by']}", ""]
        told = [each for each in audit["parities"] if each["found"]["value"] is not None]
        if told:
            lines += ["| between groups | 95 % interval | lowest, highest |", "|---|---|---|"]
        for each in told:
            title, found = each["name"].replace("_", " "), _figure(each["found"])
            lines.append(f"| {title} | {found} | {each['lowest']}, {each['highest']} |")
        lines += [f"- {remark}" for remark in audit["remarks"]]
    return ["", "## For whom", *lines] if lines else []


def _header(card: dict[str, Any], oracle: bool) -> str:
    titles = [item["title"] for item in card["leaderboard"]]
    return "| metric | " + " | ".join([*titles, *(["oracle"] if oracle else [])]) + " |"


def _rule(card: dict[str, Any], oracle: bool) -> str:
    return "|---" * (1 + len(card["leaderboard"]) + oracle) + "|"


def _row(name: str, title: str, model: ModelRecord) -> str:
    cells = [_figure(item["metrics"].get(name)) for item in model.card["leaderboard"]]
    if model.oracle:
        cells.append(_figure(model.oracle["realised"].get(name)))
    return f"| {title} | " + " | ".join(cells) + " |"


def _figure(estimate: dict[str, Any] | None) -> str:
    if estimate is None or estimate["value"] is None:
        return "–"
    return (
        f"{estimate['value']:.3f} [{estimate['low']:.3f}, {estimate['high']:.3f}]"
        if estimate["low"] is not None
        else f"{estimate['value']:.3f}"
    )


def _remarks(model: ModelRecord, record: RunRecord) -> list[str]:
    simulated = [item.name for item in record.datasets if item.source == "simulated"]
    remarks = []
    if len(simulated) == len(record.datasets):
        remarks = ["It learnt from simulated data: it shows that the product can be built, not how good it will be."]
    elif simulated:
        remarks = [f"It learnt from data of which a part is simulated: {', '.join(simulated)}."]
    remarks += [f"A feature that may know too much: {suspect}." for suspect in model.suspects]
    remarks += [f"{count:,} examples were left out: {reason}." for reason, count in model.dropped.items()]
    return remarks or ["Nothing was found to mind."]
