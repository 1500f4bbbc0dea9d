"""What the terminal says of a rehearsed experiment: what was true, and what was learnt meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sandbox.cli.experiment_words import estimate
from sandbox.cli.messages import tell_table

if TYPE_CHECKING:
    from sandbox.experiment.experiment import Tried


def tell_truth(tried: Tried) -> None:
    """Each difference beside what was true, and whether its interval held that; nothing of a real experiment."""
    if not tried.truth:
        return
    rows = []
    for true in tried.truth:
        seen = next(
            each for each in tried.analysis.comparisons if (each.arm, each.metric) == (true.arm, true.metric)
        ).difference
        holds = {True: "yes", False: "no", None: "–"}[true.held_by(seen)]
        rollout = "–" if true.rollout is None else f"{true.rollout:+.3g}"
        rows.append(
            [
                true.arm,
                true.metric,
                estimate(seen, "+.3g"),
                f"{true.expected:+.3g}",
                f"{true.lift:+.1%}",
                rollout,
                holds,
            ]
        )
    header = ["arm", "metric", "estimated difference", "true", "true lift", "full rollout", "held"]
    tell_table(header, rows, right=(2, 3, 4, 5))
    judged = [each for each in tried.learning if each.candidate is not None]
    promoted = sum(each.what == "promoted" for each in judged)
    if judged:
        click.echo(f"{promoted} of {len(judged)} candidates were better and took the champion's place.")
    elif anew := [each for each in tried.learning if each.what != "first"]:
        click.echo(f"No candidate was held against a champion; of the last one: {anew[-1].because}.")
