"""Small pictures of columns as plain SVG and HTML: they need no script, print well, and hundreds cost little."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from sandbox.report.page import Html, text
from sandbox.report.profiles import ColumnProfile, Histogram

_WIDTH, _HEIGHT = 240, 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S = 86_400
_TELLING = 0.2
"""Share of the rows that the frequent values must have, to be worth bars."""


def picture(found: ColumnProfile, label: str) -> Html:
    """A histogram, or bars of the frequent values; a few words where there is neither."""
    if not found.rows:
        return '<p class="none">no rows</p>'
    if found.nulls == found.rows:
        return '<p class="none">never a value</p>'
    if found.histogram is not None:
        return _histogram(found, found.histogram, label)
    if sum(rows for _, rows in found.frequent) > _TELLING * (found.rows - found.nulls):
        return _shares(found)
    return f'<p class="none">{how_many(found)}</p>'


def number(value: float) -> str:
    """A figure with about four digits: `5,000`, `0.39`, `1.2e-07`, `4.18e+12`."""
    if value and not 1e-4 <= abs(value) < 1e9:
        return f"{value:.3g}"
    digits = min(6, max(0, 3 - math.floor(math.log10(abs(value))))) if value else 0
    written = f"{value:,.{digits}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _histogram(found: ColumnProfile, drawn: Histogram, label: str) -> Html:
    """Bars of equal width, each with its range and rows to hover over."""
    most = max(drawn.rows) or 1
    step = _WIDTH / len(drawn.rows)
    is_time = found.column.parsed.name in ("timestamp", "date")
    bars = []
    for place, rows in enumerate(drawn.rows):
        height = max(1.0, rows / most * _HEIGHT) if rows else 0
        ends = _ends(drawn, is_time, place / len(drawn.rows), (place + 1) / len(drawn.rows))
        bars.append(
            f'<rect x="{place * step:.1f}" y="{_HEIGHT - height:.1f}" width="{step - 0.8:.1f}" height="{height:.1f}">'
            f"<title>{' to '.join(dict.fromkeys(ends))}: {rows:,} rows</title></rect>"
        )
    low, high = _ends(drawn, is_time, 0, 1)
    outside = 1 - sum(drawn.rows) / (found.rows - found.nulls)
    notes = (["logarithmic"] if drawn.log else []) + ([f"{percent(outside)} further out"] if outside > 0 else [])
    return (
        f'<svg class="histogram" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{text(label)}, from {low} to {high}">{"".join(bars)}</svg>'
        f'<div class="range"><span>{low}</span><span>{", ".join(notes)}</span><span>{high}</span></div>'
    )


def _ends(drawn: Histogram, is_time: bool, first: float, last: float) -> tuple[str, str]:
    """Two places between the ends of a histogram, given as shares of its width, in words."""
    low, high = (drawn.low + share * (drawn.high - drawn.low) for share in (first, last))
    if is_time:
        return _moment(low, drawn), _moment(high, drawn)
    if drawn.whole:
        return f"{math.ceil(low):,}", f"{math.floor(high):,}"
    return (number(math.exp(low)), number(math.exp(high))) if drawn.log else (number(low), number(high))


def _moment(seconds: float, drawn: Histogram) -> str:
    """A moment, as exact as the histogram's width asks for."""
    try:
        when = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return "far away"
    return f"{when:%Y-%m-%d}" if drawn.high - drawn.low > 3 * _DAY_S else f"{when:%m-%d %H:%M}"


def _shares(found: ColumnProfile) -> Html:
    """The frequent values, each with a bar and its share of the rows that have one."""
    known = found.rows - found.nulls
    most = found.frequent[0][1]
    shown = found.frequent
    if found.column.parsed.is_number:  # few numbers are grades or counts: they have an order of their own
        shown = tuple(sorted(shown, key=lambda item: float(item[0])))
    lines = [
        f'<li><span class="name" title="{text(value)}">{text(value) or "(empty)"}</span>'
        f'<span class="bar"><i style="width:{rows / most:.1%}"></i></span>'
        f'<span class="share" title="{rows:,} rows">{percent(rows / known)}</span></li>'
        for value, rows in shown
    ]
    rest = 1 - sum(rows for _, rows in found.frequent) / known
    if rest > 0:
        lines.append(
            f'<li><span class="name">others</span><span></span><span class="share">{percent(rest)}</span></li>'
        )
    return f'<ul class="shares">{"".join(lines)}</ul>'


def how_many(found: ColumnProfile) -> Html:
    """How many different values a column has, in words."""
    known = found.rows - found.nulls
    if found.distinct is None:
        return "no picture of nested values" if found.column.parsed.is_nested else "no picture of bytes"
    if found.distinct == 1:
        return "always the same value"
    # HyperLogLog is a few percent off: of a column in which values hardly repeat it cannot tell more.
    if found.distinct > 0.9 * known:
        return "nearly every value is another"
    most = (
        f"; most often {text(_short(found.frequent[0][0]))} ({percent(found.frequent[0][1] / known)})"
        if found.frequent
        else ""
    )
    return f"about {found.distinct:,} different values{most}"


def _short(value: str) -> str:
    return value if len(value) <= 30 else f"{value[:29]}…"


def percent(share: float) -> Html:
    """A share above 0, short."""
    if share < 0.001:
        return "&lt;0.1%"
    return f"{share:.0%}" if share >= 0.0995 else f"{share:.1%}"
