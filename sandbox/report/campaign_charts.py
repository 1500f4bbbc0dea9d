"""Pictures of campaigns: what each threshold earns, and whom a contact helps; see `charts` for their colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.report.charts import Figure

_AXIS: Figure = {"zeroline": False, "fixedrange": True}


def profit(thresholds: Sequence[Mapping[str, Any]], chosen: float) -> Figure:
    """What contacting everybody from a score on earns, by how many that are: estimated, and true.

    Args:
        thresholds: as `campaign.profit` has them, the highest score first.
        chosen: the share of people from the campaign's own threshold on.
    """
    known = [each for each in thresholds if each["profit"]["low"] is not None]
    share = [each["share"] for each in known]
    band = {
        "type": "scatter", "mode": "lines", "x": [*share, *reversed(share)],
        "y": [*(each["profit"]["high"] for each in known), *(each["profit"]["low"] for each in reversed(known))],
        "fill": "toself", "fillcolor": "accent", "opacity": 0.2, "line": {"width": 0, "color": "accent"},
        "hoverinfo": "skip", "name": "its 95 % interval",
    }  # fmt: skip
    estimate = _line(share, [each["profit"]["value"] for each in known], "accent", "estimated by the holdout")
    true = _line([each["share"] for each in thresholds], [each["true_profit"] for each in thresholds], "second", "true")
    best = max(thresholds, key=lambda each: each["true_profit"])
    star = {
        "type": "scatter", "mode": "markers", "x": [best["share"]], "y": [best["true_profit"]], "name": "best, truly",
        "marker": {"symbol": "star", "size": 14, "color": "good"},
        "hovertemplate": f"scores from {best['score']:.3f} on: %{{y:,.0f}}<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 330, "margin": {"l": 8, "r": 16, "t": 30, "b": 46},
        "xaxis": {**_AXIS, "title": _title("share of customers who are contacted, the highest scores first"),
                  "tickformat": ".0%", "range": [0, 1.01]},
        "yaxis": {**_AXIS, "automargin": True, "title": _title("profit"), "tickformat": ",.0f", "nticks": 7},
        "shapes": [
            _rule({"yref": "paper", "y0": 0, "y1": 1, "x0": chosen, "x1": chosen}, "dot"),
            _rule({"xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0}, "solid"),
        ],
        "annotations": [
            {"x": chosen, "y": 0.02, "yref": "paper", "yanchor": "bottom", "xanchor": "left", "xshift": 6,
             "text": "this campaign", "showarrow": False, "font": {"size": 12, "color": "soft"}}
        ],
        "legend": {"orientation": "h", "y": 1.14, "x": 0}, "showlegend": True,
    }  # fmt: skip
    return {"data": [*([band, estimate] if known else []), true, star], "layout": layout}


def effects(bands: Sequence[Mapping[str, Any]], title: str) -> Figure | None:
    """What a contact does by score: estimated with its interval, and true."""
    if not bands:
        return None
    names = [f"{each['low']:.2f} to {each['high']:.2f}" for each in bands]
    known = [at for at, each in enumerate(bands) if each["effect"]["low"] is not None]
    seen = [bands[at]["effect"] for at in known]
    dots = {
        "type": "scatter", "mode": "markers", "x": [names[at] for at in known], "y": [each["value"] for each in seen],
        "name": "estimated by the holdout", "marker": {"color": "accent", "size": 10},
        "error_y": {"type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": "ink",
                    "array": [each["high"] - each["value"] for each in seen],
                    "arrayminus": [each["value"] - each["low"] for each in seen]},
        "hovertemplate": "scores %{x}: %{y:+.1%}<extra></extra>",
    }  # fmt: skip
    diamonds = {
        "type": "scatter", "mode": "markers", "x": names, "y": [each["true_effect"] for each in bands], "name": "true",
        "marker": {"color": "second", "size": 12, "symbol": "diamond"},
        "hovertemplate": "scores %{x}: truly %{y:+.1%}<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 300, "margin": {"l": 8, "r": 16, "t": 30, "b": 46},
        "xaxis": {**_AXIS, "type": "category", "title": _title("score, in bands of as many people"), "tickangle": 0},
        "yaxis": {**_AXIS, "automargin": True, "title": _title(title), "tickformat": "+.0%",
                  "labelalias": {"+0%": "0%"}, "nticks": 6},
        "shapes": [_rule({"xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0}, "dot")],
        "legend": {"orientation": "h", "y": 1.16, "x": 0}, "showlegend": True,
    }  # fmt: skip
    return {"data": [dots, diamonds], "layout": layout}


def _line(x: Sequence[float], y: Sequence[float], colour: str, name: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name,
        "line": {"color": colour, "width": 2.4},
        "hovertemplate": f"%{{x:.0%}} contacted, {name}: %{{y:,.0f}}<extra></extra>",
    }  # fmt: skip


def _rule(ends: Figure, dash: str) -> Figure:
    return {"type": "line", **ends, "line": {"color": "quiet", "width": 1.2, "dash": dash}}


def _title(words: str) -> Figure:
    return {"text": words, "font": {"size": 13}}
