"""A folder that is being written to: files as they come, each whole and once, and lines of files that still grow.

Who writes aside and renames is read at once: hidden names (`.`, `_`) and other endings are passed over. A Parquet or
Arrow file tells by its footer that it is whole; another one is taken when it has not changed for a while. A JSON lines
file is read as it grows, up to its last whole line. A file that was replaced is read again, from its beginning.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

from sandbox.errors import OutsideError
from sandbox.scenario.parts import RawSource, Unread
from sandbox.sources.json_digits import NO_KEYS, Keys
from sandbox.sources.json_lines import JsonLines, cut_lines, rows_of_lines
from sandbox.sources.listing import FoundFile, Listing, find, unreadable

_PAUSE_S = 0.2
_QUIET_S = 1.0
"""How long a file must not have changed to be taken for whole, where nothing in it tells."""
_PATIENCE_S = 60.0
"""How long a file that does not change may be unreadable."""
_BLOCK = 1 << 22
_LONGEST_LINE = 1 << 28
_PACKED = (".gz", ".bz2", ".zst", ".lz4")
DONE = -1


@dataclass(frozen=True, slots=True)
class Format:
    """How files of a format are followed."""

    endings: tuple[str, ...]
    opened: Callable[[Listing], RawSource]
    tells_its_end: bool = False
    """Whether a file that is not whole yet cannot be opened."""
    grows: bool = False
    """Whether lines are read while the file still grows."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a file was read: `at` counts rows, or bytes of one that grows; `DONE`: it was read whole."""

    size: int
    changed_ns: int
    at: int

    def __str__(self) -> str:
        return f"{self.size} {self.changed_ns} {self.at}"

    def is_of(self, file: FoundFile) -> bool:
        """Whether the file is as it was."""
        return (self.size, self.changed_ns) == (file.size, file.changed_ns)


class FolderRows:
    """The rows of files in a folder, or of a glob, in the order in which the files were last written."""

    def __init__(self, where: str, folder: str, kind: Format, position: Mapping[str, str]) -> None:
        self._where = where
        self._folder = folder
        self._kind = kind
        self._places = {name: Place(*map(int, text.split())) for name, text in position.items()}
        self._seen: dict[str, tuple[Place, float]] = {}
        self._current: tuple[FoundFile, Iterator[pa.RecordBatch | Unread]] | None = None
        self._schema = pa.schema([])
        self._exact = NO_KEYS

    def schema(self) -> pa.Schema:
        """The columns of the file that was read last."""
        return self._schema

    def poll(self, wait_s: float) -> Sequence[pa.RecordBatch | Unread]:
        """The next rows of one file: at most a few batches, or about 4 MB of lines."""
        end = time.monotonic() + wait_s
        while not (found := self._some()):
            left_s = end - time.monotonic()
            if left_s <= 0:
                return []
            time.sleep(min(_PAUSE_S, left_s))
        return found

    def position(self) -> Mapping[str, str]:
        """By file: size, time of change, and how far it was read. Files that went are forgotten."""
        return {name: str(place) for name, place in self._places.items()}

    def lag(self) -> int | None:
        """How many rows a file holds is not known before it is read."""
        return None

    def keep_digits(self, keys: Keys) -> None:
        """Keep numbers of JSON under these keys as they are written."""
        self._exact = keys

    def close(self) -> None:
        """Nothing is held open but between two batches of a file."""
        self._current = None

    def _some(self) -> list[pa.RecordBatch | Unread]:
        if self._current is not None and (found := self._of_current()):
            return found
        listing = self._listed()
        names = {file.name for file in listing.files}
        self._places = {name: place for name, place in self._places.items() if name in names}
        for file in sorted(listing.files, key=lambda file: (file.changed_ns, file.name)):
            if self._kind.grows and not file.name.endswith(_PACKED):
                found = self._grown(listing, file)
            else:
                found = self._begun(listing, file)
            if found:
                return found
        return []

    def _listed(self) -> Listing:
        return find(self._where, self._folder, self._kind.endings, may_be_empty=True)

    def _grown(self, listing: Listing, file: FoundFile) -> list[pa.RecordBatch | Unread]:
        """The next whole lines of a file that grows."""
        place = self._places.get(file.name)
        at = place.at if place is not None and place.at <= file.size else 0
        if file.size <= at:
            return []
        block = _whole_lines(listing, file, at)
        found = [piece for lines in cut_lines(block) for piece in rows_of_lines(lines, pa.schema([]), self._exact)]
        for piece in found:
            if isinstance(piece, pa.RecordBatch):
                self._schema = piece.schema
        if block:
            self._places[file.name] = Place(file.size, file.changed_ns, at + len(block))
        return found

    def _begun(self, listing: Listing, file: FoundFile) -> list[pa.RecordBatch | Unread]:
        """The first rows of a file that is whole, behind those that were read of it before."""
        place = self._places.get(file.name)
        known = place is not None and place.is_of(file)
        if known and place is not None and place.at == DONE:
            return []
        still_s = self._unchanged_s(file)
        if still_s < _QUIET_S and not self._kind.tells_its_end:
            return []
        try:
            raw = self._kind.opened(Listing(listing.filesystem, (file,)))
        except OutsideError:
            if still_s < _PATIENCE_S:
                return []
            raise
        if isinstance(raw, JsonLines):
            raw.keep_digits(self._exact)
        self._schema = raw.schema()
        skipped = place.at if known and place is not None else 0
        rows = _without_first((piece for share in raw.shares() for piece in raw.batches(share)), skipped)
        self._places[file.name] = Place(file.size, file.changed_ns, skipped)
        self._current = (file, rows)
        return self._of_current()

    def _of_current(self) -> list[pa.RecordBatch | Unread]:
        """A few batches more of the file that is being read; none when it is at its end."""
        assert self._current is not None
        file, rows = self._current
        found = list(islice(rows, 4))
        at = DONE if not found else self._places[file.name].at + sum(map(_rows, found))
        self._places[file.name] = Place(file.size, file.changed_ns, at)
        if not found:
            self._current = None
        return found

    def _unchanged_s(self, file: FoundFile) -> float:
        """For how long a file has looked the same."""
        now, looks = time.monotonic(), Place(file.size, file.changed_ns, 0)
        before, since = self._seen.get(file.name, (None, now))
        if before != looks:
            since = now
        self._seen[file.name] = (looks, since)
        return now - since


def _whole_lines(listing: Listing, file: FoundFile, at: int) -> bytes:
    """Bytes from a place on, up to the end of a line."""
    try:
        with listing.filesystem.open_input_file(file.path) as opened:
            opened.seek(at)
            block = bytes(opened.read(_BLOCK))
            while b"\n" not in block and len(block) % _BLOCK == 0 and (more := opened.read(_BLOCK)):
                block += more
    except OSError as error:
        raise unreadable(file.name, error) from error
    if b"\n" not in block and len(block) > _LONGEST_LINE:
        raise OutsideError(f"{file.name}: is no JSON lines file; it has a line of more than 256 MB.")
    whole, end, _ = block.rpartition(b"\n")
    return whole + end


def _rows(piece: pa.RecordBatch | Unread) -> int:
    return len(piece.texts) if isinstance(piece, Unread) else int(piece.num_rows)


def _without_first(pieces: Iterator[pa.RecordBatch | Unread], rows: int) -> Iterator[pa.RecordBatch | Unread]:
    """The pieces behind so many rows."""
    for piece in pieces:
        here = _rows(piece)
        if rows >= here:
            rows -= here
        elif rows:
            yield Unread(piece.texts[rows:], piece.rule) if isinstance(piece, Unread) else piece.slice(rows)
            rows = 0
        else:
            yield piece
