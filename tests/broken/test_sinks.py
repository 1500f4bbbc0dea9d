"""Sinks, each broken in one way, and the checks that must notice."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sandbox.checks import SinkSample, all_checks
from sandbox.checks.sinks import SinkSubject
from sandbox.scenario.parts import SinkPart
from sandbox.sources.files import ArrowFiles

GROUP = "sandbox.sinks"
TIMES_OPENED = count()


class FaithfulWriter:
    """One Arrow file, written when it is closed; each saboteur changes one thing of it."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        self.path = Path(path)
        self.schema = schema
        self.batches: list[pa.RecordBatch] = []
        self.is_closed = False

    def write(self, batch: pa.RecordBatch) -> None:
        self.batches.append(batch.cast(self.schema))

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.put(self.serialised(self.batches, self.schema))

    def serialised(self, batches: list[pa.RecordBatch], schema: pa.Schema) -> bytes:
        buffer = pa.BufferOutputStream()
        with pa.ipc.new_file(buffer, schema) as file:
            for batch in batches:
                file.write_batch(batch)
        return bytes(buffer.getvalue())

    def put(self, octets: bytes) -> None:
        self.path.write_bytes(octets)


class TakesTheSmallestForNothing(FaithfulWriter):
    """Floats that are nearly 0 are written as 0."""

    def write(self, batch):
        arrays = [
            pc.if_else(pc.less(pc.abs(array), 1e-300), 0.0, array) if array.type == pa.float64() else array
            for array in batch.columns
        ]
        super().write(pa.RecordBatch.from_arrays(arrays, names=batch.schema.names))


class TurnsBatchesRound(FaithfulWriter):
    """The last batch comes first."""

    def serialised(self, batches, schema):
        return super().serialised(batches[::-1], schema)


class WritesNoEmptyFile(FaithfulWriter):
    """Without rows there is no file."""

    def put(self, octets):
        if any(batch.num_rows for batch in self.batches):
            super().put(octets)


class StampsItsFiles(FaithfulWriter):
    """Each file says which one it is."""

    def serialised(self, batches, schema):
        stamped = schema.with_metadata({"number": str(next(TIMES_OPENED))})
        return super().serialised([batch.cast(stamped) for batch in batches], stamped)


class ClosesAnew(FaithfulWriter):
    """Closing again writes again, and by then the rows are gone."""

    def close(self):
        self.put(self.serialised(self.batches, self.schema))
        self.batches = []


class AddsToWhatIsThere(FaithfulWriter):
    """Rows of a file that lies there already stay in it."""

    def serialised(self, batches, schema):
        if self.path.exists():
            batches = [*pa.ipc.open_file(str(self.path)).read_all().to_batches(), *batches]
        return super().serialised(batches, schema)


class WritesAnIndexBeside(FaithfulWriter):
    """A second file lies beside the part."""

    def put(self, octets):
        super().put(octets)
        self.path.with_name(f"{self.path.name}.index").write_text(str(len(octets)), encoding="utf-8")


class ShowsWhereItWillBe(FaithfulWriter):
    """In a landing, a file takes the part's place before the part is whole."""

    def write(self, batch):
        super().write(batch)
        work = next((folder for folder in self.path.parents if folder.name == ".landing"), None)
        if work is not None:
            place = work.parent / "hard" / self.path.name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(self.serialised(self.batches, self.schema))


class Opened(SinkPart):
    """A sink that opens one of the classes above."""

    writer: Any

    def open(self, path, schema):
        return self.writer(path, schema)

    def suffix(self):
        return ".arrow"


def subject_of(writer: type[FaithfulWriter]) -> SinkSubject:
    return SinkSubject(writer.__name__, SinkSample(Opened(writer=writer), lambda path: ArrowFiles(path=path)))


# Each with the further checks that cannot but fail with it.
SABOTEURS: dict[str, tuple[type[FaithfulWriter], set[str]]] = {
    "hard_values_return": (TakesTheSmallestForNothing, {"batches_stay_in_order", "a_crash_leaves_nothing_in_place"}),
    "batches_stay_in_order": (TurnsBatchesRound, set()),
    "no_rows_make_a_whole_file": (WritesNoEmptyFile, set()),
    "the_same_rows_make_the_same_bytes": (StampsItsFiles, set()),
    "closing_twice_is_closing_once": (ClosesAnew, set()),
    "a_retry_begins_anew": (AddsToWhatIsThere, set()),
    "only_the_told_file_is_written": (WritesAnIndexBeside, set()),
    "a_crash_leaves_nothing_in_place": (ShowsWhereItWillBe, set()),
}


def test_every_check_has_its_saboteur():
    assert list(SABOTEURS) == [check.name for check in all_checks(GROUP)]


def test_nothing_is_held_against_a_faithful_part(failing):
    assert failing(GROUP, subject_of(FaithfulWriter)) == set()


@pytest.mark.parametrize("name", SABOTEURS)
def test_a_saboteur_is_caught_by_its_own_check_and_no_other(name, failing):
    writer, also = SABOTEURS[name]
    assert failing(GROUP, subject_of(writer)) == {name} | also
