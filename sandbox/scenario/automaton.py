"""From a pattern to a deterministic machine without circles, in which every path spells another string.

Thompson's construction, then the subset construction. Source: Hopcroft, Motwani and Ullman, Introduction to Automata
Theory, ch. 2 and 3. Counting its paths counts strings exactly, however much the pattern's branches overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from sandbox.scenario.regex import MAX_LENGTH, Choice, Letter, Part, PatternError, Ranges, Repeat, longest, merged, size

MAX_STEPS = 20_000
MAX_WORK = 400_000


@dataclass(frozen=True, slots=True)
class State:
    """Where a machine may stand: whether a string may end here, and by which letters it goes on to which states."""

    ends: bool
    moves: tuple[tuple[Ranges, int], ...]


def automaton(part: Part) -> tuple[State, ...]:
    """The machine of a pattern; it starts in state 0, and every move leads to a state that has a way to an end.

    Raises:
        PatternError: strings get too long, or the machine too large.
    """
    length = longest(part)
    if length > MAX_LENGTH:
        raise PatternError(f"makes strings of up to {length:_} characters, must be at most {MAX_LENGTH:_}.")
    if _steps(part) > MAX_STEPS:
        raise PatternError("repeats too much within repetitions; make it simpler.")
    return _determined(_Net().built(part))


def counts(states: tuple[State, ...]) -> list[int]:
    """How many strings can be spelled from each state on."""
    found: dict[int, int] = {}
    waiting = [0]
    while waiting:
        state = waiting[-1]
        missing = [target for _, target in states[state].moves if target not in found]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        onward = sum(size(ranges) * found[target] for ranges, target in states[state].moves)
        found[state] = onward + states[state].ends
    return [found[state] for state in range(len(states))]


def _steps(part: Part) -> int:
    if isinstance(part, Letter):
        return 1
    if isinstance(part, Repeat):
        return part.most * (_steps(part.part) + 1) + 1
    below = part.options if isinstance(part, Choice) else part.parts
    return sum(_steps(each) for each in below) + 1


@dataclass(slots=True)
class _Net:
    """Steps that may be taken by a letter or for free; what a pattern's parts are laid out as."""

    by_letter: list[list[tuple[Ranges, int]]] = field(default_factory=lambda: [[]])
    for_free: list[list[int]] = field(default_factory=lambda: [[]])
    last: int = 0

    def built(self, part: Part) -> _Net:
        self.last = self._lay(part, 0)
        return self

    def _lay(self, part: Part, start: int) -> int:
        """Lay a part out from a step on; gives the step behind it."""
        if isinstance(part, Letter):
            end = self._step()
            self.by_letter[start].append((part.ranges, end))
            return end
        if isinstance(part, Choice):
            end = self._step()
            for option in part.options:
                first = self._step()
                self.for_free[start].append(first)
                self.for_free[self._lay(option, first)].append(end)
            return end
        if isinstance(part, Repeat):
            return self._lay_repeat(part, start)
        for below in part.parts:
            start = self._lay(below, start)
        return start

    def _lay_repeat(self, part: Repeat, start: int) -> int:
        for _ in range(part.least):
            start = self._lay(part.part, start)
        end = self._step()
        for _ in range(part.most - part.least):
            self.for_free[start].append(end)
            start = self._lay(part.part, start)
        self.for_free[start].append(end)
        return end

    def _step(self) -> int:
        self.by_letter.append([])
        self.for_free.append([])
        return len(self.by_letter) - 1

    def reached(self, steps: Iterable[int]) -> frozenset[int]:
        """The steps that lead on by a letter, or are the last, and are reached for free."""
        seen = set(steps)
        waiting = list(seen)
        while waiting:
            for step in self.for_free[waiting.pop()]:
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)
        return frozenset(step for step in seen if self.by_letter[step] or step == self.last)


def _determined(net: _Net) -> tuple[State, ...]:
    first = net.reached([0])
    numbers: dict[frozenset[int], int] = {first: 0}
    order, states, work = [first], [], 0
    for steps in order:  # grows while it is read
        moves: dict[int, list[tuple[int, int]]] = {}
        for low, high, targets in _pieces([edge for step in steps for edge in net.by_letter[step]]):
            after = net.reached(targets)
            work += len(after) + len(targets)
            if work > MAX_WORK:
                raise PatternError("overlaps with itself too much; make its alternatives start differently.")
            if after not in numbers:
                numbers[after] = len(order)
                order.append(after)
            moves.setdefault(numbers[after], []).append((low, high))
        listed = sorted((merged(ranges), target) for target, ranges in moves.items())
        states.append(State(net.last in steps, tuple(listed)))
    return tuple(states)


def _pieces(edges: list[tuple[Ranges, int]]) -> Iterable[tuple[int, int, frozenset[int]]]:
    """The edges' ranges cut where any begins or ends: (first, last, steps that all its characters lead to)."""
    changes: dict[int, list[tuple[int, int]]] = {}
    for ranges, target in edges:
        for low, high in ranges:
            changes.setdefault(low, []).append((target, 1))
            changes.setdefault(high + 1, []).append((target, -1))
    open_: dict[int, int] = {}
    for border, following in pairwise(sorted(changes)):  # nothing is open behind the last border
        for target, change in changes[border]:
            open_[target] = open_.get(target, 0) + change
        targets = frozenset(target for target, count in open_.items() if count > 0)
        if targets:
            yield border, following - 1, targets
