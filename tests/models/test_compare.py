import numpy as np
import pyarrow.compute as pc
import pytest

from sandbox.errors import InputError
from sandbox.models.compare import Scored, compare, pair


def two_models(rows=800, noise=1.0):
    generator = np.random.default_rng(5)
    log_odds = generator.normal(0, 1.5, rows)
    chance = 1 / (1 + np.exp(-log_odds))
    worse = 1 / (1 + np.exp(-(log_odds + generator.normal(0, noise, rows))))
    return worse, chance, generator.random(rows) < chance, np.arange(rows)


@pytest.mark.parametrize("metric", ["roc_auc", "balanced_accuracy", "log_loss"])
def test_the_true_probabilities_beat_noisy_ones(metric):
    worse, chance, label, entity = two_models()
    found = compare(Scored(worse), Scored(chance), label, entity, metric)
    assert found.better == "b"
    assert found.difference.value == pytest.approx(found.b - found.a, abs=1e-8)
    back = compare(Scored(chance), Scored(worse), label, entity, metric)
    assert back.better == "a"
    assert back.difference.low == pytest.approx(-found.difference.high, abs=1e-8)


def test_pairing_makes_the_interval_narrower_than_two_intervals_beside_each_other():
    worse, chance, label, entity = two_models(noise=0.2)
    found = compare(Scored(worse), Scored(chance), label, entity, "brier").difference
    alone = compare(Scored(np.full(800, 0.5)), Scored(chance), label, entity, "brier").difference
    assert found.high - found.low < 0.3 * (alone.high - alone.low)


def test_a_model_beside_itself_is_undetermined_with_no_difference():
    _, chance, label, entity = two_models()
    found = compare(Scored(chance), Scored(chance), label, entity, "roc_auc")
    assert (found.difference.low, found.difference.high, found.better) == (0, 0, "undetermined")


def test_the_interval_is_that_of_a_paired_difference_of_means():
    # The difference of Brier scores is a mean of paired differences, whose standard error has a closed form.
    worse, chance, label, entity = two_models()
    gaps = (chance - label) ** 2 - (worse - label) ** 2
    found = compare(Scored(worse), Scored(chance), label, entity, "brier", bootstrap=2000).difference
    error = gaps.std(ddof=1) / np.sqrt(len(gaps))
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_each_model_has_its_own_threshold():
    _, chance, label, entity = two_models()
    found = compare(Scored(chance, 0.5), Scored(chance / 2, 0.25), label, entity, "accuracy")
    assert found.difference.value == 0


def test_two_tests_are_paired_where_they_share_examples_and_labels(examples, fitted, quick):
    other = quick.fit(examples.take(np.arange(100, 1500)[::-1]), seed=7)
    both = pair(fitted.test, other.test)
    assert both.column_names == ["entity", "moment", "label", "score_a", "score_b"]
    assert both["entity"].to_pylist() == other.test["entity"].to_pylist()
    assert both["score_b"].to_pylist() == other.test["score"].to_pylist()
    turned = other.test.set_column(2, "label", pc.invert(other.test["label"]))
    assert pair(fitted.test, turned).num_rows == 0


def test_rows_that_differ_are_an_input_error():
    worse, chance, label, entity = two_models()
    with pytest.raises(InputError, match="compared on the same examples"):
        compare(Scored(worse[1:]), Scored(chance), label, entity, "brier")
    with pytest.raises(InputError, match="unknown metric 'auc'"):
        compare(Scored(worse), Scored(chance), label, entity, "auc")
