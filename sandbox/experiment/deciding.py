"""What is said of an arm: first whether anything may be said at all, then what the primary metric shows."""

from __future__ import annotations

from sandbox.experiment.design import Design
from sandbox.experiment.findings import Analysis, Decision, Verdict
from sandbox.experiment.guardrails import Standing


def decided(found: Analysis, arm: str) -> Decision:
    """The decision on an arm, and why, in a sentence."""
    design = found.design
    if not found.ratio.matches:
        told = f"arms do not have the units that they should have (p = {found.ratio.p_value:.1g}); find out why first."
        return Decision(arm, Verdict.INVALID, told)
    broken = [each for each in found.guardrails if each.arm == arm and each.standing is Standing.BROKEN]
    if broken:
        told = f"{broken[0].metric} lost more than {broken[0].loss:.1%}, seen on day {(broken[0].broken_on or 0) + 1}."
        return Decision(arm, Verdict.STOPPED, told)
    primary = found.comparison(arm, design.primary)
    if primary.undefined:
        return Decision(arm, Verdict.TOO_EARLY, primary.undefined)
    sign = 1 if design.metric(design.primary).better == "more" else -1
    if design.stopping == "sequential":
        ends, p_value, held = primary.sequential, primary.sequential_p, "on every day at once"
    else:
        ends, p_value, held = primary.difference, primary.p_adjusted, "at the planned end"
    clear = p_value < design.alpha and (ends.low > 0 or ends.high < 0)
    early = found.days < design.horizon
    if design.stopping == "fixed" and early:
        told = f"{found.days} of {design.horizon} planned days have passed; a fixed interval is read once, at the end."
        return Decision(arm, Verdict.TOO_EARLY, told)
    said = f"{design.primary} differs by {ends.value:+.3g} ({ends.low:+.3g} to {ends.high:+.3g}, {held})"
    if clear:
        return Decision(arm, Verdict.BETTER if sign * ends.value > 0 else Verdict.WORSE, f"{said}.")
    told = f"{said}; it may be nothing."
    return Decision(arm, Verdict.TOO_EARLY if early else Verdict.NOT_SHOWN, told)


def not_as_long(days: int, design: Design) -> list[str]:
    """How the days that are seen differ from those that were planned, if that matters."""
    if days < design.horizon and design.stopping == "fixed":
        return [f"horizon: planned for {design.horizon} days, seen after {days}."]
    return [f"horizon: planned for {design.horizon} days, {days} are seen."] if days > design.horizon else []
