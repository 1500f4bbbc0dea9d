"""Whether the shares of an experiment's arms make sense: each a part of the traffic, together not all of it."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.errors import Problem
from sandbox.strict import Path

SMALLEST_SHARE = 0.0001
"""Of the traffic; below it no experiment ends."""


def share_problems(control: str, arms: Sequence[tuple[str, float]], holdout: float = 0.0) -> list[tuple[Path, Problem]]:
    """What is wrong with the shares of an experiment, each with the path to it from there.

    Args:
        control: the name of the arm that gets what the others leave.
        arms: names and shares of the others.
        holdout: the share of the traffic that is kept out.
    """
    found: list[tuple[Path, str]] = []
    if not arms:
        found.append((("arms",), "names no arm beside the control; give one, such as {model: 0.1}."))
    seen = {control}
    for name, share in arms:
        if name in seen:
            said = "is the control" if name == control else "is named twice"
            found.append((("arms", name), f"'{name}' {said}; each arm needs a name of its own."))
        seen.add(name)
        if not SMALLEST_SHARE <= share < 1:
            found.append((("arms", name), f"got {share:g}, must be a share from {SMALLEST_SHARE:g} to below 1."))
    total = sum(share for _, share in arms)
    if len(arms) > 1 and total >= 1 and all(SMALLEST_SHARE <= share < 1 for _, share in arms):
        said = f"overlap: together they take {total:.4g} of the traffic and leave nothing to '{control}'"
        found.append((("arms",), f"{said}; an even split gives {1 / (len(arms) + 1):.2g} to each."))
    if not 0 <= holdout < 1:
        found.append((("holdout",), f"got {holdout:g}, must be a share from 0 to below 1."))
    return [(path, Problem(message, ".".join(map(str, path)))) for path, message in found]
