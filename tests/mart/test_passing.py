"""A feature may be made from people's data, but may not be it."""

import pytest

from sandbox.errors import InputError
from sandbox.mart import Sql, check_features

HANDED_THROUGH = [
    "SELECT customer_id, email FROM customers",
    "SELECT customer_id, email AS contact FROM customers",
    "SELECT customer_id, Email AS contact FROM Customers AS C",
    "SELECT customer_id, lower(trim(email)) AS contact FROM customers",
    "SELECT customer_id, email::VARCHAR AS contact FROM customers",
    "SELECT customer_id, max(email) AS contact FROM customers GROUP BY ALL",
    "SELECT customer_id, any_value(email) AS contact FROM customers GROUP BY ALL",
    "SELECT customer_id, first(email ORDER BY valid_from) AS contact FROM customers GROUP BY ALL",
    "SELECT customer_id, arg_max(email, valid_from) AS contact FROM customers GROUP BY ALL",
    "SELECT customer_id, last_value(email) OVER (PARTITION BY customer_id) AS contact FROM customers",
    "SELECT customer_id, coalesce(nullif(email, ''), 'none') AS contact FROM customers",
    "SELECT customer_id, CASE WHEN fee > 10 THEN email ELSE plan END AS contact FROM customers",
    "SELECT customer_id, if(fee > 10, plan, email) AS contact FROM customers",
    "SELECT customer_id, list(email)[1] AS contact FROM customers GROUP BY ALL",
    "SELECT * FROM customers",
    "SELECT c.* EXCLUDE (plan) FROM customers AS c",
    "SELECT customer_id, (SELECT min(email) FROM customers) AS contact FROM calls",
    "SELECT customer_id, contact FROM (SELECT customer_id, email AS contact FROM customers)",
    "WITH a AS (FROM customers), b AS (SELECT customer_id, email AS m FROM a) SELECT customer_id, m AS contact FROM b",
    "WITH a(id, m) AS (SELECT customer_id, email FROM customers) SELECT id AS customer_id, m AS contact FROM a",
    "SELECT customer_id, plan FROM customers UNION ALL SELECT customer_id, email FROM customers",
    "SELECT customer_id, c.email FROM calls JOIN customers AS c USING (customer_id)",
]


@pytest.mark.parametrize("text", HANDED_THROUGH)
def test_personal_data_as_it_stands_is_no_feature(mart, text):
    with pytest.raises(InputError, match=r"is people's data \(customers\.email\) as it stands; derive what matters"):
        check_features(Sql(text), mart.contracts, "customer_id", "customers")


DERIVED = [
    "SELECT customer_id, length(email) AS n FROM customers",
    "SELECT customer_id, split_part(email, '@', 2) AS domain FROM customers",
    "SELECT customer_id, email LIKE '%.com' AS commercial FROM customers",
    "SELECT customer_id, count(DISTINCT email) AS email FROM customers GROUP BY ALL",
    "SELECT customer_id, plan FROM customers WHERE email IS NOT NULL",
    "SELECT * EXCLUDE (email) FROM customers",
    "WITH a AS (SELECT customer_id, length(email) AS email FROM customers) SELECT customer_id, email FROM a",
]


@pytest.mark.parametrize("text", DERIVED)
def test_what_is_made_from_personal_data_is_one(mart, text):
    assert check_features(Sql(text), mart.contracts, "customer_id", "customers").columns


def test_the_entity_itself_may_be_personal_data(mart):
    plan = check_features(Sql("SELECT email, plan FROM customers"), mart.contracts, "email", "customers")
    assert plan.secret
    assert list(plan.columns) == ["plan"]


@pytest.mark.parametrize("feature", ["c", "COLUMNS('^em')", "(c).email"])
def test_what_cannot_be_followed_is_refused(mart, feature):
    text = f"SELECT customer_id, {feature} FROM customers AS c"
    with pytest.raises(InputError, match=r"people's data"):
        check_features(Sql(text), mart.contracts, "customer_id", "customers")
