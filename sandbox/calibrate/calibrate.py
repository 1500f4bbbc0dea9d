"""Calibrate a scenario, as a story: look at the real data, fit what they tell, write it into the user's own text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from sandbox.calibrate.assumed import holds_assumptions, lifted
from sandbox.calibrate.catalogues import is_catalogue
from sandbox.calibrate.fitted import Calibration, Change, Evidence, Fitted, named
from sandbox.calibrate.fitters import FITTERS
from sandbox.calibrate.observed import MOST_ROWS, Observed, observed
from sandbox.calibrate.splicing import splice
from sandbox.calibrate.telling import hidden_behind, with_looked_up, with_own
from sandbox.calibrate.unsealing import unsealed
from sandbox.errors import InputError, OutsideError, Problem, did_you_mean
from sandbox.init.yaml_text import flow
from sandbox.scenario.document import Document, Node, Path, dotted
from sandbox.scenario.loader import Loaded, load_text
from sandbox.scenario.overrides import path_of
from sandbox.scenario.plan import Plan

Tell = Callable[[str], None]


def calibrate(
    loaded: Loaded,
    out: FilePath,
    datasets: Sequence[str] | None = None,
    *,
    keep: Sequence[str] = (),
    most_rows: int = MOST_ROWS,
    profile: Mapping[str, Any] | None = None,
    tell: Tell = lambda what: None,
) -> Calibration:
    """Fit what the scenario can say to the real data of its target. Nothing is written to disk.

    Args:
        loaded: the scenario, with a target.
        out: where the new file will lie: what it names is looked for from there.
        datasets: which; by default all that are real.
        keep: dotted paths that stay as they are, beside those of the scenario's `keep:`.
        most_rows: of a dataset that are looked at, whole entities.
        profile: a sealed profile to look at instead of the real data; then no target is needed.
        tell: told what is being done.
    Raises:
        InputError: nothing is real, no such dataset or path, no real row keeps the contract, or what comes out would
            be no scenario (which says what to `keep`).
        OutsideError: a source cannot be read.
    """
    plan, document = loaded.plan, loaded.as_written
    kept = _kept(document, [*plan.scenario.keep, *keep])
    _judge_place(out, loaded)
    seen = unsealed(plan, profile) if profile is not None else observations(plan, datasets, most_rows, tell)
    fits: list[Fitted] = []
    for name, found in seen.items():
        if is_catalogue(plan, name):  # its rows are told one by one, by who refers to them
            continue
        tell(f"{name}: fitting")
        evidence = Evidence(name, found, plan, document, seen)
        fits += [fitted for fitter in FITTERS for fitted in fitter(evidence)]
    last = {fitted.path: fitted for fitted in fits}  # a later word on a value goes over an earlier one
    fits = [_beside(fitted, out) for fitted in last.values()]
    wanted, left = _allowed(document, fits, kept)
    text, done, could_not = splice(document, lifted(document, wanted))
    beside = dict(fitted.beside for fitted in fits if fitted.beside is not None)
    files = {name: content for name, content in beside.items() if name in text}
    with _there_meanwhile(out.parent, files):
        _judge(text, out, loaded)
    changes = [_change(document, fitted) for fitted in done]
    return Calibration(plan.name, text, changes, [*_lacking(seen), *left, *could_not], files)


def _beside(fitted: Fitted, out: FilePath) -> Fitted:
    """With its file named after the new scenario, beside which it will lie."""
    if fitted.beside is None:
        return fitted
    name, text = fitted.beside
    own = f"{out.stem}.{name}"
    return replace(fitted, new=_renamed(fitted.new, name, own), beside=(own, text))


def _renamed(value: Any, name: str, own: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, name, own) for key, each in value.items()}
    return own if value == name else value


@contextmanager
def _there_meanwhile(folder: FilePath, files: Mapping[str, str]) -> Iterator[None]:
    """Files that the new scenario reads, there while it is judged; afterwards all is as it was before."""
    before = {path: path.read_bytes() if path.exists() else None for path in (folder / name for name in files)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in before:
            path.write_text(files[path.name], encoding="utf-8")
        yield
    except OSError as error:
        raise OutsideError(f"{folder}: cannot be written: {error.strerror or error}.") from None
    finally:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)


def observations(
    plan: Plan, datasets: Sequence[str] | None = None, most_rows: int = MOST_ROWS, tell: Tell = lambda what: None
) -> dict[str, Observed]:
    """What the real data of a plan shows, of hidden datasets behind it too, by dataset.

    Raises:
        InputError: nothing is real, no such dataset, or no real row keeps the contract.
        OutsideError: a source cannot be read.
    """
    seen: dict[str, Observed] = {}
    for name in _chosen(plan, datasets):
        tell(f"{name}: reading")
        rows = with_own(plan, name, observed(plan, name, most_rows))
        behind = hidden_behind(plan, name, rows)
        seen |= {hidden: found for hidden, found in behind.items() if hidden not in seen}
        seen[name] = with_looked_up(plan, name, rows, behind)
    return seen


def _lacking(seen: Mapping[str, Observed]) -> list[str]:
    """What nothing is known of, since the real source lacks it."""
    return [
        f"{dotted(('datasets', name, 'columns', column))}: the real source has no such column."
        for name, found in seen.items()
        for column in found.lacking
    ]


def _kept(document: Document, texts: Sequence[str]) -> list[Path]:
    try:
        return [path_of(document, text) for text in texts]
    except ValueError as error:
        raise InputError(f"keep: {error}") from None


def _allowed(document: Document, fits: Iterable[Fitted], kept: Sequence[Path]) -> tuple[list[Fitted], list[str]]:
    """What may be written and is not there already; and what the user keeps."""
    wanted: list[Fitted] = []
    left: dict[str, None] = {}
    for fitted in fits:
        if fitted.hindered:
            left[f"{dotted(fitted.path)}: {fitted.hindered}"] = None
            continue
        if any(fitted.path[: len(path)] == path or path[: len(fitted.path)] == fitted.path for path in kept):
            left[f"{dotted(fitted.path)}: is kept; {flow(fitted.new)} was seen."] = None
            continue
        node = document.node(fitted.path)
        if node is None and fitted.agrees:
            continue
        if node is not None and (
            fitted.agrees or (node.value() == fitted.new and fitted.key in (None, fitted.path[-1]))
        ):
            if holds_assumptions(document, fitted.path):  # what was assumed is measured now
                wanted.append(replace(fitted, new=node.value(), key=None))
        else:
            wanted.append(fitted)
    return wanted, list(left)


def _says(node: Node, fitted: Fitted) -> bool:
    """Whether the scenario says just that."""
    return bool(node.value() == fitted.new) and fitted.key in (None, fitted.path[-1])


def _change(document: Document, fitted: Fitted) -> Change:
    node = document.node(fitted.path)
    was = "" if node is None else flow(node.value())
    was_assumed = holds_assumptions(document, fitted.path)
    return Change(named(fitted), was, flow(fitted.new), fitted.interval, fitted.evidence, fitted.off, was_assumed)


def _judge_place(out: FilePath, loaded: Loaded) -> None:
    """Look, before a minute goes by, whether files that the scenario names are found from the new one's place."""
    home = FilePath(loaded.plan.file).parent
    if out.parent.resolve() == home.resolve():
        return
    try:
        load_text(splice(loaded.as_written, [])[0], out, loaded.options)
    except InputError as error:
        told = f"{out}: what the scenario names is not found from there; write it beside the old: {home / out.name}."
        raise InputError([Problem(told), *error.problems]) from error


def _judge(text: str, out: FilePath, loaded: Loaded) -> None:
    """Hold the new text against the one validator. Raises InputError with what to do."""
    options = replace(loaded.options, settings=(), seed=None, scale=1.0)
    try:
        load_text(text, out, options)
    except InputError as error:
        told = "what was seen does not make a scenario; nothing was written. Say under `keep:` what shall stay."
        raise InputError([Problem(told), *error.problems]) from error


def _chosen(plan: Plan, datasets: Sequence[str] | None) -> list[str]:
    real = [name for name in plan.datasets if name in plan.bindings]
    if not real:
        raise InputError("nothing is real here: name a target, as in `sandbox calibrate SCENARIO --target real`.")
    unknown = [name for name in datasets or () if name not in real]
    if unknown:
        raise InputError(
            f"'{unknown[0]}' is no real dataset of the target '{plan.target}'.{did_you_mean(unknown[0], real)}"
        )
    return [name for name in real if datasets is None or name in datasets]
