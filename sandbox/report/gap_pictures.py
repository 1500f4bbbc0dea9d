"""Small pictures of the gap's figures, the dummy beside the real data, in plain SVG: hundreds of them cost little."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.gap.columns import ColumnGap
from sandbox.gap.figures import verdict
from sandbox.gap.mending import of_column
from sandbox.report.page import Html, text

TAGS = {"like real": "holds", "near": "holds", "off": "undetermined", "far off": "fails"}
"""How a verdict is coloured."""
_PICTURES = 12
_WIDTH, _HEIGHT = 200, 64
_HOURS = 7 * 24
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Bars = Sequence[tuple[str, float, float]]


def pictures(title: str, columns: Sequence[ColumnGap]) -> Html:
    """A card for each of the figures that are furthest off."""
    if not columns:
        return ""
    worst = sorted(columns, key=lambda column: -column.ratio)[:_PICTURES]
    more = f" The {_PICTURES} furthest off." if len(columns) > _PICTURES else ""
    return (
        f'<h3>{title}</h3><p class="soft">Shares: <b class="dummy">dummy</b> beside '
        f'<b class="real">real</b>.{more}</p><div class="columns">{"".join(map(_card, worst))}</div>'
    )


def tag(word: str, told: str) -> Html:
    """A small label in the colour of a verdict."""
    return f'<span class="tag {TAGS[word]}">{text(told)}</span>'


def _card(gap: ColumnGap) -> Html:
    drawn = _week(gap.bars) if gap.column == "hour of the week" else _bars(gap)
    return (
        f'<div class="column"><h4>{text(gap.column)} {tag(verdict(gap), f"{gap.ratio:,.1f}")}</h4>'
        f'<p class="kind">{text(of_column(gap))}</p>{drawn}</div>'
    )


def _bars(gap: ColumnGap) -> Html:
    """Two bars a bin or category."""
    top = max((max(one, other) for _, one, other in gap.bars), default=1.0) or 1.0
    step = _WIDTH / max(len(gap.bars), 1)
    drawn = []
    for at, (name, one, other) in enumerate(gap.bars):
        for share, kind, shift in ((one, "dummy", 0.06), (other, "real", 0.5)):
            height = (_HEIGHT - 2) * share / top
            drawn.append(
                f'<rect class="{kind}" x="{(at + shift) * step:.1f}" y="{_HEIGHT - height:.1f}" '
                f'width="{step * 0.42:.1f}" height="{height:.1f}">'
                f"<title>{text(name)}: {share:.1%} of the {kind}</title></rect>"
            )
    ends = [_short(gap.bars[at][0]) for at in (0, -1)] if gap.bars else ["", ""]
    return _drawn(f"{gap.column}, dummy beside real", "".join(drawn), ends)


def _week(bars: Bars) -> Html:
    """The week hour by hour: the real data as an area, the dummy as a line over it."""
    known = {name: (one, other) for name, one, other in bars}
    hours = [known.get(f"{day} {hour:02d}", (0.0, 0.0)) for day in _DAYS for hour in range(24)]
    top = max(max(pair) for pair in hours) or 1.0
    dummy, real = (
        " ".join(
            f"{at * _WIDTH / _HOURS:.1f},{_HEIGHT - (_HEIGHT - 2) * pair[side] / top:.1f}"
            for at, pair in enumerate(hours)
        )
        for side in (0, 1)
    )
    drawn = (
        f'<polygon class="real" points="0,{_HEIGHT} {real} {_WIDTH},{_HEIGHT}"/>'
        f'<polyline class="dummy" points="{dummy}"/>'
    )
    return _drawn("hour of the week, dummy over real", drawn, _DAYS)


def _drawn(label: str, shapes: Html, below: Sequence[str]) -> Html:
    names = "".join(f"<span>{text(name)}</span>" for name in below)
    return (
        f'<svg class="histogram twice" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{text(label)}">{shapes}</svg><div class="range">{names}</div>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"
