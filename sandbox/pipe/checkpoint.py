"""Where a pipe stands, kept so that it can go on after anything: written aside, made to last, put in place whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1
FILE = "checkpoint.json"


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment between two polls: what had been taken by then, and where the source stood."""

    rows: int = 0
    """Rows to send on, from the pipe's beginning."""
    position: Mapping[str, str] | None = None
    """Of the source; None: where it begins."""
    seen: int = 0
    aside: int = 0
    """Rows set aside."""
    aside_bytes: int = 0
    """Of the file that holds them."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why, and how many."""


@dataclass
class Checkpoint:
    """A pipe, as far as it has come."""

    identity: dict[str, Any]
    mark: Mark = field(default_factory=Mark)
    """The last one of which all rows are settled: from there it goes on."""
    reserved: int = 0
    """Rows that may have been sent; those behind the mark may be there, or not."""
    refused: int = 0
    retried: int = 0
    sittings: int = 0
    resent: list[tuple[int, int]] = field(default_factory=list)
    """Spans [first, after) of rows that were sent once more after a stop."""

    def write(self, folder: Path) -> None:
        """Put it in place, to stay there. Raises OSError."""
        aside = folder / f"{FILE}.new"
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"version": VERSION, **asdict(self)}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(folder / FILE)


def read_checkpoint(folder: Path, identity: Mapping[str, Any]) -> Checkpoint | None:
    """The checkpoint of a pipe in its folder; None where there is none that can be read."""
    try:
        record = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if record.pop("version") != VERSION or record["identity"] != identity:
            return None
        resent = [(first, after) for first, after in record.pop("resent")]
        return Checkpoint(mark=Mark(**record.pop("mark")), resent=resent, **record)
    except (OSError, ValueError, TypeError, KeyError):
        return None
