import math

import numpy as np
import pytest

from sandbox.errors import InputError
from sandbox.models.gates import Verdict, judge, trivial_passes, trivial_score
from sandbox.models.metrics import METRICS, Outcome, value


@pytest.mark.parametrize(
    ("low", "high", "operator", "bar", "verdict"),
    [
        (0.71, 0.75, ">=", 0.70, Verdict.HOLDS),
        (0.70, 0.75, ">=", 0.70, Verdict.HOLDS),
        (0.70, 0.75, ">", 0.70, Verdict.UNDETERMINED),
        (0.65, 0.75, ">=", 0.70, Verdict.UNDETERMINED),
        (0.60, 0.69, ">=", 0.70, Verdict.FAILS),
        (0.10, 0.20, "<", 0.20, Verdict.UNDETERMINED),
        (0.10, 0.20, "<=", 0.20, Verdict.HOLDS),
        (0.30, 0.40, "<=", 0.20, Verdict.FAILS),
        (math.nan, math.nan, ">=", 0.7, Verdict.UNDETERMINED),
    ],
)
def test_a_gate_holds_only_with_its_whole_interval(low, high, operator, bar, verdict):
    assert judge((low + high) / 2, low, high, operator, bar) is verdict


def test_a_figure_without_error_holds_or_fails():
    assert judge(0, 0, 0, "<=", 0) is Verdict.HOLDS
    assert judge(1, 1, 1, "<=", 0) is Verdict.FAILS


def test_an_unknown_comparison_or_metric_is_an_input_error():
    with pytest.raises(InputError, match="unknown comparison '=='"):
        judge(1, 1, 1, "==", 1)
    with pytest.raises(InputError, match=r"unknown metric 'acuracy'\. Did you mean 'accuracy'"):
        trivial_score("acuracy", 0.5)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("positive", [20, 50, 80])
def test_the_trivial_score_is_that_of_a_constant(name, positive):
    label = np.arange(100) < positive
    constant = Outcome.of(np.full(100, positive / 100), label)
    assert trivial_score(name, positive / 100) == pytest.approx(value(constant, name))


def test_nobody_churns_passes_eighty_per_cent_accuracy_and_no_balanced_gate():
    assert trivial_passes("accuracy", ">=", 0.80, positive_share=0.2)
    assert not trivial_passes("balanced_accuracy", ">=", 0.70, positive_share=0.2)
    assert trivial_passes("brier", "<=", 0.2, positive_share=0.2)
