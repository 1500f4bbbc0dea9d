"""Where a run keeps its things: `data/<scenario>/<number>/` and the names below it."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import InputError, OutsideError, did_you_mean

_NUMBER = re.compile(r"^\d{4,}$")
OWNER_ONLY = 0o700


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder; nothing is made by naming it."""

    path: Path

    @property
    def number(self) -> int:
        """The iteration, from 1."""
        return int(self.path.name)

    @property
    def name(self) -> str:
        """How a user names the run: `telecom/0003`."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def record(self) -> Path:
        """What happened, as JSON; written last, so a run without it did not end."""
        return self.path / "run.json"

    @property
    def intent(self) -> Path:
        """What the run set out to do; an interrupted run is taken up again for the same."""
        return self.path / "intent"

    @property
    def landing(self) -> Path:
        """What arrived and conforms, a folder a dataset, with the manifest."""
        return self.path / "landing"

    @property
    def truth(self) -> Path:
        """What only report and checks may read."""
        return self.path / "truth"

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self.path / "report.html"

    def model(self, name: str) -> Path:
        """Where a model is saved, with its test scores."""
        return self.path / "models" / name


def begin_run(out: Path, scenario: str, intent: str) -> RunFolder:
    """The folder to run in: that of the latest run if it had the same intent and did not end, else a new iteration's.

    Args:
        intent: tells what is run; a run that was interrupted is taken up again only for the same.
    Raises:
        OutsideError: the disk does not let us.
    """
    earlier = runs_of(out, scenario)
    if earlier and not earlier[-1].record.exists():
        left = earlier[-1].intent
        if left.is_file() and left.read_text(encoding="utf-8") == intent:
            return earlier[-1]
    home = out / scenario
    try:
        home.mkdir(parents=True, exist_ok=True)
        number = earlier[-1].number if earlier else 0
        while True:
            number += 1
            path = home / f"{number:04d}"
            try:
                path.mkdir(mode=OWNER_ONLY)
            except FileExistsError:  # another run began at the same moment
                continue
            folder = RunFolder(path)
            write_private(folder.intent, intent)
            return folder
    except OSError as error:
        raise OutsideError(f"{home}: cannot make a folder for the run: {error.strerror}.") from None


def runs_of(out: Path, scenario: str | None = None) -> list[RunFolder]:
    """The runs below `out`, finished or not, by scenario and number."""
    homes = [out / scenario] if scenario else sorted(path for path in out.glob("*") if path.is_dir())
    found = []
    for home in homes:
        numbered = [path for path in home.glob("*") if path.is_dir() and _NUMBER.match(path.name)]
        found += [RunFolder(path) for path in sorted(numbered, key=lambda path: int(path.name))]
    return found


def find_run(out: Path, name: str) -> RunFolder:
    """The run that a user names: `telecom/3`, `telecom` (its latest), `3` (where one scenario has runs) or a path.

    Raises:
        InputError: there is no such run, or the name fits several.
    """
    path = Path(name)
    if path.is_dir() and _NUMBER.match(path.name):
        return RunFolder(path)
    scenario, _, number = name.strip("/").rpartition("/")
    if not scenario and not name.isdigit():
        scenario, number = name, ""
    runs = [run for run in runs_of(out) if not scenario or run.path.parent.name == scenario]
    if number:
        runs = [run for run in runs if number.isdigit() and run.number == int(number)]
    if not runs:
        known = [run.name for run in runs_of(out)]
        raise InputError(f"no run '{name}' in {out}.{did_you_mean(name, known) or ' There are no runs yet.'}")
    if number and len(runs) > 1:
        raise InputError(f"'{name}' fits several runs: {', '.join(run.name for run in runs)}. Say which.")
    return runs[-1]


def purge(run: RunFolder) -> None:
    """Remove a run and everything in it. Raises OutsideError where the disk does not let us."""
    try:
        shutil.rmtree(run.path)
        if not any(run.path.parent.iterdir()):
            run.path.parent.rmdir()
    except OSError as error:
        raise OutsideError(f"{run.path}: cannot be removed: {error.strerror}.") from None


def write_private(path: Path, text: str) -> None:
    """Write a text aside and move it into place, readable by its owner only."""
    aside = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        aside.replace(path)
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written: {error.strerror}.") from None
