"""A file of JSON lines that grows, and the book beside it.

The book says how many rows are in the file for good and how many bytes they are. Whatever lies behind those bytes was
being written when somebody killed the replay; it is cut off, and the replay goes on there.

Rows that come by the thousand are made into lines by several threads while one other writes, and what is written is
made to last meanwhile: Arrow's kernels and the disk let go of the interpreter.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from io import FileIO
from pathlib import Path

import pyarrow as pa

from sandbox.contract.envelope import split_envelope
from sandbox.errors import InputError
from sandbox.scenario.outlets import Account, Faults, Refusal
from sandbox.sinks.jsonl import json_lines
from sandbox.sinks.pieces import slices
from sandbox.sinks.places import failed, keep
from sandbox.sinks.unbroken import unbroken

_MANY_ROWS = 32768
_MOST_BEHIND = 8
"""So many pieces at most are being made or wait to be written."""
_KEPT_EVERY_S = 1.0
_KEPT_BYTES = 64 << 20
"""So often what was written is made to outlive a power cut, and told by the book."""


class GrowingFile:
    """Appends to a file; settled is what its book tells."""

    def __init__(self, path: Path, errand: str, shown: str) -> None:
        self._path = path
        self._book = path.with_name(f".{path.name}.book")
        self._errand = errand
        self._shown = shown
        self._file: FileIO | None = None
        self._writer = ThreadPoolExecutor(1, "writer of lines")
        self._keeper = ThreadPoolExecutor(1, "keeper of lines")
        self._behind: deque[Future[None]] = deque()
        self._keeping: Future[None] | None = None
        self._error: BaseException | None = None
        """Of a write that failed; behind what it may have left, nothing is written."""
        self._held = self._sent = self._written = self._kept = 0
        self._octets = self._begun_octets = 0
        self._begun_s = time.monotonic()
        """When keeping was last begun, and up to which byte."""

    @unbroken()
    def send(self, batch: pa.RecordBatch, faults: Faults | None = None) -> None:
        rows = split_envelope(batch)[0]
        try:
            self._opened()
            if batch.num_rows < _MANY_ROWS or faults is not None:
                self._wait(0)
                self._write(json_lines(rows, faults), batch.num_rows)
            else:
                self._write_meanwhile(rows)
        except OSError as error:
            raise failed(self._shown, "cannot be written", error) from error
        self._sent += batch.num_rows

    def account(self) -> Account:
        return Account(self._sent, self._written, settled=self._kept)

    def refusals(self) -> Sequence[Refusal]:
        return ()

    @unbroken()
    def flush(self) -> None:
        try:
            self._opened()
            self._wait(0)
            self._keep(wait=True)
        except OSError as error:
            raise failed(self._shown, "cannot be written", error) from error

    def held(self) -> int:
        self._held = self._booked()[0]
        return self._held

    def close(self) -> None:
        self._writer.shutdown(cancel_futures=True)
        self._keeper.shutdown()
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _write_meanwhile(self, rows: pa.RecordBatch) -> None:
        """Have rows made into lines and written by threads, no further behind than a few pieces."""
        for part in slices(rows):
            made = _makers().submit(lambda part: list(json_lines(part)), part)
            self._behind.append(self._writer.submit(self._write_made, made, len(part)))
            self._wait(_MOST_BEHIND)

    def _write_made(self, made: Future[list[pa.Buffer | bytes]], rows: int) -> None:
        self._write(made.result(), rows)

    def _wait(self, most: int) -> None:
        """Wait until no more than so many pieces are on their way. Raises what went wrong with any."""
        while len(self._behind) > most:
            self._behind.popleft().result()
        if self._error is not None:
            raise self._error

    def _write(self, lines: Iterable[pa.Buffer | bytes], rows: int) -> None:
        if self._error is not None:
            return
        try:
            file = self._opened()
            for octets in lines:
                rest = memoryview(octets)
                while rest:
                    rest = rest[file.write(rest) :]
                self._octets += len(octets)
            self._written += rows
            if time.monotonic() - self._begun_s >= _KEPT_EVERY_S or self._octets - self._begun_octets >= _KEPT_BYTES:
                self._keep()
        except BaseException as error:
            self._error = error
            raise

    def _keep(self, wait: bool = False) -> None:
        """Begin to make what was written last; without waiting, only if that is not under way already."""
        if self._keeping is not None:
            if not wait and not self._keeping.done():
                return
            self._keeping.result()
        self._begun_s, self._begun_octets = time.monotonic(), self._octets
        self._keeping = self._keeper.submit(self._make_last, self._written, self._octets)
        if wait:
            self._keeping.result()

    def _make_last(self, rows: int, octets: int) -> None:
        os.fsync(self._opened().fileno())
        self._write_book(self._held + rows, octets)
        self._kept = rows

    def _opened(self) -> FileIO:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            rows, self._octets = self._booked()
            self._begun_octets = self._octets
            self._file = FileIO(self._path, "ab")
            self._file.truncate(self._octets)
            if not rows:  # from its first byte on, the file is known to be ours
                self._write_book(0, 0)
        return self._file

    def _booked(self) -> tuple[int, int]:
        """Rows and bytes that are in the file for good. Raises InputError: the file is somebody else's."""
        size = self._path.stat().st_size if self._path.exists() else 0
        with suppress(OSError, ValueError, KeyError):
            book = json.loads(self._book.read_text(encoding="utf-8"))
            if book["errand"] == self._errand and size >= book["bytes"]:
                return book["rows"], book["bytes"]
        if size:
            raise InputError(f"{self._shown}: is there already, from something else; move it away, or name another.")
        return 0, 0

    def _write_book(self, rows: int, octets: int) -> None:
        aside = self._book.with_name(f"{self._book.name}.new")
        aside.write_text(json.dumps({"errand": self._errand, "rows": rows, "bytes": octets}), encoding="utf-8")
        keep(aside)
        aside.replace(self._book)
        keep(self._path.parent)


@cache
def _makers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1), "makers of lines")
