"""An append-only file of lines that are on the disk before anybody is told so; what a crash tore off is cut off."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from sandbox.errors import OutsideError

MOST_AT_ONCE = 1_000
"""Writes that share one sync."""
_READ_BYTES = 1 << 20


class Journal:
    """Appends lines from any thread. Those who write at the same time share one sync, so many writers cost no more.

    Args:
        path: the file; its folder is made, and what is not a whole line at its end is cut off.
    Raises:
        OutsideError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            os.ftruncate(self._file, _whole_lines(self._file))
            os.lseek(self._file, 0, os.SEEK_END)
            _sync_folder(path.parent)
        except OSError as error:
            raise OutsideError(f"{path}: cannot be written: {error.strerror}.") from None
        self._waiting: queue.SimpleQueue[tuple[bytes, Future[None]] | None] = queue.SimpleQueue()
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=self._write, name=f"journal {path.name}", daemon=True)
        self._thread.start()

    def append(self, lines: bytes) -> Future[None]:
        """Write whole lines; the future is done once they are on the disk. It raises OutsideError: they are not."""
        done: Future[None] = Future()
        self._waiting.put((lines, done))
        return done

    def lines(self) -> Iterator[bytes]:
        """All lines that were written before now."""
        with self.path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line

    def close(self) -> None:
        """Write what is waiting, and close the file."""
        self._waiting.put(None)
        self._thread.join()

    def _write(self) -> None:
        while True:
            some, ends = self._some()
            if some:
                self._settle(some)
            if ends:
                os.close(self._file)
                return

    def _some(self) -> tuple[list[tuple[bytes, Future[None]]], bool]:
        """What waits, and whether it is the last; waits for the first."""
        found: list[tuple[bytes, Future[None]]] = []
        while len(found) < MOST_AT_ONCE and not (found and self._waiting.empty()):
            each = self._waiting.get()
            if each is None:
                return found, True
            found.append(each)
        return found, False

    def _settle(self, some: Sequence[tuple[bytes, Future[None]]]) -> None:
        if self._failed is None:
            try:
                _write_all(self._file, b"".join(lines for lines, _ in some))
                os.fsync(self._file)
            except OSError as error:  # after a sync that failed nobody knows what is on the disk
                self._failed = error
        for _, done in some:
            if self._failed is None:
                done.set_result(None)
            else:
                done.set_exception(OutsideError(f"{self.path}: cannot be written: {self._failed.strerror}."))


def _write_all(file: int, octets: bytes) -> None:
    rest = memoryview(octets)
    while rest:
        rest = rest[os.write(file, rest) :]


def _whole_lines(file: int) -> int:
    """How many bytes the whole lines of a file take."""
    size = os.fstat(file).st_size
    end = size
    while end > 0:
        begin = max(end - _READ_BYTES, 0)
        found = os.pread(file, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _sync_folder(folder: Path) -> None:
    """Let the file's name outlast a crash too; Windows cannot open folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
