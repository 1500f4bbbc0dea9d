"""Names, patterns and YAML of drafted scenarios."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.init.yaml_text import WIDTH, flow, wrapped
from sandbox.scenario.places import parse
from sandbox.scenario.proposing import patterns
from sandbox.scenario.proposing.words import RESERVED, bearable, singular, snake, sql_name, words_of

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=30)
SCALARS = st.one_of(
    TEXTS,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.dates(),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


def read(text: str) -> Any:
    document = parse(text, "f.yaml")
    assert not document.problems
    return document.value()


@given(VALUES)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert read(f"key: {flow(value)}\n")["key"] == value


@given(st.dictionaries(st.sampled_from(["choice", "type", "about"]), VALUES, min_size=1))
def test_long_values_are_wrapped_and_mean_the_same(value: Any) -> None:
    lines = wrapped("column", value, 6)
    assert read("x:\n" + "\n".join(lines))["x"] == {"column": value}


def test_lists_are_broken_into_lines() -> None:
    lines = wrapped("column", {"choice": [f"value {number}" for number in range(60)]}, 6)
    assert len(lines) > 5
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize("word", ["NO", "1e3", "12:30", "0123", "null", "~", "2026-01-01", "*x", "a: b", "# no", " x "])
def test_words_that_yaml_takes_otherwise_are_quoted(word: str) -> None:
    assert read(f"key: {flow(word)}")["key"] == word


def test_moments_and_numbers() -> None:
    assert (
        flow([datetime.datetime(2026, 1, 2, 3), 1e-7, 2.0, math.pi])
        == "[2026-01-02 03:00:00, 1.0e-07, 2.0, 3.141592653589793]"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("userId", ("user", "id")),
        ("USER_ID", ("user", "id")),
        ("userid", ("user", "id")),
        ("ordertime", ("order", "time")),
        ("HTTPStatus", ("http", "status")),
        ("lifetime", ("lifetime",)),
        ("paid", ("paid",)),
    ],
)
def test_names_are_taken_apart(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


def test_names_become_bearable() -> None:
    assert [bearable(name) for name in ("a", "_logtime", "zip-code", "2nd", "größe", "---")] == [
        "a", "logtime", "zip_code", "c_2nd", "gr_e", "c_",
    ]  # fmt: skip
    assert bearable("a-b", {"a_b"}) == "a_b_2"
    assert len(bearable("x" * 100)) == 63
    assert (snake("ShoeClickStream"), singular("categories"), singular("addresses")) == (
        "shoe_click_stream",
        "category",
        "address",
    )


@pytest.mark.parametrize(
    ("pattern", "most", "made"),
    [
        ("[A-Z]{3}", None, "[A-Z]{3}"),
        ("[A-Z]+", None, "[A-Z]{1,8}"),
        ("[A-Z]+", 2, "[A-Z]{1,2}"),
        ("a*b{2,}", None, "a{0,8}b{2,8}"),
        ("[*+]x", None, "[*+]x"),
        (r"\d+\.", 2, r"\d{1,1}\."),
        ("[a-z]{9}", 5, None),
        ("(?=x)y", None, None),
    ],
)
def test_patterns_get_an_end(pattern: str, most: int | None, made: str | None) -> None:
    assert patterns.makeable(pattern, most) == made


def test_words_of_sql_are_those_that_duckdb_keeps_for_itself():
    import duckdb

    kept = duckdb.sql("select keyword_name from duckdb_keywords() where keyword_category = 'reserved'").fetchall()
    assert {word for (word,) in kept} <= RESERVED
    assert sql_name("Order") == '"Order"'
    assert sql_name("order_id") == "order_id"
