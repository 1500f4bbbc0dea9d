"""The figures of an experiment that gates ask for, by the names that `done:` lines have for them."""

from __future__ import annotations

from sandbox.experiment.findings import Analysis


def figures_of(analysis: Analysis) -> dict[str, float]:
    """Every figure; NaN where it is not known."""
    arms = {comparison.arm for comparison in analysis.comparisons}
    found = {"sample_ratio.p_value": analysis.ratio.p_value}
    for each in analysis.comparisons:
        prefix = each.metric if len(arms) == 1 else f"{each.arm}.{each.metric}"
        for kind in ("lift", "difference", "sequential"):
            estimate = getattr(each, kind)
            found |= {f"{prefix}.{kind}.low": estimate.low, f"{prefix}.{kind}.high": estimate.high}
        found[f"{prefix}.p_value"] = each.p_adjusted
    return found
