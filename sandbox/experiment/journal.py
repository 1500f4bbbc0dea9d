"""The journal of a loop as files that only grow: what was shown, who served, what was decided, what came from outside.

`journal.jsonl` has a line for each thing that happened, in the order of the loop's time; `shown/` a file for each
stretch of time with every list, its positions and how likely each item was to stand there. There is no path, no clock
on the wall and no machine in it: the same scenario and the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.errors import InputError, OutsideError
from sandbox.experiment.inputs import Input, input_of, moment_text, moment_us
from sandbox.experiment.kept import text_of

if TYPE_CHECKING:
    from sandbox.experiment.decisions import Decision
    from sandbox.scenario.plan import Plan

LINES = "journal.jsonl"
SHOWN = "shown"
VERSION = 1


@dataclass(eq=False)
class Journal:
    """A journal that is being written."""

    folder: Path
    _lines: IO[str] = field(repr=False)
    _parts: int = 0

    @classmethod
    def begin(cls, folder: Path) -> Journal:
        """A new one.

        Raises:
            InputError: the folder holds something else than a journal, which is begun anew.
            OutsideError: the disk does not let us.
        """
        try:
            if folder.exists() and any(folder.iterdir()) and not (folder / LINES).exists():
                raise InputError(f"{folder}: holds something that is no journal; name another folder.")
            shutil.rmtree(folder / SHOWN, ignore_errors=True)
            (folder / SHOWN).mkdir(parents=True)
            return cls(folder, (folder / LINES).open("w", encoding="utf-8", newline="\n"))
        except OSError as error:
            raise OutsideError(f"{folder}: cannot be written: {error.strerror or error}.") from error

    def head(self, plan: Plan, step_us: int, planned: str) -> None:
        """Write the first line: of which scenario it is, and the digest of what was planned."""
        assert plan.shelves is not None
        self.write(
            "begin", plan.shelves.starts_us, version=VERSION, scenario=plan.name, digest=plan.digest, seed=plan.seed,
            engine=plan.engine, step_us=step_us, plan=planned,
        )  # fmt: skip

    def decided(self, decision: Decision) -> None:
        """Add a decision."""
        told = {name: value for name, value in asdict(decision).items() if name != "at_us"}
        self.write("decision", decision.at_us, **told)

    def took(self, given: Input) -> None:
        """Add what came from outside."""
        self.write("input", given.at_us, **{k: v for k, v in given.to_dict().items() if k != "at"})

    def write(self, kind: str, at_us: int, **told: Any) -> None:
        """Add a line, which is on its way to the disk before the loop goes on."""
        line = json.dumps({"at": moment_text(at_us), "kind": kind, **told}, ensure_ascii=False)
        try:
            self._lines.write(f"{line}\n")
            self._lines.flush()
        except OSError as error:
            raise OutsideError(f"{self.folder}: cannot be written: {error.strerror or error}.") from error

    def show(self, table: pa.Table, since_us: int, until_us: int) -> None:
        """Add the lists that were shown in [since, until), by time and visit."""
        if not len(table):
            return
        self._parts += 1
        path = self.folder / SHOWN / f"{self._parts:05d}.parquet"
        try:
            pq.write_table(table, path, compression="zstd", store_schema=False)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise OutsideError(f"{path}: cannot be written: {error.strerror or error}.") from error
        self.write("shown", until_us, since=moment_text(since_us), part=path.name, lists=len(table), sha256=digest)

    def end(self, at_us: int) -> None:
        """Write the last line."""
        self.write("end", at_us)
        self._lines.close()


@dataclass(frozen=True, slots=True)
class Part:
    """A file of lists: those of [since, until), microseconds UTC."""

    path: Path
    since_us: int
    until_us: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A journal that was written."""

    head: Mapping[str, Any]
    """Of which scenario it is."""
    lines: Sequence[Mapping[str, Any]]
    """All of them, in order."""
    parts: Sequence[Part]

    @property
    def cut_us(self) -> int | None:
        """Where it was cut short, since whoever wrote it was killed; None of one that has its last line."""
        return None if self.lines[-1]["kind"] == "end" else moment_us(self.lines[-1]["at"])

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What came from outside, in order."""
        told = [dict(line) for line in self.lines if line["kind"] == "input"]
        return tuple(input_of({key: line[key] for key in line if key != "kind"}, LINES) for line in told)


def read_journal(folder: Path) -> Kept:
    """Read a journal; of one that was cut short, the lines that are whole.

    Raises:
        InputError: there is none, it is of another version, or somebody changed it.
        OutsideError: it cannot be read.
    """
    path = folder / LINES
    text = text_of(path, "there is no journal; write one with `sandbox experiment … --journal`.")
    lines = []
    whole, _, _ = text.rpartition("\n")  # what stands after the last line break was being written
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            told = json.loads(line)
            lines.append({**told, "kind": told["kind"], "at": str(told["at"])})
        except (ValueError, TypeError, KeyError):
            raise InputError(f"{path}:{number}: is no line of a journal; it was cut off or changed.") from None
    if not lines or lines[0]["kind"] != "begin" or lines[0].get("version") != VERSION:
        raise InputError(f"{path}: is no journal of version {VERSION}.")
    parts = [_part(folder, line) for line in lines if line["kind"] == "shown"]
    return Kept(lines[0], lines, parts)


def _part(folder: Path, line: Mapping[str, Any]) -> Part:
    path = folder / SHOWN / Path(str(line["part"])).name
    if not path.exists():
        raise InputError(f"{path}: is missing; the journal is not whole.")
    return Part(path, moment_us(line["since"]), moment_us(line["at"]), line["sha256"])
