"""What a rehearsed experiment knows and a real one never will: what was true, and who served when."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from sandbox.experiment.decisions import Decision
from sandbox.experiment.experiment import Tried
from sandbox.report.page import Html, Page, paragraphs, table, text

Figure = dict[str, Any]


def truth(page: Page, tried: Tried) -> Html:
    """Each estimate beside what was true, and whether its interval held that."""
    rows, cells, held = [], [], 0
    for true in tried.truth:
        seen = next(
            each for each in tried.analysis.comparisons if (each.arm, each.metric) == (true.arm, true.metric)
        ).difference
        holds = seen.low <= true.expected <= seen.high
        held += holds
        rows.append((f"{true.arm}: {true.metric}", seen, true))
        cells.append(
            [
                text(true.arm),
                f"<b>{text(true.metric)}</b>",
                f"{seen.value:+.3g} ({seen.low:+.3g} to {seen.high:+.3g})",
                f"<b>{true.expected:+.3g}</b>",
                f"{true.lift:+.1%}",
                f"{true.realised:+.3g}",
                '<span class="tag holds">yes</span>' if holds else '<span class="tag fails">no</span>',
            ]
        )
    header = ["arm", "metric", "estimated difference", "true", "true lift", "came out", "interval holds it"]
    words = (
        "<b>True</b> is the mean difference of expected outcomes between a world in which all who took part see the "
        "arm and one in which all see the control, each policy learning as it did here. <b>Came out</b> is the same of "
        "the outcomes that chance gave in either world, the same chance in both."
    )
    drawn = page.figure(_beside(rows), "each estimate with its interval, and what was true")
    shown = table(header, cells, numbers=(2, 3, 4, 5))
    summary = paragraphs([f"{held} of {len(tried.truth)} intervals hold what was true; nineteen in twenty should."])
    return f'<div class="card">{drawn}{shown}</div>{summary}<p class="soft">{words}</p>'


def learning(page: Page, tried: Tried) -> Html:
    """What became of each candidate."""
    parts = []
    for arm in sorted({each.arm for each in tried.learning if each.what != "first"}):
        some = [each for each in tried.learning if each.arm == arm]
        judged = [each for each in some if each.candidate is not None]
        promoted = sum(each.what == "promoted" for each in judged)
        parts.append(page.figure(_champions(judged), f"hit rate of {some[0].policy}'s champion and candidates"))
        told = (
            f"{text(some[0].policy)}: {promoted} of {len(judged)} candidates took the champion's place. A candidate "
            "does when more of the customers met, for the first time, something that its list held."
        )
        parts.append(paragraphs([told]))
    return f'<div class="card">{"".join(parts)}</div>' if parts else paragraphs(["Nothing was learnt anew."])


def _beside(rows: Sequence[tuple[str, Any, Any]]) -> Figure:
    """Each difference in units of half its interval, so that metrics of any size stand side by side."""
    shown = [row for row in reversed(rows) if row[1].high > row[1].low]
    names = [name for name, _, _ in shown]
    half = [(seen.high - seen.low) / 2 for _, seen, _ in shown]
    bars = {
        "type": "scatter", "mode": "markers", "name": "estimate, with its interval", "y": names,
        "x": [seen.value / each for (_, seen, _), each in zip(shown, half, strict=True)],
        "marker": {"size": 11, "color": "accent"},
        "error_x": {"type": "data", "array": [1.0] * len(shown), "thickness": 1.5, "width": 4, "color": "ink"},
        "customdata": [seen.value for _, seen, _ in shown],
        "hovertemplate": "%{y}: estimated %{customdata:+.4g}<extra></extra>",
    }  # fmt: skip
    diamonds = {
        "type": "scatter", "mode": "markers", "name": "what was true", "y": names,
        "x": [true.expected / each for (_, _, true), each in zip(shown, half, strict=True)],
        "marker": {"size": 13, "color": "second", "symbol": "diamond"},
        "customdata": [true.expected for _, _, true in shown],
        "hovertemplate": "%{y}: true %{customdata:+.4g}<extra></extra>",
    }  # fmt: skip
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": "quiet", "width": 1.5, "dash": "dot"}}  # fmt: skip
    layout = {
        "height": 110 + 34 * len(shown),
        "margin": {"l": 8, "r": 16, "t": 30, "b": 44},
        "xaxis": {
            "zeroline": False,
            "fixedrange": True,
            "title": {"text": "difference, in half-widths of its interval"},
        },
        "yaxis": {"fixedrange": True, "automargin": True, "type": "category", "ticksuffix": "  "},
        "legend": {"orientation": "h", "y": 1.15, "x": 0},
        "shapes": [zero],
    }
    return {"data": [bars, diamonds], "layout": layout}


def _champions(judged: Sequence[Decision]) -> Figure:
    days = [datetime.datetime.fromtimestamp(each.at_us / 1e6, datetime.UTC).isoformat() for each in judged]
    promoted = [number for number, each in enumerate(judged) if each.what == "promoted"]
    lines = [
        {
            "type": "scatter", "mode": "lines+markers", "x": days, "y": [getattr(each, which) for each in judged],
            "name": which, "line": {"color": colour, "width": 2}, "marker": {"size": 5, "color": colour},
            "hovertemplate": f"%{{x|%d %b}}: {which} %{{y:.1%}}<extra></extra>",
        }
        for which, colour in (("champion", "quiet"), ("candidate", "accent"))
    ]  # fmt: skip
    stars = {
        "type": "scatter", "mode": "markers", "name": "promoted", "x": [days[number] for number in promoted],
        "y": [judged[number].candidate for number in promoted],
        "marker": {"size": 13, "color": "good", "symbol": "star"},
        "hovertemplate": "%{x|%d %b}: took over<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 320,
        "margin": {"l": 8, "r": 16, "t": 30, "b": 44},
        "xaxis": {"zeroline": False, "fixedrange": True, "type": "date"},
        "yaxis": {"fixedrange": True, "automargin": True, "tickformat": ".0%", "title": {"text": "hit rate"}},
        "legend": {"orientation": "h", "y": 1.15, "x": 0},
    }
    return {"data": [*lines, stars], "layout": layout}
