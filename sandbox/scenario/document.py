"""A scenario as it was written: every value with its place, so that errors point and rewrites keep comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sandbox.errors import InputError, Place, Problem
from sandbox.scenario.scalars import Scalar

if TYPE_CHECKING:
    from sandbox.scenario.assumptions import Assumed

Path = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*")


def dotted(path: Path) -> str:
    """`('datasets', 'customers', 'rows')` as `datasets.customers.rows`; a key that is not a plain word in quotes."""
    return ".".join(
        str(step) if isinstance(step, int) or _PLAIN_KEY.fullmatch(step) else json.dumps(step, ensure_ascii=False)
        for step in path
    )


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a file.

    `start` and `end` are character offsets of the value in the text of `place.file`. `written` is a scalar's text as
    it stands in the file, `shared` marks what an alias (`*name`) repeats, and `hidden` what came out of an environment
    variable and must never be shown. `assumed` is what was said of a value that is assumed, and its ends by name;
    `around` are the offsets of all of that, in which the value stands; `agreed` is where a contract's file describes
    the column.
    """

    content: Scalar | Mapping[str, Node] | tuple[Node, ...]
    place: Place
    start: int = 0
    end: int = 0
    key_place: Place | None = None
    written: str = ""
    shared: bool = False
    hidden: bool = False
    assumed: tuple[Assumed, Mapping[str, Node]] | None = None
    around: tuple[int, int] | None = None
    agreed: Place | None = None

    def value(self) -> Any:
        """The plain Python value: dicts, lists and scalars, fresh on every call."""
        if isinstance(self.content, Mapping):
            return {key: child.value() for key, child in self.content.items()}
        if isinstance(self.content, tuple):
            return [child.value() for child in self.content]
        return self.content

    def child(self, step: str | int) -> Node | None:
        """The value under a key or at an index of a list, or None."""
        if isinstance(self.content, Mapping):
            return self.content.get(step) if isinstance(step, str) else None
        if isinstance(self.content, tuple) and isinstance(step, int):
            return self.content[step] if 0 <= step < len(self.content) else None
        return None

    def children(self) -> Iterator[tuple[str | int, Node]]:
        """Each key or index with its value, in the order of the file; nothing for a scalar."""
        if isinstance(self.content, Mapping):
            yield from self.content.items()
        elif isinstance(self.content, tuple):
            yield from enumerate(self.content)


@dataclass(frozen=True, slots=True)
class Document:
    """A scenario with its places, over one file or, after `include:`, several.

    `problems` are what may not stand as written although it could be read (`NO`, a duplicate key): a caller adds its
    own and raises them all. `sources` maps the name of each file to its text, without a byte order mark.
    """

    root: Node
    sources: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def value(self) -> Any:
        """The whole scenario as plain Python values."""
        return self.root.value()

    def node(self, path: Path) -> Node | None:
        """The node at a path, or None."""
        node: Node | None = self.root
        for step in path:
            node = node.child(step) if node is not None else None
        return node

    def place(self, path: Path) -> Place:
        """Where the value at a path stands, or the nearest thing above it that exists."""
        return self._nearest(path)[0].place

    def key_place(self, path: Path) -> Place:
        """Where the key at a path stands; the value's place for what has no key, such as an item of a list."""
        node, exact = self._nearest(path)
        return node.key_place if exact and node.key_place is not None else node.place

    def place_inside(self, path: Path, offset: int) -> Place:
        """Where a character of a text value stands; the value's own place if it was folded, escaped or spans lines.

        Args:
            path: way to a text value.
            offset: index into the value, from 0.
        """
        node, exact = self._nearest(path)
        if not exact or not isinstance(node.content, str) or offset < 0:
            return node.place
        quote = 1 if node.written[:1] in ("'", '"') else 0
        if node.written[quote : len(node.written) - quote] != node.content or "\n" in node.content:
            return node.place
        return replace(node.place, column=node.place.column + quote + min(offset, len(node.content)))

    def problem(self, path: Path, message: str, *, at_key: bool = False) -> Problem:
        """A problem with the value at a path, or with its key."""
        return Problem(message, dotted(path), self.key_place(path) if at_key else self.place(path))

    def hidden(self, path: Path) -> bool:
        """Whether the value at a path, or anything in it, came out of an environment variable."""
        node = self.node(path)
        return node is not None and _any_hidden(node)

    def with_node(self, path: Path, node: Node) -> Document:
        """This scenario with another value at a path whose parent exists; what an alias repeats elsewhere stays."""
        return replace(self, root=_replaced(self.root, path, node))

    def spliced(self, edits: Mapping[Path, str]) -> dict[str, str]:
        """Write other text in place of values, leaving every other character, and so the comments, as they are.

        Args:
            edits: YAML text for each path; paths must exist and may not lie within each other.
        Returns:
            The new text of each file that changes, by name.
        Raises:
            InputError: a value is missing or stands behind an alias, where one edit would change several values.
        """
        by_file: dict[str, list[tuple[int, int, str]]] = {}
        for path, text in edits.items():
            node = self.node(path)
            if node is None:
                raise InputError(self.problem(path, "there is no such value to rewrite."))
            if self._shared(path) or node.place.file not in self.sources:
                message = "is repeated by an alias or was given as an option; it cannot be rewritten here."
                raise InputError(self.problem(path, message))
            by_file.setdefault(node.place.file, []).append((node.start, node.end, text))
        return {file: _spliced(self.sources[file], places) for file, places in by_file.items()}

    def _shared(self, path: Path) -> bool:
        above = (self.node(path[:length]) for length in range(len(path) + 1))
        return any(node is not None and node.shared for node in above)

    def _nearest(self, path: Path) -> tuple[Node, bool]:
        node = self.root
        for step in path:
            child = node.child(step)
            if child is None:
                return node, False
            node = child
        return node, True


def _any_hidden(node: Node) -> bool:
    return node.hidden or any(_any_hidden(child) for _, child in node.children())


def _replaced(node: Node, path: Path, new: Node) -> Node:
    if not path:
        return new
    step, rest = path[0], path[1:]
    child = node.child(step)
    changed = _replaced(child, rest, new) if child is not None else new
    if isinstance(node.content, Mapping) and isinstance(step, str):
        return replace(node, content={**node.content, step: changed})
    if isinstance(node.content, tuple) and isinstance(step, int):
        return replace(node, content=(*node.content[:step], changed, *node.content[step + 1 :]))
    raise KeyError(dotted(path))


def _spliced(text: str, places: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(places, reverse=True):
        text = text[:start] + new + text[end:]
    return text
