"""Which stretches of the line between 0 and 1 each arm has: they grow and shrink, and never lie on one another.

An arm has a home on the line, as wide as its planned share, and grows from the home's beginning. Where it shall have
more than was planned, it takes what is nobody's home, and then what other arms have not opened of theirs. What was
taken last is given back first. So a unit that has an arm keeps it while the arm grows, and what an arm takes was the
control's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise

Stretch = tuple[Fraction, Fraction]
"""Where it begins, and where it ends, which is outside."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """By arm beside the control."""

    homes: tuple[Stretch, ...]
    taken: tuple[tuple[Stretch, ...], ...]
    """In the order in which they were taken."""

    @classmethod
    def at_home(cls, shares: Sequence[float]) -> Stretches:
        """Homes side by side, of which nothing is open yet. The shares are together at most 1."""
        edges = list(accumulate((_exact(share) for share in shares), initial=Fraction(0)))
        return cls(tuple(pairwise(edges)), ((),) * len(shares))

    def opened_to(self, shares: Sequence[float]) -> Stretches:
        """The same where each arm has another share; together at most 1."""
        wanted = [_exact(share) for share in shares]
        found = replace(self, taken=tuple(_kept(*each) for each in zip(self.taken, wanted, strict=True)))
        for arm, share in enumerate(wanted):
            more = tuple(found._free(arm, share - _width(found.taken[arm])))
            found = replace(
                found, taken=(*found.taken[:arm], (*found.taken[arm], *more), *found.taken[arm + 1 :])
            )  # fmt: skip
        return found

    def _free(self, arm: int, need: Fraction) -> Iterator[Stretch]:
        """What an arm takes next, as wide as it needs: of its home, of nobody's, of what others have not opened."""
        end = self.homes[-1][1]
        taken = sorted(each for some in self.taken for each in some)
        for first, last in (self.homes[arm], (end, Fraction(1)), (Fraction(0), end)):
            for begin, until in _between(taken, first, last):
                if need <= 0:
                    return
                part = (begin, min(until, begin + need))
                taken = sorted([*taken, part])
                need -= part[1] - part[0]
                yield part


def _between(taken: Sequence[Stretch], first: Fraction, last: Fraction) -> Iterator[Stretch]:
    """What of [first, last) is not taken; `taken` is in order."""
    at = first
    for begin, end in taken:
        if at < min(begin, last):
            yield at, min(begin, last)
        at = max(at, end)
    if at < last:
        yield at, last


def _kept(taken: Sequence[Stretch], share: Fraction) -> tuple[Stretch, ...]:
    """What remains of stretches where a share is less than they are: what was taken first."""
    found: list[Stretch] = []
    for begin, end in taken:
        part = (begin, min(end, begin + share - _width(found)))
        if part[1] > part[0]:
            found.append(part)
    return tuple(found)


def _width(taken: Sequence[Stretch]) -> Fraction:
    return sum((end - begin for begin, end in taken), Fraction(0))


def _exact(share: float) -> Fraction:
    """A share as a user wrote it, so that stretches meet without a gap."""
    return Fraction(share).limit_denominator(10**9)
