"""What a rehearsed experiment knows and a real one never will: what was true, and who served when."""

from __future__ import annotations

import datetime

from sandbox.experiment.decisions import Decision
from sandbox.experiment.experiment import Tried
from sandbox.report.page import Html, Page, paragraphs, table, text
from sandbox.report.rehearsed_charts import beside, by_day, champions, freshness

_HELD = {True: '<span class="tag holds">yes</span>', False: '<span class="tag fails">no</span>', None: "–"}


def truth(page: Page, tried: Tried) -> Html:
    """Each estimate beside what was true, and whether its interval held that."""
    rows, cells, verdicts = [], [], []
    for true in tried.truth:
        seen = next(
            each for each in tried.analysis.comparisons if (each.arm, each.metric) == (true.arm, true.metric)
        ).difference
        holds = true.held_by(seen)
        if holds is not None:
            verdicts.append(holds)
            rows.append((f"{true.arm}: {true.metric}", seen, true))
        cells.append(
            [
                text(true.arm),
                f"<b>{text(true.metric)}</b>",
                f"{seen.value:+.3g} (no interval)"
                if holds is None
                else f"{seen.value:+.3g} ({seen.low:+.3g} to {seen.high:+.3g})",
                f"<b>{true.expected:+.3g}</b>",
                f"{true.lift:+.1%}",
                f"{true.realised:+.3g}",
                "–" if true.rollout is None else f"<b>{true.rollout:+.3g}</b>",
                "–" if true.interference is None else f"{true.interference:+.3g}",
                _HELD[holds],
            ]
        )
    header = ["arm", "metric", "estimated difference", "true", "true lift", "came out", "full rollout", "interference",
              "interval holds it"]  # fmt: skip
    words = (
        "<b>True</b> is the mean difference of expected outcomes between a world in which all who took part see the "
        "arm and one in which all see the control, each policy learning as it did here. <b>Came out</b> is the same of "
        "the outcomes that chance gave in either world, the same chance in both. <b>Full rollout</b> is the difference "
        "between a world in which everybody has the arm from the first day on, so that it learns from all, and one in "
        "which nobody has it; what it adds to the true difference at this share is the <b>interference</b> of data "
        "that arms have in common, which no count of units could show."
    )
    if any(each.stopped for each in tried.truth):
        words += " An arm that a guardrail <b>stopped</b> shows what the control does from then on, in this truth too."
    drawn = page.figure(beside(rows), "each estimate with its interval, and what was true") if rows else ""
    shown = table(header, cells, numbers=(2, 3, 4, 5, 6, 7))
    summary = paragraphs(
        [f"{sum(verdicts)} of {len(verdicts)} intervals hold what was true; nineteen in twenty should."]
    )
    return f'<div class="card">{drawn}{shown}</div>{summary}<p class="soft">{words}</p>'


def learning(page: Page, tried: Tried) -> Html:
    """What became of each candidate, what was on meanwhile, and how fresh the data was."""
    parts, happened = [], tried.happenings
    for arm in sorted({each.arm for each in tried.learning if each.what != "first"}):
        some = [each for each in tried.learning if each.arm == arm]
        judged = [each for each in some if each.candidate is not None]
        if not judged:
            continue
        policy, promoted = some[0].policy, sum(each.what == "promoted" for each in judged)
        parts.append(page.figure(champions(some, happened), f"hit rate of {policy}'s champion and candidates"))
        told = (
            f"{text(policy)}: {promoted} of {len(judged)} candidates took the champion's place. A candidate does when "
            "more customers met, for the first time, something that its list held; they are asked who do not see the "
            "champion's lists, for those meet what it shows."
        )
        others = [each for each in some if each.what in ("rolled back", "failed", "given up", "stopped", "share")]
        parts.append(
            paragraphs([told, *(f"{_day(each)}: {text(each.what)}; {text(each.because)}." for each in others)])
        )
    if not parts:
        return paragraphs(["Nothing was learnt anew."])
    parts += [*_hurts(page, tried)]
    return f'<div class="card">{"".join(parts)}</div>'


def _hurts(page: Page, tried: Tried) -> list[Html]:
    """Where something was on: how old the data was, and what the arm truly did on each day."""
    if not tried.happenings or not tried.freshness:
        return []
    drawn = page.figure(freshness(tried.freshness, tried.happenings, tried.learning), "age of the newest event by day")
    parts = [f"<b>How old the newest event was at the end of each day</b>{drawn}"]
    first_us = tried.freshness[-1].at_us - len(next((each.path for each in tried.truth), ())) * 86_400_000_000
    for true in tried.truth:
        if true.daily:
            figure = by_day(true, first_us, tried.happenings, tried.learning)
            drawn = page.figure(figure, f"true difference in {true.metric} on each day")
            parts.append(f"<b>What {text(true.arm)} truly did to {text(true.metric)} on each day</b>{drawn}")
    return parts


def _day(decision: Decision) -> str:
    return f"{datetime.datetime.fromtimestamp(decision.at_us / 1e6, datetime.UTC):%d %b}"
