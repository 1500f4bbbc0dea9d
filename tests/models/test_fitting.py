from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from threadpoolctl import ThreadpoolController

from sandbox.errors import InputError
from sandbox.models.base import MOMENT, Examples
from sandbox.models.card import card
from sandbox.models.classify import ClassifyConfig
from sandbox.models.metrics import METRICS


def config(**written):
    return ClassifyConfig.model_validate({"spike": {"trials": 3}, "bootstrap": 100, **written})


def told(fitted):
    return " ".join(fitted.sentences)


def test_the_champion_is_the_best_in_tuning_and_beats_the_majority_on_the_test(fitted):
    best = max(fitted.leaderboard, key=lambda standing: standing.validation)
    assert fitted.champion == best.name
    assert [standing.name for standing in fitted.leaderboard if standing.kept] == [fitted.champion]
    assert fitted.metrics["balanced_accuracy"].low > fitted.trivial.metrics["balanced_accuracy"].high
    assert set(fitted.metrics) == set(METRICS)


def test_the_majority_stands_beside_the_others_whatever_was_asked(examples):
    found = config(candidates=["logistic"]).fit(examples, seed=1)
    assert [standing.name for standing in found.leaderboard] == ["majority", "logistic"]
    assert found.trivial.metrics["balanced_accuracy"].value == 0.5


def test_what_was_done_is_told_in_words(fitted):
    words = told(fitted)
    assert "1,500 examples of 1,500 entities at 2026-01-31" in words
    assert "Tuned by balanced accuracy in a box of 3 trials" in words
    assert "constant: it tells nothing: the same in every training row" in words
    assert "nothing: it is null in every training row" in words
    abandoned = [standing for standing in fitted.leaderboard[1:] if not standing.kept]
    assert all(
        f"{standing.title} was abandoned: when the box was full".lower() in words.lower() for standing in abandoned
    )


def test_a_fit_is_the_same_again_whatever_the_order_and_the_chunks(examples, quick, fitted):
    order = np.random.default_rng(0).permutation(len(examples))
    shuffled = examples.take(order)
    chunked = replace(shuffled, features=pa.concat_tables([shuffled.features[:700], shuffled.features[700:]]))
    again = quick.fit(chunked, seed=42)
    assert card(again) == card(fitted)
    assert again.test.equals(fitted.test)


def test_a_fit_is_the_same_on_any_number_of_threads(examples, quick, fitted):
    with ThreadpoolController().limit(limits=3):
        assert card(quick.fit(examples, seed=42)) == card(fitted)


def test_another_seed_keeps_the_sides_and_changes_the_draws(examples, quick, fitted):
    other = quick.fit(examples, seed=43)
    assert other.test["entity"].equals(fitted.test["entity"])
    assert card(other)["leaderboard"] != card(fitted)["leaderboard"]


def test_importance_finds_what_drives_the_label(fitted):
    names = [item.column for item in fitted.importance]
    assert set(names[:2]) == {"calls", "plan"}
    assert fitted.importance[0].loss.low > 0
    assert set(names) == {column.name for column in fitted.columns if column.use == "used"}


def test_importance_of_a_loss_counts_what_grows(examples):
    found = config(judge="log_loss", candidates=["logistic"]).fit(examples, seed=1)
    assert found.importance[0].column == "calls"
    assert found.importance[0].loss.low > 0


def test_prediction_leaves_its_input_alone_and_serves_one_row_like_many(fitted, examples, cut):
    before = examples.features.slice(0).combine_chunks()
    scores = fitted.predict(examples.features, examples.moment)
    assert examples.features.equals(before)
    assert scores.type == pa.float64()
    one = fitted.predict(examples.features.slice(7, 1), cut)
    assert one[0].as_py() == scores[7].as_py()
    assert len(fitted.predict(examples.features.slice(0, 0), cut)) == 0


def test_prediction_copes_with_the_unknown_and_ignores_what_it_does_not_know(fitted, examples, cut):
    few = examples.features.slice(0, 5)
    strange = few.set_column(2, "plan", pa.array(["new plan"] * 4 + [None])).append_column("more", pa.array(range(5)))
    found = fitted.predict(strange.select(strange.column_names[::-1]), cut)
    assert all(0 < score < 1 for score in found.to_pylist())


def test_prediction_names_every_missing_column(fitted, examples, cut):
    with pytest.raises(InputError) as error:
        fitted.predict(examples.features.drop_columns(["calls", "plan"]), cut)
    assert {problem.path for problem in error.value.problems} == {"features.calls", "features.plan"}


def test_the_test_table_is_what_the_model_says(fitted, examples):
    scores = dict(
        zip(examples.entity.to_pylist(), fitted.predict(examples.features, examples.moment).to_pylist(), strict=True)
    )
    assert [scores[entity] for entity in fitted.test["entity"].to_pylist()] == fitted.test["score"].to_pylist()
    counts = fitted.confusion
    predicted = sum(fitted.test["predicted"].to_pylist())
    assert counts.true_positive + counts.false_positive == predicted


def test_a_split_by_time_learns_from_what_was_known(world):
    examples = world(300, moments=4)
    found = config(split={"by": "time"}, candidates=["logistic"]).fit(examples, seed=1)
    assert (found.sides.training, found.sides.test, found.sides.purged) == (900, 300, 0)
    late = config(split={"by": "time"}, candidates=["logistic"]).fit(
        replace(examples, window=timedelta(days=45)), seed=1
    )
    assert late.sides.purged == 300
    assert "300 were left out, because their labels were not known when the test began" in told(late)


def test_the_future_cannot_reach_a_model_split_by_time(world):
    examples = world(300, moments=3)
    rows = np.arange(600, 900)
    label = np.array(examples.label.to_pylist())
    label[rows] = ~label[rows]
    turned = replace(examples, label=pa.array(label))
    one, other = (config(split={"by": "time"}).fit(each, seed=1) for each in (examples, turned))
    assert one.test["score"].equals(other.test["score"])


def test_the_same_blueprint_serves_other_data(quick):
    generator = np.random.default_rng(3)
    use = generator.gamma(2, 2, 800)
    upgrades = upgrades_by(use, generator.random(800) < use / (use + 4))
    found = quick.fit(upgrades, seed=42)
    assert found.champion != "majority"
    assert [column.name for column in found.columns] == ["data_gb"]


def upgrades_by(values, label):
    count = len(label)
    moments = pa.array([datetime(2026, 3, 1, tzinfo=UTC)] * count, MOMENT)
    return Examples(pa.array(np.arange(count)), moments, pa.table({"data_gb": values}), pa.array(label))


@pytest.mark.parametrize("kind", ["box is small", "box of time"])
def test_the_box_says_what_it_held(examples, kind):
    if kind == "box is small":
        found = config(spike={"trials": 1}).fit(examples, seed=1)
        assert "Not tried, because the box was full: gradient_boosting, neural_net." in told(found)
        assert found.box.repeatable
    else:
        found = config(spike={"time": "1ms"}).fit(examples, seed=1)
        assert not found.box.repeatable
        assert "which held 1 trial" in told(found)
        assert "repeat it with --trials 1" in told(found)
        again = config(spike={"time": "1ms"}).fit(examples, seed=1, trials=found.box.trials)
        assert again.box.repeatable
        assert again.test.equals(found.test)
    assert found.box.trials == 1


def test_progress_is_told(examples):
    heard = []
    config(candidates=["logistic"]).fit(
        examples, seed=1, progress=lambda what, done, of: heard.append((what, done, of))
    )
    assert ("tuning logistic", 3, 3) in heard
    assert any(what == "weighing features" and done == of for what, done, of in heard)


def tiny(world, positives, rows, columns=1):
    examples = world(rows)
    generator = np.random.default_rng(0)
    features = pa.table({f"x{number}": generator.normal(size=rows) for number in range(columns)})
    return replace(examples, features=features, label=pa.array(np.arange(rows) % rows < positives))


@pytest.mark.parametrize(
    ("positives", "rows", "reason"),
    [
        (0, 60, "the training side has 0 positive entities"),
        (60, 60, "the training side has 0 negative entities"),
        (3, 300, "positive entities, and fewer than 5 teach nothing"),
        (1, 1, "Only the majority class was built"),
        (1, 2, "Only the majority class was built"),
    ],
)
def test_too_little_to_learn_from_leaves_the_majority_and_says_why(world, positives, rows, reason):
    found = config().fit(tiny(world, positives, rows), seed=1)
    assert found.champion == "majority"
    assert reason in told(found)
    assert card(found)["champion"] == "majority"


def test_more_features_than_rows_one_feature_and_no_feature_at_all(world):
    wide = config().fit(tiny(world, 30, 60, columns=150), seed=1)
    assert len(wide.leaderboard) == 4
    assert config().fit(tiny(world, 30, 60), seed=1).leaderboard
    constant = replace(tiny(world, 30, 60), features=pa.table({"x": [1] * 60}))
    assert "Only the majority class was built: no feature tells anything." in told(config().fit(constant, seed=1))
    with pytest.raises(InputError, match="features: there are no columns"):
        config().fit(replace(constant, features=pa.table({})), seed=1)


def test_columns_of_extremes_do_no_harm(world):
    rows = 120
    examples = tiny(world, 60, rows)
    ugly = {
        "huge": pa.array([1e300 if number % 2 else -1e300 for number in range(rows)]),
        "endless": pa.array([float("inf") if number % 3 else 1.0 for number in range(rows)]),
        "mostly null": pa.array([None] * (rows - 1) + [5.0]),
        "": pa.array(["", None, "ü" * 1000] * (rows // 3)),
        "late": pa.array([10**15] * (rows - 1) + [0], pa.timestamp("s")),
    }
    found = config().fit(replace(examples, features=pa.table(ugly)), seed=1)
    assert len(found.leaderboard) == 4


@pytest.mark.parametrize("part", ["entity", "label", "moment"])
def test_nulls_in_what_must_be_known_are_refused(world, part):
    examples = world(20)
    values = getattr(examples, part).to_pylist()
    broken = replace(examples, **{part: pa.array([None, *values[1:]], getattr(examples, part).type)})
    with pytest.raises(InputError, match=f"{part}: 1 of 20 are null; leave those examples out"):
        config().fit(broken, seed=1)


def test_examples_that_make_no_sense_are_refused_with_every_reason(world):
    examples = world(20)
    broken = replace(examples, label=pa.array([1] * 20), moment=pa.array([1] * 20))
    with pytest.raises(InputError) as error:
        config().fit(broken, seed=1)
    assert [problem.path for problem in error.value.problems] == ["label", "moment"]
    with pytest.raises(InputError, match="there are no examples"):
        config().fit(examples.take(np.arange(0)), seed=1)
    with pytest.raises(InputError, match="differ in their rows: entity 20, moment 20, features 20, label 19"):
        config().fit(replace(examples, label=examples.label[:19]), seed=1)
    with pytest.raises(InputError, match="entity: 1 examples repeat an entity at the same moment"):
        config().fit(examples.take(np.r_[np.arange(20), 3]), seed=1)
    twice = examples.features.append_column("fee", examples.features["fee"])
    with pytest.raises(InputError, match=r"features\.fee: there are two features of this name"):
        config().fit(replace(examples, features=twice), seed=1)


def test_ids_are_the_same_however_arrow_packs_them(examples, quick, fitted):
    for packed in (examples.entity.dictionary_encode(), examples.entity.cast(pa.large_string())):
        again = quick.fit(replace(examples, entity=packed), seed=42)
        assert again.test.equals(fitted.test)
    with pytest.raises(InputError, match="entity: is double, must be whole numbers or text; cast it"):
        quick.fit(replace(examples, entity=pa.array(np.arange(1500) / 2)), seed=42)
