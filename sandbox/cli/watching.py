"""`sandbox experiment --watch`: a rehearsal as it goes, redrawn each day; a line a day where there is no terminal."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    from sandbox.experiment.decisions import Decision
    from sandbox.experiment.loop import Loop
    from sandbox.experiment.now import ArmNow, Now
    from sandbox.models.base import Estimate
    from sandbox.runs.listening import Listener
    from sandbox.scenario.plan import Plan

_RULER = 41
"""Cells of a ruler, where there is room; in a narrow terminal fewer, but not below `_SHORTEST`."""
_SHORTEST = 15
_ROOMY = 108
"""Cells in which all columns stand whole."""
_LATEST = 6
_STYLES = {"promoted": "green", "rolled back": "yellow", "stopped": "red", "failed": "red", "given up": "yellow"}


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on: told of each step, and of what is worked out after the last."""

    show: Callable[[Loop], None] | None = None
    listen: Listener | None = None


@contextmanager
def watching(plan: Plan, wanted: bool) -> Iterator[Watch]:
    """Something that shows a loop after each of its steps; nothing where nobody wants to watch."""
    if not wanted:
        yield Watch()
        return
    zone = ZoneInfo(plan.clock.zone)
    if not sys.stdout.isatty():
        yield Watch(show=lambda loop: click.echo(_line(loop, zone)))
        return
    from rich.live import Live

    with Live(auto_refresh=False, transient=True) as live:
        screen = _Screen(live, zone)
        yield Watch(screen.show, screen.listen)


@dataclass
class _Screen:
    """The terminal: the picture of the latest step, and below it what is worked out when there are no more steps."""

    live: Live
    zone: ZoneInfo
    _picture: RenderableType = ""
    _goes_on: bool = False

    def show(self, loop: Loop) -> None:
        self._picture = _picture(loop, self.zone, self.live.console.width - 4)
        self._goes_on = loop.now_us < loop.plan.clock.end_us
        self.live.update(self._picture, refresh=True)

    def listen(self, what: str, done: int, of: int | None) -> None:
        if self._goes_on:  # the picture tells the day
            return
        from rich.console import Group
        from rich.text import Text

        told = f"  {what}: {done:,}" + (f" of {of:,}" if of is not None else "")
        self.live.update(Group(self._picture, Text(told, "dim", no_wrap=True, overflow="ellipsis")), refresh=True)


def _line(loop: Loop, zone: ZoneInfo) -> str:
    from sandbox.experiment.now import now_of

    now = now_of(loop)
    arms = "; ".join(
        f"{arm.policy} v{arm.version} {arm.units:,} units, {arm.goals:,} goals"
        + (f", {_estimate(arm.difference)}" if arm.difference is not None else "")
        for arm in now.arms
    )
    decided = [each for each in loop.decisions if each.at_us == now.at_us]
    told = "".join(f"; {each.policy} {each.what}" for each in decided)
    return f"{_day(now, zone)}: {arms}; data {_ago(now.stale_us)} old{told}"


def _picture(loop: Loop, zone: ZoneInfo, width: int) -> RenderableType:
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    from sandbox.experiment.now import now_of

    now = now_of(loop)
    stale = "red" if now.stale_us > 6 * 3_600_000_000 else "dim"
    head = Text.assemble((f" {loop.plan.name} ", "bold reverse"), f"  {_day(now, zone)}  day {now.day} of {now.of}")
    age = Text(f" data {_ago(now.stale_us)} old, {now.under_way:,} events under way", stale)
    parts: list[RenderableType] = [_in_a_line(head), _in_a_line(age), Text(), _arms(now, width)]
    for arm in now.arms[1:]:
        if arm.difference is not None:
            parts.append(_ruler(arm, width))
    return Panel(Group(*parts, Text(), _decisions(loop.decisions, zone)), border_style="dim")


def _arms(now: Now, width: int) -> Table:
    """What each arm did; a narrow terminal has no room for what the rates say already."""
    from rich.table import Table

    roomy = width >= _ROOMY
    table = Table(box=None, padding=(0, 2) if roomy else (0, 1), header_style="dim")
    columns: dict[str, Callable[[ArmNow], str]] = {
        "arm": lambda arm: arm.policy if arm.is_open else f"{arm.policy} (stopped)",
        "share": lambda arm: f"{arm.share:.1%}",
        "customers": lambda arm: f"{arm.units:,}",
        "lists": lambda arm: f"{arm.lists:,}",
        "clicks": lambda arm: f"{arm.clicks:,}",
        "click rate": lambda arm: f"{arm.click_rate.value:.1%}",
        "goals": lambda arm: f"{arm.goals:,}",
        "conversion": lambda arm: f"{arm.conversion.value:.2%}",
        "champion": lambda arm: f"version {arm.version}",
    }
    shown = [name for name in columns if roomy or name not in ("lists", "clicks", "goals")]
    for name in shown:
        table.add_column(name, justify="left" if name in ("arm", "champion") else "right", no_wrap=True)
    for arm in now.arms:
        table.add_row(*(columns[name](arm) for name in shown), style=None if arm.is_open else "dim")
    return table


def _ruler(arm: ArmNow, width: int) -> RenderableType:
    """The difference in conversion on a line: its interval, what is estimated, what is true."""
    from rich.text import Text

    found = arm.difference
    assert found is not None
    said = f"  {_estimate(found) if width >= _ROOMY else _estimate(found).removeprefix('conversion ')}"
    true = "" if arm.true_difference is None else f"  true {arm.true_difference:+.2%}"
    line = Text(f"  {arm.policy[:18]:<18} ")
    length = min(max(width - len(line) - len(said) - len("  true +10.00%"), _SHORTEST), _RULER)
    ends = [abs(end) for end in (found.low, found.high, arm.true_difference or 0.0) if end == end]
    reach = max([*ends, 1e-9]) * 1.1
    cells = [" "] * length

    def place(value: float) -> int:
        return min(max(round((value / reach + 1) / 2 * (length - 1)), 0), length - 1)

    styles = {}
    if found.low == found.low:
        for at in range(place(found.low), place(found.high) + 1):
            cells[at] = "─"
    cells[place(0.0)] = "│" if cells[place(0.0)] == " " else "┼"
    if found.value == found.value:
        cells[place(found.value)], styles[place(found.value)] = "●", "cyan"
    if arm.true_difference is not None:
        cells[place(arm.true_difference)], styles[place(arm.true_difference)] = "◆", "magenta"
    for at, cell in enumerate(cells):
        line.append(cell, styles.get(at, "dim"))
    line.append(said, "cyan")
    line.append(true, "magenta")
    return _in_a_line(line)


def _decisions(decisions: Sequence[Decision], zone: ZoneInfo) -> RenderableType:
    from rich.text import Text

    lines = Text()
    for each in decisions[-_LATEST:]:
        when = datetime.datetime.fromtimestamp(each.at_us / 1e6, zone)
        lines.append(f"  {when:%d %b}  ", "dim")
        lines.append(f"{each.policy} {each.what}", _STYLES.get(each.what, "dim"))
        lines.append(f"  {each.because}\n", "dim")
    return _in_a_line(lines)


def _in_a_line(text: Text) -> Text:
    """The same, whose lines end where the terminal does."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _estimate(found: Estimate) -> str:
    if found.low != found.low:
        return "too few yet"
    return f"conversion {found.value:+.2%} ({found.low:+.2%} to {found.high:+.2%})"


def _day(now: Now, zone: ZoneInfo) -> str:
    return f"{datetime.datetime.fromtimestamp(now.at_us / 1e6, zone):%a %d %b %Y %H:%M}"


def _ago(length_us: int) -> str:
    minutes = length_us / 60e6
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 2 * 24 * 60 else f"{minutes / 24 / 60:.1f} days"
