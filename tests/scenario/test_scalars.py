from __future__ import annotations

import datetime as dt

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.scenario.scalars import read_plain

WORDS = st.from_regex(r"[-+.0-9eExXobB_:aAfFnNtTzZ~=<]{1,14}", fullmatch=True) | st.sampled_from(
    ["yes", "No", "null", "Null", "true", "TRUE", "off", "2026-01-01", "2026-01-01 10:00:00", ".inf", "=", "1_0"]
)


@settings(max_examples=1000, deadline=None)
@given(WORDS)
def test_what_stands_without_a_fault_is_what_yaml_reads_too(word):
    """A word either means what PyYAML makes of it, or is refused; two kinds of number are read more widely."""
    try:
        node = yaml.compose(word, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return
    reading = read_plain(word)
    if reading.fault or not isinstance(node, yaml.ScalarNode) or node.value != word or node.style:
        return
    if node.tag.endswith((":value", ":merge")):
        return
    try:
        expected = yaml.safe_load(word)
    except ValueError:
        expected = word  # PyYAML fails on 2026-13-01
    wider = isinstance(reading.value, float | dt.datetime)
    assert reading.value == expected or (wider and isinstance(expected, str)), (word, reading, expected)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30) | WORDS)
@example(".E0")
@example("0B_")
@example("1\u0663")
@example("\u0663")
def test_any_word_is_read(word):
    reading = read_plain(word)
    assert reading.fault == "" or reading.fault.endswith(".")
