"""Which file lies where below the output folder, and who may read it.

manifest.json                          what was landed; there only when all of it is
[<folder>/]<dataset>/part-00000.parquet    or below hive folders, plan=basic/part-00000.parquet
rejected/<dataset>/part-00000.parquet      rows that broke a rule of their own, with their reasons
rejected/<dataset>/part-00000-keys.parquet rows of that part that broke a key
.landing/                              while it works: the lock, receipts, what is written aside
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

MANIFEST = "manifest.json"
REJECTED = "rejected"
WORK = ".landing"


@dataclass(frozen=True)
class Shape:
    """How a landing is laid out: `folder` holds the datasets' folders, and `envelope` says whether `_sandbox` is kept.

    Rows with their envelope are for the mart, which reads whole tables: the scenario's `partition_by` does not count.
    """

    folder: str = ""
    envelope: bool = False


@dataclass(frozen=True)
class Layout:
    """Paths of one landing. `private`: what is written is for its owner's eyes only."""

    out: Path
    folder: str = ""
    private: bool = False

    @property
    def manifest(self) -> Path:
        """The manifest."""
        return self.out / MANIFEST

    @property
    def work(self) -> Path:
        """What is there only while it works."""
        return self.out / WORK

    @property
    def rejected(self) -> Path:
        """Above the datasets' rejected rows."""
        return self.out / REJECTED

    def data(self, dataset: str) -> Path:
        """A dataset's folder."""
        return self.out / self.folder / dataset

    def staged(self, dataset: str) -> Path:
        """Where a dataset waits that its keys are judged, if it lands in a format that cannot be read back."""
        return self.work / "staged" / dataset

    def receipts(self, dataset: str) -> Path:
        """A dataset's receipts, one a share."""
        return self.work / "receipts" / dataset

    def aside(self, name: str) -> Path:
        """A fresh folder to write in, for one task alone."""
        path = self.work / "aside" / name
        shutil.rmtree(path, ignore_errors=True)
        self.make(path)
        return path

    def make(self, folder: Path) -> None:
        """Make a folder and those above it, down from the output folder."""
        folder.mkdir(mode=0o700 if self.private else 0o777, parents=True, exist_ok=True)
        if self.private:
            for made in (folder, *folder.parents):
                if not made.is_relative_to(self.out):
                    break
                made.chmod(0o700)

    def publish(self, written: Path, place: Path) -> None:
        """Put a whole file in its place; whoever looks sees the old one, the new one or none, never half of it."""
        self.make(place.parent)
        if self.private:
            written.chmod(0o600)
        written.replace(place)

    def write_text(self, place: Path, text: str) -> None:
        """Write a small file as a whole."""
        self.make(self.work)
        aside = self.work / f"{place.name}.{os.getpid()}.{place.parent.name}"
        aside.write_text(text, encoding="utf-8")
        self.publish(aside, place)

    def named(self, path: Path) -> str:
        """A file's name in a manifest: relative to the output folder, with `/`."""
        return path.relative_to(self.out).as_posix()
