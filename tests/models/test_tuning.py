import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from sandbox.addresses import Address
from sandbox.models.base import ignore_progress
from sandbox.models.candidates import CANDIDATES, Candidate, Task, prior
from sandbox.models.tuning import Judging, Trial, best, best_threshold, settings, spike

ADDRESS = Address(("test",))


def judging(train, judge="roc_auc"):
    """One fold of 40 rows and a candidate whose learning is `train`."""
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(80, 1))
    task = Task(matrix, matrix[:, 0] > 0, [], 0)
    rows = np.arange(80)
    candidate = Candidate("toy", "a toy", train, {"a": tuple(range(10)), "b": (0, 1)})
    return Judging(task, [(rows[:40], rows[40:])], judge, ADDRESS), candidate


def test_settings_are_tried_once_each_in_turn_from_where_the_box_begins():
    pair = [CANDIDATES["logistic"], CANDIDATES["neural_net"]]
    tried = [(candidate.name, tuple(parameters.items())) for candidate, parameters in settings(pair, ADDRESS)]
    assert len(tried) == len(set(tried)) == 16 + 288
    assert [name for name, _ in tried[:4]] == ["logistic", "neural_net"] * 2
    assert tried[0][1] == (("C", 0.1), ("numbers", "standard"))


def test_another_candidate_changes_no_setting_of_the_first():
    alone = [parameters for _, parameters in settings([CANDIDATES["logistic"]], ADDRESS)]
    beside = [
        parameters
        for candidate, parameters in settings([CANDIDATES["gradient_boosting"], CANDIDATES["logistic"]], ADDRESS)
        if candidate.name == "logistic"
    ]
    assert alone == beside


def test_a_box_of_trials_is_filled_and_its_first_trials_are_those_of_a_smaller_box():
    judged, candidate = judging(lambda task, parameters: prior(0.5))
    small = spike(judged, [candidate], trials=3, seconds=None, progress=ignore_progress)
    large = spike(judged, [candidate], trials=7, seconds=None, progress=ignore_progress)
    assert len(small) == 3
    assert small == large[:3]


def test_a_box_greater_than_all_settings_ends_when_nothing_is_left():
    judged, candidate = judging(lambda task, parameters: prior(0.5))
    assert len(spike(judged, [candidate], trials=1000, seconds=None, progress=ignore_progress)) == 20


def test_a_box_of_time_holds_what_the_clock_allows_and_one_trial_at_least():
    judged, candidate = judging(lambda task, parameters: prior(0.5))
    ticks = iter(range(100))
    held = spike(judged, [candidate], trials=None, seconds=5, progress=ignore_progress, clock=lambda: next(ticks))
    assert len(held) == 5
    late = iter([0, 99])
    only = spike(judged, [candidate], trials=None, seconds=5, progress=ignore_progress, clock=lambda: next(late))
    assert len(only) == 1
    assert held == spike(judged, [candidate], trials=5, seconds=None, progress=ignore_progress)


def test_the_best_trial_is_the_earlier_of_equals_and_never_an_undefined_one():
    trials = [Trial("a", {"n": number}, score, 0.5) for number, score in enumerate([float("nan"), 0.7, 0.8, 0.8])]
    assert best(trials, "roc_auc") is trials[2]
    assert best(trials, "log_loss") is trials[1]
    assert best(trials[:1], "roc_auc") is None


@pytest.mark.parametrize(("judge", "measure"), [("accuracy", accuracy_score), ("roc_auc", balanced_accuracy_score)])
@pytest.mark.parametrize("base", [0.5, 0.05])
def test_the_threshold_is_as_good_as_the_best_of_all(judge, measure, base):
    generator = np.random.default_rng(1)
    score = np.clip(generator.beta(2, 2, 300).round(2) * 2 * base, 0.01, 0.99)
    label = generator.random(300) < score
    found = best_threshold(score, label, judge)
    everything = [measure(label, score >= cut) for cut in np.r_[0, np.unique(score), 1]]
    assert measure(label, score >= found) == pytest.approx(max(everything))
    assert found not in score
