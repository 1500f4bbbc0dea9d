"""Pictures of a rehearsed experiment: estimates beside the truth, who served when, how fresh the data was."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from sandbox.experiment.decisions import Decision
from sandbox.experiment.truth import Fresh, Happening, Truth

Figure = dict[str, Any]
_MARKS = {
    "promoted": ("took over", "star", "good", 13),
    "rolled back": ("went back", "triangle-left", "open", 13),
    "failed": ("failed", "x", "bad", 11),
    "given up": ("given up", "x-thin-open", "bad", 11),
    "stopped": ("stopped", "octagon", "bad", 15),
}
_HOUR_US = 3_600_000_000
_MOST_SHADES = 200
"""Of what was on; the shortest are left out, which nobody would see."""


def beside(rows: Sequence[tuple[str, Any, Any]]) -> Figure:
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


def champions(decisions: Sequence[Decision], happened: Sequence[Happening]) -> Figure:
    """The hit rates of champions and candidates over time, who took over, and what was on meanwhile."""
    judged = [each for each in decisions if each.candidate is not None]
    days = [_moment(each.at_us) for each in judged]
    lines = [
        {
            "type": "scatter", "mode": "lines+markers", "x": days, "y": [getattr(each, which) for each in judged],
            "name": which, "line": {"color": colour, "width": 2}, "marker": {"size": 5, "color": colour},
            "hovertemplate": f"%{{x|%d %b}}: {which} %{{y:.1%}}<extra></extra>",
        }
        for which, colour in (("champion", "quiet"), ("candidate", "accent"))
    ]  # fmt: skip
    low = min((each.champion or 0.0 for each in judged), default=0.0)
    marks = []
    for what, (name, symbol, colour, size) in _MARKS.items():
        some = [each for each in decisions if each.what == what]
        if some:
            marks.append(
                {
                    "type": "scatter", "mode": "markers", "name": name, "x": [_moment(each.at_us) for each in some],
                    "y": [each.candidate or each.champion or low for each in some],
                    "marker": {"size": size, "color": colour, "symbol": symbol},
                    "customdata": [each.because for each in some],
                    "hovertemplate": f"%{{x|%d %b}}: {name}, %{{customdata}}<extra></extra>",
                }
            )  # fmt: skip
    layout = _over_time("hit rate", ".0%", happened, decisions)
    return {"data": [*lines, *marks], "layout": layout}


def freshness(fresh: Sequence[Fresh], happened: Sequence[Happening], decisions: Sequence[Decision]) -> Figure:
    """How old the data was at the end of each day."""
    bars = {
        "type": "bar", "x": [_moment(each.at_us) for each in fresh], "y": [each.stale_us / _HOUR_US for each in fresh],
        "marker": {"color": "second"}, "customdata": [each.arrived for each in fresh],
        "hovertemplate": "%{x|%d %b}: newest event %{y:.1f} h old, %{customdata:,} came<extra></extra>",
    }  # fmt: skip
    layout = _over_time("hours", None, happened, decisions)
    return {"data": [bars], "layout": {**layout, "height": 200, "showlegend": False}}


def by_day(true: Truth, starts_us: int, happened: Sequence[Happening], decisions: Sequence[Decision]) -> Figure:
    """What an arm truly did to a metric on each day by itself."""
    known = [(day, value) for day, value in enumerate(true.daily) if value == value]
    bars = {
        "type": "bar", "x": [_moment(starts_us + day * 24 * _HOUR_US + 12 * _HOUR_US) for day, _ in known],
        "y": [value for _, value in known], "marker": {"color": "accent"},
        "hovertemplate": "%{x|%d %b}: %{y:+.3g}<extra></extra>",
    }  # fmt: skip
    layout = _over_time("true difference", None, happened, decisions)
    return {"data": [bars], "layout": {**layout, "height": 220, "showlegend": False}}


def _over_time(title: str, form: str | None, happened: Sequence[Happening], decisions: Sequence[Decision]) -> Figure:
    since, until = _moment(min(each.at_us for each in decisions)), _moment(max(each.at_us for each in decisions))
    shades = [
        {"type": "rect", "x0": max(_moment(each.starts_us), since), "x1": min(_moment(each.ends_us), until),
         "yref": "paper", "y0": 0, "y1": 1, "fillcolor": "bad" if each.what in ("outage", "fault") else "good",
         "opacity": 0.13, "line": {"width": 0}, "layer": "below"}
        for each in sorted(happened, key=_length_us)[-_MOST_SHADES:]
    ]  # fmt: skip
    longest = {(each.name, each.what): each for each in sorted(happened, key=_length_us)}
    names = [
        {"x": max(_moment(each.starts_us), since), "y": 1.0, "yref": "paper", "xanchor": "left", "yanchor": "top",
         "text": f"{each.name}: {each.what}", "showarrow": False, "bgcolor": "card",
         "font": {"size": 11, "color": "bad"}}
        for each in longest.values()  # what comes again and again is named once
    ]  # fmt: skip
    return {
        "height": 320,
        "margin": {"l": 8, "r": 16, "t": 30, "b": 44},
        "xaxis": {"zeroline": False, "fixedrange": True, "type": "date", "range": [since, until]},
        "yaxis": {
            "fixedrange": True, "automargin": True, "title": {"text": title}, "zeroline": False,
            **({"tickformat": form} if form else {}),
        },
        "legend": {"orientation": "h", "y": 1.15, "x": 0},
        "shapes": shades,
        "annotations": names,
    }  # fmt: skip


def _length_us(each: Happening) -> int:
    return each.ends_us - each.starts_us


def _moment(at_us: int) -> str:
    return datetime.datetime.fromtimestamp(at_us / 1e6, datetime.UTC).isoformat()
