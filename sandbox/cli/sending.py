"""How far a replay is, on a terminal: rows, rate, and how late it is. Silent where standard error is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sandbox.replay import Told

LATE_S = 1.0
"""Less is no overload: a moment's hiccup that is made up for at once."""


@contextmanager
def progress_of_replay(quiet: bool) -> Iterator[Told | None]:
    """A listener that rewrites one line while the block runs, if there is a terminal to write on."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    begun, first = time.monotonic(), None

    def told(rows: int, lag_s: float) -> None:
        nonlocal first
        first = rows if first is None else first
        rate = (rows - first) / max(time.monotonic() - begun, 1e-9)
        late = f" · {lag_s:,.1f} s behind; nothing is left out" if lag_s >= LATE_S else ""
        click.echo(f"\r\x1b[K{rows:,} rows · {rate:,.0f}/s{late}", nl=False, err=True)

    try:
        yield told
    finally:
        click.echo("\r\x1b[K", nl=False, err=True)
