"""Examples: who was there, what was known, what came."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.errors import InputError
from sandbox.mart import MomentCount, examples, feature_table, question
from sandbox.models.base import Examples as ModelExamples
from sandbox.scenario.language import Label, Model
from sandbox.strict import Strict


def test_examples_of_two_moments(mart, ask, day, day_us):
    found = examples(mart, ask(moments=[10, 3], label={"leaves within": "15 days"}))
    assert found.entity.to_pylist() == [1, 2, 3, 1, 2]
    assert found.moment.to_pylist() == [day(3)] * 3 + [day(10)] * 2
    assert found.label.to_pylist() == [False, False, True, False, True]
    assert found.features.to_pydict() == {
        "plan": ["basic", "basic", "max", "basic", "basic"],
        "fee": [9.0, 9.0, 35.0, 9.0, 9.0],
        "calls": [1, 0, 0, 1, 1],
        "minutes": [3.0, None, None, 3.0, 10.0],
    }
    assert found.moments == (MomentCount(day_us(3), 3, 1, 0, 0), MomentCount(day_us(10), 2, 1, 0, 0))


def test_models_take_them_as_they_are(mart, ask):
    found = examples(mart, ask(moments=[3, 10]))
    given = ModelExamples(found.entity, found.moment, found.features, found.label, found.window)
    assert len(given.in_order()) == 5


def test_who_is_not_there_or_has_no_features_is_left_out_and_counted(mart, ask):
    by_calls = "SELECT customer_id, sum(minutes) AS minutes FROM calls GROUP BY 1"
    found = examples(mart, ask(moments=[3, 30], features=by_calls, label={"leaves within": "5 days"}))
    assert found.entity.to_pylist() == [1, 1]  # Bob called, and had left by day 30
    assert found.features.column("minutes").to_pylist() == [3.0, 8.0]
    assert [(count.gone, count.bare) for count in found.moments] == [(0, 2), (1, 1)]


def test_of_events_the_features_say_who_is_there(mart, ask):
    by_calls = "SELECT customer_id, count(*) AS calls FROM calls GROUP BY 1"
    label = {"occurs": "calls", "within": "5 days", "where": "minutes > 5"}
    found = examples(mart, ask(moments=[10], of="calls", features=by_calls, label=label))
    assert dict(zip(found.entity.to_pylist(), found.label.to_pylist(), strict=True)) == {1: False, 2: True}


def test_a_moment_before_everybody_is_an_error(mart, ask):
    with pytest.raises(InputError, match=r"^models\.churn\.at\.1: nobody of customers is there with features at 2025"):
        examples(mart, ask(moments=[10, -5]))


def test_features_alone_can_be_asked_for_when_the_label_is_not_known(mart, ask, day_us):
    table = feature_table(mart, ask(), day_us(39))
    assert table.to_pydict()["customer_id"] == [1, 4]


def test_neither_parts_nor_their_number_change_the_examples(mart, ask, land, tmp_path):
    whole = pa.concat_tables([pq.read_table(part) for part in mart.parts["calls"]])
    joined = tmp_path / "joined.parquet"
    pq.write_table(whole, joined, row_group_size=2)
    other = replace(mart, parts={**mart.parts, "calls": [joined]})
    asked = ask(moments=[3, 12])
    assert examples(other, asked) == examples(mart, asked)


def test_a_question_is_read_from_a_model(mart, tmp_path):
    (tmp_path / "churn.sql").write_text("SELECT 1 -- é", encoding="utf-8")
    label = Label.model_validate({"leaves within": "30 days"})
    model = Model.model_construct(
        kind="classify", of="customers", entity=None, at=[], label=label, features="churn.sql", blueprint=Strict()
    )
    asked = question("churn", model, (1, 2), mart.contracts, tmp_path)
    assert asked.entity == "customer_id"
    assert (asked.features.text, asked.features.file) == ("SELECT 1 -- é", str(tmp_path / "churn.sql"))
    for features, told in {
        "chrn.sql": "there is no file 'chrn.sql'",
        "../churn.sql": "outside of the scenario's folder",
    }.items():
        with pytest.raises(InputError, match=f"models.churn.features: .*{told}"):
            question("churn", model.model_copy(update={"features": features}), (1,), mart.contracts, tmp_path)
    (tmp_path / "odd.sql").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        question("churn", model.model_copy(update={"features": "odd.sql"}), (1,), mart.contracts, tmp_path)
