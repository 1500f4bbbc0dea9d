"""Progress on a terminal: rows, rate, time left. Silent where standard error is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import ProgressColumn, Task, TaskID
    from rich.text import Text

    from sandbox.runs.listening import Listener


@contextmanager
def progress(quiet: bool) -> Iterator[Listener]:
    """A listener that draws bars while the block runs, if there is a terminal to draw on."""
    if quiet or not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        _rate_column(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=8) as bars:
        tasks: dict[str, TaskID] = {}

        def listen(what: str, done: int, of: int | None) -> None:
            if what not in tasks:
                for task in bars.tasks:  # what nobody could measure is over when the next thing begins
                    if task.total is None:
                        bars.update(task.id, visible=False)
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of, visible=True)

        yield listen


def _rate_column() -> ProgressColumn:
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Amount(ProgressColumn):
        """`1,048,576 of 10,000,000 · 2.1M/s`."""

        def render(self, task: Task) -> Text:
            if not task.completed:
                return Text()
            of = f" of {int(task.total):,}" if task.total else ""
            speed = task.speed or 0.0
            rate = f" · {speed / 1e6:.1f}M/s" if speed >= 1e6 else f" · {speed:,.0f}/s" if speed else ""
            return Text(f"{int(task.completed):,}{of}{rate}", style="dim")

    return Amount()
