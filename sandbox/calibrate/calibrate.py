"""Calibrate a scenario, as a story: look at the real data, fit what they tell, write it into the user's own text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from sandbox.calibrate.assumed import holds_assumptions, lifted
from sandbox.calibrate.fitted import Calibration, Change, Evidence, Fitted, named
from sandbox.calibrate.fitters import FITTERS
from sandbox.calibrate.observed import MOST_ROWS, Observed, observed
from sandbox.calibrate.splicing import splice
from sandbox.calibrate.telling import hidden_behind, with_own
from sandbox.errors import InputError, Problem, did_you_mean
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
    tell: Tell = lambda what: None,
) -> Calibration:
    """Fit what the scenario can say to the real data of its target. Nothing is written to disk.

    Args:
        loaded: the scenario, with a target.
        out: where the new file will lie: what it names is looked for from there.
        datasets: which; by default all that are real.
        keep: dotted paths that stay as they are, beside those of the scenario's `keep:`.
        most_rows: of a dataset that are looked at, whole entities.
        tell: told what is being done.
    Raises:
        InputError: nothing is real, no such dataset or path, no real row keeps the contract, or what comes out would
            be no scenario (which says what to `keep`).
        OutsideError: a source cannot be read.
    """
    plan, document = loaded.plan, loaded.as_written
    kept = _kept(document, [*plan.scenario.keep, *keep])
    seen: dict[str, Observed] = {}
    for name in _chosen(plan, datasets):
        tell(f"{name}: reading")
        rows = with_own(plan, name, observed(plan, name, most_rows))
        seen |= {hidden: found for hidden, found in hidden_behind(plan, name, rows).items() if hidden not in seen}
        seen[name] = rows
    fits: list[Fitted] = []
    for name, found in seen.items():
        tell(f"{name}: fitting")
        evidence = Evidence(name, found, plan, document, seen)
        fits += [fitted for fitter in FITTERS for fitted in fitter(evidence)]
    wanted, left = _allowed(document, fits, kept)
    text, done, could_not = splice(document, lifted(document, wanted))
    _judge(text, out, loaded)
    return Calibration(plan.name, text, [_change(document, fitted) for fitted in done], [*left, *could_not])


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
        if any(fitted.path[: len(path)] == path or path[: len(fitted.path)] == fitted.path for path in kept):
            left[f"{dotted(fitted.path)}: is kept; {flow(fitted.new)} was seen."] = None
            continue
        node = document.node(fitted.path)
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
