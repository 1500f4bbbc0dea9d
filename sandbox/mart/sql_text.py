"""SQL that a user wrote, with the place where it stands."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import InputError, OutsideError, Place, Problem

LONGEST_BYTES = 1_000_000


@dataclass(frozen=True)
class Sql:
    """One text of SQL. `file` is where it was read; `placed` finds the place of a character where the text is inside
    another file."""

    text: str
    file: str = ""
    placed: Callable[[int], Place] | None = None

    def place(self, offset: int) -> Place:
        """Where the character `offset` of the text stands, counted from 0."""
        if self.placed:
            return self.placed(offset)
        before = self.text[:offset]
        return Place(self.file or "features", before.count("\n") + 1, offset - before.rfind("\n"))

    def characters(self, position: int) -> int:
        """The character at a position that DuckDB gave, who counts bytes."""
        return len(self.text.encode()[: max(position, 0)].decode(errors="ignore"))

    def problem(self, message: str, offset: int | None = None) -> Problem:
        """What is wrong with the text, at a character where that is known."""
        return Problem(message, place=self.place(offset or 0))


def read_sql(value: str, folder: Path | str = ".", placed: Callable[[int], Place] | None = None) -> Sql:
    """The SQL that a model names: a `.sql` file inside the scenario's folder, or else the text itself.

    Raises:
        InputError: the file is missing, outside of the folder, too long, or not UTF-8.
        OutsideError: the disk does not give it.
    """
    from sandbox.scenario.binding.models import is_file

    if not is_file(value):
        return Sql(value, placed=placed)
    name = value.strip()
    path = Path(os.path.normpath(Path(folder) / name))
    if not path.resolve().is_relative_to(Path(folder).resolve()):
        raise InputError(Problem(f"'{name}' is outside of the scenario's folder; keep features beside the scenario."))
    try:
        if path.stat().st_size > LONGEST_BYTES:
            raise InputError(Problem(f"'{name}' is longer than {LONGEST_BYTES:,} bytes, which is no feature SQL."))
        return Sql(path.read_text(encoding="utf-8-sig"), file=str(path))
    except (FileNotFoundError, IsADirectoryError):
        raise InputError(Problem(f"there is no file '{name}' in {folder}; make it, or write the SQL itself.")) from None
    except UnicodeDecodeError:
        raise InputError(Problem(f"'{name}' is not UTF-8 text; save it as UTF-8.")) from None
    except OSError as error:
        raise OutsideError(f"{path}: {error.strerror}.") from None
