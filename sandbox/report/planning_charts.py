"""Pictures of a plan ahead: when an effect will have been shown, and what is regretted of each choice."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.experiment.planning import Curve
from sandbox.experiment.release import Option
from sandbox.report.charts import Figure

_AXIS: Figure = {"zeroline": False, "fixedrange": True}
_COLOURS = ("quiet", "second", "accent", "good", "open", "bad")


def powers(curves: Sequence[Curve], asked: float, horizon: int, until: int) -> Figure:
    """The chance to have shown the effect by the end of each day, a line a share; what is asked for is dotted."""
    days = list(range(1, until + 1))
    lines = [
        {
            "type": "scatter", "mode": "lines", "x": days, "y": curve.power[:until], "name": f"{curve.share:.0%}",
            "line": {"color": _COLOURS[at % len(_COLOURS)], "width": 2.4},
            "hovertemplate": f"{curve.share:.0%} of the traffic, day %{{x}}: %{{y:.0%}}<extra></extra>",
        }
        for at, curve in enumerate(curves)
    ]  # fmt: skip
    rule = {"type": "line", "line": {"color": "quiet", "width": 1.2, "dash": "dot"}}
    layout = {
        "height": 320, "margin": {"l": 8, "r": 16, "t": 30, "b": 46},
        "xaxis": {**_AXIS, "title": {"text": "day", "font": {"size": 13}}, "nticks": 12},
        "yaxis": {**_AXIS, "automargin": True, "title": {"text": "power", "font": {"size": 13}}, "tickformat": ".0%",
                  "range": [0, 1.02]},
        "shapes": [
            {**rule, "xref": "paper", "x0": 0, "x1": 1, "y0": asked, "y1": asked},
            {**rule, "yref": "paper", "y0": 0, "y1": 1, "x0": horizon, "x1": horizon},
        ],
        "annotations": [
            {"x": horizon, "y": 0.02, "yref": "paper", "yanchor": "bottom", "xanchor": "left", "xshift": 6,
             "text": "the horizon", "showarrow": False, "font": {"size": 12, "color": "soft"}}
        ],
        "legend": {"orientation": "h", "y": 1.14, "x": 0, "title": {"text": "share of the traffic  "}},
        "showlegend": True,
    }  # fmt: skip
    return {"data": lines, "layout": layout}


def regrets(choices: Sequence[Option]) -> Figure:
    """What is lost on average by each choice beside somebody who knows the effect; the least is coloured."""
    shown = sorted(choices, key=lambda each: each.regret, reverse=True)
    least = min(each.regret for each in shown)
    bars = {
        "type": "bar", "orientation": "h", "y": [named(each) for each in shown], "x": [each.regret for each in shown],
        "marker": {"color": ["accent" if each.regret == least else "quiet" for each in shown]},
        "hovertemplate": "%{y}: %{x:,.0f} regretted<extra></extra>",
    }  # fmt: skip
    layout = {
        "height": 70 + 28 * len(shown), "margin": {"l": 8, "r": 16, "t": 8, "b": 46}, "bargap": 0.4,
        "xaxis": {**_AXIS, "tickformat": ",.0f", "nticks": 6,
                  "title": {"text": "regret: lost on average beside somebody who knows", "font": {"size": 13}}},
        "yaxis": {"automargin": True, "type": "category", "fixedrange": True, "ticklabelstandoff": 6},
        "showlegend": False,
    }  # fmt: skip
    return {"data": [bars], "layout": layout}


def named(each: Option) -> str:
    """A choice in words."""
    return f"wait {each.days} days" if each.days else {"release": "release now"}.get(each.choice, each.choice)
