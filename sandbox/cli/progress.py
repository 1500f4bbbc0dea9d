"""Progress on a terminal: rows, rate, time left. Silent where standard error is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text


class Listener(Protocol):
    """What long work tells: what it does, how much is done, of how much (None: nobody knows)."""

    def __call__(self, what: str, done: int, of: int | None) -> None: ...


@contextmanager
def progress(quiet: bool) -> Iterator[Listener]:
    """A listener that draws bars while the block runs, if there is a terminal to draw on."""
    if quiet or not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), _rate_column(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=8) as bars:
        tasks: dict[str, int] = {}

        def listen(what: str, done: int, of: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)  # type: ignore[assignment]
            bars.update(tasks[what], completed=done, total=of)  # type: ignore[arg-type]

        yield listen


def _rate_column() -> ProgressColumn:
    from rich.progress import ProgressColumn
    from rich.text import Text

    class Amount(ProgressColumn):
        """`1,048,576 of 10,000,000 · 2.1M/s`."""

        def render(self, task: Task) -> Text:
            of = f" of {int(task.total):,}" if task.total else ""
            speed = task.speed or 0.0
            rate = f" · {speed / 1e6:.1f}M/s" if speed >= 1e6 else f" · {speed:,.0f}/s" if speed else ""
            return Text(f"{int(task.completed):,}{of}{rate}", style="dim")

    return Amount()
