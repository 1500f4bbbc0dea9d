"""A folder in which files appear whole or not at all: on this machine, or on any file system that pyarrow opens.

What is written lies aside, on this machine, until it is published: renamed where that is possible, else sent as one
object, which such stores show only when it is complete.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from sandbox.errors import OutsideError

_COPIED_BYTES = 8 << 20
_OBJECT_STORES = ("s3", "gcs", "abfs")
"""They know no folders: one that is made is an empty object, which readers of a lake stumble over."""
MAKE_ROOM = "Make room; the same command goes on from there."


@dataclass(frozen=True)
class Place:
    """A folder, as its owner named it (`shown`, without secrets) and as its file system knows it."""

    shown: str
    filesystem: fs.FileSystem
    path: str
    aside: Path
    """Where files are written before they are published."""
    is_local: bool
    _made: set[str] = field(default_factory=set, repr=False)

    def begin(self) -> None:
        """Make a fresh folder to write aside in; what an earlier try left there goes."""
        with self.told("cannot be written"):
            shutil.rmtree(self.aside, ignore_errors=True)
            self.aside.mkdir(parents=True)

    def publish(self, written: Path, name: str) -> None:
        """Put a whole file in its place, `name` relative to the folder, and make sure that it stays there."""
        place = f"{self.path}/{name}"
        folder = place.rpartition("/")[0]
        with self.told("cannot be written"):
            if folder not in self._made and self.filesystem.type_name not in _OBJECT_STORES:
                self.filesystem.create_dir(folder)
                self._made.add(folder)
            if self.is_local:
                keep(written)
                written.replace(place)
                keep(Path(folder))
                return
            with written.open("rb") as read, self.filesystem.open_output_stream(place) as sent:
                shutil.copyfileobj(read, sent, _COPIED_BYTES)
            written.unlink()

    def names(self) -> list[str]:
        """The files there, hidden ones left out, relative to the folder."""
        with self.told("cannot be read"):
            found = self.filesystem.get_file_info(fs.FileSelector(self.path, allow_not_found=True, recursive=True))
        names = (info.path[len(self.path) :].lstrip("/") for info in found if info.type == fs.FileType.File)
        return [name for name in names if not any(part.startswith(".") for part in name.split("/"))]

    def remove(self, name: str) -> None:
        """Take a file away."""
        with self.told("cannot be written"):
            self.filesystem.delete_file(f"{self.path}/{name}")

    def end(self) -> None:
        """Take away what lies aside."""
        shutil.rmtree(self.aside, ignore_errors=True)

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Say in the house's words what a file system does not do, and what to do about it."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise failed(self.shown, what, error) from error


def place_of(where: str, folder: str, name: str) -> Place:
    """The folder that a path or a URL names.

    Args:
        where: `out/`, or a URL such as `s3://bucket/prefix`.
        folder: where relative paths begin.
        name: of whoever writes there; one writer a name.
    Raises:
        OutsideError: the URL is of no file system that is known.
    """
    shown = without_secrets(where)
    if "://" in where:
        try:
            filesystem, path = fs.FileSystem.from_uri(where)
        except (OSError, pa.ArrowException, ValueError) as error:
            raise failed(shown, "cannot be reached", error) from error
        if not isinstance(filesystem, fs.LocalFileSystem):
            aside = Path(tempfile.gettempdir()) / f"sandbox-{os.getpid()}-{name}"
            return Place(shown, filesystem, path.rstrip("/"), aside, is_local=False)
    else:
        path = (Path(folder) / Path(where).expanduser()).absolute().as_posix()
    # On the same disk as its place, so that publishing is renaming; hidden, as readers of folders expect of it.
    return Place(shown, fs.LocalFileSystem(), path.rstrip("/"), Path(path) / f".{name}", is_local=True)


def without_secrets(where: str) -> str:
    """A path or URL as it may be shown: no user, password or options."""
    if "://" not in where:
        return where
    parts = urlsplit(where)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def failed(shown: str, what: str, error: Exception) -> OutsideError:
    """The error of a file system, with what to do where that is known."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).strip().split("\n", 1)[0]
    full = isinstance(error, OSError) and error.errno in (28, 122, 27)  # no space, over quota, file too large
    return OutsideError(f"{shown}: {what} ({reason[:300]}).{f' {MAKE_ROOM}' if full else ''}")


def keep(path: Path) -> None:
    """Have a file, or what a folder lists, outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
