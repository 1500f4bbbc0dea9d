from __future__ import annotations

import itertools
import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.scenario.patterns import Pattern, PatternError, parse_pattern


def indexes(pattern: Pattern, count: int) -> np.ndarray:
    if pattern.index_count <= count:
        return np.arange(pattern.index_count, dtype=np.uint64)
    drawn = np.random.default_rng(7).integers(0, pattern.index_count - 1, count, dtype=np.uint64, endpoint=True)
    ends = [0, 1, pattern.index_count - 1]
    return np.unique(np.concatenate([drawn, np.array(ends, dtype=np.uint64)]))


@pytest.mark.parametrize(
    ("text", "capacity", "max_length"),
    [
        (r"[A-Z]{3}-\d{4}", 26**3 * 10**4, 8),
        (r"", 1, 0),
        (r"abc", 1, 3),
        (r"\d{1,3}", 1110, 3),
        (r"x(yes|no)?", 3, 4),
        (r"a?a?", 3, 2),
        (r"(a|aa){1,2}", 4, 4),
        (r"(ab|a)(c|bc)", 3, 4),
        (r"[ab]|[bc]", 3, 1),
        (r"(?:red|green|red)-[0-9a-f]", 32, 7),
        (r"^[^\x21-\x7e]$", 1, 1),
        (r"[а-я]{2}[😀-😃]", 32 * 32 * 4, 3),
        (r"\.\-\\[\]a-c-]", 5, 4),
        (r"(){1000}", 1, 0),
        (r"\w\s\D", 63 * 85, 3),
        (r"(0|1){64}", 2**64, 64),
        (r"(0|1){65}", 2**65, 65),
        (r"[a-z]{1,30}", sum(26**k for k in range(1, 31)), 30),
        (r"[A-Z]{14}|x", 26**14 + 1, 14),
        (r"[ab]{70}c?", 2**71, 71),
    ],
)
def test_strings_are_counted_exactly_and_all_differ(text, capacity, max_length):
    pattern = parse_pattern(text)
    assert pattern.capacity == capacity
    assert pattern.max_length == max_length
    made = pattern.strings(indexes(pattern, 5000)).to_pylist()
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(text, string) for string in made)
    if capacity <= 5000:
        assert len(made) == capacity


ATOMS = st.sampled_from(["a", "b", "[ab]", "[bc]", "c", ""])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "{2}", "{0,2}", "{1,2}"])).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(PATTERNS)
def test_every_string_that_matches_is_made_once(text):
    """Against all short strings over the alphabet, tried one by one with Python's own regular expressions."""
    pattern = parse_pattern(text)
    if pattern.max_length > 6 or pattern.capacity > 2000:
        return
    tried = ("".join(letters) for length in range(7) for letters in itertools.product("abc", repeat=length))
    expected = {string for string in tried if re.fullmatch(text, string)}
    made = pattern.strings(np.arange(pattern.capacity, dtype=np.uint64)).to_pylist()
    assert len(made) == len(expected)
    assert set(made) == expected


def test_rows_do_not_depend_on_each_other():
    pattern = parse_pattern(r"[A-Z]{2}\d{2,20}(-[a-zé]{3})?")
    index = indexes(pattern, 3000)
    whole = pattern.strings(index)
    assert whole.validate(full=True) is None
    assert whole.slice(1000, 500).to_pylist() == pattern.strings(index[1000:1500]).to_pylist()
    assert whole.slice(0, 1).to_pylist() == pattern.strings(index[:1]).to_pylist()
    assert pattern.strings(index[:0]).to_pylist() == []


def test_engine_1_spells_these():
    """What an index gives is part of what `engine: 1` promises: these may never change."""
    few = np.array([0, 12_345, 175_759_999], dtype=np.uint64)
    assert parse_pattern(r"[A-Z]{3}-\d{4}").strings(few).to_pylist() == ["AAA-0000", "AAB-2345", "ZZZ-9999"]
    many = np.array([0, 1, 2**63 - 1], dtype=np.uint64)
    assert parse_pattern(r"[a-z]{20}").strings(many).to_pylist() == [
        "fitetufaoksvggvjfftw",
        "fbczdxdxopbjpizpkgzh",
        "izsdmmznuacqsxxljpry",
    ]


def test_letters_that_no_index_decides_are_evenly_spread():
    pattern = parse_pattern("[a-j]{40}")
    drawn = np.random.default_rng(3).integers(0, 2**63, 20_000, dtype=np.uint64)
    made = "".join(pattern.strings(drawn).to_pylist()).encode()
    letters = np.frombuffer(made, dtype=np.uint8).reshape(-1, 40) - ord("a")
    for position in range(40):
        counts = np.bincount(letters[:, position], minlength=10)
        # Chi-squared with 9 degrees of freedom, at 1e-6 over 40 positions.
        assert ((counts - 2000) ** 2 / 2000).sum() < 50


def test_indexes_stay_below_the_capacity():
    with pytest.raises(ValueError, match="index 10 is not below the 10 strings"):
        parse_pattern(r"\d").strings(np.array([3, 10], dtype=np.uint64))


def test_unbounded_repetition_stops_where_the_caller_says():
    assert parse_pattern("a+b*", unbounded=2).capacity == 2 * 3
    assert parse_pattern("a{3,}", unbounded=2).capacity == 1


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("a+", "+ has no end; say how often at most, such as {1,8}.", 1),
        ("a*", "* has no end; say how often at most, such as {0,7}.", 1),
        ("ab{2,}", "{2,} has no end; say how often at most, such as {2,9}.", 2),
        (".{1000000000}", "repeats 1_000_000_000 times, must be at most 1_000.", 1),
        (".{99999999999999999999999999999}", "write {3}, {1,3}, or \\{ for a brace.", 1),
        ("(.{900}){900}", "makes strings of up to 810_000 characters, must be at most 1_000.", 0),
        ("((){1000}){1000}", "repeats too much within repetitions; make it simpler.", 0),
        ("(a|b){0,30}a(a|b){14}", "overlaps with itself too much", 0),
        ("(a", "this ( is never closed; write \\( for a bracket.", 0),
        ("a)", "this ) closes nothing; write \\) for a bracket.", 1),
        ("x[a", "this [ is never closed; write \\[ for a bracket.", 1),
        ("[^\\x20-\\x7e]", "this class leaves no character", 0),
        ("[z-a]", "a range goes from one character to a later one", 1),
        ("[[:alpha:]]", "write the letters out: [A-Za-z]", 1),
        ("\\bx", "\\b is refused in patterns from which strings are made.", 0),
        ("(a)\\1", "\\1 is refused", 3),
        ("(?=a)b", "groups that look around or have names are refused", 0),
        ("(?P<n>a)", "groups that look around or have names are refused", 0),
        ("a^b", "^ stands at the ends of a pattern only; write \\^ for the sign.", 1),
        ("*", "* repeats nothing; write \\* for the sign.", 0),
        ("a{3,2}", "at least 3 and at most 2 times cannot be; swap them.", 1),
        ("a{x}", "write {3}, {1,3}, or \\{ for a brace.", 1),
        ("a{2}{3}", "a second repetition needs brackets", 4),
        ("a\\", "\\ is refused", 1),
        ("\\x4", "this is no character", 0),
        ("(" * 30 + "a" + ")" * 30, "groups lie more than 24 deep.", 25),
        ("a" * 1001, "has 1_001 characters, must have at most 1_000.", 0),
    ],
)
def test_patterns_that_make_no_strings(text, message, offset):
    with pytest.raises(PatternError) as error:
        parse_pattern(text)
    assert message in str(error.value)
    assert error.value.offset == offset


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from(list("ab[]()-^$|?*+{}0129,.\\dwsDxu:é😀")), max_size=24))
def test_any_text_is_a_pattern_or_refused_soon(text):
    began = time.perf_counter()
    try:
        pattern = parse_pattern(text)
    except PatternError as refused:
        offset, told = refused.offset, str(refused)
    else:
        offset, told = 0, "fine."
        made = pattern.strings(indexes(pattern, 50)).to_pylist()
        assert len(set(made)) == len(made)
    assert 0 <= offset <= len(text)
    assert told.endswith((".", "?"))
    assert time.perf_counter() - began < 3
