"""The ends of assumptions, `low` and `high`: each is a value of the same key, and the scenario must stand with it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sandbox.errors import InputError, Place, Problem
from sandbox.scenario.assumptions import ENDS, Assumption, assumptions_of
from sandbox.scenario.document import Node
from sandbox.scenario.loader import Loaded, Options, judged


def end_problems(loaded: Loaded) -> list[Problem]:
    """What is wrong with the ends of a scenario's assumptions: out of order, or no value for their key."""
    found = [each for each in assumptions_of(loaded.as_written) if each.ends]
    problems = [problem for each in found for problem in _out_of_order(each)]
    for end in ENDS:
        moving = [each for each in found if end in each.ends]
        if moving and _problems_with(loaded, moving, end):  # all at once, since most of the time nothing is wrong
            problems += [problem for each in moving for problem in _told(loaded, each, end)]
    return problems


def moved(loaded: Loaded, assumption: Assumption, end: str, options: Options | None = None) -> Loaded:
    """The scenario with one assumption at an end. Raises InputError: it does not stand so."""
    document = assumption.moved(loaded.as_written, end)
    return judged(document, loaded.plan.file, options or loaded.options)


def _problems_with(loaded: Loaded, moving: Iterable[Assumption], end: str) -> tuple[Problem, ...]:
    document = loaded.as_written
    for each in moving:
        if document.node(each.path) is not None:  # else it went with a value that holds it
            document = each.moved(document, end)
    try:
        judged(document, loaded.plan.file, loaded.options)
    except InputError as error:
        return error.problems
    return ()


def _told(loaded: Loaded, assumption: Assumption, end: str) -> Iterator[Problem]:
    for problem in _problems_with(loaded, [assumption], end):
        within = problem.place is not None and _stands_in(problem.place, assumption.ends[end])
        if within:
            yield replace(problem, message=f"as its `{end}`: {problem.message}")
        else:
            where = f"{problem.path}: " if problem.path else ""
            message = f"with its `{end}` the scenario does not stand: {where}{problem.message}"
            yield Problem(message, assumption.name, assumption.ends[end].place)


def _stands_in(place: Place, node: Node) -> bool:
    return place in (node.place, node.key_place) or any(_stands_in(place, child) for _, child in node.children())


def _out_of_order(assumption: Assumption) -> Iterator[Problem]:
    """Ends that can be ordered with the value and are not."""
    low, high = (assumption.ends[end].value() if end in assumption.ends else assumption.value for end in ENDS)
    for end, first, second in (("low", low, assumption.value), ("high", assumption.value, high)):
        if _comparable(first, second) and first > second:
            sign = "<=" if end == "low" else ">="
            got = first if end == "low" else second
            message = f"got {got}, must be {sign} the value {assumption.value}, so that it lies between its ends."
            yield Problem(message, f"{assumption.name}.assumed.{end}", assumption.ends[end].place)


def _comparable(first: Any, second: Any) -> bool:
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (first, second))
    return numbers or (isinstance(first, datetime.date) and type(first) is type(second))
