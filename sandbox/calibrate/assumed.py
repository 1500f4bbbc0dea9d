"""What was assumed and now is measured: a value in an assumption takes the place of the whole assumption."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sandbox.calibrate.fitted import Fitted
from sandbox.scenario.document import Document, Node, Path


def lifted(document: Document, fits: Iterable[Fitted]) -> list[Fitted]:
    """Fits by their paths, the last word on each; what lies within an assumption becomes one fit of the whole of it."""
    by_path: dict[Path, Fitted] = {}
    for fitted in fits:
        above = [fitted.path[:length] for length in range(1, len(fitted.path))]
        top = next((path for path in above if _is_assumed(document, path)), None)
        if top is None:
            for other in [path for path in by_path if _overlap(path, fitted.path)]:
                del by_path[other]
            by_path[fitted.path] = fitted
        else:
            whole = by_path[top].new if top in by_path else document.node(top).value()  # type: ignore[union-attr]
            by_path[top] = replace(fitted, path=top, new=_with(whole, fitted, len(top)), key=None)
    return list(by_path.values())


def _overlap(one: Path, other: Path) -> bool:
    """Whether one path is the other's, or lies within it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _with(whole: Any, fitted: Fitted, depth: int) -> Any:
    """A plain value with what was fitted at its place in it; a new key comes last."""
    step: Any = fitted.path[depth]
    if isinstance(whole, list):
        return [_with(each, fitted, depth + 1) if at == step else each for at, each in enumerate(whole)]
    if depth < len(fitted.path) - 1:
        return {**whole, step: _with(whole[step], fitted, depth + 1)}
    if step not in whole:
        return {**whole, step: fitted.new}
    renamed = {step: fitted.key or step}
    return {renamed.get(key, key): fitted.new if key == step else each for key, each in whole.items()}


def holds_assumptions(document: Document, path: Path) -> bool:
    """Whether a value is assumed, or lies in what is, or something in it is."""
    around = any(_is_assumed(document, path[:length]) for length in range(1, len(path)))
    node = document.node(path)
    return around or (node is not None and _any_assumed(node))


def _any_assumed(node: Node) -> bool:
    return node.assumed is not None or any(_any_assumed(child) for _, child in node.children())


def _is_assumed(document: Document, path: Path) -> bool:
    node = document.node(path)
    return node is not None and node.assumed is not None
