"""What may be wrong: `lost=0.1%`, `duplicated=5`. What is not said may not be wrong at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.errors import InputError, did_you_mean
from sandbox.reconcile.findings import KINDS

_TEXT = re.compile(r"^(\w+)=(\d+(?:\.\d+)?)(%?)$")


@dataclass(frozen=True, slots=True)
class Tolerances:
    """By kind of fault, a share of the rows sent, or a number of rows."""

    shares: Mapping[str, float] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def kinds(self) -> frozenset[str]:
        """What is said something of."""
        return frozenset(self.shares) | frozenset(self.rows)

    def beyond(self, counts: Mapping[str, int], sent: int) -> list[str]:
        """What goes beyond, in words."""
        found = []
        for kind in KINDS:
            allowed, said = self._allowed(kind, sent)
            if allowed is not None and counts.get(kind, 0) > allowed:
                found.append(f"{kind}: {counts[kind]:,} of {sent:,} rows, {said}")
        return found

    def _allowed(self, kind: str, sent: int) -> tuple[float | None, str]:
        if kind in self.shares:
            return self.shares[kind] * sent, f"tolerated is {self.shares[kind]:.3%}"
        if kind in self.rows:
            return self.rows[kind], f"tolerated are {self.rows[kind]:,}"
        return (None, "") if kind in ("reordered", "refused") else (0, "tolerated is none")


def tolerances_of(texts: Iterable[str]) -> Tolerances:
    """Read `KIND=SHARE%` and `KIND=ROWS`. Raises InputError with everything that is wrong."""
    shares: dict[str, float] = {}
    rows: dict[str, int] = {}
    wrong = []
    for text in texts:
        found = _TEXT.match(text)
        if found is None or (not found[3] and "." in found[2]):
            wrong.append(f"--tolerance {text}: must be as lost=0.1% or duplicated=5.")
        elif found[1] not in KINDS:
            wrong.append(f"--tolerance {text}: unknown kind '{found[1]}'.{did_you_mean(found[1], KINDS)}")
        elif found[3]:
            shares[found[1]] = float(found[2]) / 100
        else:
            rows[found[1]] = int(found[2])
    if wrong:
        raise InputError("\n".join(wrong))
    return Tolerances(shares, rows)
