"""An experiment in words and small tables: what is decided, what to mind, what else the log tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from sandbox.cli.messages import tell_table

if TYPE_CHECKING:
    from sandbox.experiment.a_a import Redealt
    from sandbox.experiment.experiment import Tried
    from sandbox.experiment.findings import Analysis
    from sandbox.models.base import Estimate


def estimate(found: Estimate, form: str) -> str:
    """A figure with its interval: `+3.1% (+0.4% to +5.9%)`."""
    if found.value != found.value:
        return "–"
    if found.low != found.low:
        return f"{found.value:{form}} (no interval)"
    return f"{found.value:{form}} ({found.low:{form}} to {found.high:{form}})"


def decisions(found: Analysis) -> Iterator[str]:
    """A line an arm: the verdict and why."""
    for each in found.decisions:
        yield f"{each.arm}: {each.verdict}; {each.because}"


def tell_cautions(found: Analysis, redealt: Redealt | None) -> None:
    """What to mind before anything above is believed."""
    ratio = found.ratio
    if not ratio.matches:
        expected = ", ".join(f"{name} {number:,.0f}" for name, number in ratio.expected.items())
        click.echo(f"sample ratio mismatch: p = {ratio.p_value:.1g}; expected {expected}.")
    if redealt is not None and not redealt.is_honest:
        told = f"{redealt.share:.1%} of {redealt.deals} A/A tests on the control's own units are false"
        click.echo(f"{redealt.metric} is not honest here: {told}, and {redealt.alpha:.0%} may be.")
    for name, number in found.left_out.items():
        click.echo(f"left out: {number:,} {name}.")
    for each in found.comparisons:
        if each.undefined:
            click.echo(f"{each.arm} {each.metric}: {each.undefined}")
    for told in found.deviations:
        click.echo(f"deviates from the plan: {told}")
    for guardrail in found.guardrails:
        since = "" if guardrail.broken_on is None else f", seen on day {guardrail.broken_on + 1}"
        click.echo(f"guardrail {guardrail.arm} {guardrail.metric} ({guardrail.loss:.0%}): {guardrail.standing}{since}.")
    if found.segments:
        rows = [
            [each.arm, f"{each.by} = {each.value}", f"{sum(each.units.values()):,}", estimate(each.lift, "+.1%"),
             f"{each.p_adjusted:.3g}"]
            for each in found.segments
        ]  # fmt: skip
        tell_table(["arm", "segment", "units", "lift", "p"], rows, right=(2, 3, 4))
    for grown in found.growth:
        if grown.growth.value == grown.growth.value:
            click.echo(
                f"{grown.arm}: from a unit's first {grown.days} days to as many after them the effect changed by "
                f"{estimate(grown.growth, '+.1%')}."
            )


def tell_plan_ahead(tried: Tried) -> None:
    """Other policies, what shares of the traffic can show, and what it means in money."""
    for each in tried.policies:
        by = each.by_log
        click.echo(f"{each.policy} earns {estimate(each.own, '.4g')} a row by its own log; by that of {each.log}:")
        told = (("IPS", by.ips), ("SNIPS", by.snips), ("doubly robust", by.doubly_robust))
        tell_table(["estimate", "a row"], [[name, estimate(value, ".4g")] for name, value in told], right=(1,))
        click.echo(
            f"  its {by.rows:,} rows are worth {by.effective:,.0f}, the heaviest has {by.largest:.1%} of the weight"
        )
        for warning in by.warnings:
            click.echo(f"  warning: {warning}")
    if tried.outlooks:
        rows = [
            [
                f"{each.share:.0%}",
                "over two years" if each.days is None else f"{each.days:,}",
                f"{each.smallest_lift:.1%}",
            ]
            for each in tried.outlooks
        ]
        sought = tried.analysis.design.effect or 0.0
        click.echo("Done again, with this share of the traffic:")
        tell_table(["share", f"days for {sought:+.1%}", "smallest lift by the horizon"], rows, right=(0, 1, 2))
    if tried.options:
        click.echo("What can be done now, and what it brings in the scenario's money:")
    for arm, some in tried.options.items():
        rows = [
            [arm, f"{each.choice} {each.days} days" if each.days else each.choice, f"{each.worth:,.0f}",
             f"{each.regret:,.0f}"]
            for each in some
        ]  # fmt: skip
        tell_table(["arm", "choice", "worth", "regret"], rows, right=(2, 3))
