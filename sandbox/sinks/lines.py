"""JSON lines as they come: to standard output, or into one file that grows.

The file has a book beside it, which says how many rows are in it for good and how many bytes they are. Whatever lies
behind those bytes was being written when somebody killed the replay; it is cut off, and the replay goes on there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from sandbox.contract.envelope import split_envelope
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.outlets import Account, Errand, Faults, Outlet, OutletPart, Refusal
from sandbox.sinks.jsonl import json_lines, json_texts
from sandbox.sinks.places import failed, keep
from sandbox.sinks.texts import MOST_AT_ONCE, octets_of, slices

_MANY_ROWS = 2 * MOST_AT_ONCE
_KEPT_EVERY_S = 1.0
"""So often what was written is made to outlive a power cut, and told by the book."""


class StandardOutput(OutletPart):
    """Standard output, a JSON object a line."""

    lasts: ClassVar[bool] = False
    meets: ClassVar[bool] = True
    refuses: ClassVar[bool] = False

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, Any]:
        """Nothing stands behind `-` or `stdout:`."""
        if location:
            raise ValueError(f"'{location}' means nothing here; write - or stdout:")
        return {}

    def takes_json(self) -> bool:
        """They are what is sent."""
        return True

    def touches(self) -> Mapping[str, Sequence[str]]:
        """Nothing."""
        return {}

    def connect(self, errand: Errand) -> Outlet:
        """Whatever standard output is now."""
        return _Printed()


class LinesFile(OutletPart):
    """One file of JSON lines that grows."""

    guarantee: ClassVar[Literal["exactly-once", "at-least-once"]] = "exactly-once"
    refuses: ClassVar[bool] = False
    path: str = Field(min_length=1)

    def takes_json(self) -> bool:
        """They are what is sent."""
        return True

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The file."""
        return {"file": [self.path]}

    def connect(self, errand: Errand) -> Outlet:
        """Open the file; nothing is written before rows come."""
        return _Growing(Path(errand.folder) / Path(self.path).expanduser(), errand.name, self.path)


def _written(batch: pa.RecordBatch, faults: Faults | None) -> Iterator[pa.Buffer | bytes]:
    """The rows as lines; of many, some are made while others are written. Arrow's kernels let go of the interpreter."""
    if batch.num_rows < _MANY_ROWS or faults is not None:
        return json_lines(batch, faults)
    made = _threads().map(lambda part: list(json_lines(part)), slices(batch))
    return chain.from_iterable(made)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1), "lines")


class _Printed:
    """Every row is there as soon as it is printed."""

    def __init__(self) -> None:
        self._rows = self._printed = 0

    def send(self, batch: pa.RecordBatch, faults: Faults | None = None) -> None:
        self.put(self.written(batch, faults))
        self._printed = self._rows

    def written(self, batch: pa.RecordBatch, faults: Faults | None = None) -> pa.Array:
        self._printed = self._rows  # had what was written before not been put, nobody would write more
        self._rows += batch.num_rows
        texts = [text.cast(pa.binary()) for text in json_texts(split_envelope(batch)[0], faults)]
        return pa.concat_arrays(texts) if texts else pa.array([], pa.binary())

    def put(self, written: pa.Array) -> None:
        octets = getattr(sys.stdout, "buffer", None)
        try:
            if octets is None:  # somebody put a file of text in its place
                sys.stdout.write(bytes(octets_of(written)).decode(errors="replace"))
            else:
                octets.write(octets_of(written))
            sys.stdout.flush()
        except BrokenPipeError:  # whoever reads has seen enough
            raise
        except OSError as error:
            said = f"standard output cannot be written ({error.strerror}). Mend that; the same command begins anew."
            raise OutsideError(said) from error

    def account(self) -> Account:
        return Account(self._rows, self._printed, settled=self._printed)

    def refusals(self) -> Sequence[Refusal]:
        return ()

    def flush(self) -> None:
        self._printed = self._rows

    def held(self) -> None:
        return None

    def close(self) -> None:
        """Standard output stays open."""


class _Growing:
    """Appends to a file; settled is what its book tells."""

    def __init__(self, path: Path, errand: str, shown: str) -> None:
        self._path = path
        self._book = path.with_name(f".{path.name}.book")
        self._errand = errand
        self._shown = shown
        self._file: BinaryIO | None = None
        self._held = self._rows = self._kept = 0
        self._kept_s = time.monotonic()

    def send(self, batch: pa.RecordBatch, faults: Faults | None = None) -> None:
        try:
            file = self._opened()
            for lines in _written(split_envelope(batch)[0], faults):
                file.write(lines)
            file.flush()
            self._rows += batch.num_rows
            if time.monotonic() - self._kept_s >= _KEPT_EVERY_S:
                self._keep()
        except OSError as error:
            raise failed(self._shown, "cannot be written", error) from error

    def account(self) -> Account:
        return Account(self._rows, self._rows, settled=self._kept)

    def refusals(self) -> Sequence[Refusal]:
        return ()

    def flush(self) -> None:
        try:
            self._opened()
            self._keep()
        except OSError as error:
            raise failed(self._shown, "cannot be written", error) from error

    def held(self) -> int:
        self._held = self._booked()[0]
        return self._held

    def close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            rows, octets = self._booked()
            self._file = self._path.open("ab")
            self._file.truncate(octets)
            if not rows:  # from its first byte on, the file is known to be ours
                self._write_book(0, 0)
        return self._file

    def _booked(self) -> tuple[int, int]:
        """Rows and bytes that are in the file for good. Raises InputError: the file is somebody else's."""
        size = self._path.stat().st_size if self._path.exists() else 0
        try:
            book = json.loads(self._book.read_text(encoding="utf-8"))
            if book["errand"] == self._errand and size >= book["bytes"]:
                return book["rows"], book["bytes"]
        except (OSError, ValueError, KeyError):
            book = None
        if size:
            raise InputError(f"{self._shown}: is there already, from something else; move it away, or name another.")
        return 0, 0

    def _keep(self) -> None:
        file = self._opened()
        file.flush()
        os.fsync(file.fileno())
        self._write_book(self._held + self._rows, file.tell())
        self._kept, self._kept_s = self._rows, time.monotonic()

    def _write_book(self, rows: int, octets: int) -> None:
        aside = self._book.with_name(f"{self._book.name}.new")
        aside.write_text(json.dumps({"errand": self._errand, "rows": rows, "bytes": octets}), encoding="utf-8")
        keep(aside)
        aside.replace(self._book)
        keep(self._path.parent)
