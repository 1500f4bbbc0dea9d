"""The report's part on fairness: who is served how, by the groups that the scenario names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.report.fairness_charts import fairness_by_group
from sandbox.report.page import Html, Page, paragraphs, table, text
from sandbox.runs.record import ModelRecord, RunRecord
from sandbox.scenario.gates import read_gate
from sandbox.scenario.language.fairness import PARITY

_MEANS = {
    "demographic_parity_difference": "how often they are selected",
    "demographic_parity_ratio": "the same, the least by the most",
    "equalized_odds_difference": "how often they are rightly or wrongly selected",
    "equalized_odds_ratio": "the same, the least by the most",
    "equal_opportunity_difference": "how often those are found whom it concerns",
    "calibration_difference": "how far scores promise too much or too little",
}
_RATES = {"calibration_gap": "mean score less what came"}


def fairness_section(page: Page, model: ModelRecord, record: RunRecord) -> Html:
    """Every grouping of a model; empty where it has none."""
    if not model.fairness:
        return ""
    words = (
        "Each group's rates on the test, with 95 % intervals; the dotted line is that of all groups together. Below: "
        "the largest gap between any two groups, with an interval that holds for all pairs at once."
    )
    cards = "".join(_grouping(page, model, each, record) for each in model.fairness)
    return f'<h3>Fairness by group</h3><p class="soft">{words}</p>{cards}'


def _grouping(page: Page, model: ModelRecord, found: Mapping[str, Any], record: RunRecord) -> Html:
    by = text(found["by"].replace("_", " "))
    drawn = page.figure(fairness_by_group(found["groups"]), f"rates of {model.name} by {found['by']}")
    bars = _bars(model, found["by"], record)
    rows = [
        [
            f"{text(each['name'].replace('_', ' '))}{_verdict(bars.get(each['name']))}"
            f'<br><span class="soft">{_MEANS[each["name"]]}</span>',
            f"<b>{each['found']['value']:.3f}</b>",
            f"{each['found']['low']:.3f} to {each['found']['high']:.3f}",
            _between(each),
        ]
        for each in found["parities"]
        if each["found"]["value"] is not None and each["found"]["low"] is not None
    ]
    header = ["between groups", "is", "95 % interval", "lowest and highest"]
    parities = table(header, rows, numbers=(1, 2)) if rows else ""
    sizes = ", ".join(f"{each['name']} {each['examples']:,}" for each in found["groups"])
    told = [f"Test examples: {sizes}."] if sizes else []
    told += [remark[:1].upper() + remark[1:] for remark in found["remarks"]]
    return f'<div class="card"><b>By {by}</b>{drawn}{parities}<div class="soft">{paragraphs(told)}</div></div>'


def _between(found: Mapping[str, Any]) -> Html:
    if not found["lowest"]:
        return "–"
    rate = _RATES.get(found["rate"], found["rate"].replace("_", " "))
    return f'{text(found["lowest"])} and {text(found["highest"])}<br><span class="soft">{text(rate)}</span>'


def _bars(model: ModelRecord, by: str, record: RunRecord) -> dict[str, str]:
    """How the gates on this grouping ended, by the parity that they ask for; the worst where there are several."""
    worst = ("fails", "undetermined", "holds")
    found: dict[str, str] = {}
    for line in record.gates:
        gate = read_gate(line.text)
        grouping, _, figure = gate.figure.partition(".")
        if gate.subject == model.name and grouping in (PARITY, by) and figure:
            name = figure.partition(".")[0]
            found[name] = min(found.get(name, "holds"), line.verdict, key=worst.index)
    return found


def _verdict(verdict: str | None) -> Html:
    return f' <span class="tag {verdict}">gate {verdict}</span>' if verdict else ""
