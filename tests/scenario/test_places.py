from __future__ import annotations

import datetime as dt
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.errors import InputError, Place, Problem
from sandbox.scenario import places

GOOD = """\
sandbox: 1
name: telecom
seed: 42
clock: {start: 2026-01-01, days: 60, zone: Europe/London}
datasets:
  customers:
    rows: 5_000            # a comment that stays
    history: true
    columns:
      plan: {choice: {basic: 0.5, "NO": .5}}
      email: {sql: "lower(name) || '@example.com'"}
      note: >
        two lines
        of text
done:
  - churn.balanced_accuracy >= 0.70
  - &gate experiment.lift > 0
more: [*gate, null, -3, 1.0e3, 'it''s']
"""


def problems_of(text: str) -> list[str]:
    try:
        return [str(problem) for problem in places.parse(text, "s.yaml").problems]
    except InputError as error:
        return [str(problem) for problem in error.problems]


def test_values_are_plain_python():
    value = places.parse(GOOD, "s.yaml").value()
    assert value["clock"] == {"start": dt.date(2026, 1, 1), "days": 60, "zone": "Europe/London"}
    assert value["datasets"]["customers"]["rows"] == 5000
    assert value["datasets"]["customers"]["history"] is True
    assert value["datasets"]["customers"]["columns"]["plan"] == {"choice": {"basic": 0.5, "NO": 0.5}}
    assert value["datasets"]["customers"]["columns"]["note"] == "two lines of text\n"
    assert value["more"] == ["experiment.lift > 0", None, -3, 1000.0, "it's"]
    assert places.parse(GOOD, "s.yaml").problems == ()


def test_every_value_and_key_knows_its_place():
    document = places.parse(GOOD, "s.yaml")
    assert document.place(("datasets", "customers", "rows")) == Place("s.yaml", 7, 11)
    assert document.key_place(("datasets", "customers", "rows")) == Place("s.yaml", 7, 5)
    assert document.place(("clock", "days")) == Place("s.yaml", 4, 34)
    assert document.place(("done", 1)) == Place("s.yaml", 17, 5)
    assert document.place(("datasets", "nothing", "here")) == document.place(("datasets",))
    assert document.key_place(("datasets", "customers", "nothing")) == document.place(("datasets", "customers"))


def test_places_reach_inside_of_text_on_one_line():
    document = places.parse("a: 'x + y'\nb: x + y\nc: \"x\\ty\"\nd: |\n  x + y\n", "s.yaml")
    assert document.place_inside(("a",), 4) == Place("s.yaml", 1, 9)
    assert document.place_inside(("b",), 4) == Place("s.yaml", 2, 8)
    assert document.place_inside(("c",), 2) == Place("s.yaml", 3, 4)
    assert document.place_inside(("d",), 4) == Place("s.yaml", 4, 4)


def test_rewriting_leaves_every_other_character():
    document = places.parse(GOOD, "s.yaml")
    columns = ("datasets", "customers", "columns")
    changed = document.spliced(
        {("datasets", "customers", "rows"): "10", (*columns, "plan"): "{constant: max}", (*columns, "note"): "short"}
    )
    text = changed["s.yaml"]
    assert "    rows: 10            # a comment that stays\n" in text
    value = places.parse(text, "s.yaml").value()
    assert value["datasets"]["customers"]["columns"]["plan"] == {"constant": "max"}
    assert value["datasets"]["customers"]["columns"]["note"] == "short"
    assert value["done"] == document.value()["done"]


def test_a_block_ends_before_the_comments_behind_it():
    text = "a:\n  b: 1\n  # of b\n\n# of c\nc: 2\n"
    assert places.parse(text, "s.yaml").spliced({("a",): "{}"})["s.yaml"] == "a:\n  {}\n  # of b\n\n# of c\nc: 2\n"


def test_what_an_alias_repeats_is_not_rewritten():
    with pytest.raises(InputError, match=r"more\.0: is repeated by an alias"):
        places.parse(GOOD, "s.yaml").spliced({("more", 0): "x"})


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("NO", 'NO is read as false by YAML; write false, or "NO" for the text'),
        ("yes", 'yes is read as true by YAML; write true, or "yes" for the text'),
        ("True", 'True is read as true by YAML; write true, or "True" for the text'),
        ("~", '~ is read as null by YAML; write null, or "~" for the text'),
        ("NULL", 'NULL is read as null by YAML; write null, or "NULL" for the text'),
        ("", 'has no value; write null for nothing or "" for empty text'),
        ("12:30", '12:30 is read as a number to base 60 by YAML; write "12:30"'),
        ("08:30", '08:30 is read as a number to base 60 by YAML; write "08:30"'),
        ("1e3", "write 1000 or 1.0e3 for the number, or"),
        ("1e-3", "write 1.0e-3 for the number, or"),
        ("1e999", "is larger than any number here"),
        ("010", '010 is to base 8 for some; write 10 for the number or "010" for the text'),
        ("00501", 'write 501 for the number or "00501" for the text'),
        ("0o17", 'write 15 for the number or "0o17" for the text'),
        ("0x1F", 'write 31 for the number or "0x1F" for the text'),
        ("1__0", 'write 10 for the number or "1__0" for the text'),
        (".inf", ".inf is not a finite number"),
        ("-.NaN", "-.NaN is not a finite number"),
        ("1.0e999", "is larger than any number here"),
        ("99999999999999999999", "a whole number needs at most 64 bits here"),
        ("9" * 5000, "a number of 5000 characters is too long"),
        ("2026-02-30", "2026-02-30 is not a date of the calendar"),
        ("!!python/object/apply:os.system [ls]", "tags such as tag:yaml.org,2002:python/object/apply:os"),
        ("!text x", "tags such as !text are not part of a scenario"),
    ],
)
def test_silent_readings_are_refused_with_a_mend(word, message):
    (problem,) = problems_of(f"b: 1\na: {word}")
    assert problem.startswith("s.yaml:2:")
    assert ": a: " in problem
    assert message in problem


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("y", "y"), ("no thanks", "no thanks"), ("10:75", "10:75"), ("1.2.3", "1.2.3"), ("_1", "_1"), ("=", "="),
        (".5", 0.5), ("5.", 5.0), ("-1_000.5", -1000.5), ("1.5E-3", 0.0015), ("+7", 7), ("-0", 0), ("0", 0),
        ("18446744073709551615", 2**64 - 1), ("inf", "inf"), ("nan", "nan"), ("60 days", "60 days"),
        ("2026-01-01 12:30", dt.datetime(2026, 1, 1, 12, 30)), ("2026-1-1", "2026-1-1"), ("null", None),
        ("2026-01-01T12:30:15.25Z", dt.datetime(2026, 1, 1, 12, 30, 15, 250000, dt.UTC)), ("a#b", "a#b"),
    ],
)  # fmt: skip
def test_plain_words_mean_what_they_look_like(word, value):
    document = places.parse(f"a: {word}", "s.yaml")
    assert document.problems == ()
    assert document.value()["a"] == value
    assert type(document.value()["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "s.yaml:3:1: a: duplicate key; it stands already at s.yaml:1:1"),
        ("a: {b: 1,\n  b: 2}", "s.yaml:2:3: a.b: duplicate key; it stands already at s.yaml:1:5"),
        ("a: 1\n\tb: 2", "s.yaml:2:1: a tab indents this line; indent with spaces"),
        ("a:\n\t- 1", "s.yaml:2:1: a tab indents this line; indent with spaces"),
        ("a: 'x", "s.yaml:1:4: the quote that opens here is never closed"),
        ('a: "C:\\data"', "s.yaml:1:7: unknown escape in double quotes; use 'single quotes'"),
        ("a: {b: ${X}/c}", "s.yaml:1:9: the map { that opens at s.yaml:1:4 lacks a comma or its end here"),
        ("a: [1, 2", "s.yaml:2:1: the list [ that opens at s.yaml:1:4 lacks a comma or its end here"),
        ("a: x: y", "s.yaml:1:5: a second ': ' in one line"),
        ("a: @x", "s.yaml:1:4: a value cannot start with @; put it in quotes"),
        ("a: {rows:5}", "Did you mean 'rows: 5', with a space?"),
        ("a: {{ x }}", "s.yaml:1:5: a: a key must be a word; put text that holds {, [ or * in quotes"),
        ("? [a]\n: b", "s.yaml:1:3: a key must be a word"),
        ("1: x", 's.yaml:1:1: the key 1 is not text to YAML; write "1": with quotes'),
        ("off: x", 's.yaml:1:1: the key off is not text to YAML; write "off": with quotes'),
        ("<<: {a: 1}", "s.yaml:1:1: merge keys (<<) are not part of a scenario"),
        ("a: 1\n---\nb: 2", "s.yaml:2:1: a second document starts here"),
        ("a: *zz", "s.yaml:1:4: a: unknown alias *zz"),
        ("a: &x [*x]", "s.yaml:1:8: a.0: the alias *x stands inside of what it repeats"),
        ("a: \x07", "s.yaml:1:4: character U+0007 may not stand here"),
        ("a: x\u2028b: y", "s.yaml:1:5: character U+2028 may not stand here"),
        ('a: "x\\0y"', "s.yaml:1:4: a: the character NUL may not stand in a text"),
        ("", "s.yaml:1:1: the file is empty"),
        ("# nothing", "s.yaml:1:1: the file is empty"),
        ("- a", "s.yaml:1:1: a scenario is made of 'key: value' lines"),
        ("rows:5", "s.yaml:1:1: a scenario is made of 'key: value' lines"),
        ("a: " + "[" * 70 + "]" * 70, "nested more than 64 deep"),
        ("a: " + "x" * 100_001, "a text of 100_001 characters is longer than 100_000"),
    ],
)
def test_what_is_no_scenario_is_told_with_its_place(text, message):
    found = problems_of(text)
    assert any(message in problem for problem in found), found


def test_all_problems_come_at_once():
    assert len(problems_of("a: NO\nb: 1e3\nb: 2\nc: !x y\nd: [~, 010]\ne: 'x")) == 6 + 1


def test_bombs_end_quickly():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 12):
        bomb += f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 9) + "]\n"
    deep = "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*{'a' if i == 0 else f'b{i - 1}'}]\n" for i in range(80))
    began = time.perf_counter()
    assert any("more than 200_000 values, aliases counted" in problem for problem in problems_of(bomb))
    assert any("nested more than 64 deep, aliases counted" in problem for problem in problems_of(deep))
    assert problems_of("[" * 1_000_000)
    assert problems_of("a: " + "{a: " * 1_000_000)
    assert time.perf_counter() - began < 5


def test_reading_files(tmp_path):
    good = tmp_path / "shop.yaml"
    good.write_bytes(b"\xef\xbb\xbfname: caf\xc3\xa9\r\nrows: 5\r\n")
    document = places.read(good)
    assert document.value() == {"name": "café", "rows": 5}
    assert document.place(("rows",)) == Place(str(good), 2, 7)
    with pytest.raises(InputError, match=r"no such file\. Did you mean 'shop\.yaml'\?"):
        places.read(tmp_path / "shpo.yaml")
    with pytest.raises(InputError, match="not a file"):
        places.read(tmp_path)
    with pytest.raises(InputError, match="not a file"):
        places.read("a\x00b")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"name: caf\xe9\n", ":1:10: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("name: x".encode("utf-16"), ":1:1: is UTF-16; save it as UTF-8"),
        (b"a: 1\n" * 2_000_000, "larger than 8 MiB"),
    ],
)
def test_files_that_are_not_utf8_or_too_large(tmp_path, raw, message):
    file = tmp_path / "s.yaml"
    file.write_bytes(raw)
    with pytest.raises(InputError) as error:
        places.read(file)
    assert message in str(error.value)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_files_are_read_or_refused(data):
    text = GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        new = data.draw(st.text(st.characters(), max_size=4) | st.sampled_from(list(" \t\n:-{}[]&*!|>'\"%@`#?,~0")))
        text = text[:start] + new + text[end:]
    try:
        document = places.parse(text, "s.yaml")
        assert isinstance(document.value(), dict)
        found = document.problems
    except InputError as refused:
        found = refused.problems or (Problem("an error without a problem"),)
    for problem in found:
        assert problem.place is not None
        assert 1 <= problem.place.line <= text.count("\n") + 2
        assert "\n" not in str(problem)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: "e" not in repr(number))
    | st.text(st.characters(exclude_characters="\ufeff\ufffe\uffff", exclude_categories=["Cs", "Cc", "Zl", "Zp"]))
)
KEYS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


@settings(max_examples=200, deadline=None)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)))
def test_json_is_read_back(value):
    document = places.parse(json.dumps({"value": value}, ensure_ascii=False), "s.yaml")
    assert document.problems == ()
    assert document.value() == {"value": value}
