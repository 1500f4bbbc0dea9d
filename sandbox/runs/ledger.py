"""The ledger: which iterations there are, and how each ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import InputError
from sandbox.runs.folder import RunFolder, is_at_work, runs_of
from sandbox.runs.record import RunRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the ledger; `record` is None for one that has not ended, or whose record cannot be read."""

    folder: RunFolder
    record: RunRecord | None
    state: str
    """`ended`, `at work`, `interrupted` or `unreadable`."""


def entries(out: Path, scenario: str | None = None) -> list[Entry]:
    """The runs below `out`, by scenario and number."""
    return [_entry(folder) for folder in runs_of(out, scenario)]


def read_record(folder: RunFolder) -> RunRecord:
    """A run's record. Raises InputError: the run did not end, or its record cannot be read."""
    try:
        return RunRecord.from_json(folder.record.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"the run {folder.name} did not end; run its scenario again to go on.") from None
    except UnicodeDecodeError:
        raise InputError(f"{folder.record}: is no text; was it written by this sandbox?") from None
    except InputError as error:
        raise InputError(f"{folder.record}: {error}") from None


def _entry(folder: RunFolder) -> Entry:
    if not folder.ended:
        return Entry(folder, None, "at work" if is_at_work(folder) else "interrupted")
    try:
        return Entry(folder, read_record(folder), "ended")
    except InputError:  # one run's broken record must not hide the others
        return Entry(folder, None, "unreadable")
