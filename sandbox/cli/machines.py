"""What a verb found, for machines that run it: annotations of a GitHub workflow, or test cases in JUnit's XML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

from sandbox.errors import Place, Problem

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Verdict = Literal["passed", "failed", "skipped", "error"]
_LEVELS = {"failed": "error", "error": "error", "skipped": "warning"}


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was judged. `skipped` could not be decided, or is but a warning; `error` never came to be judged.

    `name` is what a list of tests shows, `said` why it did not pass, `place` where it is written.
    """

    name: str
    verdict: Verdict
    said: str = ""
    place: Place | None = None


def problem_case(problem: Problem, verdict: Literal["failed", "skipped"] = "failed") -> Case:
    """A problem as a case, named by its path in the scenario."""
    said = ": ".join(part for part in (problem.path, problem.message) if part)
    is_in_a_file = problem.place is not None and not problem.place.file.startswith("--")  # as `--set` is not
    return Case(problem.path or "the command", verdict, said, problem.place if is_in_a_file else None)


def workflow_commands(cases: Sequence[Case]) -> str:
    """Workflow commands of GitHub: a line for each case that did not pass, at its place.

    Source: GitHub Actions, Workflow commands, "Setting an error message".
    """
    lines = []
    for case in (case for case in cases if case.verdict != "passed"):
        given = {"title": case.name}
        if case.place is not None:
            given = {"file": case.place.file, "line": str(case.place.line), "col": str(case.place.column), **given}
        properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in given.items())
        lines.append(f"::{_LEVELS[case.verdict]} {properties}::{_escaped(case.said)}")
    return "\n".join(lines)


def junit(suite: str, cases: Sequence[Case]) -> str:
    """A report in the shape that CI servers read: one suite, a test case for each thing that was judged."""
    counts = {key: [case.verdict for case in cases].count(key) for key in ("failed", "error", "skipped")}
    totals = {
        "tests": str(len(cases)),
        "failures": str(counts["failed"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
    }
    top = ElementTree.Element("testsuites", totals)
    within = ElementTree.SubElement(top, "testsuite", {"name": _printable(suite), **totals})
    for case in cases:
        where = {"file": case.place.file, "line": str(case.place.line)} if case.place else {}
        shown = {"classname": suite, "name": case.name, **where}
        test = ElementTree.SubElement(within, "testcase", {key: _printable(text) for key, text in shown.items()})
        if case.verdict != "passed":
            tag = "failure" if case.verdict == "failed" else case.verdict
            outcome = ElementTree.SubElement(test, tag, {"message": _printable(case.said)})
            outcome.text = _printable(f"{case.place}: {case.said}" if case.place else case.said)
    ElementTree.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(top, encoding="unicode")


def _escaped(text: str, more: str = "") -> str:
    """As workflow commands want it: a per cent sign, line ends, and in properties also colons and commas."""
    return "".join(f"%{ord(letter):02X}" if letter in f"%\r\n{more}" else letter for letter in text)


def _printable(text: str) -> str:
    return _NOT_IN_XML.sub("�", text)
