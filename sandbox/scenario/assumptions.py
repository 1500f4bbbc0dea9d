"""What is assumed, not known: `rows: {value: 5_000, assumed: {low: 1_000, high: 20_000, ask: "How many?"}}`.

Any value of a scenario may be written so, beneath any key. The document carries the value in its place and the
assumption beside it, so that nothing else in the language has to know. Where the keys of a mapping are names of the
user's own (columns, fields, cases of `given`), `value` and `assumed` are such names.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.errors import Place, Problem
from sandbox.scenario.document import Document, Node, Path, dotted
from sandbox.strict import Findings, Strict, validated

VALUE, ASSUMED = "value", "assumed"
ENDS = ("low", "high")

_OF_MAPPINGS = (
    "campaigns", "changes", "columns", "datasets", "delivery", "fields", "journey", "layouts", "metrics", "models",
    "parse", "policies", "recent", "struct", "targets", "transitions",
)  # fmt: skip
_OF_PLAIN_VALUES = (
    "adds", "after", "args", "arms", "by", "capacity", "choice", "deviations", "enter", "expect", "explore",
    "guardrails", "holidays", "log", "means", "nulls", "rename", "set", "settings", "share", "then", "utility",
    "values", "visits", "weight",
)  # fmt: skip
"""Keys beneath which the user chooses names, for mappings and for values that are none."""
_GIVEN, _ROWS = "given", "pin"


class Assumed(Strict):
    """What is known of a value that nobody has confirmed yet; it stands beside `value`."""

    by: str = ""
    """Who assumed it."""
    on: datetime.date | None = None
    """The day it was assumed."""
    low: Any = None
    """The smallest value that is thinkable, or the first of two ways; a value of the same key."""
    high: Any = None
    """The largest value that is thinkable, or the second of two ways; a value of the same key."""
    ask: str = ""
    """The question for whoever knows."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One value of a scenario that is assumed, with its ends as they were written."""

    path: Path
    node: Node
    said: Assumed
    ends: Mapping[str, Node]
    """`low` and `high`, where they are given."""

    @property
    def name(self) -> str:
        """The dotted path, as `--set` takes it."""
        return dotted(self.path)

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return self.node.place

    @property
    def value(self) -> Any:
        """What is assumed."""
        return self.node.value()

    def moved(self, document: Document, end: str) -> Document:
        """The scenario with the value at its `low` or its `high` end."""
        return document.with_node(self.path, replace(self.ends[end], key_place=self.node.key_place))


def assumptions_of(document: Document) -> list[Assumption]:
    """All that a scenario assumes, in the order of the file."""
    return list(_found(document.root, ()))


def unwrapped(root: Node, problems: list[Problem]) -> Node:
    """A tree in which every `{value: …, assumed: {…}}` has become its value; what is wrong is added to `problems`."""
    return _unwrapped(root, (), False, problems)


def _unwrapped(node: Node, path: Path, holds_names: bool, problems: list[Problem]) -> Node:
    content = node.content
    if isinstance(content, Mapping):
        if not holds_names and content.keys() == {VALUE, ASSUMED} and not _are_plain(path, content):
            return _value_of(node, path, problems)
        return replace(
            node,
            content={
                key: _unwrapped(child, (*path, key), _are_names(path, key, content, holds_names), problems)
                for key, child in content.items()
            },
        )
    if isinstance(content, tuple):
        are_rows = path[-1:] == (_ROWS,)  # whose keys are columns
        items = enumerate(content)
        return replace(node, content=tuple(_unwrapped(item, (*path, at), are_rows, problems) for at, item in items))
    return node


def _are_names(path: Path, key: str, siblings: Mapping[str, Node], is_name: bool) -> bool:
    """Whether the keys of the mapping under `key` are names that the user chose; `is_name` if `key` itself is one."""
    if path[:1] == ("changes",) and "nulls" in (key, *path[-1:]):  # columns by stream
        return True
    if is_name:
        return path == ("targets",) or key == "fields"
    return key in _OF_MAPPINGS or _GIVEN in siblings


def _are_plain(path: Path, content: Mapping[str, Node]) -> bool:
    """Whether `value` and `assumed` are names of plain values, as in `choice: {value: 3, assumed: 1}`."""
    return path[-1:] in {(key,) for key in _OF_PLAIN_VALUES} and not isinstance(content[ASSUMED].content, Mapping)


def _value_of(wrapper: Node, path: Path, problems: list[Problem]) -> Node:
    parts: Any = wrapper.content
    told = parts[ASSUMED]
    try:
        said = validated(Assumed, told.value())
    except Findings as error:
        said = Assumed()
        problems += [_problem(told, (*path, ASSUMED), below, message) for below, message in error.findings]
    written = {end: told.child(end) for end in ENDS}
    ends = {end: _unwrapped(node, path, False, problems) for end, node in written.items() if node is not None}
    value = _unwrapped(parts[VALUE], path, False, problems)
    shared = wrapper.shared or value.shared
    return replace(
        value, key_place=wrapper.key_place, assumed=(said, ends), around=(wrapper.start, wrapper.end), shared=shared
    )


def _problem(node: Node, path: Path, below: Path, message: str) -> Problem:
    found = node
    for step in below:
        found = found.child(step) or found
    at_key = message.startswith("unknown key") and found.key_place is not None
    return Problem(message, dotted((*path, *below)), found.key_place if at_key else found.place)


def _found(node: Node, path: Path) -> Iterator[Assumption]:
    if node.assumed is not None:
        said, ends = node.assumed
        yield Assumption(path, node, said, ends)
    for step, child in node.children():
        yield from _found(child, (*path, step))
