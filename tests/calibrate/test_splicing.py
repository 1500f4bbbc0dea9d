"""Other values in the place of values, whatever the layout, and a comment above each line that changes."""

from __future__ import annotations

import pytest
import yaml

from sandbox.calibrate.fitted import Fitted
from sandbox.calibrate.splicing import splice
from sandbox.scenario.places import parse

TEXT = """\
a: 1  # one
b: {c: 2, d: [1, 2]}
e:
  # of f
  f: x

  g: &there {h: 3}
i: *there
"""


def spliced(text, *fits):
    return splice(parse(text, "a.yaml"), [Fitted(path, new, "seen", **more) for path, new, more in fits])


@pytest.mark.parametrize(
    ("path", "new", "key", "expected"),
    [
        (("a",), 5, None, "# calibrated: a from 1 to 5; seen\na: 5  # one\n"),
        (("b", "c"), {"x": "no"}, None, '# calibrated: c from 2 to {x: "no"}; seen\nb: {c: {x: "no"}, d: [1, 2]}\n'),
        (("b", "d"), 7, "e", "# calibrated: d → e from [1, 2] to 7; seen\nb: {c: 2, e: 7}\n"),
        (("b", "new"), 7, None, "# calibrated: new from nothing to 7; seen\nb: {c: 2, d: [1, 2], new: 7}\n"),
        (("e", "f"), 7, None, "  # of f\n  # calibrated: f from x to 7; seen\n  f: 7\n"),
        (("e", "new"), 7, None, "  g: &there {h: 3}\n  # calibrated: new from nothing to 7; seen\n  new: 7\ni: *there"),
        (("new",), 7, None, "i: *there\n# calibrated: new from nothing to 7; seen\nnew: 7\n"),
    ],
)
def test_in_place(path, new, key, expected):
    text, done, left = spliced(TEXT, (path, new, {"key": key}))
    assert expected in text
    assert len(done) == 1
    assert not left
    untouched = [line for line in TEXT.splitlines() if line not in text]
    assert len(untouched) <= 1
    value = yaml.safe_load(text)
    for step in (*path[:-1], key or path[-1]):
        value = value[step]
    assert value == new


def test_all_at_once_with_several_on_a_line():
    text, _, _ = spliced(TEXT, (("b", "c"), 3, {}), (("b", "d"), 4, {}), (("b", "e"), 5, {}), (("b", "f"), 6, {}))
    assert yaml.safe_load(text)["b"] == {"c": 3, "d": 4, "e": 5, "f": 6}
    assert text.count("# calibrated: ") == 4


def test_what_is_long_is_broken_into_lines_and_read_as_the_same():
    new = {"edges": [at / 7 for at in range(60)], "weights": {f"word {at}": at for at in range(60)}}
    text, _, _ = spliced(TEXT, (("e", "f"), new, {}))
    assert yaml.safe_load(text)["e"]["f"] == new
    assert max(map(len, text.splitlines())) <= 120


def test_a_comment_of_before_gives_way():
    once, _, _ = spliced(TEXT, (("e", "f"), "y", {"interval": "a very long interval " * 12}))
    twice, _, _ = spliced(once, (("e", "f"), "z", {}))
    assert twice.count("calibrated") == 1
    assert "interval" not in twice
    assert "  # of f\n" in twice


def test_what_an_alias_repeats_is_left():
    text, done, left = spliced(TEXT, (("i", "h"), 4, {}), (("nowhere", "at", "all"), 4, {}))
    assert text == TEXT
    assert not done
    assert left == [
        "i.h: stands behind an alias, and would change in several places.",
        "nowhere.at.all: there is nothing to add it to.",
    ]
