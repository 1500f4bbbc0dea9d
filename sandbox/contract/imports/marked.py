"""Values of a JSON or YAML file that know where they stand, and are asked for by the kind that is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.errors import InputError, Place, Problem, did_you_mean
from sandbox.strict import show


@dataclass(frozen=True, slots=True)
class Marked:
    """One value. `content` holds further marked values where it is a mapping or a list; `path` is the way to it."""

    content: Any
    place: Place
    path: str = ""

    def problem(self, message: str) -> Problem:
        """Something that is to be said of this value."""
        return Problem(message, self.path, self.place)

    def error(self, message: str) -> InputError:
        """The same, to be raised."""
        return InputError(self.problem(message))

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self.content, Mapping)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.content, tuple)

    def value(self) -> Any:
        """The plain value."""
        if isinstance(self.content, Mapping):
            return {key: child.value() for key, child in self.content.items()}
        if isinstance(self.content, tuple):
            return [child.value() for child in self.content]
        return self.content

    def get(self, key: str) -> Marked | None:
        """The value under a key of a mapping; None where there is none, or null."""
        child = self.content.get(key) if isinstance(self.content, Mapping) else None
        return child if child is not None and child.content is not None else None

    def keys(self) -> Iterator[str]:
        """The keys of a mapping; nothing of any other value."""
        return iter(self.content) if isinstance(self.content, Mapping) else iter(())

    def items(self) -> tuple[Marked, ...]:
        """The values of a list. Raises InputError where it is none."""
        if not isinstance(self.content, tuple):
            raise self.error(f"got {show(self.value())}, must be a list.")
        return self.content

    def entries(self) -> Mapping[str, Marked]:
        """The values of a mapping by key. Raises InputError where it is none."""
        if not isinstance(self.content, Mapping):
            raise self.error(f"got {show(self.value())}, must be a mapping.")
        return self.content

    def text(self) -> str:
        """The text that it is. Raises InputError where it is none, or empty."""
        if not isinstance(self.content, str) or not self.content:
            raise self.error(f"got {show(self.value())}, must be text.")
        return self.content

    def whole(self, least: int = 0) -> int:
        """The whole number that it is. Raises InputError where it is none, or below `least`."""
        if not isinstance(self.content, int) or isinstance(self.content, bool) or self.content < least:
            raise self.error(f"got {show(self.value())}, must be a whole number of at least {least}.")
        return self.content

    def number(self) -> int | float:
        """The number that it is. Raises InputError where it is none."""
        if not isinstance(self.content, int | float) or isinstance(self.content, bool):
            raise self.error(f"got {show(self.value())}, must be a number.")
        return self.content

    def require(self, key: str) -> Marked:
        """The value under a key. Raises InputError where it is missing."""
        child = self.get(key)
        if child is None:
            raise self.error(f"'{key}' is missing.{did_you_mean(key, self.keys())}")
        return child

    def text_of(self, key: str) -> str:
        """The text under a key, empty where there is none. Raises InputError for anything else."""
        child = self.get(key)
        return "" if child is None or child.content == "" else child.text()
