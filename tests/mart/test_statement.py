"""What may stand as a feature SQL, and what is said of what may not."""

import pytest

from sandbox.errors import InputError
from sandbox.mart import Sql
from sandbox.mart.statement import parse_statement

REFUSED = {
    "": "1:1: there is no SELECT in it",
    "-- nothing": "1:1: there is no SELECT in it",
    "SELECT 1; SELECT 2": "1:1: there are 2 statements in it",
    "DROP TABLE customers": "1:1: must be one SELECT",
    "CREATE TABLE x AS SELECT 1": "1:1: must be one SELECT",
    "INSERT INTO calls VALUES (1)": "1:1: must be one SELECT",
    "COPY calls TO 'x.csv'": "1:1: must be one SELECT",
    "ATTACH 'x.db'": "1:1: must be one SELECT",
    "SET threads = 3": "1:1: must be one SELECT",
    "PRAGMA database_list": "must be one SELECT",
    "DESCRIBE customers": "1:1: must be one SELECT",
    "SUMMARIZE customers": "1:1: must be one SELECT",
    "SELECT *\nFROM customers WHERE": '2:16: syntax error at or near "WHERE".',
    "SELEC 1": '1:1: syntax error at or near "SELEC".',
    "SELECT 1 FROM custmers": "1:15: there is no dataset 'custmers'. Did you mean 'customers'?",
    "SELECT 1 FROM main.customers": "1:15: 'main.customers': name a dataset alone",
    "SELECT 1 FROM information_schema.tables": "name a dataset alone",
    "SELECT 1 FROM 'x.parquet'": "there is no dataset 'x.parquet'.",
    "SELECT 1 FROM read_parquet('x')": "1:15: read_parquet() may not be read from",
    "SELECT 1 FROM glob('*')": "glob() may not be read from",
    "SELECT 1 FROM query('SELECT 1')": "query() may not be read from",
    "SELECT 1 FROM duckdb_settings()": "duckdb_settings() may not be read from",
    "SELECT 1 FROM customers, range(random()::INT)": "random() does not give the same each time",
    "SELECT random()": "1:8: random() does not give the same each time",
    "SELECT uuid()": "uuid() does not give the same",
    "SELECT now()": "1:8: now() reads the wall clock; use $cut",
    "SELECT CURRENT_DATE": "1:8: current_date reads the wall clock; use $cut",
    "SELECT get_current_timestamp()": "reads the wall clock",
    "SELECT current_localtimestamp()": "reads the wall clock",
    "SELECT age(valid_from) FROM customers": "1:8: age() reads the wall clock",
    "SELECT ago('1 day'::INTERVAL)": "reads the wall clock",
    "SELECT getvariable('x')": "getvariable() does not give the same",
    "SELECT current_setting('threads')": "current_setting() does not give the same",
    "SELECT current_user": "current_user does not give the same",
    "SELECT error(email) FROM customers": "error() does not give the same",
    "SELECT nextval('x')": "nextval() does not give the same",
    "SELECT reservoir_quantile(minutes, 0.5) FROM calls": "reservoir_quantile() does not give the same",
    "SELECT list_transform([1], lambda x: x + random())": "random() does not give the same",
    "SELECT 1 FROM calls ORDER BY random()": "random() does not give the same",
    "SELECT rank() OVER (ORDER BY random()) FROM calls": "random() does not give the same",
    "SELECT 1 FROM calls TABLESAMPLE 10%": "takes a random sample",
    "SELECT 1 FROM calls USING SAMPLE 3": "takes a random sample",
    "SELECT repeat('x', 2000000000)": "1:8: repeat() can make a value that no limit holds. Take it out.",
    "SELECT range(1000000000)": "range() can make a value that no limit holds. Write `FROM range(…)`.",
    "SELECT $moment": "1:8: unknown parameter '$moment'; there is one, $cut, the moment.",
    "SELECT ?": "unknown parameter",
    "SELECT 'é', random()": "1:13: random()",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_may_not_stand_is_told_with_its_place(mart, text):
    with pytest.raises(InputError) as caught:
        parse_statement(Sql(text, "f.sql"), mart.contracts)
    told = str(caught.value)
    assert told.startswith("f.sql:")
    assert REFUSED[text] in told


def test_all_that_is_wrong_is_told_at_once(mart):
    with pytest.raises(InputError) as caught:
        parse_statement(Sql("SELECT random(), now(), $x\nFROM call", "f.sql"), mart.contracts)
    assert [str(problem).split(": ")[0] for problem in caught.value.problems] == [
        "f.sql:1:8",
        "f.sql:1:18",
        "f.sql:1:25",
        "f.sql:2:6",
    ]


STANDS = {
    "SELECT customer_id, minutes FROM calls": {"calls": ("customer_id", "minutes")},
    "FROM calls SELECT max(minutes)": {"calls": ("minutes",)},
    "SELECT count(*) FROM calls": {"calls": ()},
    'SELECT "Minutes" FROM CALLS': {"calls": ("minutes",)},
    "SELECT * FROM prices": {"prices": ("plan", "price")},
    "SELECT p FROM prices p": {"prices": ("plan", "price")},
    "SELECT #1 FROM prices": {"prices": ("plan", "price")},
    "SELECT a FROM prices AS p(a, b)": {"prices": ("plan", "price")},
    "SELECT COLUMNS('pr.*') FROM prices": {"prices": ("plan", "price")},
    "SELECT 1 FROM prices NATURAL JOIN prices AS q": {"prices": ("plan", "price")},
    "SELECT fee FROM customers JOIN prices USING (plan)": {"customers": ("plan", "fee"), "prices": ("plan",)},
    "WITH c AS (SELECT topic AS t FROM calls) SELECT t FROM c": {"calls": ("topic",)},
    "WITH calls AS (SELECT 1 AS x) SELECT x FROM calls": {"calls": ()},
    "SELECT (SELECT max(price) FROM prices) FROM calls": {"calls": (), "prices": ("price",)},
    "SELECT 1 FROM range(3)": {},
    "SELECT age($cut, valid_from) FROM customers": {"customers": ("valid_from",)},
    "SELECT minutes FROM calls; -- the end": {"calls": ("minutes",)},
}


@pytest.mark.parametrize("text", STANDS)
def test_what_stands_reads_no_column_too_few(mart, text):
    statement = parse_statement(Sql(text), mart.contracts)
    assert {name: statement.columns(mart.contracts[name]) for name in statement.datasets} == STANDS[text]


def test_a_column_may_have_the_name_of_a_clock(mart):
    from sandbox.contract.model import Column, Contract

    contracts = {"logins": Contract("logins", (Column("current_user"),), static=True)}
    assert parse_statement(Sql("SELECT current_user FROM logins"), contracts).datasets == ("logins",)
