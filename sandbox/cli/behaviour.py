"""Draw behaviour in a terminal: the ways of a journey, the funnel, the week, customers over time and by cohort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import console, count

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from sandbox.behaviour.figures import Behaviour, Cohort, Span, Stop

_BAR = 24
_LEVELS = "▁▂▃▄▅▆▇█"
_SHADES = " ░▒▓█"
_GLOW = ("grey15", "#1c2f52", "#264a85", "#2f66b8", "#4d8be0", "#8fbcff")
"""From nothing to most, on a dark or a light terminal."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_WAYS = 5
_MOST_STOPS = 12


def draw(found: Behaviour) -> None:
    """Print the pictures of one stream to standard output."""
    click.echo(click.style(found.dataset, bold=True) + f": how {found.told} behave")
    click.echo(
        f"{count(found.visits, 'visit')} with {count(found.events, 'event')} ({found.events_a_visit:.1f} each) "
        f"by {count(found.customers, 'customer')}, {found.first} to {found.last}, {found.zone}"
    )
    if found.ways:
        _titled("Journey", "where visits go from each stop, and how long they stay there")
        console().print(_journey(found))
    if len(found.stops) > 1:
        _titled("Funnel", "share of the visits that get there")
        console().print(_funnel(found.stops))
    _titled("Week", "visits that begin, an hour")
    console().print(_week(found.hours))
    _titled("Customers", _by(found.days_a_span))
    console().print(_spans(found.spans))
    if any(len(cohort.shares) > 1 for cohort in found.cohorts):
        _titled("Retention", f"{_by(found.days_a_cohort)}: share of those who came together that is active")
        console().print(_cohorts(found.cohorts))


def _titled(title: str, about: str) -> None:
    click.echo("\n" + click.style(title, bold=True, fg="cyan") + click.style(f"  {about}", dim=True))


def _journey(found: Behaviour) -> Table:
    """A line a way: from each stop the most frequent ones, then those that leave."""
    table = _grid("left", "right", "right", "left", "left", "right")
    table.add_row(*_head("from", "begin", "stay", "to", "", ""))
    for stop in islice(found.stops, _MOST_STOPS):
        ways = [(f"→ {way.target}", way.share) for way in found.ways_from(stop.name)[:_MOST_WAYS]]
        ways += [("→ leave", stop.leaves)] if stop.leaves else []
        for place, (target, share) in enumerate(ways):
            begins = _percent(stop.begins) if stop.begins else ""
            first = (stop.name, begins, _seconds(stop.stays_s)) if place == 0 else ("", "", "")
            is_end = target == "→ leave"
            colour = "bright_black" if is_end else "blue"
            table.add_row(first[0], first[1], first[2], target, _bar(share, colour), _percent(share))
    return table


def _funnel(stops: Sequence[Stop]) -> Table:
    table = _grid("left", "left", "right", "right")
    for stop in islice(stops, _MOST_STOPS):
        table.add_row(stop.name, _bar(stop.reached, "green"), _percent(stop.reached), count(stop.times, "time"))
    return table


def _week(hours: Sequence[float]) -> Table:
    """Seven lines of 24 cells, each day's sum beside it, each hour's below."""
    from rich.text import Text

    most = max(hours) or 1.0
    table = _grid("left", "left", "right", "left")
    table.add_row("", Text("".join(f"{hour:<6}" for hour in range(0, 24, 3)), "dim"), Text("a day", "dim"), "")
    days = [hours[24 * day : 24 * day + 24] for day in range(7)]
    busiest = max(map(sum, days)) or 1.0
    for name, values in zip(_DAYS, days, strict=True):
        cells = Text.assemble(*(_cell(value / most, "  ") for value in values))
        table.add_row(name, cells, _figure(sum(values)), _bar(sum(values) / busiest, "blue", 12))
    by_hour = [sum(day[hour] for day in days) for hour in range(24)]
    table.add_row("", Text("".join(2 * level for level in _spark(by_hour)), "blue"), "", "")
    return table


def _spans(spans: Sequence[Span]) -> Table:
    from rich.text import Text

    table = _grid("left", "left", "right", "right")
    lines: list[tuple[str, list[int], str]] = [("active", [span.active for span in spans], "blue")]
    for name, colour in (("there", "green"), ("came", "cyan"), ("left", "red")):
        values = [getattr(span, name) for span in spans]
        if None not in values and any(values):
            lines.append((name, values, colour))
    for name, values, colour in lines:
        table.add_row(name, Text(_spark(values), colour), f"{min(values):,}", Text(f"to {max(values):,}"))
    ends = f"{spans[0].starts[5:]}".ljust(max(len(spans) - 5, 0)) + (spans[-1].starts[5:] if len(spans) > 11 else "")
    table.add_row("", Text(ends, "dim"), "", "")
    return table


def _cohorts(cohorts: Sequence[Cohort]) -> Table:
    longest = max(len(cohort.shares) for cohort in cohorts)
    table = _grid("left", "right", *["left"] * longest, gap=1)
    table.add_row(*_head("came", "customers", *(f"{period:>4}" for period in range(longest))))
    for cohort in cohorts:
        cells = [_cell(share, f"{share:>4.0%}") for share in cohort.shares]
        blank = [""] * (longest - len(cells))
        table.add_row(cohort.starts or "before", f"{cohort.customers:,}", *cells, *blank)
    return table


def _by(days: int) -> str:
    return {1: "by day", 7: "by week", 28: "by four weeks"}.get(days, f"by {days} days")


def _grid(*justify: str, gap: int = 2) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, gap, 0, 0))
    for each in justify:
        table.add_column(justify=each, no_wrap=True)  # type: ignore[arg-type]
    return table


def _head(*titles: str) -> Iterable[Text]:
    from rich.text import Text

    return [Text(title, "dim") for title in titles]


def _bar(share: float, colour: str, width: int = _BAR) -> Text:
    """A bar in eighths of a cell, over a quiet ground."""
    from rich.text import Text

    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    full, rest = divmod(eighths, 8)
    drawn = "█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "")
    return Text.assemble((drawn, colour), ("·" * (width - len(drawn)), "bright_black"))


def _cell(share: float, words: str) -> Text:
    """A cell of a heat map: its ground glows; without colours, shades stand in for blanks."""
    from rich.text import Text

    if console().color_system is None:
        shade = _SHADES[min(round(share * 4 + (0.4 if share else 0)), 4)]
        return Text(words if words.strip() else shade * len(words))
    level = min(int(share * len(_GLOW)), len(_GLOW) - 1)
    return Text(words, f"{'black' if level > 3 else 'white'} on {_GLOW[level]}")


def _spark(values: Sequence[float]) -> str:
    most = max(values) or 1
    return "".join(_LEVELS[round(value / most * (len(_LEVELS) - 1))] for value in values)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.0995 or share == 0 else f"{share:.1%}"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1f} s"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}"
