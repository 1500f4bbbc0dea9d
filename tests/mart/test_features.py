"""Features: one row an entity, the same each time, and errors that say where and what instead."""

from dataclasses import replace
from itertools import pairwise

import pyarrow as pa
import pytest

from sandbox.errors import InputError, Place
from sandbox.mart import Sql, check_features, feature_rows


def plan_of(mart, text, entity="customer_id"):
    return check_features(Sql(text, "f.sql"), mart.contracts, entity, "customers")


def features_of(mart, moment_us, text):
    plan = plan_of(mart, text)
    with mart.at(moment_us, plan.reads) as cut:
        return feature_rows(cut, plan)


def test_features_come_by_entity_whatever_order_the_sql_gives(mart, day_us):
    text = "SELECT minutes, customer_id FROM calls WHERE called_at < $cut - INTERVAL 1 DAY ORDER BY minutes DESC"
    table = features_of(mart, day_us(8), text)
    assert table.to_pydict() == {"customer_id": [1, 2], "minutes": [3.0, 10.0]}


def test_the_plan_tells_types_and_what_is_read(mart):
    plan = plan_of(mart, "SELECT customer_id, sum(fee) AS fee, count(*) AS versions FROM customers GROUP BY ALL")
    assert plan.columns == {"fee": "DECIMAL(38,2)", "versions": "BIGINT"}
    assert plan.reads == {"customers": ("customer_id", "fee")}


def test_decimals_enums_and_moments_come_in_types_that_models_read(mart, day_us):
    text = """SELECT customer_id, fee, plan::ENUM('basic', 'plus', 'max') AS plan, sum(customer_id) AS whole,
        valid_from AS since, $cut AS cut FROM customers GROUP BY ALL"""
    tokyo = replace(mart, zone="Asia/Tokyo")
    types = {field.name: field.type for field in features_of(tokyo, day_us(4), text).schema}
    moment = pa.timestamp("us", "UTC")
    assert types == {
        "customer_id": pa.int64(),
        "fee": pa.float64(),
        "plan": pa.string(),
        "whole": pa.float64(),
        "since": moment,
        "cut": moment,
    }


def test_the_parameter_is_the_moment(mart, day, day_us):
    table = features_of(mart, day_us(10), "SELECT customer_id, $cut AS cut FROM customers WHERE valid_to IS NULL")
    assert table.column("cut").to_pylist() == [day(10), day(10)]


def test_the_sum_of_floats_is_the_same_to_the_last_bit(land, mart, day, day_us):
    calls = [(number % 7, day(1), None, 0.1 * number + 1e9) for number in range(20000)]
    cuts = [0, 3000, 9000, 20000]
    parts = [
        land(mart.contracts["calls"], calls[start:stop], [1] * (stop - start), part)
        for part, (start, stop) in enumerate(pairwise(cuts))
    ]
    many = replace(mart, parts={"calls": parts})
    made = "sum(minutes) AS a, avg(minutes) AS b, first(minutes) AS c, list(minutes) AS d"
    text = f"SELECT customer_id, {made} FROM calls GROUP BY 1"
    first, *others = (features_of(many, day_us(2), text) for _ in range(4))
    assert all(other.equals(first) for other in others)


REFUSED = {
    "SELECT customer_id FROM customers": "f.sql:1:1: gives no feature beside 'customer_id'.",
    "SELECT customer_id, plan, plan FROM customers": "two columns are called 'plan'; give each a name of its own.",
    "SELECT customer_id AS custmer_id, plan FROM customers": (
        "does not give the entity's column 'customer_id'. Did you mean 'custmer_id'? Known: custmer_id, plan."
    ),
    "SELECT customer_id,\n  minuts\nFROM calls": (
        """f.sql:2:3: referenced column "minuts" not found in FROM clause. Did you mean 'minutes'? """
        "Known: called_at, customer_id, minutes, topic."
    ),
    "SELECT customer_id, c.minuts FROM calls c": (
        """f.sql:1:21: table "c" does not have a column named "minuts". Did you mean 'minutes'? """
    ),
    "SELECT customer_id, lenth(plan) AS n FROM customers": (
        "f.sql:1:21: scalar Function with name lenth does not exist. Did you mean 'len"
    ),
    "SELECT customer_id, sum(plan) AS s FROM customers GROUP BY 1": (
        "f.sql:1:21: no function matches the given name and argument types 'sum(VARCHAR)'. You might need"
    ),
    "SELECT customer_id, count(*) AS n FROM customers": 'column "customer_id" must appear in the GROUP BY clause',
    "SELECT customer_id, 'é' || plan AS p, nix FROM customers": "f.sql:1:39: referenced column",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_bind_is_told_in_one_line(mart, text):
    with pytest.raises(InputError) as caught:
        plan_of(mart, text)
    (problem,) = caught.value.problems
    assert REFUSED[text] in str(problem)
    assert "\n" not in str(problem)


def test_sql_inside_of_a_scenario_is_placed_there(mart):
    inside = Sql("SELECT nix", placed=lambda offset: Place("shop.yaml", 40, 10 + offset))
    with pytest.raises(InputError, match=r"^shop\.yaml:40:17: referenced column"):
        check_features(inside, mart.contracts, "customer_id", "customers")


def test_an_entity_with_two_rows_is_told_by_name(mart, day_us):
    with pytest.raises(InputError, match=r"1 of customer_id have more than one row \(such as 2\); give one row each"):
        features_of(mart, day_us(15), "SELECT customer_id, plan FROM customers")


def test_entities_that_are_personal_data_are_not_shown(mart, day_us):
    plan = plan_of(mart, "SELECT email, plan FROM customers", entity="email")
    with mart.at(day_us(15), plan.reads) as cut, pytest.raises(InputError) as caught:
        feature_rows(cut, plan)
    assert "such as •••" in str(caught.value)


def test_rows_without_an_entity_are_an_error(mart, day_us):
    text = "SELECT nullif(customer_id, 1) AS customer_id, plan FROM customers WHERE valid_to IS NULL"
    with pytest.raises(InputError, match="1 rows have no customer_id; add `WHERE customer_id IS NOT NULL`"):
        features_of(mart, day_us(10), text)


def test_a_value_that_fails_is_placed_and_not_shown(mart, day_us):
    text = "SELECT customer_id,\n  plan::INT AS plan\nFROM customers"
    with pytest.raises(InputError, match=r"^f\.sql:2:7: could not convert string ••• to INT32") as caught:
        features_of(mart, day_us(10), text)
    assert "basic" not in str(caught.value)


def test_no_rows_are_no_error(mart, day_us):
    assert features_of(mart, day_us(10), "SELECT customer_id, plan FROM customers WHERE false").num_rows == 0
