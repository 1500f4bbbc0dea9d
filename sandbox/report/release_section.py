"""The report's word on a release: how far the work is, what stands in the way, and who decided what."""

from __future__ import annotations

from sandbox.report.page import Html, paragraphs, text
from sandbox.runs.decisions import Decision
from sandbox.runs.folder import RunFolder
from sandbox.runs.record import RunRecord
from sandbox.runs.releasing import standing_of

_TAGS = {"approved": "holds", "free": "holds", "not done": "fails", "approval void": "fails"}
_TITLES = {
    "not done": "Not to be released",
    "internal": "Not for release",
    "awaits approval": "Awaits approval",
    "approval void": "Approval void",
    "approved": "Approved",
    "shelved": "Shelved",
    "free": "Free to be released",
}


def release(record: RunRecord, run: RunFolder) -> Html:
    """Where a run stands on its way to a release; empty where nobody has said a word of it."""
    standing = standing_of(run, record)
    if not (record.stage or record.approval or standing.decisions):
        return ""
    stage = f' <span class="tag">{text(record.stage)}</span>' if record.stage else ""
    told = paragraphs(_sentence(each) for each in standing.decisions) if standing.decisions else ""
    return (
        f'<div class="verdict {_TAGS.get(standing.state, "undetermined")}"><strong>{_TITLES[standing.state]}{stage}'
        f"</strong><span>{text(standing.words.replace('`', ''))}</span>{told}</div>"
    )


def _sentence(each: Decision) -> str:
    who, day = each.by or "somebody", each.at[:10]
    because = f": {each.because}" if each.because else "."
    if each.what == "shelved":
        return f"{day}: {who} shelved it until {each.revisit}{because}"
    return f"{day}: {who} approved `{each.digest[:12]}`{because}"
