import numpy as np
import pytest

from sandbox.errors import InputError
from sandbox.models.metrics import METRICS, Outcome, value
from sandbox.models.oracle import oracle

FIGURES = ("accuracy", "balanced_accuracy", "roc_auc", "log_loss", "brier")


@pytest.fixture(scope="module")
def chance():
    return np.random.default_rng(2).beta(1, 3, 400).round(2).clip(0.01, 0.99)  # with ties


@pytest.fixture(scope="module")
def drawn(chance):
    """Each metric over 2,000 worlds that the probabilities could have given."""
    labels = np.random.default_rng(3).random((2000, 400)) < chance
    found = {name: [] for name in FIGURES}
    for label in labels:
        for name in FIGURES:
            threshold = 0.5 if name == "accuracy" else chance.mean()
            found[name].append(value(Outcome.of(chance, label, threshold=threshold), name))
    return {name: np.array(figures) for name, figures in found.items()}


@pytest.mark.parametrize("name", FIGURES)
def test_the_expected_score_and_its_error_are_those_of_simulated_labels(chance, drawn, name):
    found = oracle(chance, chance > 0.5, bootstrap=100).expected[name]
    spread = drawn[name].std()
    # The mean of 2,000 worlds strays by spread / 45; ratios of sums differ from their first order by about 1 / 400.
    assert found.value == pytest.approx(drawn[name].mean(), abs=4 * spread / np.sqrt(2000) + 0.001)
    assert found.standard_error == pytest.approx(spread, rel=0.08)


def test_no_threshold_does_better_in_expectation_than_the_oracles(chance):
    found = oracle(chance, chance > 0.5, bootstrap=100)
    positives, negatives = chance.sum(), (1 - chance).sum()
    others = [
        (chance[chance >= cut].sum() / positives + (1 - chance)[chance < cut].sum() / negatives) / 2
        for cut in np.unique(chance)
    ]
    assert found.expected["balanced_accuracy"].value == pytest.approx(max(others))


def test_the_realised_score_has_every_metric_with_an_interval(chance):
    label = np.random.default_rng(4).random(400) < chance
    found = oracle(chance, label, bootstrap=200).realised
    assert tuple(found) == METRICS
    assert all(
        estimate.low <= estimate.value <= estimate.high
        for name, estimate in found.items()
        if name != "calibration_error"
    )


def test_certain_and_equal_probabilities_are_no_accident():
    certain = oracle(np.array([0.0, 1.0, 1.0]), np.array([False, True, True]), bootstrap=100)
    assert certain.expected["roc_auc"].value == pytest.approx(1)
    assert certain.realised["accuracy"].value == 1
    equal = oracle(np.full(10, 0.3), np.arange(10) < 3, bootstrap=100)
    assert equal.expected["roc_auc"].value == pytest.approx(0.5)


@pytest.mark.parametrize("chance", [[], [0.5], [0.5, 1.2], [0.5, float("nan")]])
def test_what_is_no_probability_for_each_label_is_an_input_error(chance):
    with pytest.raises(InputError, match="true probabilities"):
        oracle(chance, [True, False])
