"""What CI servers are told: parsed here as they parse it."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from sandbox.cli.machines import Case, junit, workflow_commands
from sandbox.errors import Place

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    level, properties, said = COMMAND.fullmatch(line).groups()
    pairs = (pair.split("=", 1) for pair in properties.split(","))
    return level, {key: unquote(value) for key, value in pairs}, unquote(said)


def suite_of(text: str) -> ElementTree.Element:
    """The one suite; its counts and its cases agree with JUnit's usual shape."""
    top = ElementTree.fromstring(text)
    assert top.tag == "testsuites"
    [suite] = top
    cases = suite.findall("testcase")
    assert len(cases) == len(suite) == int(suite.get("tests"))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(key)) == len(suite.findall(f"testcase/{tag}")) == int(top.get(key))
    assert all(case.get("name") and case.get("classname") and len(case) <= 1 for case in cases)
    return suite


def test_problems_are_annotations_at_their_place(command, club):
    path = club(("rows: 600", "rows: many"))
    said = command("check", path, "--format", "github")
    assert (said.code, said.err) == (2, "")
    level, properties, message = parsed(said.out.strip())
    line = path.read_text().splitlines().index("    rows: many") + 1
    assert level == "error"
    assert properties == {"file": str(path), "line": str(line), "col": "11", "title": "datasets.members.rows"}
    assert message == "datasets.members.rows: got 'many', must be a whole number."


def test_problems_are_failures_of_a_suite(command, club):
    said = command("run", club(("rows: 600", "rows: many"), ("days: 60", "days: -1")), "--format=junit")
    suite = suite_of(said.out)
    assert said.code == 2
    assert [case.get("name") for case in suite] == ["clock.days", "datasets.members.rows"]
    assert suite.get("failures") == "2"
    assert "must be a whole number" in suite[1][0].get("message")
    assert int(suite[1].get("line")) > int(suite[0].get("line")) > 1


def test_what_is_wrong_with_an_option_stands_in_no_file(command, club):
    said = command("check", club(), "--set", "clock.zone=X", "--format", "github")
    _, properties, message = parsed(said.out.strip())
    assert properties == {"title": "clock.zone"}
    assert "unknown time zone" in message


def test_nothing_wrong_is_no_annotation_and_a_suite_that_passes(command, club):
    assert command("check", club(), "--format", "github").out == ""
    suite = suite_of(command("check", club(), "--format", "junit").out)
    assert (suite.get("name"), suite.get("failures"), len(suite)) == ("club", "0", 1)


def test_a_warning_of_check_is_one_for_machines_too(command, club):
    path = club(("leaving.roc_auc >= 0.6", "leaving.accuracy >= 0.2"))
    level, properties, message = parsed(command("check", path, "--format", "github").out.strip())
    assert (level, properties["file"]) == ("warning", str(path))
    assert "proves nothing" in message
    assert suite_of(command("check", path, "--format", "junit").out).get("skipped") == "1"


@pytest.mark.parametrize(
    ("bar", "words", "code", "verdict"),
    [("0.6", (), 0, None), ("0.999", (), 1, "failure")],
)
def test_gates_are_test_cases(command, club, tmp_path, bar, words, code, verdict):
    path = club(("leaving.roc_auc >= 0.6", f"leaving.roc_auc >= {bar}"))
    said = command("run", path, "--out", tmp_path / "runs", "--quiet", "--format", "junit", *words)
    assert said.code == code
    suite = suite_of(said.out)
    [gate] = [case for case in suite if case.get("name") == f"leaving.roc_auc >= {bar}"]
    assert [outcome.tag for outcome in gate] == ([verdict] if verdict else [])
    assert path.read_text().splitlines()[int(gate.get("line")) - 1].strip().endswith(f">= {bar}")


@pytest.mark.parametrize(
    ("words", "verdict", "level"), [((), "skipped", "warning"), (("--strict-gates",), "failure", "error")]
)
def test_an_undetermined_gate_is_skipped_unless_gates_are_strict(command, club, tmp_path, words, verdict, level):
    path = club(("rows: 600", "rows: 4"))
    out = ("--out", tmp_path / "runs", "--quiet", *words)
    suite = suite_of(command("run", path, *out, "--format", "junit").out)
    assert suite[0][0].tag == verdict
    told = command("run", path, *out, "--format", "github").out.splitlines()
    assert parsed(told[0])[0] == level


HARD = "50 % of a,b: c\r\nsecond line & <tag> \x00\x1b \udcff é"


def test_whatever_a_name_holds_survives_or_is_replaced():
    case = Case(HARD, "failed", HARD, Place("dir, one/a:b.yaml", 3, 4))
    [line] = workflow_commands([case]).split("\n")
    level, properties, said = parsed(line)
    assert (level, said) == ("error", HARD)
    assert properties == {"file": "dir, one/a:b.yaml", "line": "3", "col": "4", "title": HARD}
    [test] = suite_of(junit(HARD, [case]))
    assert "<tag>" in test[0].get("message")
    assert "\x1b" not in test[0].get("message")
