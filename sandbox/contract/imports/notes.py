"""What is noted while a schema is read: what is wrong with it, and what of it a contract cannot hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sandbox.contract.imports.marked import Marked
from sandbox.errors import InputError, Place, Problem


@dataclass(slots=True)
class Notes:
    """One reading of one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    lost: list[Problem] = field(default_factory=list)
    keys: dict[str, list[Marked]] = field(default_factory=dict)
    """Keys that say nothing to a contract, and the values under them."""

    def wrong(self, message: str, place: Place, path: str = "") -> None:
        """The schema contradicts itself here."""
        self.problems.append(Problem(message, path, place))

    def catch(self, error: InputError) -> None:
        """The same, as something raised it."""
        self.problems += error.problems

    def lose(self, message: str, place: Place, path: str = "") -> None:
        """The schema says here what a contract cannot hold."""
        self.lost.append(Problem(message, path, place))

    def lose_keys(self, value: Marked, known: Iterable[str]) -> None:
        """All keys of a mapping beside the known ones; they are told once a key, with how often it is there."""
        for key in value.content if value.is_mapping else ():
            if key not in known:
                self.keys.setdefault(key, []).append(value.entries()[key])

    def all_lost(self) -> tuple[Problem, ...]:
        """What was lost, in the order of the file, each once."""
        told = [
            replace(found[0].problem(f"'{key}'{_times(len(found))} says nothing to a contract."), path="")
            for key, found in self.keys.items()
        ]
        return tuple(sorted(dict.fromkeys([*self.lost, *told]), key=lambda problem: problem.place or Place(self.file)))

    def check(self) -> None:
        """Raises InputError with everything that is wrong."""
        if self.problems:
            found = dict.fromkeys(self.problems)
            raise InputError(sorted(found, key=lambda problem: problem.place or Place(self.file)))


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""
