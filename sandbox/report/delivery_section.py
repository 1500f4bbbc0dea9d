"""The report's part on delivery: how late events came, what became of them, and what each stage did."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from sandbox.report.page import Html, Page, facts, table, text
from sandbox.runs.record import DeliveryRecord, RunRecord

Figure = dict[str, Any]

_AXIS: Figure = {"zeroline": False, "fixedrange": True}
_LEGEND: Figure = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
_TICKS = {0.001: "1 ms", 0.01: "10 ms", 0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3_600: "1 h",
          21_600: "6 h", 86_400: "1 day", 604_800: "1 week", 2_592_000: "30 days"}  # fmt: skip
_WORDS = (
    "Events that happened in the scenario and what became of them on their way. Rows land by arrival, so features and "
    "models see only what had arrived by then. An event that comes twice stays twice, unless the dataset has a key."
)
_STAGES = ["stage", "came", "sent twice", "damaged", "lost", "left", "still in it"]


def delivery_section(page: Page, record: RunRecord) -> Html:
    """Every delivered stream: facts, arrivals over time, lateness, and a line for each stage."""
    parts = []
    for each in record.delivery:
        over_time = page.figure(arrivals(each), f"events of {each.stream} as they happened and as they arrived")
        how_late = page.figure(lateness(each), f"how long events of {each.stream} took")
        stages = table(_STAGES, _stages(each.sums["stages"]), numbers=(1, 2, 3, 4, 5, 6))
        parts.append(
            f'<h3 id="delivery-{text(each.stream)}">{text(each.stream)}</h3>{facts(_facts(each))}'
            f'<div class="figures"><div class="card wide"><b>Happened and arrived</b>{over_time}</div>'
            f'<div class="card wide"><b>How long events took; late ones apart</b>{how_late}</div></div>'
            f'<div class="card">{stages}</div>'
        )
    return "".join(parts) + f'<p class="soft">{text(_WORDS)}</p>'


def arrivals(record: DeliveryRecord) -> Figure:
    """Events by when they happened and by when they arrived; outages are shaded."""
    lines = [("happened", record.sent, "quiet", 1.5), ("arrived", record.arrived, "accent", 2)]
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": record.starts,
            "y": values,
            "line": {"color": colour, "width": width, "shape": "hv"},
            "hovertemplate": f"%{{x}}: %{{y:,}} {name}<extra></extra>",
        }
        for name, values, colour, width in lines
    ]
    shades = [
        {
            "type": "rect", "xref": "x", "yref": "paper",
            "x0": outage["starts"], "x1": outage["ends"], "y0": 0, "y1": 1,
            "fillcolor": "bad", "opacity": 0.14, "line": {"width": 0}, "layer": "below",
        }
        for outage in record.outages
    ]  # fmt: skip
    longest = sorted(record.outages, key=_length, reverse=True)[:3]
    notes = [
        {
            "x": outage["starts"], "y": 0.99, "xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "top",
            "text": f"{outage['stage']} is down", "showarrow": False, "bgcolor": "card",
            "font": {"color": "bad", "size": 12},
        }
        for outage in (longest if len(record.outages) <= 3 else longest[:1])
    ]  # fmt: skip
    layout = {
        "height": 290,
        "margin": {"l": 8, "r": 8, "t": 30, "b": 28},
        "xaxis": {**_AXIS, "type": "date", "range": [record.starts[0], record.starts[-1]]},
        "yaxis": {**_AXIS, "rangemode": "tozero", "automargin": True, "nticks": 5},
        "legend": _LEGEND,
        "shapes": shades,
        "annotations": notes,
    }
    return {"data": traces, "layout": layout}


def lateness(record: DeliveryRecord) -> Figure | None:
    """How long arrivals took, on a scale on which each step is ten times the one before; none without arrivals."""
    if not record.lateness:
        return None
    bars: dict[int, int] = {}
    ends = [end for end, _ in record.lateness]
    for end, count in record.lateness:
        bars[_bar(end)] = bars.get(_bar(end), 0) + int(count)
    numbers = range(min(bars), max(bars) + 1)
    total = sum(bars.values())
    late = _bar(record.late_s)
    trace = {
        "type": "bar",
        "x": [_middle(number) for number in numbers],
        "width": [0.92 * (_edge(number + 1) - _edge(number)) for number in numbers],
        "y": [bars.get(number, 0) / total for number in numbers],
        "marker": {"color": ["second" if number >= late else "accent" for number in numbers]},
        "customdata": [_span(_edge(number), _edge(number + 1)) for number in numbers],
        "hovertemplate": "%{customdata}: %{y:.2%} of arrivals<extra></extra>",
    }
    shown = {value: name for value, name in _TICKS.items() if min(ends) / 3 <= value <= max(ends) * 3}
    layout = {
        "height": 250,
        "margin": {"l": 8, "r": 8, "t": 24, "b": 28},
        "bargap": 0.05,
        "xaxis": {**_AXIS, "type": "log", "tickvals": list(shown), "ticktext": list(shown.values()), "showgrid": False},
        "yaxis": {**_AXIS, "tickformat": ".0%", "automargin": True, "nticks": 5, "rangemode": "tozero"},
        "showlegend": False,
    }
    return {"data": [trace], "layout": layout}


def _facts(record: DeliveryRecord) -> dict[str, str]:
    sums = record.sums
    quantiles = sums["lateness_s"]
    came = sums["arrived"] + sums["damaged"]
    told = {"sent": f"{sums['sent']:,}", "arrived": f"{came:,}"}
    told |= {f"{level} within": duration(seconds) for level, seconds in quantiles.items() if level != "100%"}
    told |= {"the last after": duration(quantiles["100%"])} if quantiles else {}
    told[f"late (over {duration(record.late_s)})"] = f"{sums['late']:,}"
    told["out of order"] = f"{sums['reordered']:,}"
    names = {"repeated": "sent twice", "damaged": "damaged", "lost": "lost", "pending": "under way at the end"}
    return told | {said: f"{sums[name]:,}" for name, said in names.items() if sums[name]}


def _stages(stages: Mapping[str, Mapping[str, int]]) -> list[list[Html]]:
    counted = ("came", "repeated", "damaged", "lost", "left", "pending")
    return [
        [f"<b>{text(name)}</b>", *(f"{each[key]:,}" if each[key] else "–" for key in counted)]
        for name, each in stages.items()
    ]


def duration(seconds: float) -> str:
    """A length of time in the unit that suits it: `4.3 min`."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1_000:.3g} ms"


def _length(outage: Mapping[str, str]) -> float:
    starts, ends = (dt.datetime.fromisoformat(outage[key]) for key in ("starts", "ends"))
    return (ends - starts).total_seconds()


def _bar(seconds: float) -> int:
    """Eight bars to a tenfold."""
    return math.floor(round(8 * math.log10(max(seconds, 1e-3)), 6))


def _edge(bar: int) -> float:
    return float(10 ** (bar / 8))


def _middle(bar: int) -> float:
    return (_edge(bar) + _edge(bar + 1)) / 2


def _span(low: float, high: float) -> str:
    return f"{duration(low)} to {duration(high)}"
