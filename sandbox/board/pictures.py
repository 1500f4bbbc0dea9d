"""Pictures of the board as plain SVG and HTML: iterations as dots, stages as a track, and who waits for whom."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.board import words
from sandbox.board.iterations import Iteration, Progress
from sandbox.board.said import Work
from sandbox.board.standings import Standing
from sandbox.report.page import Html, text

STAGES = ("spike", "proof of concept", "MVP", "production")
_WIDTH, _HEIGHT = 420, 156
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 104, 12, 36
_SHOWN = 20
"""Iterations that fit side by side; the latest of more."""


def iterations(each: Progress) -> Html:
    """What each iteration reached, between a constant answer and the truth; empty where none reached anything.

    Those on other data or judged by another metric than the latest are left out: they cannot be compared.
    """
    latest = each.having("candidate")
    if latest is None:
        return ""
    shown = [one for one in each.iterations if one.value is not None and one.metric == latest.metric][-_SHOWN:]
    known = [value for one in shown for value in (one.value, one.low, one.high) if value is not None]
    marks = [(latest.trivial, "constant answer"), (latest.oracle, "the truth itself")]
    known += [value for value, _ in marks if value is not None]
    low, high = min(known), max(known)
    pad = 0.06 * (high - low or 1.0)

    def down(value: float) -> float:
        return _TOP + (high + pad - value) / (high - low + 2 * pad) * (_HEIGHT - _TOP - _BOTTOM)

    def along(number: int) -> float:
        step = (_WIDTH - _LEFT - _RIGHT) / max(len(shown), 1)
        return _LEFT + step * (number + 0.5)

    drawn = [_landmark(down(value), name) for value, name in marks if value is not None]
    points = " ".join(f"{along(at):.1f},{down(one.value):.1f}" for at, one in enumerate(shown) if one.value is not None)
    drawn.append(f'<polyline class="path" points="{points}"/>')
    for at, one in enumerate(shown):
        ends = None if one.low is None or one.high is None else (down(one.low), down(one.high))
        drawn.append(_dot(one, along(at), down(one.value or 0.0), ends))
        if not at or one.data != shown[at - 1].data:
            drawn.append(f'<text x="{along(at):.1f}" y="{_HEIGHT - 5}" text-anchor="middle">{text(one.data)}</text>')
    label = f"{each.name}: {latest.metric} of {len(shown)} iterations, the latest {words.figure(latest.value)}"
    return (
        f'<svg class="iterations" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{text(label)}">'
        f"{''.join(drawn)}</svg>"
    )


def _landmark(y: float, name: str) -> Html:
    return (
        f'<line class="line" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_WIDTH - _RIGHT + 6}" y="{y + 4:.1f}">{name}</text>'
    )


def _dot(one: Iteration, x: float, y: float, ends: tuple[float, float] | None) -> Html:
    kind = "champion" if "champion" in one.roles else "real" if one.data != "dummy" else ""
    bar = f'<line class="bar" x1="{x:.1f}" x2="{x:.1f}" y1="{ends[0]:.1f}" y2="{ends[1]:.1f}"/>' if ends else ""
    told = f"run {one.run}, {one.day}, {one.data}: {one.title}, {one.metric} {words.reached(one)}"
    value = f'<text class="value" x="{x + 9:.1f}" y="{y + 4:.1f}">{words.figure(one.value)}</text>' if one.roles else ""
    return (
        f"<g><title>{text(told)}</title>{bar}"
        f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="6"/>{value}'
        f'<text x="{x:.1f}" y="{_HEIGHT - 19}" text-anchor="middle">{one.run}</text></g>'
    )


def track(stage: str) -> Html:
    """The stages, with that of a model marked; all open where it has none."""
    at = STAGES.index(stage) if stage in STAGES else -1
    steps = "".join(
        f'<li class="{"here" if number == at else "done" if number < at else ""}">{name}</li>'
        for number, name in enumerate(STAGES)
    )
    return f'<ol class="track" aria-label="stage: {text(stage or "not begun")}">{steps}</ol>'


def waiting(works: Sequence[Work], standings: Sequence[Standing]) -> Html:
    """A grid: each piece of work, and where the datasets that it reads stand."""
    read = [each for each in standings if any(each.name in work.reads for work in works)]
    head = "".join(f'<th class="turned" scope="col">{text(each.name)}</th>' for each in read)
    rows = "".join(
        f'<tr><th scope="row">{text(work.name)}</th>'
        + "".join(f'<td class="mark">{_mark(each.state) if each.name in work.reads else ""}</td>' for each in read)
        + "</tr>"
        for work in works
    )
    legend = "".join(
        f'<li class="mark">{_mark(state)}{said}</li>'
        for state, said in (
            ("dummy", "still a dummy"),
            ("verified", "verified"),
            ("real", "real"),
            ("broken", "broken"),
        )
    )
    return (
        f'<div class="scroll"><table class="waits"><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>'
        f'</div><ul class="legend">{legend}</ul>'
    )


def _mark(state: str) -> Html:
    return f'<i class="{state}" role="img" aria-label="{state}"></i>'
