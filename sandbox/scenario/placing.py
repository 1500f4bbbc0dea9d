"""Point at what is wrong: from the path of a value in the models to the words that the user wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sandbox import registry
from sandbox.errors import InputError, Place, Problem
from sandbox.scenario.binding.notes import Note
from sandbox.scenario.document import Document, Node
from sandbox.strict import Path

_OF_THE_KEY = ("unknown", "is missing", "does not say", "arises from", "cannot be a name")


def placed_problem(document: Document, note: Note) -> Problem:
    """A note as a problem, at the key or the value that causes it; values of the environment are not shown."""
    path = path_as_written(document, note.path)
    message = note.message + _agreed(document, path)
    if document.hidden(path) and "got " in message:
        message = "the value of an environment variable does not fit here."
    node = document.node(path)
    if node is None:  # a key that is missing: point at the mapping that it is missing from
        return replace(document.problem(path, message), place=_opening(document, path))
    names_key = message.startswith(_OF_THE_KEY) and (not path or f"'{path[-1]}'" in message or " '" not in message)
    problem = document.problem(path, message, at_key=names_key and not note.offset)
    if note.offset:
        problem = replace(problem, place=document.place_inside(path, note.offset))
    return problem


@contextmanager
def in_place(document: Document) -> Iterator[None]:
    """Give the problems that only making the data brings up the place in the scenario that their path leads to."""
    try:
        yield
    except InputError as error:
        if all(problem.place is not None or not problem.path for problem in error.problems):
            raise
        raise InputError([_placed(document, problem) for problem in error.problems]) from error


def _placed(document: Document, problem: Problem) -> Problem:
    """With the place of the longest part of its path that is written."""
    path: Path = tuple(problem.path.split("."))
    while problem.place is None and len(path) > 1:
        written = path_as_written(document, path)
        if document.node(written) is not None:
            return replace(problem, place=document.place(written))
        path = path[:-1]
    return problem


def _agreed(document: Document, path: Path) -> str:
    """Where a contract describes the column that is wrong."""
    node = document.node(path[:4])
    return f" The contract describes it at {node.agreed}." if node is not None and node.agreed is not None else ""


def path_as_written(document: Document, path: Path) -> Path:
    """`path` without the keys that a shorthand leaves out (`fake: name` has no `provider`), with those it skips."""
    written: Path = ()
    node: Node | None = document.root
    for position, step in enumerate(path):
        if node is None:
            return (*written, *path[position:])
        child = node.child(step)
        if child is None and (kind := _only_generator(node)) is not None:
            written, node = (*written, kind), node.child(kind)
            child = node.child(step) if node is not None else None
        if child is None and node is not None and _leaves_out(node, path[position + 1 :]):
            continue
        written, node = (*written, step), child
    return written


def _only_generator(node: Node) -> str | None:
    """The name in `{fake: city}`, a generator inside another one, whose own path does not tell its kind."""
    keys = [step for step, _ in node.children() if isinstance(step, str)]
    return keys[0] if len(keys) == 1 and keys[0] in registry.names("sandbox.columns") else None


def _leaves_out(node: Node, rest: Path) -> bool:
    """Whether a step that is not there was left out: a bare value stands in its place, or what lies below it."""
    return not isinstance(node.content, dict) or (bool(rest) and node.child(rest[0]) is not None)


def _opening(document: Document, path: Path) -> Place:
    """The key of the nearest thing above a path that is there."""
    above = path
    while above and document.node(above) is None:
        above = above[:-1]
    return document.key_place(above)
