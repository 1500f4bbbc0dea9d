"""Build nodes from YAML's events, within bounds, and gather what may not stand as written.

Only PyYAML's event stream is used: no tag constructs an object, and nesting and aliases are bounded before anything
is built, so that neither recursion nor an alias bomb can exhaust the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

import yaml

from sandbox.errors import InputError, Place, Problem, did_you_mean
from sandbox.scenario.document import Node, Path, dotted
from sandbox.scenario.scalars import read_plain

MAX_DEPTH = 64
MAX_NODES = 200_000
MAX_TEXT = 100_000

_ASSUMED_ON = ("assumed", "on")
"""A key that YAML 1.1 would read as true: the day that something was assumed on. Nothing else can be meant there."""

Event = Any  # PyYAML types an event's marks as optional; those of a parsed text always have them.

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Composer:
    """One reading of one text; `problems` grows while `document` runs."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.problems: list[Problem] = []
        self._events: Iterator[Event] = iter(yaml.parse(text, Loader=_LOADER))
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._count = 0

    def document(self) -> Node:
        """The only document of the text.

        Raises:
            yaml.MarkedYAMLError: the text is not YAML.
            InputError: it is empty, holds a second document or breaks a bound.
        """
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self._refuse("the file is empty.", (), Place(self.file))
        root = self._node(next(self._events), ())
        next(self._events)
        after = next(self._events)
        if isinstance(after, yaml.DocumentStartEvent):
            self._refuse("a second document starts here; a scenario is one document.", (), self._place(after))
        return root

    def _node(self, event: Event, path: Path) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        if event.tag is not None:
            self._add(f"tags such as {event.tag[:40]} are not part of a scenario; put text in quotes.", path, event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        before = self._count
        self._grow(1, path, event)
        node = self._scalar(event, path) if isinstance(event, yaml.ScalarEvent) else self._collection(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._count - before)
        return node

    def _alias(self, event: Event, path: Path) -> Node:
        name = event.anchor
        if name not in self._anchors:
            mend = f"text that starts with * belongs in quotes.{did_you_mean(name, self._anchors)}"
            self._refuse(f"unknown alias *{name}; {mend}", path, self._place(event))
        known = self._anchors[name]
        if known is None:
            self._refuse(f"the alias *{name} stands inside of what it repeats.", path, self._place(event))
        node, size = known
        self._grow(size, path, event)
        if len(path) + _depth(node) > MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} deep, aliases counted.", path, self._place(event))
        return replace(node, shared=True, start=event.start_mark.index, end=event.end_mark.index)

    def _collection(self, event: Event, path: Path) -> Node:
        if len(path) >= MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} deep.", path, self._place(event))
        start = event.start_mark.index
        if isinstance(event, yaml.MappingStartEvent):
            entries, last = self._mapping(path)
            ends = [node.end for node in entries.values()]
            node = Node(entries, self._place(event), start)
        else:
            items, last = self._sequence(path)
            ends = [node.end for node in items]
            node = Node(items, self._place(event), start)
        # libyaml ends a block where the next thing begins, behind blank lines and comments that are not its own.
        return replace(node, end=last.end_mark.index if event.flow_style else max(ends, default=start))

    def _mapping(self, path: Path) -> tuple[dict[str, Node], Event]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key is None:
                self._skip(path)
                continue
            below = (*path, key)
            node = replace(self._node(next(self._events), below), key_place=self._place(event))
            if key in entries:
                self._add(f"duplicate key; it stands already at {entries[key].key_place}.", below, event)
            else:
                entries[key] = node
        return entries, event

    def _sequence(self, path: Path) -> tuple[tuple[Node, ...], Event]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return tuple(items), event

    def _key(self, event: Event, path: Path) -> str | None:
        """The text of a key, or None where it cannot be one."""
        if not isinstance(event, yaml.ScalarEvent):
            self._add("a key must be a word; put text that holds {, [ or * in quotes.", path, event)
            self._skip(path, event)
            return None
        self._grow(1, path, event)
        word = event.value
        if event.tag is not None or event.anchor is not None:
            self._add("a key takes no tag and no anchor.", path, event)
        if len(word) > MAX_TEXT or "\x00" in word:
            self._add("a key must be a word or a name.", path, event)
            return None
        if event.style:
            return str(word)
        if word == "<<":
            self._add("merge keys (<<) are not part of a scenario; write the keys out, or include a file.", path, event)
            return None
        if (*path[-1:], word) == _ASSUMED_ON:
            return str(word)
        reading = read_plain(word)
        if reading.fault or not isinstance(reading.value, str):
            mend = f'the key {word[:40]} is not text to YAML; write "{word[:40]}": with quotes.'
            self._add(mend if word else "a key is missing before the colon.", path, event)
        return str(word)

    def _scalar(self, event: Event, path: Path) -> Node:
        start, text = event.start_mark.index, event.value
        written = self.text[start : event.end_mark.index].rstrip()
        node = Node(text, self._place(event), start, start + len(written), written=written)
        if len(text) > MAX_TEXT:
            self._add(f"a text of {len(text):_} characters is longer than {MAX_TEXT:_}.", path, event)
        if "\x00" in text:
            self._add("the character NUL may not stand in a text.", path, event)
        if event.style or event.tag is not None:
            return node
        reading = read_plain(text)
        if reading.fault:
            self._add(reading.fault + _missing_space(path), path, event)
        return replace(node, content=reading.value)

    def _skip(self, path: Path, event: Event = None) -> None:
        """Read past a value that has no key to stand under; its own problems would only confuse."""
        told = len(self.problems)
        self._node(event or next(self._events), (*path, "?"))
        del self.problems[told:]

    def _grow(self, count: int, path: Path, event: Event) -> None:
        self._count += count
        if self._count > MAX_NODES:
            self._refuse(f"more than {MAX_NODES:_} values, aliases counted.", path, self._place(event))

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _add(self, message: str, path: Path, event: Event) -> None:
        self.problems.append(Problem(message, dotted(path), self._place(event)))

    def _refuse(self, message: str, path: Path, place: Place) -> NoReturn:
        raise InputError([*self.problems, Problem(message, dotted(path), place)])


def _missing_space(path: Path) -> str:
    """A hint for `{rows:5}`, which YAML reads as the key `rows:5` without a value."""
    match = re.fullmatch(r"([\w-]+):(\S+)", str(path[-1])) if path else None
    return f" Did you mean '{match[1]}: {match[2]}', with a space?" if match else ""


def _depth(node: Node) -> int:
    return 1 + max((_depth(child) for _, child in node.children()), default=0)
