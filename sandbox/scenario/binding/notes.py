"""Where the binders note problems, each by the path of the value that causes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.errors import InputError
from sandbox.strict import Path

if TYPE_CHECKING:
    from sandbox.scenario.expressions import ExpressionError


@dataclass(slots=True)
class Notes:
    """Problems noted so far: (path from the top of the scenario, message, offset into the text at that path)."""

    found: list[tuple[Path, str, int]] = field(default_factory=list)

    def add(self, path: Iterable[str | int], message: str, offset: int = 0) -> None:
        """Note a problem; the same one twice counts once."""
        entry = (tuple(path), message, offset)
        if entry not in self.found:
            self.found.append(entry)

    def add_error(self, path: Iterable[str | int], error: Exception) -> None:
        """Note what an exception of a part says."""
        texts = [str(problem) for problem in error.problems] if isinstance(error, InputError) else [str(error)]
        for text in texts:
            self.add(path, text)

    def add_faults(self, path: Iterable[str | int], error: ExpressionError) -> None:
        """Note each fault of an SQL expression, at its character."""
        at = tuple(path)
        for fault in error.faults:
            self.add(at, fault.message, fault.offset or 0)

    def below(self, path: Iterable[str | int]) -> bool:
        """Whether something at or below `path` is wrong already, so that what builds on it need not be judged."""
        head = tuple(path)
        return any(found[: len(head)] == head for found, _, _ in self.found)
