"""Where a run keeps its things: `data/<scenario>/<number>/` and the names below it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import InputError, OutsideError, did_you_mean
from sandbox.whole import write_whole

try:
    import fcntl
except ImportError:  # pragma: no cover  (Windows has no such lock; a run at work then looks like an interrupted one)
    fcntl = None  # type: ignore[assignment]

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
    def intent(self) -> Path:
        """What the run set out to do, written first; an interrupted run is taken up again for the same."""
        return self.path / "intent"

    @property
    def record(self) -> Path:
        """What happened, as JSON, written last: a run without it did not end."""
        return self.path / "run.json"

    @property
    def decisions(self) -> Path:
        """What people decided about the run afterwards."""
        return self.path / "decisions.json"

    @property
    def landing(self) -> Path:
        """What arrived and conforms, a folder a dataset."""
        return self.path / "landing"

    @property
    def rejected(self) -> Path:
        """What arrived and does not conform, a folder a dataset."""
        return self.path / "rejected"

    @property
    def truth(self) -> Path:
        """What only report and checks may read."""
        return self.path / "truth"

    @property
    def changes(self) -> Path:
        """The ledger of changes."""
        return self.truth / "changes.parquet"

    def reached(self, change: str) -> Path:
        """Whom a change reached; no dataset has a name with a dot, so its truth lies elsewhere."""
        return self.truth / "changes.reached" / f"{change}.parquet"

    def fates(self, stream: str) -> Path:
        """What became of each event of a stream on its way; a folder, whose name no dataset can have."""
        return self.truth / "delivery.fates" / stream

    @property
    def experiment(self) -> Path:
        """The journal of a rehearsed experiment."""
        return self.path / "experiment"

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self.path / "report.html"

    def model(self, name: str) -> Path:
        """Where a model is saved, with its test scores."""
        return self.path / "models" / name

    @property
    def ended(self) -> bool:
        """Whether the run went to its end."""
        return self.record.exists()


@contextmanager
def begin_run(out: Path, scenario: str, intent: str) -> Iterator[RunFolder]:
    """A folder to run in, nobody else's while the block runs.

    It is that of an interrupted run with the same intent, if there is one, else a new iteration's.

    Args:
        intent: everything that decides what the run makes.
    Raises:
        OutsideError: the disk does not let us.
    """
    for left in reversed(runs_of(out, scenario)):
        if not left.ended and _intent(left) == intent:
            with _at_work(left) as mine:
                if mine and not left.ended:
                    yield left
                    return
    while True:
        folder = _new_folder(out, scenario, intent)
        with _at_work(folder) as mine:
            if mine:  # else somebody who began just now took it for an interrupted run
                yield folder
                return


def is_at_work(run: RunFolder) -> bool:
    """Whether somebody is running it right now."""
    with _at_work(run) as mine:
        return not mine


def runs_of(out: Path, scenario: str | None = None) -> list[RunFolder]:
    """The runs below `out`, ended or not, by scenario and number."""
    homes = [out / scenario] if scenario else sorted(path for path in out.glob("*") if path.is_dir())
    found = []
    for home in homes:
        numbered = [RunFolder(path) for path in home.glob("*") if _is_run(path)]
        found += sorted(numbered, key=lambda run: run.number)
    return found


def find_run(out: Path, name: str) -> RunFolder:
    """The run that a user names: `telecom/3`, `telecom` (its latest), `3` (where one scenario has runs) or a path.

    Raises:
        InputError: there is no such run, or the name fits several.
    """
    path = Path(name)
    if _is_run(path.absolute()):
        return RunFolder(path.absolute())
    scenario, _, number = name.strip("/").rpartition("/")
    if not scenario and not name.isdecimal():
        scenario, number = name, ""
    every = runs_of(out)
    runs = [run for run in every if not scenario or run.path.parent.name == scenario]
    if number:
        runs = [run for run in runs if number.isdecimal() and run.number == int(number)]
    if not runs:
        known = [run.name for run in every]
        hint = did_you_mean(name, known) if known else " There are no runs yet; begin with: sandbox run SCENARIO"
        raise InputError(f"no run '{name}' in {out}.{hint}")
    if len({run.path.parent for run in runs}) > 1:
        raise InputError(f"'{name}' fits several runs: {', '.join(run.name for run in runs)}. Say which.")
    return runs[-1]


@contextmanager
def alone_with(run: RunFolder) -> Iterator[None]:
    """Keep others out of a run's folder while the block runs. Raises InputError: somebody is in it."""
    with _at_work(run) as mine:
        if not mine:
            raise InputError(f"{run.name} is at work right now; wait until it is done.")
        yield


def purge(run: RunFolder) -> None:
    """Remove a run and everything in it.

    Raises:
        InputError: it is being run.
        OutsideError: the disk does not let us.
    """
    with _at_work(run) as mine:
        if not mine:
            raise InputError(f"{run.name} is at work right now; interrupt it first.")
        remove(run)


def remove(run: RunFolder) -> None:
    """Remove a run that is in the caller's hands. Raises OutsideError: the disk does not let us."""
    try:
        shutil.rmtree(run.path)
        home = run.path.parent
        if {path.name for path in home.iterdir()} <= {".gitignore"}:
            shutil.rmtree(home)
    except OSError as error:
        raise OutsideError(f"{run.path}: cannot be removed: {error.strerror}.") from None


def write_private(path: Path, text: str) -> None:
    """Write a text to a file that only its owner may read. Raises OutsideError: it cannot be written."""
    write_whole(path, text, mode=0o600)


def ignored_by_git(folder: Path) -> None:
    """Let git pass over a folder and everything in it, wherever it lies."""
    with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as file:
        file.write("# What lies here was made by a run and may hold people's data.\n*\n")


def close_to_others(folder: Path) -> None:
    """Let nobody but the owner read what is in a folder, even if it is moved somewhere else."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(OWNER_ONLY if path.is_dir() else 0o600)


def _is_run(path: Path) -> bool:
    return bool(_NUMBER.match(path.name)) and (path / "intent").is_file()


def _intent(run: RunFolder) -> str | None:
    try:
        return run.intent.read_text(encoding="utf-8", errors="replace")
    except OSError:  # purged meanwhile, or not ours to read
        return None


def _new_folder(out: Path, scenario: str, intent: str) -> RunFolder:
    home = out / scenario
    earlier = runs_of(out, scenario)
    number = earlier[-1].number if earlier else 0
    try:
        home.mkdir(parents=True, exist_ok=True)
        ignored_by_git(home)
        while True:
            number += 1
            folder = RunFolder(home / f"{number:04d}")
            try:
                folder.path.mkdir(mode=OWNER_ONLY)
            except FileExistsError:  # another run began at the same moment
                continue
            write_private(folder.intent, intent)
            return folder
    except OSError as error:
        raise OutsideError(f"{home}: cannot make a folder for the run: {error.strerror}.") from None


@contextmanager
def _at_work(run: RunFolder) -> Iterator[bool]:
    """Keep others out of a run's folder while the block runs; whether nobody else was in it. Death unlocks."""
    if fcntl is None:
        yield True
        return
    try:
        handle = os.open(run.intent, os.O_RDONLY)
    except FileNotFoundError:  # purged meanwhile
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
