"""Files that are there whole, or as they were before: written beside their places, and moved into them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.errors import OutsideError

_ANYBODY = 0o666
"""What the process's mask then takes from."""


def write_whole(path: Path, text: str, *, mode: int = _ANYBODY) -> None:
    """Write one text to its file, as `write_all`."""
    write_all({path: text}, mode=mode)


def write_all(texts: Mapping[Path, str], *, mode: int = _ANYBODY) -> None:
    """Write texts to files: each is there whole, or none is and what was there before stays.

    Folders are made. A symbolic link stays, and what it leads to is written. What is no file, as /dev/stdout or
    /dev/null, is written into and never replaced.

    Args:
        texts: what stands in each file.
        mode: who may read and write the new files, before the process's mask.
    Raises:
        OutsideError: one cannot be written.
    """
    waiting: dict[Path, tuple[Path, Path]] = {}
    path = Path()
    try:
        for path, text in texts.items():
            if _is_stream(path):
                path.write_text(text, encoding="utf-8")
                continue
            place = Path(os.path.realpath(path))  # `Path.resolve` raises for links in a circle
            place.parent.mkdir(parents=True, exist_ok=True)
            aside = place.with_name(f".{place.name}.{os.getpid()}.part")
            waiting[path] = aside, place
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
        for path, (aside, place) in waiting.items():  # noqa: B007  (the error tells which)
            aside.replace(place)
    except BrokenPipeError:  # the reader of /dev/stdout has seen enough
        raise
    except FileExistsError:
        raise OutsideError(f"{path}: cannot be written: {path.parent} is no folder.") from None
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written: {error.strerror or error}.") from None
    finally:
        for aside, _ in waiting.values():
            with suppress(OSError):
                aside.unlink(missing_ok=True)


@contextmanager
def all_whole(folder: Path) -> Iterator[Path]:
    """A place to write files of any size to, which are moved into a folder when the block ends, and else are not.

    Raises:
        OutsideError: the folder, or a file, cannot be written.
    """
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".", suffix=".part", dir=folder) as aside:
            yield Path(aside)
            for written in sorted(Path(aside).iterdir()):
                written.replace(folder / written.name)
    except OSError as error:
        raise OutsideError(f"{folder}: cannot be written: {error.strerror or error}.") from None
    finally:
        if is_new:
            with suppress(OSError):  # it is not empty, or was never made
                folder.rmdir()


def _is_stream(path: Path) -> bool:
    """Whether what is there is no file of a disk: a device, a pipe, or one of this process's own streams."""
    return path.exists() and not path.is_dir() and (not path.is_file() or path.absolute().is_relative_to("/dev"))
