"""Patterns of other formats mean the same in a contract, and go back as they came."""

from __future__ import annotations

import re

import pytest

from sandbox.contract.imports.patterns import anywhere, whole_text

TEXTS = ("", "a", "b", "ab", "ba", "abc", "xax", "x(a", "|", "a|b", "]")


@pytest.mark.parametrize(
    "pattern", ["a", "^a", "a$", "^a$", "^a|b$", "^(?:a|b)$", "^(a)|(b)$", "[|]", r"\|", "[]|]", "x[(]a", r"a\$"]
)
def test_the_whole_text_matches_where_the_pattern_is_found(pattern: str) -> None:
    whole, _ = whole_text(pattern)
    for text in TEXTS:
        assert (re.fullmatch(whole, text) is not None) == (re.search(pattern, text) is not None), text
    assert whole_text(anywhere(whole))[0] == whole


@pytest.mark.parametrize(
    "pattern",
    [
        "a",
        "a|b",
        "^a$",
        "(?:a)",
        "(?s:.*)",
        "(?s:.*)a",
        "(?s:.*)(?:a)",
        "(?:a)(?s:.*)",
        "(?s:.*)(?s:.*)",
        "",
        "$",
        r"\$",
    ],
)
def test_a_pattern_of_the_whole_text_goes_there_and_back(pattern: str) -> None:
    assert whole_text(anywhere(pattern))[0] == pattern


def test_a_pattern_goes_out_as_others_write_it() -> None:
    assert anywhere(whole_text("abc")[0]) == "abc"
    assert anywhere(whole_text("^abc")[0]) == "^(?:abc)"
    assert anywhere("[A-Z]{3}") == "^(?:[A-Z]{3})$"
