"""The pictures of behaviour that lie on axes, as plain plotly figures; see `charts` for their colours."""

from __future__ import annotations

from typing import Any

from sandbox.behaviour.figures import Behaviour

Figure = dict[str, Any]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_GLOW = [[0, "card"], [1, "accent"]]
_AXIS: Figure = {"zeroline": False, "fixedrange": True}
_LABELS: Figure = {**_AXIS, "type": "category", "automargin": True, "showgrid": False, "ticks": ""}
_LEGEND: Figure = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def funnel(found: Behaviour) -> Figure | None:
    """Share of the visits that get to each stop; None where there is but one."""
    if len(found.stops) < 2:
        return None
    shown = list(reversed(found.stops[:14]))
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [stop.reached for stop in shown],
        "y": [stop.name for stop in shown],
        "customdata": [stop.times for stop in shown],
        "text": [f" {stop.reached:.0%}" if stop.reached >= 0.0995 else f" {stop.reached:.1%}" for stop in shown],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": "accent"},
        "hovertemplate": "%{y}: %{x:.1%} of the visits, %{customdata:,} times<extra></extra>",
    }
    layout = {
        "height": 40 + 32 * len(shown),
        "margin": {"l": 8, "r": 52, "t": 6, "b": 28},
        "bargap": 0.3,
        "xaxis": {**_AXIS, "range": [0, 1.0], "tickformat": ".0%", "nticks": 5},
        "yaxis": {**_LABELS, "ticklabelstandoff": 6},
    }
    return {"data": [bars], "layout": layout}


def week(found: Behaviour) -> Figure:
    """Visits that begin in each hour of the week."""
    days = [list(found.hours[24 * day : 24 * day + 24]) for day in range(7)]
    cells = {
        "type": "heatmap",
        "z": days,
        "x": list(range(24)),
        "y": list(_DAYS),
        "zmin": 0,
        "colorscale": _GLOW,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "%{y} %{x}:00: %{z:.1f} visits<extra></extra>",
    }
    layout = {
        "height": 264,
        "margin": {"l": 8, "r": 8, "t": 6, "b": 28},
        "xaxis": {**_AXIS, "showgrid": False, "tickvals": list(range(0, 24, 3)), "ticks": ""},
        "yaxis": {**_LABELS, "autorange": "reversed"},
    }
    return {"data": [cells], "layout": layout}


def customers(found: Behaviour) -> Figure:
    """Who is there, and who of them is active, over time."""
    starts = [span.starts for span in found.spans]
    lines = [("active", [span.active for span in found.spans], "accent", 2.5)]
    if found.spans[0].there is not None:
        lines.insert(0, ("there", [span.there or 0 for span in found.spans], "quiet", 1.5))
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(starts) < 20 else "lines",
            "name": name,
            "x": starts,
            "y": values,
            "line": {"color": colour, "width": width},
            "marker": {"color": colour, "size": 5},
            "hovertemplate": f"%{{y:,}} {name}<extra>%{{x}}</extra>",
        }
        for name, values, colour, width in lines
    ]
    return {"data": traces, "layout": _over_time(len(lines) > 1)}


def moves(found: Behaviour) -> Figure | None:
    """Who comes and who leaves, over time; None where nothing tells."""
    if found.spans[0].came is None:
        return None
    starts = [span.starts for span in found.spans]
    came, left = [span.came or 0 for span in found.spans], [-(span.left or 0) for span in found.spans]
    if not any(came) and not any(left):
        return None
    traces = [
        {
            "type": "bar",
            "name": name,
            "x": starts,
            "y": values,
            "customdata": [abs(value) for value in values],
            "marker": {"color": colour},
            "hovertemplate": f"%{{customdata:,}} {name}<extra>%{{x}}</extra>",
        }
        for name, values, colour in (("came", came, "good"), ("left", left, "bad"))
    ]
    return {"data": traces, "layout": {**_over_time(True), "barmode": "relative", "bargap": 0.2}}


def retention(found: Behaviour) -> Figure | None:
    """The share of each cohort that is active in each period since it came; None of a single period."""
    shown = found.cohorts
    longest = max((len(cohort.shares) for cohort in shown), default=0)
    if longest < 2:
        return None
    z = [[*cohort.shares, *[None] * (longest - len(cohort.shares))] for cohort in shown]
    names = [f"{cohort.starts or 'before'}  ({cohort.customers:,})" for cohort in shown]
    cells = {
        "type": "heatmap",
        "z": z,
        "x": list(range(longest)),
        "y": names,
        "zmin": 0,
        "zmax": 1,
        "colorscale": _GLOW,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "texttemplate": "%{z:.0%}",
        "hoverongaps": False,
        "hovertemplate": "came %{y}, period %{x}: %{z:.1%} active<extra></extra>",
    }
    layout = {
        "height": 64 + 30 * len(shown),
        "margin": {"l": 8, "r": 8, "t": 6, "b": 46},
        "xaxis": {
            **_AXIS,
            "showgrid": False,
            "dtick": 1,
            "ticks": "",
            "title": {"text": f"{_PERIODS.get(found.days_a_cohort, 'periods')} since they came", "font": {"size": 13}},
        },
        "yaxis": {**_LABELS, "autorange": "reversed"},
    }
    return {"data": [cells], "layout": layout}


_PERIODS = {1: "days", 7: "weeks", 28: "times four weeks"}


def _over_time(has_legend: bool) -> Figure:
    return {
        "height": 270,
        "margin": {"l": 8, "r": 12, "t": 30 if has_legend else 8, "b": 28},
        "xaxis": {**_AXIS, "type": "date", "showgrid": False, "nticks": 6},
        "yaxis": {**_AXIS, "automargin": True, "rangemode": "tozero", "nticks": 5},
        "showlegend": has_legend,
        "legend": _LEGEND,
        "hovermode": "x",
    }
