"""YAML of other people read into values that know their places, as every reader of YAML 1.1 takes it."""

from __future__ import annotations

import datetime
import math
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from sandbox.contract.imports.marked import Marked
from sandbox.errors import InputError, Place, Problem

DEEPEST = 64
MOST_VALUES = 200_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str, file: str) -> Marked:
    """Read one YAML document.

    Raises:
        InputError: it is no YAML, has a key twice, holds tags, or is too deep or too large, aliases counted.
    """
    try:
        _require_shallow(text, file)
        root = yaml.compose(text, Loader=_LOADER)
        if root is None:
            raise InputError(Problem("the file is empty.", "", Place(file)))
        return _Reader(file).value(root, "", 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        raise InputError(Problem(f"not YAML: {error.problem or error.context}.", "", place)) from None
    except yaml.YAMLError as error:
        raise InputError(Problem(f"not YAML: {str(error).splitlines()[0]}.", "", Place(file))) from None


def _require_shallow(text: str, file: str) -> None:
    """Composing recurses, so depth is judged on the stream of events before.

    libyaml scans ahead of what it hands out and may give up at its own depth, a thousand, before an event is here; the
    text up to there is then deep enough.
    """
    try:
        _judge_depth(text, file)
    except yaml.MarkedYAMLError as error:
        if "maximum nesting depth" not in (error.problem or "") or error.problem_mark is None:
            raise
        _judge_depth(text[: error.problem_mark.index], file)


def _judge_depth(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            mark: Any = event.start_mark
            place = Place(file, mark.line + 1, mark.column + 1)
            raise InputError(Problem(f"nested more than {DEEPEST} deep.", "", place))


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self.constructor = SafeConstructor()

    def value(self, node: Any, path: str, depth: int) -> Marked:
        place = Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
        self.count += 1
        if depth > DEEPEST or self.count > MOST_VALUES:
            raise InputError(Problem("too deep or too large, aliases counted.", path, place))
        if isinstance(node, yaml.SequenceNode):
            items = enumerate(node.value)
            return Marked(tuple(self.value(item, _below(path, str(i)), depth + 1) for i, item in items), place, path)
        if isinstance(node, yaml.MappingNode):
            return Marked(self._mapping(node, path, depth), place, path)
        return Marked(self._scalar(node), place, path)

    def _mapping(self, node: Any, path: str, depth: int) -> dict[str, Marked]:
        found: dict[str, Marked] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                place = Place(self.file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
                raise InputError(Problem(f"the key '{key[:60]}' is there twice.", path, place))
            found[key] = self.value(value_node, _below(path, key), depth + 1)
        return found

    def _scalar(self, node: Any) -> Any:
        value = self.constructor.construct_object(node)
        if isinstance(value, float) and not math.isfinite(value):
            return None
        plain = value is None or isinstance(value, str | int | float | bool | datetime.date)
        return value if plain else str(node.value)


def _below(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
