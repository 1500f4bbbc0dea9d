"""A scenario over several files: `include: [columns.yaml, targets.yaml]`.

Maps of the files grow together; anything else stands in one file only, so that no file silently overrides another
(`--set` is for that). Files lie inside the scenario's folder, symbolic links followed, unless another folder was named
on the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from sandbox.errors import InputError, Problem
from sandbox.scenario.document import Document, Node, Path, dotted
from sandbox.scenario.places import read

KEY = "include"
MAX_DEPTH = 8
MAX_FILES = 64


def read_with_includes(path: str | FilePath, allow: Iterable[str | FilePath] = ()) -> Document:
    """Read a scenario file and what it includes, as one document whose places name the file of each value.

    Args:
        path: the scenario file; its folder is where included files may lie.
        allow: further folders, named by whoever runs the scenario and never by the scenario.
    Raises:
        InputError: a file is missing, outside, in a cycle, too deep, not YAML; or two files say different things.
        OutsideError: a file is there and cannot be read.
    """
    return with_includes(read(path), allow)


def with_includes(document: Document, allow: Iterable[str | FilePath] = ()) -> Document:
    """`document` with its includes merged in; the file that its places name decides what they are relative to."""
    main = FilePath(document.root.place.file)
    folders = [main.resolve().parent, *(FilePath(folder).resolve() for folder in allow)]
    merging = _Merging(folders, dict(document.sources), list(document.problems))
    root = merging.grown(document.root, (main.resolve(),))
    return Document(root, merging.sources, tuple(merging.problems))


@dataclass
class _Merging:
    folders: list[FilePath]
    sources: dict[str, str]
    problems: list[Problem]
    seen: set[FilePath] = field(default_factory=set)

    def grown(self, root: Node, chain: tuple[FilePath, ...]) -> Node:
        """`root` without its `include` key, and with what the files under it say."""
        entries = dict(root.content) if isinstance(root.content, Mapping) else {}
        listing = entries.pop(KEY, None)
        grown = replace(root, content=entries)
        for item in self._listed(listing):
            included = self._read(item, FilePath(root.place.file), chain)
            if included is not None:
                grown = self._merged(grown, included, ())
        return grown

    def _listed(self, listing: Node | None) -> list[Node]:
        if listing is None:
            return []
        if not isinstance(listing.content, tuple):
            self._add("must be a list of files: [file.yaml].", listing)
            return []
        for item in listing.content:
            if not isinstance(item.content, str):
                self._add("must be the name of a file.", item)
        return [item for item in listing.content if isinstance(item.content, str)]

    def _read(self, item: Node, origin: FilePath, chain: tuple[FilePath, ...]) -> Node | None:
        named = origin.parent / str(item.content)
        target = named.resolve()
        if target in chain:
            names = " → ".join(file.name for file in (*chain[chain.index(target) :], target))
            self._add(f"the files include each other: {names}.", item)
        elif not any(target.is_relative_to(folder) for folder in self.folders):
            self._add(f"'{item.content}' lies outside of the scenario's folder; name its folder when you run it.", item)
        elif len(chain) > MAX_DEPTH or len(self.seen) >= MAX_FILES:
            self._add(f"at most {MAX_FILES} files are included, {MAX_DEPTH} deep.", item)
        elif target not in self.seen:
            self.seen.add(target)
            return self._parsed(named, item, (*chain, target))
        return None

    def _parsed(self, named: FilePath, item: Node, chain: tuple[FilePath, ...]) -> Node | None:
        try:
            document = read(named)
        except InputError as error:
            self.problems += [
                problem if problem.place is not None else Problem(problem.message, KEY, item.place)
                for problem in error.problems
            ]
            return None
        self.sources.update(document.sources)
        self.problems += document.problems
        return self.grown(document.root, chain)

    def _merged(self, first: Node, second: Node, path: Path) -> Node:
        if isinstance(first.content, Mapping) and isinstance(second.content, Mapping):
            entries = dict(first.content)
            for key, node in second.content.items():
                entries[key] = self._merged(entries[key], node, (*path, key)) if key in entries else node
            return replace(first, content=entries)
        if first.value() != second.value() or type(first.content) is not type(second.content):
            where = first.key_place or first.place
            message = f"stands already at {where}, with another value; keep one."
            self.problems.append(Problem(message, dotted(path), second.key_place or second.place))
        return first

    def _add(self, message: str, node: Node) -> None:
        self.problems.append(Problem(message, KEY, node.place))
