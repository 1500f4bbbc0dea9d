"""Where the binders note problems, each by the path of the value that causes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.errors import InputError
from sandbox.strict import Path

if TYPE_CHECKING:
    from sandbox.scenario.parsing import Fault


@dataclass(frozen=True, slots=True)
class Note:
    """A problem: the path from the top of the scenario, what is wrong, and the character of the text at that path."""

    path: Path
    message: str
    offset: int = 0


@dataclass(slots=True)
class Notes:
    """Problems noted so far, in order, each once."""

    _noted: dict[Note, None] = field(default_factory=dict)
    _below: dict[Path, set[Path]] = field(default_factory=dict)
    """Of each path at or above a problem, the steps that lead on to one, since a file may have thousands of them."""

    @property
    def found(self) -> list[Note]:
        """All of them, in the order of noting."""
        return list(self._noted)

    def add(self, path: Iterable[str | int], message: str, offset: int = 0) -> None:
        """Note a problem."""
        whole = tuple(path)
        self._noted[Note(whole, message, offset)] = None
        for size in range(len(whole) + 1):
            self._below.setdefault(whole[:size], set()).add(whole[size : size + 1])

    def add_error(self, path: Iterable[str | int], error: Exception) -> None:
        """Note what an exception of a part says."""
        texts = [str(problem) for problem in error.problems] if isinstance(error, InputError) else [str(error)]
        for text in texts:
            self.add(path, text)

    def add_faults(self, path: Iterable[str | int], faults: Sequence[Fault]) -> None:
        """Note each fault of an SQL expression, at its character."""
        at = tuple(path)
        for fault in faults:
            self.add(at, fault.message, fault.offset)

    def beside(self, path: Iterable[str | int], key: str) -> bool:
        """Whether something at or below `path` is wrong that does not lie under `key`."""
        return bool(self._below.get(tuple(path), set()) - {(key,)})

    def below(self, path: Iterable[str | int]) -> bool:
        """Whether something at or below `path` is wrong already, so that what builds on it need not be judged."""
        return tuple(path) in self._below
