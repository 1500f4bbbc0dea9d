"""An experiment's pictures, as plain plotly figures; see `charts` for their colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.experiment.experiment import PolicyValue
from sandbox.experiment.findings import Daily, Looks
from sandbox.models.base import Estimate

Figure = dict[str, Any]
Row = tuple[str, Estimate, str]
"""A name, a figure with its interval, and the colour of its dot."""

_AXIS: Figure = {"zeroline": False, "fixedrange": True}
_ARMS = ("accent", "second", "good", "open", "bad")


def intervals(rows: Sequence[Row], title: str, form: str, bar: float | None = 0.0) -> Figure | None:
    """Figures with their intervals, one below the other, and a line at what they are held against."""
    known = [row for row in rows if row[1].value == row[1].value]
    if not known:
        return None
    shown = list(reversed(known))
    names = [name for name, _, _ in shown]
    dots = {
        "type": "scatter", "mode": "markers", "x": [found.value for _, found, _ in shown], "y": names,
        "marker": {"size": 11, "color": [colour for _, _, colour in shown]},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": "ink",
            "array": [_reach(found.high - found.value) for _, found, _ in shown],
            "arrayminus": [_reach(found.value - found.low) for _, found, _ in shown],
        },
        "hovertemplate": f"%{{y}}: %{{x:{form}}}<extra></extra>",
    }  # fmt: skip
    shapes = [] if bar is None else [
        {"type": "line", "x0": bar, "x1": bar, "yref": "paper", "y0": 0, "y1": 1,
         "line": {"color": "quiet", "width": 1.5, "dash": "dot"}}
    ]  # fmt: skip
    layout = {
        "height": 70 + 30 * len(shown),
        "margin": {"l": 8, "r": 16, "t": 8, "b": 44},
        "xaxis": {**_AXIS, "title": {"text": title}, "tickformat": form, "nticks": 8},
        "yaxis": {**_AXIS, "automargin": True, "type": "category", "ticksuffix": "  ",
                  "range": [-0.6, len(shown) - 0.4]},
        "shapes": shapes,
        "showlegend": False,
    }  # fmt: skip
    return {"data": [dots], "layout": layout}


def looks(found: Looks, true: Sequence[float] = ()) -> Figure:
    """The effect as it was seen day by day: its estimate, the interval of one look, and that of every look at once.

    Args:
        found: what was seen.
        true: what was true by the same days, of an experiment that was rehearsed.
    """
    days = list(range(1, len(found.difference) + 1))
    wide = _band(days, found.sequential_low, found.sequential_high, "quiet", 0.25, "on every day at once")
    narrow = _band(days, found.low, found.high, "accent", 0.22, "at one look")
    line = {
        "type": "scatter", "mode": "lines+markers", "x": days, "y": _known(found.difference), "name": "estimate",
        "line": {"color": "accent", "width": 2}, "marker": {"color": "accent", "size": 5},
        "hovertemplate": "day %{x}: %{y:.4g}<extra></extra>",
    }  # fmt: skip
    ends = [value for part in (found.low, found.high) for value in part[len(part) // 3 :] if value == value]
    top = 1.6 * max((abs(value) for value in ends), default=1.0) or 1.0
    truth = {
        "type": "scatter", "mode": "lines", "x": days[: len(true)], "y": _known(true), "name": "what was true",
        "line": {"color": "second", "width": 3}, "hovertemplate": "day %{x}: true %{y:.4g}<extra></extra>",
    }  # fmt: skip
    data = [*wide, *narrow, line, *([truth] if len(true) else [])]
    return {"data": data, "layout": _over_days("difference so far", [-top, top], zero=True)}


def daily(found: Sequence[Daily], control: str) -> Figure:
    """A metric of each arm on each day by itself, with the control's interval."""
    data: list[Figure] = []
    colours = iter(_ARMS)
    for each in found:
        colour = "quiet" if each.arm == control else next(colours, "ink")
        days = list(range(1, len(each.value) + 1))
        data += _band(days, each.low, each.high, colour, 0.16, "")
        data.append(
            {"type": "scatter", "mode": "lines+markers", "x": days, "y": _known(each.value), "name": each.arm,
             "line": {"color": colour, "width": 2}, "marker": {"color": colour, "size": 5}, "customdata": each.units,
             "hovertemplate": f"{each.arm}, day %{{x}}: %{{y:.4g}} of %{{customdata:,}}<extra></extra>"}
        )  # fmt: skip
    highs = [value for each in found for value in each.value if value == value]
    return {"data": data, "layout": _over_days("on the day", [0, 1.7 * max(highs, default=1.0) or 1.0], zero=False)}


def policies(found: PolicyValue) -> Figure | None:
    """What a policy earns by its own log, and by another's, three ways."""
    by = found.by_log
    rows: list[Row] = [
        ("its own log", found.own, "second"),
        ("IPS", by.ips, "accent"),
        ("SNIPS", by.snips, "accent"),
        ("doubly robust", by.doubly_robust, "accent"),
    ]
    return intervals(rows, "reward a row", ".2~%", None)


def _band(days: list[int], low: list[float], high: list[float], colour: str, opacity: float, name: str) -> list[Figure]:
    """The room between two lines; the first look that is known begins it."""
    known = [at for at in range(len(days)) if low[at] == low[at] and high[at] == high[at]]
    if not known:
        return []
    days, low, high = ([part[at] for at in known] for part in (days, low, high))  # type: ignore[assignment]
    band = {
        "type": "scatter", "mode": "lines", "x": [*days, *reversed(days)], "y": [*high, *reversed(low)],
        "fill": "toself", "fillcolor": colour, "opacity": opacity, "line": {"width": 0, "color": colour},
        "hoverinfo": "skip", "name": name, "showlegend": bool(name),
    }  # fmt: skip
    return [band]


def _over_days(title: str, reach: list[float], zero: bool) -> Figure:
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": {"color": "ink", "width": 1}}
    return {
        "height": 320,
        "margin": {"l": 8, "r": 16, "t": 30, "b": 44},
        "xaxis": {**_AXIS, "title": {"text": "day"}, "tickformat": "d", "nticks": 12},
        "yaxis": {**_AXIS, "title": {"text": title}, "automargin": True, "range": reach},
        "shapes": [line] if zero else [],
        "legend": {"orientation": "h", "y": 1.12, "x": 0},
        "showlegend": True,
    }


def _known(values: Sequence[float]) -> list[float | None]:
    return [value if value == value else None for value in values]


def _reach(length: float) -> float:
    return max(0.0, length) if length == length else 0.0
