"""The `done:` lines: `churn.balanced_accuracy >= 0.70` read into a gate.

A gate names a figure by a dotted path, a comparison and a bar. What the figure is worth is known only after the run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Operator = Literal[">=", ">", "<=", "<"]

_LINE = re.compile(r"^\s*([A-Za-z]\w*(?:\.\w+)+)\s*(>=|<=|>|<)\s*([-+]?\d+(?:\.\d+)?%?)\s*$")


@dataclass(frozen=True, slots=True)
class Gate:
    """One line of the definition of done."""

    text: str
    subject: str
    """The model (or part of the run) that the figure belongs to."""
    figure: str
    operator: Operator
    bar: float

    def admits(self, value: float) -> bool:
        """Whether a value, taken as certain, passes."""
        if self.operator == ">=":
            return value >= self.bar
        if self.operator == ">":
            return value > self.bar
        return value <= self.bar if self.operator == "<=" else value < self.bar


def read_gate(text: str) -> Gate:
    """Read one `done:` line. Raises ValueError with the form that is expected."""
    match = _LINE.match(text)
    if match is None:
        raise ValueError(
            f"got {text!r}; write a figure, a comparison and a bar, such as `churn.balanced_accuracy >= 0.70`."
        )
    name, operator, bar = match.groups()
    subject, figure = name.split(".", 1)
    value = float(bar.rstrip("%")) / (100 if bar.endswith("%") else 1)
    return Gate(text.strip(), subject, figure, operator, value)  # type: ignore[arg-type]
