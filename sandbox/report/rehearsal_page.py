"""The page of a rehearsal: each fault against who detects it, and what verify and gap said of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.rehearse.faults import KINDS
from sandbox.rehearse.rehearsal import Rehearsal, Trial
from sandbox.rehearse.scoring import Verdict
from sandbox.report.page import Html, Page, facts, table, text
from sandbox.whole import write_whole

_TAGS = {"named": "holds", "found": "undetermined", "missed": "fails"}


def write_rehearsal_page(path: Path, name: str, rehearsal: Rehearsal) -> None:
    """Write the page. Raises OutsideError: the disk does not take it."""
    write_whole(path, rehearsal_html(name, rehearsal))


def rehearsal_html(name: str, rehearsal: Rehearsal) -> Html:
    """The whole page as HTML."""
    page = Page(f"{name} · the swap rehearsed")
    page.section("faults", "Faults and who sees them", _matrix(rehearsal))
    page.section("said", "What was said", _said(rehearsal.trials))
    if rehearsal.alarms:
        rows = [[f"<b>{text(dataset)}</b>", text(said)] for dataset, said in rehearsal.alarms]
        body = table(["dataset to which nothing was done", "what verify says"], rows)
        page.section("alarms", "False alarms", f'<div class="card warning">{body}</div>')
    page.section("how", "How to read it", _HOW)
    return page.html(_header(name, rehearsal))


def _header(name: str, rehearsal: Rehearsal) -> Html:
    trials = rehearsal.trials
    named = sum(trial.is_found for trial in trials)
    told = {
        "faults": f"{len(trials)}",
        "named by verify": f"{sum(trial.verify.seen == 'named' for trial in trials)}",
        "seen by gap": f"{sum(trial.gap.seen != 'missed' for trial in trials)}",
        "false alarms": f"{len(rehearsal.alarms)}",
    }
    verdict = "Every fault would be named" if rehearsal.holds else f"{named} of {len(trials)} faults would be named"
    return (
        f'<h1>{text(name.replace("_", " "))}</h1><p class="about">The swap rehearsed: what if the real data came '
        f'like this?</p>{facts(told)}<div class="verdict {"holds" if rehearsal.holds else "fails"}">'
        f"<strong>{text(verdict)}</strong><span>Each fault was done to a pretended real feed, alone.</span></div>"
    )


def _matrix(rehearsal: Rehearsal) -> Html:
    rows = [
        [
            f"<b>{text(KINDS[trial.kind])}</b>",
            text(trial.dataset),
            text(trial.done),
            _tag(trial.verify),
            _tag(trial.gap),
            text(trial.named_by or "–"),
        ]
        for trial in rehearsal.trials
    ]
    rows += [
        [f"<b>{text(KINDS[kind])}</b>", "–", f"not tried: {text(reason)}", "", "", ""]
        for kind, reason in rehearsal.untried
    ]
    header = ["fault", "dataset", "what was done", "verify", "gap", "named by"]
    return f'<div class="card">{table(header, rows)}</div>'


def _said(trials: Sequence[Trial]) -> Html:
    """What a user would have read on the day."""
    rows = [
        [f"<b>{text(trial.kind)}</b>", text(trial.done), _words(trial.verify), _words(trial.gap)] for trial in trials
    ]
    return f'<div class="card">{table(["fault", "what was done", "verify said", "gap said"], rows)}</div>'


def _words(verdict: Verdict) -> Html:
    return f'<span class="words">{text(verdict.said or "nothing")}</span>'


def _tag(verdict: Verdict) -> Html:
    return f'<span class="tag {_TAGS[verdict.seen]}">{text(verdict.seen)}</span>'


_HOW = (
    "<p>The pretended real feed is the scenario by another seed: the same laws, other people, as files by day that "
    "say when each row was loaded. A fault is <b>named</b> if what is said tells what it befell (a column, a day, a "
    "file) and of which kind it is; <b>found</b> if something is said that is not said without the fault; else "
    "<b>missed</b>. Gap finds what moves a distribution by twice what it is off without the fault, and above 3 times "
    "what real data differs from itself; what a column is off by, its figures show.</p>"
    "<p>Verify must say nothing of the feed to which nothing was done: else it cries wolf.</p>"
)
