"""The report's part on campaigns: what a contact did beside a holdout, whether that was true, whom to contact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.report.campaign_charts import effects, profit
from sandbox.report.page import Html, Page, paragraphs, table, text
from sandbox.runs.record import RunRecord


def campaign_section(page: Page, found: Mapping[str, Any], record: RunRecord) -> Html:
    """One campaign of a run."""
    label = next((model.label for model in record.models if model.name == found["model"]), "it happens")
    chosen = (found["contacted"] + found["holdout"]) / found["scored"]
    drawn = page.figure(profit(found["thresholds"], chosen), f"profit of {found['name']} by threshold")
    bands = page.figure(effects(found["bands"], "change by a contact"), f"effect of {found['name']} by score")
    return (
        f'<p class="about">{text(found["about"])}</p><p class="soft">{text(_what(found, label))}</p>'
        f'<div class="card">{_beside(found)}</div>'
        f'<div class="card"><b>Whom to contact</b>{drawn}{paragraphs(_advice(found))}</div>'
        f'<div class="card"><b>Whom a contact moves</b>{bands}</div>'
    )


def _what(found: Mapping[str, Any], label: str) -> str:
    sizes = f"{found['contacted']:,} were contacted and {found['holdout']:,} left alone, by chance"
    true = "" if found.get("is_likely", True) else " True is what came of all, with a contact and without."
    worth = f"an event is worth {found['event_worth']:,.0f}, a contact costs {found['contact_costs']:,.2f}"
    return (
        f"On {found['day']} {found['model']} scored {found['scored']:,} customers. Of those with "
        f"{found['threshold']:.3f} or more, {sizes}. Counted is whether {label}; {worth}.{true}"
    )


def _beside(found: Mapping[str, Any]) -> Html:
    """Estimates beside what was true."""
    rows = [
        _row(
            "it happened", found["rate_holdout"], found["rate_contacted"], found["effect"], found["true_effect"], ".1%"
        ),
        _row("profit of contacting all of them", None, None, found["profit"], found["true_profit"], ",.0f"),
    ]
    header = ["", "left alone", "contacted", "difference", "true", "interval holds it"]
    return table(header, rows, numbers=(1, 2, 3, 4))


def _row(
    name: str, one: float | None, other: float | None, seen: Mapping[str, Any], true: float, form: str
) -> list[Html]:
    known = seen["low"] is not None
    signed = f"+{form}"
    ends = f'<br><span class="soft">{seen["low"]:{signed}} to {seen["high"]:{signed}}</span>' if known else ""
    holds = known and seen["low"] <= true <= seen["high"]
    tag = f'<span class="tag {"holds" if holds else "fails"}">{"yes" if holds else "no"}</span>' if known else "–"
    return [
        f"<b>{text(name)}</b>",
        "–" if one is None else f"{one:{form}}",
        "–" if other is None else f"{other:{form}}",
        f"{seen['value']:{signed}}{ends}" if known else "too few to tell",
        f"<b>{true:{signed}}</b>",
        tag,
    ]


def _advice(found: Mapping[str, Any]) -> list[str]:
    known = [each for each in found["thresholds"] if each["profit"]["value"] is not None]
    true = max(found["thresholds"], key=lambda each: each["true_profit"])
    told = []
    if known:
        best = max(known, key=lambda each: each["profit"]["value"])
        loss = true["true_profit"] - best["true_profit"]
        told.append(
            f"By the holdout, contact scores from {best['score']:.3f} on ({best['share']:.0%} of all): "
            f"{best['profit']['value']:,.0f} ({best['profit']['low']:,.0f} to {best['profit']['high']:,.0f}). Of many "
            "thresholds the best looks better than it is."
        )
        earns = f"That threshold truly earns {best['true_profit']:,.0f}"
        told.append(f"{earns}, {loss:,.0f} less than the best one." if loss > 0 else f"{earns}, and none earns more.")
    told.append(f"Truly best is {true['score']:.3f} ({true['share']:.0%} of all): {true['true_profit']:,.0f}.")
    told.append("Below a campaign's own threshold nobody was contacted, so nothing can be estimated there.")
    return told
