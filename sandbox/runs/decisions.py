"""What people decided about a run that ended: it is approved, or shelved. Kept beside the run's record, by name.

An approval holds the digest of what was approved: the record (the scenario, its data's digests, every figure and gate)
and the models. Whoever changes either afterwards has a run that nobody approved.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sandbox.errors import InputError, OutsideError
from sandbox.runs.folder import RunFolder, alone_with, write_private

What = Literal["approved", "shelved"]
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, as it was made."""

    what: What
    by: str
    at: str
    """When, as ISO text."""
    because: str = ""
    revisit: str = ""
    """Of a shelved run: the day to look again, as ISO text."""
    digest: str = ""
    """Of what was approved."""


def decisions_of(run: RunFolder) -> list[Decision]:
    """All decisions on a run, the first one first. Raises InputError: their file cannot be read."""
    try:
        raw = json.loads(run.decisions.read_text(encoding="utf-8"))
        if raw["version"] != _VERSION:
            raise InputError(f"{run.decisions}: is of version {raw['version']}, this sandbox reads {_VERSION}.")
        return [Decision(**each) for each in raw["decisions"]]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{run.decisions}: cannot be read; was it written by this sandbox?") from None


def digest_of(run: RunFolder) -> str:
    """SHA-256 of a run's record and models, file by file. Raises OutsideError: one cannot be read."""
    models = sorted(path for path in (run.path / "models").rglob("*") if path.is_file())
    whole = hashlib.sha256()
    try:
        for path in (run.record, *models):
            inside = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"{path.relative_to(run.path).as_posix()} {inside}\n".encode())
    except OSError as error:
        raise OutsideError(f"{run.path}: cannot be read: {error.strerror}.") from None
    return whole.hexdigest()


def note(run: RunFolder, decision: Decision, known: Sequence[Decision]) -> None:
    """Add a decision to those that were `known` when it was made.

    Raises:
        InputError: somebody else has decided meanwhile, or the run is at work.
        OutsideError: the disk does not take it.
    """
    with alone_with(run):
        if decisions_of(run) != list(known):
            again = f"look at it again: sandbox runs show {run.name}"
            raise InputError(f"somebody has just decided about {run.name}; {again}")
        told = {"version": _VERSION, "decisions": [asdict(each) for each in (*known, decision)]}
        write_private(run.decisions, json.dumps(told, indent=1, ensure_ascii=False))


def now() -> str:
    """This moment, as decisions keep it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
