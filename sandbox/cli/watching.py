"""`sandbox experiment --watch`: a rehearsal as it goes, redrawn each day; a line a day where there is no terminal."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from sandbox.experiment.decisions import Decision
    from sandbox.experiment.loop import Loop
    from sandbox.experiment.now import ArmNow, Now
    from sandbox.models.base import Estimate
    from sandbox.scenario.plan import Plan

_WIDTH = 41
_LATEST = 6
_STYLES = {"promoted": "green", "rolled back": "yellow", "stopped": "red", "failed": "red", "given up": "yellow"}


@contextmanager
def watching(plan: Plan, wanted: bool) -> Iterator[Callable[[Loop], None] | None]:
    """Something that shows a loop after each of its steps; None where nobody wants to watch."""
    if not wanted:
        yield None
        return
    zone = ZoneInfo(plan.clock.zone)
    if not sys.stdout.isatty():
        yield lambda loop: click.echo(_line(loop, zone))
        return
    from rich.live import Live

    with Live(refresh_per_second=8, transient=True) as live:
        yield lambda loop: live.update(_picture(loop, zone), refresh=True)


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


def _picture(loop: Loop, zone: ZoneInfo) -> RenderableType:
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    from sandbox.experiment.now import now_of

    now = now_of(loop)
    stale = "red" if now.stale_us > 6 * 3_600_000_000 else "dim"
    head = Text.assemble(
        (f" {loop.plan.name} ", "bold reverse"), f"  {_day(now, zone)}  day {now.day} of {now.of}   ",
        (f"data {_ago(now.stale_us)} old, {now.under_way:,} events under way", stale),
    )  # fmt: skip
    parts: list[RenderableType] = [head, Text(), _arms(now)]
    for arm in now.arms[1:]:
        if arm.difference is not None:
            parts.append(_ruler(arm, now))
    return Panel(Group(*parts, Text(), _decisions(loop.decisions, zone)), border_style="dim")


def _arms(now: Now) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("arm", "share", "customers", "lists", "clicks", "click rate", "goals", "conversion", "champion"):
        table.add_column(name, justify="left" if name in ("arm", "champion") else "right")
    for arm in now.arms:
        table.add_row(
            arm.policy if arm.is_open else f"{arm.policy} (stopped)", f"{arm.share:.1%}", f"{arm.units:,}",
            f"{arm.lists:,}", f"{arm.clicks:,}", f"{arm.click_rate.value:.1%}", f"{arm.goals:,}",
            f"{arm.conversion.value:.2%}", f"version {arm.version}", style=None if arm.is_open else "dim",
        )  # fmt: skip
    return table


def _ruler(arm: ArmNow, now: Now) -> RenderableType:
    """The difference in conversion on a line: its interval, what is estimated, what is true."""
    from rich.text import Text

    found = arm.difference
    assert found is not None
    ends = [abs(end) for end in (found.low, found.high, arm.true_difference or 0.0) if end == end]
    reach = max([*ends, 1e-9]) * 1.1
    cells = [" "] * _WIDTH

    def place(value: float) -> int:
        return min(max(round((value / reach + 1) / 2 * (_WIDTH - 1)), 0), _WIDTH - 1)

    styles = {}
    if found.low == found.low:
        for at in range(place(found.low), place(found.high) + 1):
            cells[at] = "─"
    cells[place(0.0)] = "│" if cells[place(0.0)] == " " else "┼"
    if found.value == found.value:
        cells[place(found.value)], styles[place(found.value)] = "●", "cyan"
    if arm.true_difference is not None:
        cells[place(arm.true_difference)], styles[place(arm.true_difference)] = "◆", "magenta"
    line = Text(f"  {arm.policy[:18]:<18} ")
    for at, cell in enumerate(cells):
        line.append(cell, styles.get(at, "dim"))
    line.append(f"  {_estimate(found)}", "cyan")
    if arm.true_difference is not None:
        line.append(f"  true {arm.true_difference:+.2%}", "magenta")
    return line


def _decisions(decisions: Sequence[Decision], zone: ZoneInfo) -> RenderableType:
    from rich.text import Text

    lines = Text()
    for each in decisions[-_LATEST:]:
        when = datetime.datetime.fromtimestamp(each.at_us / 1e6, zone)
        lines.append(f"  {when:%d %b}  ", "dim")
        lines.append(f"{each.policy} {each.what}", _STYLES.get(each.what, "dim"))
        lines.append(f"  {each.because}\n", "dim")
    return lines


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
