"""The gap's pictures that lie on axes, as plain plotly figures; see `charts` for their colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.gap.columns import ColumnGap
from sandbox.gap.figures import verdict
from sandbox.gap.pairs import PairGap

Figure = dict[str, Any]

_AXIS: Figure = {"zeroline": False, "fixedrange": True}
_COLOURS = {"like real": "good", "near": "good", "off": "open", "far off": "bad"}
_MOST = 24
_LEAST = 0.1
_MOST_NAMED = 5


def ratios(columns: Sequence[ColumnGap]) -> Figure | None:
    """Each column's ratio as a dot on a scale of powers, 1.0 marked; the furthest off at the top."""
    if not columns:
        return None
    shown = sorted(columns, key=lambda column: column.ratio)[-_MOST:]
    values = [max(each.ratio, _LEAST) for each in shown]
    names = [each.column for each in shown]
    dots = {
        "type": "scatter", "mode": "markers", "x": values, "y": names,
        "marker": {"size": 11, "color": [_COLOURS[verdict(each)] for each in shown]},
        "customdata": [[each.ratio, each.distance, each.floor] for each in shown],
        "hovertemplate": "%{y}: %{customdata[0]:.1f} times the floor "
        "(%{customdata[1]:.3f} by %{customdata[2]:.3f})<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 70 + 24 * len(shown),
        "margin": {"l": 8, "r": 16, "t": 8, "b": 40},
        "xaxis": {**_AXIS, "type": "log", "title": {"text": "ratio to the floor"},
                  "tickvals": [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]},
        "yaxis": {**_AXIS, "automargin": True, "showgrid": True, "ticksuffix": "  "},
        "shapes": [{"type": "line", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1,
                    "line": {"color": "accent", "width": 2, "dash": "dot"}}],
        "showlegend": False,
    }  # fmt: skip
    return {"data": [dots], "layout": layout}


def pairs(found: Sequence[PairGap]) -> Figure:
    """Each pair's dependence in the dummy against that in the real data: what lies on the diagonal is alike."""
    dots = {
        "type": "scatter", "mode": "markers",
        "x": [each.real for each in found], "y": [each.dummy for each in found],
        "marker": {"size": 10, "opacity": 0.8, "color": [_COLOURS[verdict(each)] for each in found]},
        "customdata": [[" × ".join(each.columns), each.ratio] for each in found],
        "hovertemplate": "%{customdata[0]}: real %{x:.2f}, dummy %{y:.2f}, ratio %{customdata[1]:.1f}<extra></extra>",
    }  # fmt: skip
    low = min(-0.05, *(min(each.dummy, each.real) for each in found)) - 0.05
    high = max(0.2, *(max(each.dummy, each.real) for each in found)) + 0.05
    notes = [
        {"x": each.real, "y": each.dummy, "text": " × ".join(each.columns), "showarrow": False, "yshift": 14,
         "xanchor": _anchor((each.real - low) / (high - low)),
         "font": {"size": 11, "color": "ink"}}
        for each in _named(found, high - low)
    ]  # fmt: skip
    layout = {
        "height": 340,
        "margin": {"l": 8, "r": 16, "t": 16, "b": 44},
        "xaxis": {**_AXIS, "title": {"text": "dependence in the real data"}, "range": [low, high]},
        "yaxis": {**_AXIS, "title": {"text": "in the dummy"}, "range": [low, high], "automargin": True},
        "shapes": [{"type": "line", "x0": low, "y0": low, "x1": high, "y1": high,
                    "line": {"color": "quiet", "width": 1.5, "dash": "dot"}}],
        "annotations": notes,
        "showlegend": False,
    }  # fmt: skip
    return {"data": [dots], "layout": layout}


def _anchor(place: float) -> str:
    """Which end of a name lies at its dot, so that it stays inside; 0 to 1 from left to right."""
    return "left" if place < 1 / 3 else "right" if place > 2 / 3 else "center"


def _named(found: Sequence[PairGap], width: float) -> list[PairGap]:
    """The pairs furthest off the diagonal, but none whose name would lie on another's."""
    named: list[PairGap] = []
    for pair in sorted(found, key=lambda pair: -abs(pair.dummy - pair.real))[: 4 * _MOST_NAMED]:
        is_free = all(
            abs(pair.dummy - other.dummy) > width / 15 or abs(pair.real - other.real) > width / 3 for other in named
        )
        if is_free and len(named) < _MOST_NAMED and abs(pair.dummy - pair.real) > 0.05:
            named.append(pair)
    return named


def giveaways(found: Sequence[tuple[str, float]]) -> Figure | None:
    """By how much the AUC falls without each column; none where no column gives the dummy away."""
    if not found:
        return None
    shown = list(reversed(found[:10]))
    bars = {
        "type": "bar", "orientation": "h", "x": [fall for _, fall in shown], "y": [name for name, _ in shown],
        "marker": {"color": "accent"}, "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 80 + 26 * len(shown),
        "margin": {"l": 8, "r": 16, "t": 8, "b": 44},
        "xaxis": {**_AXIS, "title": {"text": "the AUC falls by, if the column is shuffled"}, "rangemode": "tozero"},
        "yaxis": {**_AXIS, "automargin": True, "ticksuffix": "  "},
        "showlegend": False,
    }
    return {"data": [bars], "layout": layout}
