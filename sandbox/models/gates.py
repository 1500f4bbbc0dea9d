"""Does a figure pass a bar? Only when its whole interval does; and what a model that knows nothing would reach."""

from __future__ import annotations

import math
import operator
from enum import StrEnum

from sandbox.errors import InputError, did_you_mean

_COMPARE = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}


class Verdict(StrEnum):
    """How a gate ended."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDETERMINED = "undetermined"


def judge(value: float, low: float, high: float, operator: str, bar: float) -> Verdict:
    """Hold a figure with its interval against a bar.

    Args:
        value, low, high: the figure and its interval; for a figure without error all three are the same.
        operator: `>=`, `>`, `<=` or `<`.
        bar: what the figure is held against.
    Returns:
        holds where every value of the interval passes, fails where none does, undetermined where the interval
        straddles the bar or is not known.
    """
    passes = _COMPARE.get(operator)
    if passes is None:
        raise InputError(f"unknown comparison '{operator}'.{did_you_mean(operator, _COMPARE)}")
    if any(math.isnan(figure) for figure in (value, low, high)):
        return Verdict.UNDETERMINED
    verdicts = {passes(figure, bar) for figure in (low, value, high)}
    if len(verdicts) == 2:
        return Verdict.UNDETERMINED
    return Verdict.HOLDS if verdicts.pop() else Verdict.FAILS


def trivial_score(metric: str, positive_share: float) -> float:
    """What the majority class reaches: everybody gets the more common answer, and its share as probability."""
    share = positive_share
    entropy = -sum(part * math.log(part) for part in (share, 1 - share) if part > 0)
    scores = {
        "accuracy": max(share, 1 - share),
        "balanced_accuracy": 0.5,
        "roc_auc": 0.5,
        "average_precision": share,
        "log_loss": entropy,
        "brier": share * (1 - share),
        "calibration_error": 0.0,
    }
    if metric not in scores:
        raise InputError(f"unknown metric '{metric}'.{did_you_mean(metric, scores)}")
    return scores[metric]


def trivial_passes(metric: str, operator: str, bar: float, positive_share: float) -> bool:
    """Whether the majority class passes a gate, which then is no gate."""
    score = trivial_score(metric, positive_share)
    return judge(score, score, score, operator, bar) is Verdict.HOLDS
