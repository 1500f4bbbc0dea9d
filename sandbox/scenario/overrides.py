"""`--set datasets.customers.rows=1000`: one value of the scenario, changed for one run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.errors import InputError, Place, Problem, did_you_mean
from sandbox.scenario.document import Document, Node, Path, dotted
from sandbox.scenario.include import KEY as INCLUDE
from sandbox.scenario.places import parse_value

_STEP = re.compile(r'"((?:[^"\\]|\\.)*)"|([^."=]+)')
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class OptionPlace(Place):
    """A value that was given on the command line: `--set datasets.customers.rows=1000`."""

    def __str__(self) -> str:
        return self.file


@dataclass(frozen=True, slots=True)
class Setting:
    """One `--set`, taken apart; the words of its path are keys or indexes, as the scenario will tell."""

    words: tuple[str, ...]
    node: Node


def as_settings(values: Mapping[str, Any] | Sequence[str]) -> tuple[str, ...]:
    """Values by dotted path, as Python has them, as the texts of `--set`; texts stay as they are."""
    if not isinstance(values, Mapping):
        return tuple(values)
    return tuple(f"{key}={json.dumps(value, default=str)}" for key, value in values.items())


def with_overrides(document: Document, settings: Iterable[str]) -> Document:
    """Change values of a scenario as `--set` asks.

    Args:
        settings: texts `a.b.c=value`. Values are YAML under the scenario's own rules; items of lists go by their
            index from 0; a key that holds a dot stands in double quotes; the last key may be new.
    Returns:
        The document with the new values; their place is the option.
    Raises:
        InputError: a setting is malformed, names a parent that is not there, or is given twice; all at once.
    """
    problems: list[Problem] = []
    seen: set[Path] = set()
    for text in settings:
        try:
            setting = parse_setting(text)
            path = _resolved(document, setting)
            if path in seen:
                raise InputError(Problem("is set twice.", dotted(path), setting.node.place))
            seen.add(path)
            old = document.node(path)
            node = replace(setting.node, key_place=old.key_place if old is not None else setting.node.place)
            document = document.with_node(path, node)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return document


def parse_setting(text: str) -> Setting:
    """Take `a.b.c=value` apart.

    Raises:
        InputError: there is no `=`, no path before it, or no plain YAML value after it.
    """
    place = OptionPlace("--set " + _UNPRINTABLE.sub("?", text))
    words, end = _words(text)
    if not words or text[end : end + 1] != "=":
        raise InputError(Problem("write a path, = and a value, as in datasets.customers.rows=1000.", "", place))
    try:
        # The empty document that an empty text is has no value to say so of, a document of `---` has.
        document = parse_value(text[end + 1 :].strip() or "---", place.file)
        problems = document.problems
    except InputError as error:
        problems = error.problems
    if problems:
        outer = dotted(words)
        raise InputError([Problem(problem.message, outer, place) for problem in problems])
    return Setting(words, _at(document.root, place))


def path_of(document: Document, text: str) -> Path:
    """The path that a dotted text means in a scenario, as `--set` takes it.

    Raises:
        ValueError: with a mend, where it leads nowhere.
    """
    words, end = _words(text)
    if not words or end < len(text):
        raise ValueError(f"got '{text}', must be a dotted path such as datasets.customers.rows.")
    node: Node = document.root
    path: Path = ()
    for word in words:
        if fault := _fault(node, word, last=False):
            where = f"{dotted(path)}: " if path else ""
            raise ValueError(f"'{text}' leads nowhere: {where}{fault}")
        path = (*path, int(word) if isinstance(node.content, tuple) else word)
        node = node.child(path[-1]) or node
    return path


def _words(text: str) -> tuple[tuple[str, ...], int]:
    """The words before `=` and where they end; none where they are malformed."""
    words: list[str] = []
    position = 0
    while match := _STEP.match(text, position):
        quoted, plain = match.groups()
        words.append(re.sub(r"\\(.)", r"\1", quoted) if plain is None else plain.strip())
        position = match.end()
        if text[position : position + 1] != ".":
            return tuple(words), position
        position += 1
    return (), position


def _resolved(document: Document, setting: Setting) -> Path:
    """The path that the words mean in this scenario."""
    if setting.words[0] == INCLUDE:
        raise InputError(Problem("files are included before --set is read.", INCLUDE, setting.node.place))
    node = document.root
    path: Path = ()
    for depth, word in enumerate(setting.words):
        fault = _fault(node, word, last=depth == len(setting.words) - 1)
        if fault:
            raise InputError(Problem(fault, dotted(path), setting.node.place))
        path = (*path, int(word) if isinstance(node.content, tuple) else word)
        node = node.child(path[-1]) or node
    return path


def _fault(node: Node, word: str, last: bool) -> str:
    """Why a word leads nowhere from a node; empty where it leads on."""
    if isinstance(node.content, Mapping):
        return "" if last or word in node.content else f"unknown key '{word}'.{did_you_mean(word, node.content)}"
    if isinstance(node.content, tuple):
        count = len(node.content)
        known = word.isascii() and word.isdigit() and len(word) < 9 and int(word) < count
        return "" if known else f"no item '{word}'; the list has {count} items, counted from 0."
    return f"is a single value; there is no '{word}' in it."


def _at(node: Node, place: Place) -> Node:
    """A node and all below it, placed at the option."""
    content = node.content
    if isinstance(content, Mapping):
        content = {key: _at(child, place) for key, child in content.items()}
    elif isinstance(content, tuple):
        content = tuple(_at(child, place) for child in content)
    assumed = node.assumed
    if assumed is not None:
        said, ends = assumed
        assumed = said, {end: _at(child, place) for end, child in ends.items()}
    return replace(node, content=content, place=place, key_place=place, start=0, end=0, assumed=assumed)
