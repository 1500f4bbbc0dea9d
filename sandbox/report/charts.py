"""The report's pictures, as plain plotly figures (data and layout); the page's script draws and colours them.

Colours are names (`ink`, `accent`, `second`, `quiet`) that `report.js` turns into those of the light or dark page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.models.words import METRIC_TITLES
from sandbox.report.profiles import ColumnProfile

Figure = dict[str, Any]


def distribution(profile: ColumnProfile) -> Figure | None:
    """A small picture of a column's values: a histogram, or bars of the frequent values."""
    if profile.histogram:
        centres: list[Any] = [(low + high) / 2 for low, high, _ in profile.histogram]
        if profile.column.parsed.name in ("timestamp", "date"):
            centres = [datetime.fromtimestamp(centre, UTC).isoformat() for centre in centres]
        bars = {
            "type": "bar",
            "x": centres,
            "y": [rows for _, _, rows in profile.histogram],
            "marker": {"color": "accent"},
        }
        return {
            "data": [{**bars, "hovertemplate": "%{x}: %{y:,} rows<extra></extra>"}],
            "layout": {"bargap": 0.04, **_SMALL},
        }
    if profile.frequent:
        shown = list(reversed(profile.frequent))
        bars = {
            "type": "bar",
            "orientation": "h",
            "x": [rows for _, rows in shown],
            "y": [_short(value) for value, _ in shown],
            "marker": {"color": "accent"},
            "hovertemplate": "%{y}: %{x:,} rows<extra></extra>",
        }
        return {"data": [bars], "layout": {"bargap": 0.25, **_SMALL, "yaxis": {"type": "category", "automargin": True}}}
    return None


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
    traces = [
        _points([item for item in shown if not item["champion"]], "quiet", "candidate"),
        _points([item for item in shown if item["champion"]], "accent", "champion"),
    ]
    shapes: list[Figure] = []
    notes: list[Figure] = []
    if oracle is not None:
        shapes.append(
            {"type": "rect", "xref": "x", "yref": "paper", "x0": oracle["low"], "x1": oracle["high"], "y0": 0, "y1": 1,
             "fillcolor": "second", "opacity": 0.16, "line": {"width": 0}}
        )  # fmt: skip
        shapes.append(_line(oracle["value"], "second", "dot"))
        notes.append(_note(oracle["value"], "oracle", "second"))
    if bar is not None:
        shapes.append(_line(bar, "ink", "dash"))
        notes.append(_note(bar, "the bar", "ink"))
    layout = {
        "height": 90 + 42 * len(shown),
        "margin": {"l": 8, "r": 16, "t": 34, "b": 44},
        "xaxis": {"title": {"text": METRIC_TITLES.get(metric, metric)}, "zeroline": False},
        "yaxis": {
            "automargin": True,
            "type": "category",
            "categoryorder": "array",
            "categoryarray": [item["title"] for item in shown],
        },
        "shapes": shapes,
        "annotations": notes,
        "showlegend": False,
    }
    return {"data": [trace for trace in traces if trace["x"]], "layout": layout}


def importance(items: Sequence[Mapping[str, Any]]) -> Figure:
    """How much the judged metric falls when a feature is shuffled, with its interval; best first."""
    shown = list(reversed(items[:12]))
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "x": [item["value"] for item in shown],
                "y": [item["column"] for item in shown],
                "error_x": _spread(shown),
                "marker": {"color": "accent"},
                "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
            }
        ],
        "layout": {
            "height": 80 + 26 * len(shown),
            "margin": {"l": 8, "r": 16, "t": 10, "b": 44},
            "bargap": 0.35,
            "xaxis": {"title": {"text": "loss when shuffled"}, "zeroline": True},
            "yaxis": {"automargin": True, "type": "category"},
        },
    }


def calibration(predicted: Iterable[float], observed: Iterable[float], count: Iterable[int]) -> Figure:
    """What was predicted against what happened; on the diagonal a probability means what it says."""
    return {
        "data": [
            _diagonal(),
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": [float(value) for value in predicted],
                "y": [float(value) for value in observed],
                "marker": {"color": "accent", "size": 7},
                "line": {"color": "accent"},
                "customdata": [int(value) for value in count],
                "hovertemplate": "predicted %{x:.2f}, happened %{y:.2f} (%{customdata:,} examples)<extra></extra>",
            },
        ],
        "layout": _square("predicted probability", "share that happened"),
    }


def roc(x: Iterable[float], y: Iterable[float]) -> Figure:
    """The share of positives found against the share of negatives disturbed, over all thresholds."""
    return {
        "data": [
            _diagonal(),
            {"type": "scatter", "mode": "lines", "x": [float(value) for value in x], "y": [float(value) for value in y], "line": {"color": "accent", "width": 2.5},
             "hovertemplate": "finds %{y:.0%}, disturbs %{x:.0%}<extra></extra>"},
        ],
        "layout": _square("false positive rate", "true positive rate"),
    }  # fmt: skip


_SMALL: Figure = {
    "height": 92,
    "margin": {"l": 4, "r": 4, "t": 4, "b": 18},
    "xaxis": {"showgrid": False, "nticks": 4, "tickfont": {"size": 10}},
    "yaxis": {"visible": False},
    "showlegend": False,
}


def _points(items: Sequence[Mapping[str, Any]], colour: str, name: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [item["value"] for item in items],
        "y": [item["title"] for item in items],
        "error_x": {**_spread(items), "color": colour},
        "marker": {"color": colour, "size": 11},
        "hovertemplate": "%{y}: %{x:.3f}<extra></extra>",
    }


def _spread(items: Sequence[Mapping[str, Any]]) -> Figure:
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, item["high"] - item["value"]) for item in items],
        "arrayminus": [max(0.0, item["value"] - item["low"]) for item in items],
        "thickness": 1.5,
        "width": 4,
        "color": "ink",
    }


def _line(x: float, colour: str, dash: str) -> Figure:
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": {"color": colour, "dash": dash, "width": 1.5},
    }


def _note(x: float, text: str, colour: str) -> Figure:
    return {
        "x": x,
        "y": 1.0,
        "xref": "x",
        "yref": "paper",
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"color": colour, "size": 12},
    }


def _diagonal() -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": "quiet", "dash": "dot", "width": 1},
        "hoverinfo": "skip",
    }


def _square(x: str, y: str) -> Figure:
    axis = {"range": [-0.02, 1.02], "zeroline": False}
    return {
        "height": 320,
        "margin": {"l": 52, "r": 12, "t": 10, "b": 46},
        "xaxis": {"title": {"text": x}, **axis},
        "yaxis": {"title": {"text": y}, **axis},
        "showlegend": False,
    }


def _short(text: str) -> str:
    return text if len(text) <= 22 else f"{text[:21]}…"
