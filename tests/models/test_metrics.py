import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from sandbox.addresses import Address
from sandbox.models.curves import confusion, curves
from sandbox.models.metrics import METRICS, Outcome, estimate, measure, resamples, value, values

THRESHOLD = 0.4


def scored(rows, seed=0, decimals=2):
    """Scores with many ties, and labels that follow them."""
    generator = np.random.default_rng(seed)
    score = np.clip(generator.beta(2, 3, rows).round(decimals), 0.01, 0.99)
    return score, generator.random(rows) < score


def by_scikit_learn(name, score, label, weights):
    said = score >= THRESHOLD
    return {
        "accuracy": lambda: oracle.accuracy_score(label, said, sample_weight=weights),
        "balanced_accuracy": lambda: oracle.balanced_accuracy_score(label, said, sample_weight=weights),
        "roc_auc": lambda: oracle.roc_auc_score(label, score, sample_weight=weights),
        "average_precision": lambda: oracle.average_precision_score(label, score, sample_weight=weights),
        "log_loss": lambda: oracle.log_loss(label, score, sample_weight=weights),
        "brier": lambda: oracle.brier_score_loss(label, score, sample_weight=weights),
    }[name]()


@pytest.mark.parametrize("name", [name for name in METRICS if name != "calibration_error"])
@pytest.mark.parametrize("rows", [7, 500])
def test_each_metric_is_scikit_learns_plain_and_weighted(name, rows):
    score, label = scored(rows)
    outcome = Outcome.of(score, label, threshold=THRESHOLD)
    assert value(outcome, name) == pytest.approx(by_scikit_learn(name, score, label, np.ones(rows)), abs=1e-12)
    weights = np.random.default_rng(1).integers(0, 4, (3, rows)).astype(float)
    found = values(outcome, weights[:, outcome.entity], (name,))[name]
    expected = [by_scikit_learn(name, score, label, row) for row in weights]
    assert found == pytest.approx(expected, abs=1e-12)


def test_calibration_error_is_the_mean_gap_of_scikit_learns_curve():
    score, label = scored(600, decimals=6)
    observed, predicted = calibration_curve(label, score, n_bins=10, strategy="quantile")
    expected = np.abs(observed - predicted).mean()  # ten bins of equal size
    outcome = Outcome.of(score, label)
    assert value(outcome, "calibration_error") == pytest.approx(expected, abs=1e-12)
    drawn = curves(outcome)
    assert drawn.predicted == pytest.approx(predicted)
    assert drawn.observed == pytest.approx(observed)


def test_known_probabilities_are_calibrated_and_distorted_ones_are_not():
    generator = np.random.default_rng(3)
    chance = generator.beta(2, 2, 20_000)
    label = generator.random(20_000) < chance
    # Each bin of 2,000 rows strays by at most 0.5 / sqrt(2,000) = 0.011 (one standard error), 0.8 of it on average.
    assert value(Outcome.of(chance, label), "calibration_error") < 0.015
    # A probability moved half-way to 0.5 is off by half of its mean distance to 0.5, which is 0.1875 for beta(2, 2).
    halfway = (chance + 0.5) / 2
    assert value(Outcome.of(halfway, label), "calibration_error") == pytest.approx(0.1875 / 2, abs=0.012)


def test_curves_are_scikit_learns():
    score, label = scored(200)
    found = curves(Outcome.of(score, label))
    false_positive, true_positive, _ = oracle.roc_curve(label, score, drop_intermediate=False)
    assert found.false_positive_rate == pytest.approx(false_positive)
    assert found.true_positive_rate == pytest.approx(true_positive)
    precision, recall, _ = oracle.precision_recall_curve(label, score)
    assert found.precision == pytest.approx(precision[:-1][::-1])
    assert found.recall == pytest.approx(recall[:-1][::-1])


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    generator = np.random.default_rng(0)
    score = generator.random(5000)
    found = curves(Outcome.of(score, generator.random(5000) < score))
    assert len(found.true_positive_rate) <= 400
    assert (found.true_positive_rate[0], found.true_positive_rate[-1]) == (0, 1)


def test_confusion_counts_at_the_threshold():
    score, label = scored(200)
    found = confusion(Outcome.of(score, label, threshold=THRESHOLD))
    expected = oracle.confusion_matrix(label, score >= THRESHOLD)
    assert [
        [found.true_negative, found.false_positive],
        [found.false_negative, found.true_positive],
    ] == expected.tolist()


def test_one_class_leaves_undefined_what_needs_two():
    outcome = Outcome.of(np.array([0.2, 0.7]), np.array([True, True]))
    found = measure(outcome, Address(("test",)), 100)
    assert np.isnan(found["roc_auc"].value)
    assert np.isnan(found["balanced_accuracy"].low)
    assert found["accuracy"].value == 0.5


def test_no_rows_leave_everything_undefined():
    found = measure(Outcome.of([], []), Address(("test",)), 100)
    assert all(np.isnan(estimate.value) for estimate in found.values())


def test_an_interval_is_unknown_where_most_resamples_are_undefined():
    drawn = np.array([np.nan, np.nan, np.nan, 0.5])
    assert np.isnan(estimate(0.5, drawn).low)


def test_resamples_draw_whole_entities_and_the_first_stay_when_more_are_drawn():
    address = Address(("test",))
    few = np.concatenate(list(resamples(address, 50, 20, 50)))
    many = np.concatenate(list(resamples(address, 50, 300, 10_000)))
    assert (few.sum(axis=1) == 50).all()
    assert (few == many[:20]).all()
    # Each entity is drawn once on average; the mean of 300 resamples strays by 1 / sqrt(300).
    assert np.abs(many.mean(axis=0) - 1).max() < 5 / np.sqrt(300)


def test_entities_with_several_rows_widen_the_interval():
    score, label = scored(400)
    rows = measure(Outcome.of(score, label), Address(("test",)), 500, ("accuracy",))["accuracy"]
    again = np.repeat(score, 4), np.repeat(label, 4)
    by_row = measure(Outcome.of(*again), Address(("test",)), 500, ("accuracy",))["accuracy"]
    by_entity = measure(Outcome.of(*again, np.repeat(np.arange(400), 4)), Address(("test",)), 500, ("accuracy",))
    width = rows.high - rows.low
    assert by_row.high - by_row.low == pytest.approx(width / 2, rel=0.25)
    assert by_entity["accuracy"].high - by_entity["accuracy"].low == pytest.approx(width, rel=0.25)


@pytest.mark.parametrize(("name", "truth"), [("accuracy", 0.75), ("roc_auc", 5 / 6), ("brier", 1 / 6)])
def test_intervals_cover_the_truth_as_often_as_they_say(name, truth):
    # Uniform true probabilities: accuracy at a half is 3/4, ROC AUC 5/6, Brier score 1/6 (by integration).
    generator, hits, worlds = np.random.default_rng(7), 0, 200
    for number in range(worlds):
        chance = generator.random(200)
        outcome = Outcome.of(chance, generator.random(200) < chance)
        found = measure(outcome, Address(("coverage", number)), 200, (name,))[name]
        hits += found.low <= truth <= found.high
    # 95 % of 200 is 190 with standard deviation 3.1; percentile intervals of 200 rows fall short by a point or two.
    assert 178 <= hits <= 199
