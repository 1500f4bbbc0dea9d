"""The schema files that a scenario names: `contract: shop.sql#orders`. Found, confined as `include:` is, and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.contract.imports import Described, Imported, read_unlinked
from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.scenario.document import Node, dotted
from sandbox.scenario.proposing.words import snake

KEY = "contract"


@dataclass(frozen=True, slots=True)
class Named:
    """What stands behind `contract:` of a dataset: a file, and which of the datasets that it describes."""

    dataset: str
    node: Node
    file: Path
    table: str

    def problem(self, message: str) -> Problem:
        """Something is wrong with what is named."""
        return Problem(message, dotted(("datasets", self.dataset, KEY)), self.node.place)


def named_by(datasets: Mapping[str, Node], main: Path) -> list[Named]:
    """The files that datasets name, each beside the file that names it. What is no text is left to validation."""
    found = []
    for name, dataset in datasets.items():
        node = dataset.child(KEY)
        if node is None or not isinstance(node.content, str) or not node.content:
            continue
        file, _, table = node.content.partition("#")
        origin = Path(node.place.file)
        folder = origin.parent if origin.is_file() else main.parent
        found.append(Named(name, node, folder / file, table))
    return found


def read_named(named: Iterable[Named], main: Path, allow: Iterable[str | Path]) -> dict[str, Described]:
    """What each dataset's file says of it.

    Raises:
        InputError: a file is missing, lies outside of the scenario's folder, is wrong, or does not say which of its
            datasets is meant; each with its place.
        OutsideError: a file is there and cannot be read.
    """
    folders = [main.resolve().parent, *(Path(folder).resolve() for folder in allow)]
    read: dict[Path, Imported] = {}
    failed: set[Path] = set()
    problems: list[Problem] = []
    described: dict[str, Described] = {}
    for each in named:
        target = each.file.resolve()
        if not any(target.is_relative_to(folder) for folder in folders):
            problems.append(
                each.problem(f"'{each.node.content}' lies outside of the scenario's folder; name its folder (--allow).")
            )
        elif not target.is_file():
            problems.append(each.problem(_no_file(each, target)))
        elif target not in failed:
            try:
                read[target] = read.get(target) or read_unlinked(each.file)
                described[each.dataset] = _chosen(each, read[target])
            except InputError as error:
                failed.update({target} - read.keys())
                problems += error.problems
    if problems:
        raise InputError(problems)
    return described


def _no_file(named: Named, target: Path) -> str:
    if target.exists():
        return f"'{named.node.content}' is not a file; name a schema file."
    near = [file.name for file in target.parent.glob("*") if file.is_file()] if target.parent.is_dir() else []
    return f"{named.file}: no such file.{did_you_mean(target.name, near)}"


def _chosen(named: Named, imported: Imported) -> Described:
    """The dataset of a file that is meant: the one that is named, the only one, or the one of the same name."""
    by_name = {each.contract.dataset: each for each in imported.datasets}
    if not named.table and len(by_name) == 1:
        return imported.datasets[0]
    wanted = named.table or named.dataset
    alike = [each for name, each in by_name.items() if snake(name) == snake(wanted)]
    if wanted in by_name or len(alike) == 1:
        return by_name.get(wanted) or alike[0]
    said = f"describes no '{wanted}'; write which it is: {named.file.name}#NAME."
    raise InputError(named.problem(f"{named.file} {said}{did_you_mean(wanted, by_name)}"))
