"""Sinks: what is written comes back, in order and whole, or is not there at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from sandbox.checks.check import Broken, Suite, shown
from sandbox.checks.hard_values import hard_batch, hard_contract
from sandbox.contract.conform import Conform
from sandbox.contract.model import Contract
from sandbox.landing.layout import WORK, Layout
from sandbox.landing.parts import PartWriter, Target
from sandbox.scenario.parts import SinkPart, SourcePart, Unread

Reader = Callable[[str], SourcePart]
"""The source that reads the file at a path: what a sink wrote is read back by it."""


@dataclass(frozen=True, slots=True)
class SinkSample:
    """A configured sink, and the source that reads what it writes."""

    sink: SinkPart
    reader: Reader
    lost: frozenset[str] = frozenset()
    """Types whose values the format is known not to bring back."""


@dataclass(frozen=True, eq=False)
class SinkSubject:
    """A sink under check."""

    name: str
    sample: SinkSample

    @property
    def sink(self) -> SinkPart:
        """The sink."""
        return self.sample.sink

    @property
    def contract(self) -> Contract:
        """A column for each type that comes back."""
        return hard_contract(self.sample.lost)

    @property
    def batch(self) -> pa.RecordBatch:
        """The hard values, to be written."""
        return hard_batch(self.sample.lost)

    def write(self, path: Path, batches: Sequence[pa.RecordBatch]) -> None:
        """Write a whole part."""
        writer = self.sink.open(str(path), self.contract.schema)
        for batch in batches:
            writer.write(batch)
        writer.close()

    def read(self, path: Path) -> list[str]:
        """The rows of a part, each as text that compares."""
        raw = self.sample.reader(str(path)).open(str(path.parent))
        conform = Conform(self.contract)
        rows: list[str] = []
        for share in raw.shares():
            for found in raw.batches(share):
                if isinstance(found, Unread):
                    rows += [f"unread: {text}" for text in found.texts]
                else:
                    rows += _rows(conform(found).batch)
        raw.close()
        return rows


def hard_values_return(subject: SinkSubject) -> Broken | None:
    """Limits of integers, NaN, nulls, Unicode, zones and nesting come back as they were written."""
    with _part(subject) as path:
        subject.write(path, [subject.batch])
        return _same(subject.read(path), _rows(subject.batch))


def batches_stay_in_order(subject: SinkSubject) -> Broken | None:
    """Many batches, an empty one and one with its texts as dictionaries among them, make one part in their order."""
    batches = [subject.batch.slice(start, 3) for start in range(0, subject.batch.num_rows, 3)]
    batches = [batches[0], batches[0].slice(0, 0), _with_dictionaries(batches[1]), *batches[2:], batches[0]]
    with _part(subject) as path:
        subject.write(path, batches)
        return _same(subject.read(path), [row for batch in batches for row in _rows(batch)])


def no_rows_make_a_whole_file(subject: SinkSubject) -> Broken | None:
    """A part without rows is a file too, whether an empty batch was written or none."""
    for batches in ([], [subject.batch.slice(0, 0)]):
        with _part(subject) as path:
            subject.write(path, batches)
            if not path.is_file():
                return Broken("no file for a part without rows", "a whole file")
    return None


def the_same_rows_make_the_same_bytes(subject: SinkSubject) -> Broken | None:
    """Two parts of the same batches are the same file: nothing of the clock, the path or memory is in it."""
    with _part(subject, "first") as one, _part(subject, "second") as other:
        for path in (one, other):
            subject.write(path, [subject.batch, subject.batch])
        return None if one.read_bytes() == other.read_bytes() else Broken("other bytes in a second part", "the same")


def closing_twice_is_closing_once(subject: SinkSubject) -> Broken | None:
    """A second `close` does nothing: the file stays as the first one left it."""
    with _part(subject) as path:
        writer = subject.sink.open(str(path), subject.contract.schema)
        writer.write(subject.batch)
        writer.close()
        once = path.read_bytes()
        writer.close()
        return None if path.read_bytes() == once else Broken("a file that changed", "the file of the first close")


def a_retry_begins_anew(subject: SinkSubject) -> Broken | None:
    """Where a file lies already, it is replaced: what an earlier try left is gone."""
    with _part(subject) as path:
        subject.write(path, [subject.batch])
        subject.write(path, [subject.batch.slice(0, 2)])
        return _same(subject.read(path), _rows(subject.batch.slice(0, 2)))


def only_the_told_file_is_written(subject: SinkSubject) -> Broken | None:
    """A part is the one file at the path that was told, which ends in `suffix`; nothing is left beside it."""
    if not subject.sink.suffix().startswith("."):
        return Broken(f"the suffix {shown(subject.sink.suffix())}", "an ending with its dot")
    with _part(subject) as path:
        subject.write(path, [subject.batch])
        found = sorted(str(file.relative_to(path.parent)) for file in path.parent.rglob("*"))
        return None if found == [path.name] else Broken(f"the files {shown(found)}", shown([path.name]))


def a_crash_leaves_nothing_in_place(subject: SinkSubject) -> Broken | None:
    """A part that is broken off in the middle of a landing is not in its place; landed again it is, and whole."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        target = Target(Layout(out), "hard", out / "hard", subject.sink, subject.contract.schema)
        broken_off = PartWriter(target, "part-00000")
        broken_off.write(subject.batch)
        before = _in_place(out)
        broken_off.discard()
        if before or _in_place(out):
            return Broken(f"{shown(before or _in_place(out))} after a crash", "nothing but what is written aside")
        again = PartWriter(target, "part-00000")
        again.write(subject.batch)
        again.publish()
        return _same(subject.read(out / "hard" / f"part-00000{subject.sink.suffix()}"), _rows(subject.batch))


@contextmanager
def _part(subject: SinkSubject, name: str = "part") -> Iterator[Path]:
    """Where a part may be written, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / f"{name}{subject.sink.suffix()}"


def _in_place(out: Path) -> list[str]:
    files = (file.relative_to(out) for file in out.rglob("*") if file.is_file())
    return sorted(str(file) for file in files if file.parts[0] != WORK)


def _with_dictionaries(batch: pa.RecordBatch) -> pa.RecordBatch:
    arrays = [array.dictionary_encode() if pa.types.is_string(array.type) else array for array in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _rows(batch: pa.RecordBatch) -> list[str]:
    return [repr(row) for row in batch.to_pylist()]


def _same(seen: list[str], expected: list[str]) -> Broken | None:
    if len(seen) != len(expected):
        return Broken(f"{len(seen):,} rows", f"{len(expected):,}")
    for number, (row, wanted) in enumerate(zip(seen, expected, strict=True)):
        if row != wanted:
            return Broken(f"row {number:,} as …{_from_difference(row, wanted)}", f"…{_from_difference(wanted, row)}")
    return None


def _from_difference(text: str, other: str) -> str:
    first: Any = next((at for at, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), 0)
    return shown(text[max(first - 20, 0) :])


SUITE = Suite(
    "sandbox.sinks",
    (
        hard_values_return,
        batches_stay_in_order,
        no_rows_make_a_whole_file,
        the_same_rows_make_the_same_bytes,
        closing_twice_is_closing_once,
        a_retry_begins_anew,
        only_the_told_file_is_written,
        a_crash_leaves_nothing_in_place,
    ),
)
