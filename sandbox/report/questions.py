"""The assumptions of a scenario as questions: Markdown to send to whoever knows, and the report's part on them."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.report.page import Html, table, text
from sandbox.runs.record import AssumptionRecord, RunRecord

UNKNOWN = "Whoever knows"


def questions(scenario: str, assumptions: Sequence[AssumptionRecord]) -> str:
    """Markdown: the questions of a scenario, by whom they go to."""
    if not assumptions:
        return f"# Questions about {scenario}\n\nNothing in it is marked as assumed.\n"
    count = f"{len(assumptions)} value{'s' if len(assumptions) > 1 else ''}"
    lines = [
        f"# Questions about {scenario}",
        "",
        f"The scenario rests on {count} that nobody has confirmed. An answer is a value, or better limits.",
    ]
    for asked, theirs in _by_owner(assumptions).items():
        lines += ["", f"## {asked}", ""]
        for number, each in enumerate(theirs, start=1):
            mark = f"{number}. "
            lines += [f"{mark}**{question(each)}**", f"{' ' * len(mark)}{sentence(each)}"]
    return "\n".join(lines) + "\n"


def question(assumption: AssumptionRecord) -> str:
    """What is to be asked."""
    return _one_line(assumption.ask) or f"What should `{assumption.path}` be?"


def sentence(assumption: AssumptionRecord) -> str:
    """What is assumed instead of an answer, between which limits, and who assumed it when."""
    low, high = assumption.low, assumption.high
    limits = f", perhaps {' or '.join(f'`{end}`' for end in (low, high) if end is not None)}"
    if low is not None and high is not None:
        limits = f", from `{low}` to `{high}`"
    who = f" by {_one_line(assumption.by)}" if assumption.by else ""
    when = f" on {assumption.on}" if assumption.on else ""
    said = f" Assumed{who}{when}." if who or when else ""
    known = limits if low is not None or high is not None else ""
    return f"For now `{assumption.path}` is `{assumption.value}`{known} ({assumption.place}).{said}"


def assumptions_section(record: RunRecord) -> Html:
    """How much of the scenario is assumed, declared and measured, and each assumption."""
    rows = [
        [
            f'<span class="words">{text(question(each))}</span>',
            f"<code>{text(each.path)}</code>",
            text(each.value),
            text(" to ".join(end for end in (each.low, each.high) if end is not None)),
            text(", ".join(part for part in (each.by, each.on) if part)),
        ]
        for each in record.assumptions
    ]
    listed = table(["question", "value of", "is taken to be", "limits", "assumed by"], rows) if rows else ""
    card = f'<div class="card">{listed}</div>' if rows else ""
    return f"<p>{text(balance(record.known))}</p>{card}"


def balance(known: dict[str, int]) -> str:
    """How many statements of the scenario are assumed, declared and measured, as a sentence."""
    whole = sum(known.values())
    counts = ", ".join(f"{known.get(kind, 0)} {kind}" for kind in ("assumed", "declared", "measured"))
    return f"Of {whole} statements of the scenario on its clock, datasets, columns and models: {counts}."


def _by_owner(assumptions: Sequence[AssumptionRecord]) -> dict[str, list[AssumptionRecord]]:
    """The assumptions by whom to ask, those without an owner last."""
    grouped: dict[str, list[AssumptionRecord]] = {}
    for each in sorted(assumptions, key=lambda each: not (each.owner or each.contact)):
        owner, contact = _one_line(each.owner), _one_line(each.contact)
        asked = f"{owner} ({contact})" if owner and contact else owner or contact or UNKNOWN
        grouped.setdefault(asked, []).append(each)
    return grouped


def _one_line(words: str) -> str:
    return " ".join(words.split())
