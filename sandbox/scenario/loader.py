"""From a file to a plan: read, include, override, fill in variables, validate, bind. All problems at once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from sandbox.errors import InputError, Problem
from sandbox.scenario.binding import bind
from sandbox.scenario.binding.models import is_file
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.contracting import with_contracts
from sandbox.scenario.document import Document
from sandbox.scenario.include import read_with_includes, with_includes
from sandbox.scenario.language import Scenario
from sandbox.scenario.overrides import path_of, with_overrides
from sandbox.scenario.places import parse
from sandbox.scenario.placing import placed_problem
from sandbox.scenario.plan import Plan
from sandbox.scenario.setting_aside import set_aside
from sandbox.scenario.variables import expanded, touched
from sandbox.strict import Findings, validated


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller changes without touching the file."""

    target: str | None = None
    seed: int | None = None
    scale: float = 1.0
    settings: tuple[str, ...] = ()
    """`--set` texts, `datasets.customers.rows=1000`."""
    allow: tuple[str, ...] = ()
    """Further folders that `include:` may reach into."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario that is right: its plan, and the document to point into."""

    plan: Plan
    document: Document
    as_written: Document
    """The same before environment variables were filled in."""
    options: Options
    variables: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Environment variables that each dataset of each target names."""

    @property
    def written(self) -> Mapping[str, Any]:
        """The scenario's values after includes and overrides, variables unfilled."""
        values: Mapping[str, Any] = self.as_written.value()
        return values


_MOST_SCALE = 1e9


def load(
    path: str | os.PathLike[str], options: Options | None = None, environment: Mapping[str, str] | None = None
) -> Loaded:
    """Read and bind a scenario file.

    Args:
        path: the scenario file.
        options: target, seed, scale and settings that go over what the file says.
        environment: variables for the target; the process's own by default.
    Raises:
        InputError: everything that is wrong, each with file, line, column, path and a mend.
        OutsideError: the file is there and cannot be read.
    """
    options = options or Options()
    if not 0 < options.scale <= _MOST_SCALE:
        must = f"at most {_MOST_SCALE:,.0f}" if options.scale > 0 else "a number above 0"
        raise InputError(Problem(f"got {options.scale:g}, must be {must}.", "--scale"))
    if options.target in ("dummy", "simulated"):
        options = replace(options, target=None)
    return _loaded(read_with_includes(os.fspath(path), options.allow), path, options, environment)


def load_text(
    text: str,
    path: str | os.PathLike[str],
    options: Options | None = None,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """Bind a scenario whose text is not on disk yet, as if it were the file `path`. Raises InputError, as `load`."""
    options = options or Options()
    return _loaded(with_includes(parse(text, os.fspath(path)), options.allow), path, options, environment)


def _loaded(
    written: Document, path: str | os.PathLike[str], options: Options, environment: Mapping[str, str] | None
) -> Loaded:
    settings = [*options.settings, *([f"seed={options.seed}"] if options.seed is not None else [])]
    written = with_contracts(with_overrides(written, settings), os.fspath(path), options.allow)
    return judged(written, path, options, environment)


def judged(
    written: Document,
    path: str | os.PathLike[str],
    options: Options,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """Bind a scenario that has been read, with all of its includes and settings in it. Raises InputError, as `load`."""
    document = expanded(written, options.target, os.environ if environment is None else environment)
    notes = Notes()
    scenario = _validated(document.value(), notes)
    for number, kept in enumerate(scenario.keep if scenario is not None else ()):
        try:
            path_of(document, kept)
        except ValueError as error:
            notes.add(("keep", number), str(error))
    plan: Plan | None = None
    if scenario is not None:
        folder = str(FilePath(path).resolve().parent)
        digest = _digest(written, scenario, folder, options)
        plan = bind(
            scenario,
            folder=folder,
            file=os.fspath(path),
            target=options.target,
            scale=options.scale,
            digest=digest,
            notes=notes,
        )
    placed = [placed_problem(document, note) for note in notes.found]
    problems = [*document.problems, *(problem for problem in placed if not _is_told(problem, document.problems))]
    if problems or plan is None:
        raise InputError(sorted(problems, key=_position))
    return Loaded(plan, document, written, options, touched(written))


def _validated(value: Any, notes: Notes) -> Scenario | None:
    """The scenario, or what is left of it once each problem is noted; None where too little is left to judge."""
    try:
        return validated(Scenario, value)
    except Findings as error:
        for at, message in error.findings:
            notes.add(at, message)
        try:
            return validated(Scenario, set_aside(value, [at for at, _ in error.findings]))
        except Findings:
            return None


def _is_told(problem: Problem, told: Iterable[Problem]) -> bool:
    """Whether a problem only follows from one that reading the file told: from a value that was but a best guess."""
    return any(
        problem.path == other.path
        or (problem.message.startswith("got ") and other.path.startswith(f"{problem.path}."))
        or (problem.message == "is missing." and problem.path.rpartition(".")[0] == other.path)
        for other in told
    )


def _position(problem: Problem) -> tuple[str, int, int]:
    place = problem.place
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def _digest(document: Document, scenario: Scenario, folder: str, options: Options) -> str:
    """What the scenario means, without its layout: values as written (variables unfilled), options, files it reads."""
    files: dict[str, str] = {}
    for file in _files_read(scenario):
        path = FilePath(folder) / file
        if path.is_file():
            files[file] = hashlib.sha256(path.read_bytes()).hexdigest()
    meaning: dict[str, Any] = {
        "values": document.value(),
        "scale": options.scale,
        "target": options.target,
        "files": files,
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, default=str).encode()).hexdigest()


def _files_read(scenario: Scenario) -> Iterable[str]:
    for model in scenario.models.values():
        if is_file(model.features):
            yield model.features
    for dataset in scenario.datasets.values():
        for column in dataset.columns.values():
            yield from column.generator.files()
