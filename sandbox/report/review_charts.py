"""Pictures of review: what decisions cost with and without it, and how many wait; see `charts` for their colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.report.charts import Figure

_AXIS: Figure = {"zeroline": False, "fixedrange": True}
_PARTS = (
    ("missed", "missed", "second"),
    ("false_alarms", "false alarms", "quiet"),
    ("reviewing", "reviewing", "accent"),
)


def costs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Figure | None:
    """What decisions cost, by mistake, without review and with it; None where nothing costs anything."""
    if not before["cost"] and not after["cost"]:
        return None
    data = [
        {"type": "bar", "orientation": "h", "name": name, "y": ["with review", "model alone"],
         "x": [after[key], before[key]], "marker": {"color": colour},
         "hovertemplate": f"%{{y}}: {name} %{{x:,.0f}}<extra></extra>"}
        for key, name, colour in _PARTS
    ]  # fmt: skip
    layout = {
        "height": 176, "barmode": "stack", "bargap": 0.35, "margin": {"l": 8, "r": 16, "t": 30, "b": 30},
        "xaxis": {**_AXIS, "tickformat": ",.0f", "nticks": 6},
        "yaxis": {"automargin": True, "type": "category", "fixedrange": True, "ticklabelstandoff": 6},
        "legend": {"orientation": "h", "y": 1.24, "x": 0, "traceorder": "normal"}, "showlegend": True,
    }  # fmt: skip
    return {"data": data, "layout": layout}


def waiting(found: Mapping[str, Any]) -> Figure | None:
    """How many decisions wait for a reviewer, from the cut on."""
    if not found["waiting"]:
        return None
    line = {
        "type": "scatter", "mode": "lines", "x": [hours / 24 for hours in found["at_h"]], "y": found["waiting"],
        "line": {"color": "accent", "width": 1.8, "shape": "hv"}, "fill": "tozeroy",
        "hovertemplate": "day %{x:.1f}: %{y:,} wait<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 220, "margin": {"l": 52, "r": 16, "t": 10, "b": 44}, "showlegend": False,
        "xaxis": {**_AXIS, "title": {"text": "days after the cut", "font": {"size": 13}}, "nticks": 10},
        "yaxis": {**_AXIS, "title": {"text": "waiting", "font": {"size": 13}}, "rangemode": "tozero", "nticks": 5},
    }  # fmt: skip
    return {"data": [line], "layout": layout}
