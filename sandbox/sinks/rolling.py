"""Files that roll: the rows of a stream in whole files of a format, one after the other, in folders as lakes have them.

A file's name tells which rows of the errand it holds, so the folder is the book: `held` counts how far the files there
reach, and a replay that was killed goes on after them, with no row twice. A file is written aside and published whole.
Where rows are spread over folders, a span of rows is several files, and their names tell how many: it is held once all
of them are there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import pyarrow as pa
from pydantic import BeforeValidator, Field

from sandbox.errors import InputError
from sandbox.scenario.language.terms import Duration
from sandbox.scenario.outlets import FAULTS, Account, Errand, Faults, Outlet, OutletPart, Refusal
from sandbox.scenario.parts import SinkPart
from sandbox.sinks.jsonl import JsonLinesFile
from sandbox.sinks.partitions import Parted, Partition, partition_of
from sandbox.sinks.places import Place, place_of, without_secrets
from sandbox.sinks.unbroken import unbroken

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$")


def size_bytes(written: object) -> int:
    """Bytes as people write them: `128MB`, `64 KiB`, `1000`. Raises ValueError."""
    found = _SIZE.match(str(written))
    unit = _UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None or float(found[1]) * unit < 1:
        raise ValueError(f"got '{written}', must be a size such as 128MB or 64KiB.")
    return int(float(found[1]) * unit)


class RollingFiles(OutletPart):
    """Whole files of a format in a folder."""

    guarantee: ClassVar[Literal["exactly-once", "at-least-once"]] = "exactly-once"
    refuses: ClassVar[bool] = False  # but for damaged rows, which need not be shown; a file's rows are too many to keep
    format: SinkPart
    """Writes the files."""
    path: str = Field(min_length=1)
    """The folder, or a URL of one such as `s3://bucket/prefix`."""
    rows: int = Field(default=1_000_000, ge=1)
    """A file holds no more rows than these."""
    size: Annotated[int, BeforeValidator(size_bytes)] | None = None
    """A file that has grown to this, such as `128MB`, is followed by the next one."""
    every: Duration | None = None
    """So is one that was begun so long ago, `60s`."""
    partition: str | None = None
    """Folders by `dt` and `hour` of each row's time (UTC), or by columns: `dt,hour` gives `dt=2026-01-01/hour=07/`."""

    def takes_json(self) -> bool:
        """They are lines of files, where these hold JSON."""
        return isinstance(self.format, JsonLinesFile)

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The folder, or the host of a URL."""
        is_remote = "://" in self.path and not self.path.startswith("file:")
        return {"host" if is_remote else "file": [without_secrets(self.path)]}

    def connect(self, errand: Errand) -> Outlet:
        """Open the folder; nothing is written before rows come."""
        try:
            partition = partition_of(self.partition, errand.contract)
        except ValueError as error:
            raise InputError(f"partition: {error}") from None
        return _Rolling(self, errand, place_of(self.path, errand.folder, errand.name), partition)


class _Rolling:
    """Writes one file, or one in each folder, at a time; `settled` are the rows of those that were published."""

    def __init__(self, part: RollingFiles, errand: Errand, place: Place, partition: Partition | None) -> None:
        self._part = part
        self._errand = errand
        self._place = place
        self._partition = partition
        self._writer: Parted | None = None
        self._begun_s = 0.0
        self._held = 0
        """Rows of the errand that were there before the opening."""
        self._named = 0
        """Rows of the errand up to which names of files tell where they are."""
        self._published = Account()
        self._open = Account()
        """What the open file came to so far, as if it were published."""
        self._told: list[Refusal] = []

    def send(self, batch: pa.RecordBatch, faults: Faults | None = None) -> None:
        while batch.num_rows:
            room = self._part.rows - self._open.sent
            self._append(batch.slice(0, room), None if faults is None else faults[:room])
            batch, faults = batch.slice(room), None if faults is None else faults[room:]
            if self._is_full():
                self.flush()

    def account(self) -> Account:
        return replace(self._published, sent=self._published.sent + self._open.sent)

    def refusals(self) -> Sequence[Refusal]:
        told, self._told = self._told, []
        return told

    @unbroken()
    def flush(self) -> None:
        """Publish what is open, however short it is."""
        if self._writer is None:
            return
        with self._place.told("cannot be written"):
            files = self._writer.close()
        after = self._held + self._published.sent + self._open.sent
        of = f"-of{len(files)}" if self._partition else ""
        name = f"{self._errand.name}-{self._named:012d}-{after:012d}{of}{self._part.format.suffix()}"
        for file in files:
            folder = file.rpartition("/")[0]
            self._place.publish(self._place.aside / file, f"{folder}/{name}" if folder else name)
        if files:
            self._named = after
        done, now = self._published, self._open
        sent = done.sent + now.sent
        self._published = Account(sent, done.acknowledged + now.acknowledged, done.refused + now.refused, 0, sent)
        self._writer, self._open = None, Account()

    def held(self) -> int:
        """Rows from the first one on, in files that follow each other; those beyond a gap are taken away."""
        spans: dict[tuple[int, int, int], list[str]] = {}
        suffix = re.escape(self._part.format.suffix())
        pattern = re.compile(rf"{re.escape(self._errand.name)}-(\d+)-(\d+)(?:-of(\d+))?{suffix}")
        for path in self._place.names():
            if found := pattern.fullmatch(path.rpartition("/")[2]):
                spans.setdefault((int(found[1]), int(found[2]), int(found[3] or 1)), []).append(path)
        reached = 0
        for (first, after, files), paths in sorted(spans.items()):
            if first == reached and len(paths) == files:
                reached = after
            else:
                for path in paths:
                    self._place.remove(path)
        self._held = self._named = reached
        return reached

    def close(self) -> None:
        if self._writer is not None:
            with suppress(OSError, pa.ArrowException):  # what is open is given up
                self._writer.close()
        self._writer, self._open = None, Account()
        self._place.end()

    @unbroken()
    def _append(self, batch: pa.RecordBatch, faults: Faults | None) -> None:
        if self._writer is None:
            self._place.begin()
            file = f"rows{self._part.format.suffix()}"
            self._writer = Parted(self._part.format, self._place.aside, file, self._errand.contract, self._partition)
            self._begun_s = time.monotonic()
        refused = 0
        if faults is not None and faults.any():
            first = self._published.sent + self._open.sent
            said = "a file of whole rows holds none whose bytes are"
            wrong = faults.nonzero()[0]
            self._told += [Refusal(first + int(row), f"{said} {FAULTS[faults[row]]}.") for row in wrong]
            batch, refused = batch.filter(pa.array(faults == 0)), len(wrong)
        with self._place.told("cannot be written"):
            self._writer.write(batch)
        done = self._open
        self._open = Account(
            done.sent + batch.num_rows + refused, done.acknowledged + batch.num_rows, done.refused + refused
        )

    def _is_full(self) -> bool:
        part = self._part
        if self._writer is None or self._open.sent >= part.rows:
            return self._writer is not None
        if part.every is not None and time.monotonic() - self._begun_s >= part.every.total_seconds():
            return True
        return part.size is not None and self._writer.size() >= part.size
