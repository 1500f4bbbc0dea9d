"""Files that belong together, written all or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.errors import InputError
from sandbox.whole import write_all


def judge_free(paths: Iterable[Path], *, force: bool) -> None:
    """Raises InputError: one of the files is there, and `force` does not say that it may be replaced."""
    there = [str(path) for path in paths if path.exists()]
    if there and not force:
        raise InputError(
            f"{', '.join(there)}: is there already; choose another place with -o, or replace it with --force."
        )


def save_all(files: Mapping[Path, str], *, force: bool) -> None:
    """Write all files, each whole; or none where one of them is there already, or one cannot be written.

    Raises:
        InputError: one is there, and `force` does not say that it may be replaced.
        OutsideError: one cannot be written.
    """
    judge_free(files, force=force)
    write_all(files)
