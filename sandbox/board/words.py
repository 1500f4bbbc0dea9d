"""How a board says what it shows: the same words on the page, in Markdown and in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.board.board import Board, GateStanding
from sandbox.board.iterations import Iteration, Progress
from sandbox.board.standings import Standing
from sandbox.models import words as models


def headline(board: Board) -> str:
    """Where everything stands, in one sentence."""
    real = sum(each.state == "real" for each in board.datasets)
    holds = sum(each.verdict == "holds" for each in board.gates)
    told = [f"{real} of {_count(len(board.datasets), 'dataset')} {'is' if real == 1 else 'are'} real"]
    if broken := [each.name for each in board.datasets if each.state == "broken"]:
        told.append(f"{', '.join(broken)} {'is' if len(broken) == 1 else 'are'} broken")
    if board.gates:
        told.append(f"{holds} of {_count(len(board.gates), 'gate')} {'holds' if holds == 1 else 'hold'}")
    if late := [each for each in board.datasets if each.days_left is not None and each.days_left < 0]:
        told.append(f"{', '.join(each.name for each in late)} {'is' if len(late) == 1 else 'are'} overdue")
    return "; ".join(told) + "."


def since(each: Standing) -> str:
    """Since when a dataset stands where it does, and by whose account."""
    return f"since {each.since}, by {each.seen}" if each.since else ""


def due(each: Standing) -> str:
    """When the real one is due, and how long that is; empty where nobody said, or where it has come."""
    if each.expected is None or each.days_left is None:
        return each.expected or ""
    if each.days_left < 0:
        return f"{each.expected}, {_count(-each.days_left, 'day')} overdue"
    return f"{each.expected}, " + ("today" if each.days_left == 0 else f"in {_count(each.days_left, 'day')}")


def whose(owner: str, contact: str = "") -> str:
    """Who answers for something."""
    return f"{owner} ({contact})" if owner and contact else owner or contact or "nobody named"


def figure(value: float | None) -> str:
    """Three decimals, of thousands none; or a dash."""
    return models.reached(value)


def reached(each: Iteration) -> str:
    """What an iteration reached, with its interval."""
    if each.value is None:
        return each.title or "–"
    return figure(each.value) + ("" if each.low is None else f" ({figure(each.low)} to {figure(each.high)})")


def iteration_of(each: Iteration | None) -> str:
    """An iteration in a few words: `0.712, run 3`."""
    return "–" if each is None else f"{figure(each.value)}, run {each.run}"


def verdicts(each: Iteration) -> str:
    """How the gates on a model ended in an iteration."""
    return ", ".join(f"{each.verdicts.count(word)} {word}" for word in dict.fromkeys(each.verdicts))


def gate_run(each: GateStanding) -> str:
    """In which run a gate was judged, and on what."""
    return "" if each.run is None else f"run {each.run}, {each.data}"


def stage(each: Progress) -> str:
    """The stage of a piece of work."""
    return each.stage or "not begun"


def names(some: Sequence[str]) -> str:
    """Names in a row; a dash for none."""
    return ", ".join(some) or "–"


def sprint_name(name: str) -> str:
    """A sprint as its heading."""
    return f"Sprint {name}" if name else "Outside of sprints"


def _count(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"
