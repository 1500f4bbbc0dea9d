"""Open the live dashboard of a scenario: the show begins when somebody comes to see it, not before."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.demo.live.show import Show
from sandbox.errors import OutsideError
from sandbox.experiment.setting_up import is_rehearsed
from sandbox.scenario.plan import Plan


@dataclass(eq=False)
class Stage:
    """Where a show will be: a demo whose dashboard nobody opens pays nothing for it."""

    plan: Plan
    home: Path
    """The folder that the journals of shows are kept in."""
    truth: bool = True
    _show: Show | None = None
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self) -> Show:
        """The show, set up by whoever asks first; that takes a second or more.

        Raises:
            InputError: the scenario cannot be shown.
            OutsideError: its journal cannot be written, or the demo is ending.
        """
        with self._lock:
            if self._closed:
                raise OutsideError("the demo is ending.")
            if self._show is None:
                made = Show(self.plan, fresh_folder(self.home), self.truth)
                made.open()
                made.start()
                self._show = made
            return self._show

    def close(self) -> None:
        """End the show, if there is one; called again, nothing."""
        with self._lock:
            self._closed = True
            shown, self._show = self._show, None
        if shown is not None:
            shown.close()


def stage_of(plan: Plan, home: Path) -> Stage | None:
    """The dashboard of a plan; None where it has no experiment whose arms fill shelves."""
    return Stage(plan, home) if is_rehearsed(plan) else None


def fresh_folder(home: Path) -> Path:
    """A folder for another journal, after those that are there."""
    numbers = [int(path.name) for path in home.glob("*") if path.name.isdecimal()]
    return home / f"{max(numbers, default=0) + 1:04d}"
