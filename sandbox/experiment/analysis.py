"""What came of an experiment: from a panel and the plan that was made before it to a decision for each arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from sandbox.experiment.comparing import compared, corrected, estimate, looks_from, plain_number, progress_of
from sandbox.experiment.deciding import decided, not_as_long
from sandbox.experiment.design import Design
from sandbox.experiment.effects import effect, levels
from sandbox.experiment.findings import Analysis, Daily, Growth, Guardrail, Segment
from sandbox.experiment.guardrails import watch
from sandbox.experiment.moments import Moments
from sandbox.experiment.multiplicity import adjusted, sample_ratio
from sandbox.experiment.novelty import novelty
from sandbox.experiment.panel import Metric, Panel, figure_of, moments_at_end, moments_by_day, moments_until, plain
from sandbox.models.base import Estimate

MOST_SEGMENTS = 20
"""Values of a column by which units are told apart; what is rarer is left out."""


def analyse(
    panel: Panel, design: Design, left_out: Mapping[str, int] | None = None, deviations: Sequence[str] = ()
) -> Analysis:
    """Judge an experiment by its plan.

    Args:
        panel: what units did, of days with the same shares.
        design: the plan; its arms are the panel's.
        left_out: units and rows that the panel does not have, by reason.
        deviations: what is known to have been done otherwise than planned.
    """
    # 1. Before anything is believed: does each arm have the units that it should have?
    ratio = sample_ratio(panel.counts(), dict(design.shares))

    # 2. Each metric of each arm: at the end, day by day, and on every day at once.
    seen = {metric.name: moments_until(panel, metric) for metric in design.metrics}
    arms = range(1, len(panel.arms))
    told = [compared(panel, design, metric, arm, seen[metric.name]) for arm in arms for metric in design.metrics]
    comparisons = corrected([comparison for comparison, _ in told], design)

    # 3. What must not get worse.
    guardrails = [
        guarded(panel, design, name, loss, arm, seen[name]) for arm in arms for name, loss in design.guardrails.items()
    ]

    # 4. For whom, and for how long.
    primary = design.metric(design.primary)
    segments = [segment for arm in arms for segment in _segments(panel, design, primary, arm)]
    growth = [grown for arm in arms if (grown := _grown(panel, design, primary, arm)) is not None]

    # 5. The decision.
    whole = Analysis(
        design=design,
        days=panel.days,
        units=panel.counts(),
        left_out=dict(left_out or {}),
        ratio=ratio,
        decisions=(),
        comparisons=comparisons,
        looks=[looks for _, looks in told],
        daily=[each for metric in design.metrics for each in _daily(panel, design, metric)],
        segments=segments,
        guardrails=guardrails,
        growth=growth,
        deviations=[*deviations, *not_as_long(panel.days, design)],
    )
    return replace(whole, decisions=[decided(whole, arm) for arm in panel.arms[1:]])


def guarded(panel: Panel, design: Design, name: str, loss: float, arm: int, seen: Moments) -> Guardrail:
    """How a guardrail of an arm stands; `seen` are its metric's moments by day and arm, of all until then."""
    metric = design.metric(name)
    control, treatment = seen.at(slice(None), 0), seen.at(slice(None), arm)
    first = looks_from(
        Moments(*(part[:, [0, arm]] for part in (seen.count, seen.mean, seen.covariance))), by_absence=True
    )
    found = watch(
        control,
        treatment,
        plain(figure_of(metric, panel)),
        progress_of(panel, design),
        loss=loss,
        better=metric.better,
        alpha=design.alpha,
        first=first,
    )
    low, high = plain_number(found.low[-1]), plain_number(found.high[-1])
    margin = Estimate((low + high) / 2, low, high)
    return Guardrail(panel.arms[arm], name, loss, margin, found.standing, found.broken_on)


def _segments(panel: Panel, design: Design, metric: Metric, arm: int) -> list[Segment]:
    found = []
    for by in design.segments:
        facts = pc.fill_null(pc.cast(panel.segments[by], "string"), "(none)").dictionary_encode()
        codes, values = facts.indices.to_numpy(zero_copy_only=False), facts.dictionary.to_pylist()
        often = np.argsort(-np.bincount(codes, minlength=len(values)), kind="stable")[:MOST_SEGMENTS]
        for code in sorted(often.tolist(), key=lambda code: str(values[code])):
            inside = np.where(codes == code, panel.arm, -1).astype(np.int16)
            moments = moments_at_end(panel, metric, inside)
            made = effect(moments.at(0), moments.at(arm), figure_of(metric, panel), design.alpha)
            units = {panel.arms[side]: int(moments.count[side]) for side in (0, arm)}
            difference = estimate(made.difference, made.low, made.high)
            lift = estimate(made.lift, made.lift_low, made.lift_high)
            p_value = plain_number(made.p_value)
            found.append(Segment(panel.arms[arm], by, str(values[code]), units, difference, lift, p_value))
    together = adjusted([each.p_adjusted for each in found], design.correction)
    return [replace(each, p_adjusted=plain_number(p_value)) for each, p_value in zip(found, together, strict=True)]


def _daily(panel: Panel, design: Design, metric: Metric) -> list[Daily]:
    moments = moments_by_day(panel, metric)
    level = levels(moments, plain(figure_of(metric, panel)))
    low, high = level.interval(design.alpha)
    return [
        Daily(
            name,
            metric.name,
            moments.count[:, arm].astype(int).tolist(),
            *(part[:, arm].tolist() for part in (level.value, low, high)),
        )
        for arm, name in enumerate(panel.arms)
    ]


def _grown(panel: Panel, design: Design, metric: Metric, arm: int) -> Growth | None:
    found = novelty(panel, metric, arm, design.alpha)
    if found is None:
        return None
    early, late = (estimate(each.lift, each.lift_low, each.lift_high) for each in (found.early, found.late))
    return Growth(panel.arms[arm], metric.name, found.days, early, late, found.growth)
