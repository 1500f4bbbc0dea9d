"""What was decided on each arm of an experiment, as a page begins: large for one or two, a line for each of many."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.report.page import Html, text

TAGS = {"better": "holds", "worse": "fails", "stopped": "fails", "invalid": "fails"}
"""The colour of a verdict; of all others nobody can tell."""
_MOST_LARGE = 2


def verdicts(decided: Sequence[tuple[str, str, str]]) -> Html:
    """Arm, verdict and why of each, in their order."""
    if len(decided) > _MOST_LARGE:
        lines = [f"<p><b>{text(arm)}</b> {_tag(verdict)} {text(because)}</p>" for arm, verdict, because in decided]
        return f'<div class="card decided">{"".join(lines)}</div>'
    return "".join(
        f'<div class="verdict {TAGS.get(verdict, "undetermined")}"><strong>{text(arm)}: {text(verdict)}</strong>'
        f"<span>{text(because)}</span></div>"
        for arm, verdict, because in decided
    )


def _tag(verdict: str) -> Html:
    return f'<span class="tag {TAGS.get(verdict, "undetermined")}">{text(verdict)}</span>'
