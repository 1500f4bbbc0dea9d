"""Whose the output folder is: one landing at a time, of one scenario, by the same versions.

A landing claims its folder before it writes. Killed, it finds its claim again and goes on; anybody else's leftovers
are refused with a reason, never mixed in, and only taken away where the caller insists.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import InputError, OutsideError
from sandbox.landing.layout import Layout

try:
    import fcntl
except ImportError:  # pragma: no cover  (Windows has no such lock; two landings at once are then not noticed)
    fcntl = None  # type: ignore[assignment]

_CLAIM = "claim.json"


@dataclass(frozen=True)
class Identity:
    """Everything that decides what is written: equal identities write equal bytes."""

    scenario: Mapping[str, Any]
    """Name, digest, seed, engine and target, the form of its histories, and digests of files that generators read."""
    versions: Mapping[str, str]
    sink: Mapping[str, Any]
    folder: str
    envelope: bool
    datasets: Sequence[str]

    def record(self) -> dict[str, Any]:
        """The identity as JSON has it, in a stable order."""
        return {
            "scenario": dict(self.scenario),
            "versions": dict(self.versions),
            "sink": dict(self.sink),
            "layout": {"folder": self.folder, "envelope": self.envelope, "datasets": list(self.datasets)},
        }


@contextmanager
def lock(layout: Layout) -> Iterator[None]:
    """Keep other landings out of the folder. A killed one leaves no lock behind.

    Raises:
        OutsideError: another landing works there, or the folder cannot be made.
    """
    made = not layout.out.exists()
    layout.make(layout.out)
    try:
        with alone_in(layout.out, "another landing is at work there; wait for it"):
            yield
    finally:
        if made and not any(layout.out.iterdir()):
            layout.out.rmdir()


@contextmanager
def alone_in(folder: Path, otherwise: str) -> Iterator[None]:
    """Hold a folder that is there, alone among processes. A killed one leaves no lock behind.

    Raises:
        OutsideError: somebody else holds it; `otherwise` says what they do, and what to do.
    """
    handle = os.open(folder, os.O_RDONLY) if fcntl else -1
    try:
        if fcntl:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutsideError(f"{folder}: {otherwise}.") from None
        yield
    finally:
        if fcntl:
            os.close(handle)


def claim(layout: Layout, identity: Identity, finished: Mapping[str, Any] | None, force: bool) -> bool:
    """Make the folder this landing's own.

    Args:
        finished: the identity in the folder's manifest, if there is one.
        force: what another landing left is taken away.
    Returns:
        Whether an unfinished landing of the same identity is there to go on with.
    Raises:
        InputError: somebody else's files are in the way.
    """
    mine = identity.record()
    begun = _read_claim(layout)
    if begun == mine:
        if finished is not None:
            _clear(layout, finished)
        return True
    for record, what in ((begun, "an unfinished landing"), (finished, "a landing")):
        if record is not None and record != mine and not force:
            raise InputError(
                f"{layout.out}: holds {what} of {difference(record, mine)}; "
                "choose another folder, or --force to replace it."
            )
    if begun is None and finished is None:
        _refuse_strangers(layout, identity)
    shutil.rmtree(layout.work, ignore_errors=True)
    layout.write_text(layout.work / _CLAIM, json.dumps(mine))
    for record in (begun, finished):
        if record is not None:
            _clear(layout, record)
    return False


def release(layout: Layout) -> None:
    """Take away what is there only while it works."""
    shutil.rmtree(layout.work, ignore_errors=True)


def abandon(layout: Layout, identity: Identity) -> None:
    """Take away everything that this landing has written."""
    _clear(layout, identity.record())
    release(layout)


def difference(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> str:
    """What tells one landing from another, in words: `another scenario ('shop')`, `the same scenario with seed 7`."""
    scenario, own = theirs.get("scenario", {}), mine["scenario"]
    if scenario.get("name") != own["name"]:
        return f"another scenario ('{scenario.get('name')}')"
    for key in ("seed", "target", "engine", "history"):
        if scenario.get(key) != own[key]:
            return f"the same scenario with {key} {scenario.get(key)}"
    if scenario.get("digest") != own["digest"]:
        return "the same scenario before it was changed"
    if scenario.get("files") != own["files"]:
        return "the same scenario with other files that it reads"
    if theirs.get("versions") != mine["versions"]:
        return f"the same scenario by other versions ({', '.join(changed_versions(theirs, mine))})"
    return "the same scenario in another format or layout"


def changed_versions(theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> list[str]:
    """Each version that differs: `faker 30.0 → 31.0`."""
    before, after = theirs.get("versions", {}), mine.get("versions", {})
    names = sorted({*before, *after})
    return [f"{name} {before.get(name)} → {after.get(name)}" for name in names if before.get(name) != after.get(name)]


def _read_claim(layout: Layout) -> dict[str, Any] | None:
    try:
        record = json.loads((layout.work / _CLAIM).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def _refuse_strangers(layout: Layout, identity: Identity) -> None:
    places = [layout.manifest, layout.rejected, *[layout.data(dataset) for dataset in identity.datasets]]
    for place in places:
        if place.exists() and not (place.is_dir() and not any(place.iterdir())):
            raise InputError(
                f"{layout.out}: '{place.relative_to(layout.out)}' is there already, and no landing tells of it; "
                "choose another folder, or move it away."
            )


def _clear(layout: Layout, record: Mapping[str, Any]) -> None:
    """Take away what a landing with this identity wrote; only plain names, whatever a file may claim."""
    folder = record.get("layout", {}).get("folder", "")
    for dataset in record.get("layout", {}).get("datasets", ()):
        if all(_is_plain(name) for name in (dataset, folder or "none")):
            shutil.rmtree(Path(layout.out, folder, dataset), ignore_errors=True)
            shutil.rmtree(layout.rejected / dataset, ignore_errors=True)
    layout.manifest.unlink(missing_ok=True)
    for above in (layout.rejected, layout.out / folder if folder and _is_plain(folder) else layout.rejected):
        if above.is_dir() and not any(above.iterdir()):
            above.rmdir()


def _is_plain(name: object) -> bool:
    return isinstance(name, str) and name.replace("_", "a").isalnum()
