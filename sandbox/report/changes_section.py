"""The report's part on what changed over time: what was done to what, when, and to how many."""

from __future__ import annotations

from sandbox.report.page import Html, table, text
from sandbox.runs.record import ChangeRecord, RunRecord

_COLUMNS = ["change", "kind", "what it did", "from", "to", "times", "reached"]


def changes_section(record: RunRecord) -> Html:
    """The ledger of changes, each effect of a change in a line."""
    rows = [
        [
            f"<b>{text(each.change or each.dataset)}</b>",
            text(each.kind),
            f'<span class="words">{text(effect(each))}</span>',
            text(_moment(each.starts)),
            text(_moment(each.ends) if each.ends else "stays"),
            f"{each.times:,}",
            _whom(each),
        ]
        for each in record.changes
    ]
    words = "Declared in the scenario. Each time and whom it reached stand in the run's truth, for scoring a detector."
    return f'<div class="card">{table(_COLUMNS, rows, numbers=(5, 6))}</div><p class="soft">{words}</p>'


def effect(change: ChangeRecord) -> str:
    """What a change did, in words."""
    if change.effect == "visits":
        said = f"{change.size:g} times as many visits in {change.dataset}" if change.size else f"no {change.dataset}"
    elif change.effect == "nulls":
        said = f"{change.dataset}.{change.column} comes as null in {change.size:.0%} of rows"
    elif change.effect == "adds":
        said = f"{change.dataset} gains {change.column}"
    elif change.effect == "launch":
        said = f"{change.times:,} new in {change.dataset}"
    elif change.effect == "sets":
        said = f"{change.dataset}.{change.column} changes"
    else:
        said = f"weights or choices of {change.dataset}"
    return f"{said}. {change.about}".removesuffix(". ")


def _whom(change: ChangeRecord) -> str:
    if change.reached is not None:
        return f"{change.reached:,}"
    return "all" if change.share == 1.0 else f"{change.share:.0%}"


def _moment(iso: str) -> str:
    return iso[:16].replace("T", " ")
