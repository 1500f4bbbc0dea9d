"""Environment variables in targets: `${LAKE}`, `${LAKE:-data}`, and `$$` for a dollar.

Only what the scenario declares under `env:` is looked at, and only for the target that is used, so that a rehearsal
on the dummy needs no variable. What a variable holds may be a secret: no message here shows it, and the values that
it went into are marked hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sandbox.errors import Problem, did_you_mean
from sandbox.scenario.document import Document, Node, Path

DECLARED = "env"
TARGETS = "targets"

_PIECE = re.compile(r"(?P<dollar>\$\$)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^${}]*)?\}|(?P<stray>\$)")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def touched(document: Document) -> dict[str, dict[str, tuple[str, ...]]]:
    """The variables that each dataset of each target names, sorted: `{'real': {'customers': ('LAKE',)}}`."""
    names: dict[str, dict[str, set[str]]] = {}
    for path, node in _texts(document):
        target, dataset = str(path[1]), str(path[2]) if len(path) > 2 else ""
        found = {match["name"] for match in _PIECE.finditer(str(node.content)) if match["name"]}
        if found:
            names.setdefault(target, {}).setdefault(dataset, set()).update(found)
    return {target: {name: tuple(sorted(of)) for name, of in sets.items()} for target, sets in names.items()}


def expanded(document: Document, target: str | None, environment: Mapping[str, str]) -> Document:
    """Put the variables of one target in their places, and judge how all targets name theirs.

    Args:
        document: the scenario, with `env:` and `targets:` as written.
        target: the target in use, or None for the dummy; the texts of other targets stay as they are.
        environment: what the process was given.
    Returns:
        The document with the target's texts filled in and marked hidden; its problems have grown by variables that
        are undeclared, unset, empty or malformed, and by declared ones that stand outside of targets.
    """
    reading = _Reading(_declared(document), environment)
    found: list[Problem] = list(_misplaced(document, reading.declared))
    filled = document
    for path, node in _texts(document):
        reading.start(look_up=path[1] == target)
        text = _PIECE.sub(reading.filled, str(node.content))
        found += [document.problem(path, message) for message in reading.faults]
        if path[1] == target:
            filled = filled.with_node(path, replace(node, content=text, hidden=reading.looked_up))
    return replace(filled, problems=(*document.problems, *found))


@dataclass
class _Reading:
    """Reads one text at a time; `faults` and `looked_up` tell about the latest."""

    declared: tuple[str, ...]
    environment: Mapping[str, str]
    look_up: bool = False
    looked_up: bool = False
    faults: list[str] = field(default_factory=list)

    def start(self, look_up: bool) -> None:
        self.look_up, self.looked_up, self.faults = look_up, False, []

    def filled(self, match: re.Match[str]) -> str:
        """What stands in place of one `$…`."""
        if match["dollar"]:
            return "$"
        if match["stray"]:
            self.faults.append("a lone $ is no variable; write ${NAME}, ${NAME:-default}, or $$ for a dollar.")
            return "$"
        name, default = match["name"], match["default"]
        if name not in self.declared:
            self.faults.append(f"${{{name}}} is not declared; add {name} to 'env'.{did_you_mean(name, self.declared)}")
            return ""
        value = self.environment.get(name, "") if self.look_up else ""
        if self.look_up and not value and default is None:
            state = "empty" if name in self.environment else "not set"
            self.faults.append(f"the variable {name} is {state}; set it, or give a default: ${{{name}:-…}}.")
        if _CONTROL.search(value):
            self.faults.append(f"the variable {name} holds a line break or another control character.")
        self.looked_up |= bool(value)
        return value or (default or "").removeprefix(":-")


def _declared(document: Document) -> tuple[str, ...]:
    listing = document.node((DECLARED,))
    items = listing.content if listing is not None and isinstance(listing.content, tuple) else ()
    return tuple(item.content for item in items if isinstance(item.content, str))


def _texts(document: Document) -> Iterator[tuple[Path, Node]]:
    targets = document.node((TARGETS,))
    if targets is not None:
        yield from ((path, node) for path, node in _scalars(targets, (TARGETS,)) if len(path) > 1)


def _scalars(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    if isinstance(node.content, str):
        yield path, node
    for step, child in node.children():
        yield from _scalars(child, (*path, step))


def _misplaced(document: Document, declared: tuple[str, ...]) -> Iterator[Problem]:
    for path, node in _scalars(document.root, ()) if declared else ():
        if path[:1] == (TARGETS,) or "${" not in str(node.content):
            continue
        for match in _PIECE.finditer(str(node.content)):
            if match["name"] in declared:
                yield document.problem(path, f"${{{match['name']}}} is read in targets only, not here.")
