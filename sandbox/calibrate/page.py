"""The page of a calibration: what changed, from what to what, how sure that is and by what, and how far it was off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.calibrate.fitted import Calibration, Change
from sandbox.report.page import Html, Page, facts, table, text
from sandbox.whole import write_whole

_LONGEST = 300
_NEAR, _FAR = 0.05, 0.2
"""Off by no more than that is near; by more than that, far."""


def write_calibration_page(path: Path, calibration: Calibration) -> None:
    """Write the page. Raises OutsideError: the disk does not take it."""
    write_whole(path, calibration_html(calibration))


def calibration_html(calibration: Calibration) -> Html:
    """The whole page as HTML."""
    page = Page(f"{calibration.name} · calibrated")
    assumed = [change for change in calibration.changes if change.assumed]
    if assumed:
        page.section("assumed", "What was assumed, and is measured now", _changes(_worst_first(assumed)))
    others = [change for change in calibration.changes if not change.assumed]
    if others:
        page.section("changes", "What changed", _changes(others))
    if calibration.left:
        rows = [[text(_short(each))] for each in calibration.left]
        page.section(
            "left", "What was seen and left as it was", f'<div class="card">{table(["what, and why"], rows)}</div>'
        )
    page.section("how", "How to read it", _HOW)
    return page.html(_header(calibration, assumed))


def _header(calibration: Calibration, assumed: Sequence[Change]) -> Html:
    told = {
        "values changed": f"{len(calibration.changes)}",
        "assumptions measured": f"{len(assumed)}",
        "left as they were": f"{len(calibration.left)}",
    }
    worst = next(iter(_worst_first(calibration.changes)), None)
    said = (
        "The scenario said what the real data says"
        if worst is None
        else f"{worst.what} was off the most"
        if worst.off is not None
        else "No value was off by a distance"
    )
    return (
        f'<h1>{text(calibration.name.replace("_", " "))}</h1><p class="about">What the real data says in the place of '
        f'what the scenario said.</p>{facts(told)}<div class="verdict {"holds" if worst is None else "undetermined"}">'
        f"<strong>{text(said)}</strong><span>Each line of the new file that changed says so above it.</span></div>"
    )


def _changes(changes: Sequence[Change]) -> Html:
    rows = [
        [
            f"<b>{text(change.what)}</b>",
            f"<code>{text(_short(change.was) or '–')}</code>",
            f"<code>{text(_short(change.now))}</code>",
            text(change.interval or "–"),
            _off(change.off),
            text(change.evidence),
        ]
        for change in changes
    ]
    return f'<div class="card">{table(["value", "from", "to", "95 %", "off by", "by what"], rows)}</div>'


def _worst_first(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: -1.0 if change.off is None else change.off, reverse=True)


def _off(off: float | None) -> Html:
    """From 0 to 1, as a bar."""
    if off is None:
        return "–"
    kind = "holds" if off <= _NEAR else "undetermined" if off <= _FAR else "fails"
    return f'<span class="tag {kind}">{off:.3f}</span>'


def _short(said: str) -> str:
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"


_HOW = (
    "<p><b>Off by</b> is the distance of what the scenario said from what was seen, from 0 to 1: of weights and "
    "numbers the largest or total difference of shares, of a count or a rate by what part it was wrong. <b>95 %</b> is "
    "where the value lies by chance, people and not rows resampled. What may well be as the scenario had it is not "
    "changed; if it was assumed, it no longer is.</p>"
    "<p>Nothing here tells of fewer than ten people, of a key, or of a column with personal data.</p>"
)
