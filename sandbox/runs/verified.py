"""What verifying real sources found, kept beside the runs: a line a dataset and time, and nobody's rows in it."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sandbox.errors import InputError, OutsideError
from sandbox.runs.folder import ignored_by_git
from sandbox.verify.findings import Finding


@dataclass(frozen=True, slots=True)
class Verification:
    """One dataset of a target, as it was when it was verified."""

    at: str
    """ISO 8601, UTC."""
    target: str
    dataset: str
    source: str
    rows: int
    bad_rows: int
    broken: dict[str, int]
    """Rows by the rule that they broke."""
    since: str | None = None
    """When the first bad row arrived; None where no row says, or none is bad."""


def keep_verifications(
    out: Path, scenario: str, target: str, findings: Iterable[Finding], now: datetime.datetime
) -> Path:
    """Write down what was found of the real ones among some datasets; earlier lines stay. Where they are kept.

    Raises:
        OutsideError: the disk does not take it.
    """
    path = _place(out, scenario)
    at = now.astimezone(datetime.UTC).isoformat(timespec="milliseconds")
    lines = "".join(
        json.dumps(asdict(_verification(each, target, at)), ensure_ascii=False) + "\n"
        for each in findings
        if each.source != "simulated"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ignored_by_git(path.parent)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write(lines)
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written: {error.strerror}.") from None
    return path


def verifications(out: Path, scenario: str) -> list[Verification]:
    """All that was kept of a scenario, in the order of time. Raises InputError: a line that is none of ours."""
    path = _place(out, scenario)
    if not path.exists():
        return []
    found, names = [], {field.name for field in fields(Verification)}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            raw = json.loads(line)
            found.append(Verification(**{name: value for name, value in raw.items() if name in names}))
        except (ValueError, TypeError, AttributeError):
            raise InputError(f"{path}:{number}: is no verification; was it written by `sandbox verify`?") from None
    return found


def _place(out: Path, scenario: str) -> Path:
    return out / scenario / "verified.jsonl"


def _verification(found: Finding, target: str, at: str) -> Verification:
    since = min((rule.since for rule in found.broken if rule.since is not None), default=None)
    broken = {rule.name: rule.rows for rule in found.broken}
    return Verification(at, target, found.dataset, found.source, found.rows, found.bad_rows, broken, since)
