"""The report's pictures of models, as plain plotly figures (data and layout); the page's script draws and colours them.

Colours are names (`ink`, `accent`, `second`, `quiet`) that `report.js` turns into those of the light or dark page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.models.words import METRIC_TITLES

Figure = dict[str, Any]

_MOST_FEATURES = 12
_AXIS: Figure = {"zeroline": False, "fixedrange": True}


def leaderboard(
    standings: Sequence[Mapping[str, Any]], metric: str, oracle: Mapping[str, Any] | None, bar: float | None
) -> Figure:
    """Each candidate's score on the test with its interval, between the trivial model and the oracle.

    Args:
        standings: `{"title", "value", "low", "high", "champion"}` per candidate, in the order of the candidates.
        metric: the metric shown.
        oracle: `{"value", "low", "high"}` that the true probabilities reach; None in a real world.
        bar: what a gate asks for.
    """
    shown = list(reversed(standings))
    ends = [item[key] for item in (*shown, *([oracle] if oracle else [])) for key in ("low", "value", "high")]
    ends = [value for value in (*ends, bar) if value is not None]
    pad = 0.04 * (max(ends) - min(ends) or 1.0)
    shapes, notes = _landmarks(oracle, bar)
    titles = [item["title"] for item in shown]
    layout = {
        "height": 92 + 40 * len(shown),
        "margin": {"l": 8, "r": 16, "t": 34 if notes else 8, "b": 46},
        "xaxis": {**_axis(METRIC_TITLES.get(metric, metric)), "range": [min(ends) - pad, max(ends) + pad], "nticks": 8},
        "yaxis": {**_names(), "range": [-0.6, len(shown) - 0.4], "categoryorder": "array", "categoryarray": titles},
        "shapes": shapes,
        "annotations": notes,
        "showlegend": False,
    }
    rest = [item for item in shown if not item["champion"]]
    best = [item for item in shown if item["champion"]]
    return {
        "data": [_points(items, colour) for items, colour in ((rest, "quiet"), (best, "accent")) if items],
        "layout": layout,
    }


def importance(items: Sequence[Mapping[str, Any]]) -> Figure:
    """How much the judged metric loses when a feature is shuffled, with its interval; best first."""
    shown = list(reversed(items[:_MOST_FEATURES]))
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [item["value"] for item in shown],
        "y": [item["column"] for item in shown],
        "error_x": _spread(shown),
        "marker": {"color": "accent"},
        "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
    }
    layout = {
        "height": 52 + 24 * len(shown),
        "margin": {"l": 8, "r": 16, "t": 6, "b": 28},
        "bargap": 0.35,
        "xaxis": {**_axis(""), "zeroline": True, "nticks": 5},
        "yaxis": _names(),
    }
    return {"data": [bars], "layout": layout}


def calibration(predicted: Iterable[float], observed: Iterable[float], count: Iterable[int]) -> Figure:
    """What was predicted against what happened; on the diagonal a probability means what it says."""
    x, y = [float(value) for value in predicted], [float(value) for value in observed]
    points = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "marker": {"color": "accent", "size": 7},
        "line": {"color": "accent"},
        "customdata": [int(value) for value in count],
        "hovertemplate": "predicted %{x:.2f}, happened %{y:.2f} (%{customdata:,} examples)<extra></extra>",
    }
    # Rare labels have small probabilities: the corner in which they lie is shown, not the empty rest.
    return _square(points, "predicted probability", "share that happened", min(1.0, 1.15 * max([0.05, *x, *y])))


def roc(x: Iterable[float], y: Iterable[float]) -> Figure:
    """The share of positives found against the share of negatives disturbed, over all thresholds."""
    curve = {
        "type": "scatter",
        "mode": "lines",
        "x": [float(value) for value in x],
        "y": [float(value) for value in y],
        "line": {"color": "accent", "width": 2.5},
        "hovertemplate": "finds %{y:.0%}, disturbs %{x:.0%}<extra></extra>",
    }
    return _square(curve, "false positive rate", "true positive rate", 1.0)


def _landmarks(oracle: Mapping[str, Any] | None, bar: float | None) -> tuple[list[Figure], list[Figure]]:
    """Lines that the candidates are held against, and their names."""
    shapes: list[Figure] = []
    notes: list[Figure] = []
    if oracle is not None and oracle["value"] is not None:
        band = {"x0": oracle["low"], "x1": oracle["high"], "fillcolor": "second", "opacity": 0.16, "line": {"width": 0}}
        shapes += [{"type": "rect", **_OVER_ALL, **band}, _line(oracle["value"], "second", "dot")]
        notes.append(_note(oracle["value"], "oracle", "second"))
    if bar is not None:
        shapes.append(_line(bar, "ink", "dash"))
        notes.append(_note(bar, "the bar", "ink"))
    return shapes, notes


_OVER_ALL: Figure = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}


def _points(items: Sequence[Mapping[str, Any]], colour: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [item["value"] for item in items],
        "y": [item["title"] for item in items],
        "error_x": {**_spread(items), "color": colour},
        "marker": {"color": colour, "size": 11},
        "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
    }


def _spread(items: Sequence[Mapping[str, Any]]) -> Figure:
    """Intervals as plotly draws them; none where an interval is not known."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [_gap(item["value"], item["high"]) for item in items],
        "arrayminus": [_gap(item["low"], item["value"]) for item in items],
        "thickness": 1.5,
        "width": 4,
        "color": "ink",
    }


def _gap(low: float | None, high: float | None) -> float:
    return 0.0 if low is None or high is None else max(0.0, high - low)


def _axis(title: str) -> Figure:
    return {**_AXIS, "title": {"text": title, "font": {"size": 13}}, "tickangle": 0}


def _names() -> Figure:
    return {"automargin": True, "type": "category", "fixedrange": True, "ticklabelstandoff": 6}


def _line(x: float, colour: str, dash: str) -> Figure:
    line = {"color": colour, "dash": dash, "width": 1.5}
    return {"type": "line", **_OVER_ALL, "x0": x, "x1": x, "line": line}


def _note(x: float, words: str, colour: str) -> Figure:
    place = {"x": x, "y": 1.0, "xref": "x", "yref": "paper", "yanchor": "bottom"}
    return {**place, "text": words, "showarrow": False, "font": {"color": colour, "size": 12}}


def _square(trace: Figure, x: str, y: str, end: float) -> Figure:
    """A trace over the square from 0 to `end`, with its diagonal."""
    diagonal: Figure = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "hoverinfo": "skip"}
    diagonal["line"] = {"color": "quiet", "dash": "dot", "width": 1}
    reach = {"range": [-0.02 * end, 1.02 * end], "nticks": 6}
    layout = {
        "height": 320,
        "margin": {"l": 56, "r": 12, "t": 10, "b": 46},
        "xaxis": {**_axis(x), **reach},
        "yaxis": {**_axis(y), **reach},
        "showlegend": False,
    }
    return {"data": [diagonal, trace], "layout": layout}
