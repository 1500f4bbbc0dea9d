"""The picture of fairness: each group's rates with their intervals, side by side; see `charts` for its colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.report.charts import Figure

PANELS = (
    ("selection_rate", "selection rate"),
    ("true_positive_rate", "true positive rate"),
    ("false_positive_rate", "false positive rate"),
    ("calibration_gap", "mean score less what came"),
)
_SPACE = 0.035
_AXIS: Figure = {"zeroline": False, "fixedrange": True, "nticks": 4, "tickangle": 0}


def fairness_by_group(groups: Sequence[Mapping[str, Any]]) -> Figure | None:
    """A panel a rate, a row a group; the dotted line is the rate of all of them together.

    Args:
        groups: as `fairness.audit` has them; those that are too small are left out.
    """
    shown = [group for group in reversed(groups) if group["is_judged"]]
    if not shown:
        return None
    layout: Figure = {
        "height": 96 + 30 * len(shown),
        "margin": {"l": 8, "r": 16, "t": 30, "b": 34},
        "yaxis": {"automargin": True, "type": "category", "fixedrange": True, "ticklabelstandoff": 6,
                  "range": [-0.6, len(shown) - 0.4]},
        "showlegend": False,
        "shapes": [],
        "annotations": [],
    }  # fmt: skip
    data = []
    width = (1 - _SPACE * (len(PANELS) - 1)) / len(PANELS)
    for at, (rate, title) in enumerate(PANELS):
        begin, number = at * (width + _SPACE), "" if at == 0 else str(at + 1)
        form = "+.0%" if rate == "calibration_gap" else ".0%"
        data.append(_dots(shown, rate, f"x{number}", form))
        layout[f"xaxis{number}"] = {
            **_AXIS, "domain": [begin, begin + width], "tickformat": form, "labelalias": {"+0%": "0%"},
        }  # fmt: skip
        layout["annotations"].append(
            {"text": title, "xref": "paper", "yref": "paper", "x": begin, "y": 1, "xanchor": "left",
             "yanchor": "bottom", "yshift": 6, "showarrow": False, "font": {"size": 12.5}}
        )  # fmt: skip
        where = 0.0 if rate == "calibration_gap" else _together(shown, rate)
        if where is not None:
            layout["shapes"].append(
                {"type": "line", "xref": f"x{number}", "yref": "paper", "x0": where, "x1": where, "y0": 0, "y1": 1,
                 "line": {"color": "quiet", "width": 1.5, "dash": "dot"}}
            )  # fmt: skip
    return {"data": data, "layout": layout}


def _dots(groups: Sequence[Mapping[str, Any]], rate: str, axis: str, form: str) -> Figure:
    known = [group for group in groups if group["rates"][rate]["value"] is not None]
    found = [group["rates"][rate] for group in known]
    return {
        "type": "scatter", "mode": "markers", "xaxis": axis, "yaxis": "y",
        "x": [each["value"] for each in found], "y": [group["name"] for group in known],
        "customdata": [group["examples"] for group in known],
        "marker": {"color": "accent", "size": 10},
        "error_x": {
            "type": "data", "symmetric": False, "thickness": 1.5, "width": 4, "color": "ink",
            "array": [_reach(each["value"], each["high"]) for each in found],
            "arrayminus": [_reach(each["low"], each["value"]) for each in found],
        },
        "hovertemplate": f"%{{y}}: %{{x:{form}}} of %{{customdata:,}} examples<extra></extra>",
    }  # fmt: skip


_WEIGHTS = {"selection_rate": "examples", "true_positive_rate": "positives", "false_positive_rate": "negatives"}


def _together(groups: Sequence[Mapping[str, Any]], rate: str) -> float | None:
    """The rate of all groups as one."""
    weights = [_weight(group, _WEIGHTS[rate]) for group in groups]
    values = [group["rates"][rate]["value"] or 0.0 for group in groups]
    total = sum(weights)
    return sum(weight * value for weight, value in zip(weights, values, strict=True)) / total if total else None


def _weight(group: Mapping[str, Any], of: str) -> int:
    found: int = group["examples"] - group["positives"] if of == "negatives" else group[of]
    return found


def _reach(low: float | None, high: float | None) -> float:
    return 0.0 if low is None or high is None else max(0.0, high - low)
