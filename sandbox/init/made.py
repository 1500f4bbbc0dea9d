"""How the values of a column are proposed to arise, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Made:
    """A generator as a scenario writes it.

    `kind` is the contract type of what it makes by itself, empty where only the scenario's validator can tell.
    `longest` is the length that its texts rarely pass. `why` is for a comment; it says `assumed` where nothing in the
    schema says so.
    """

    generator: Mapping[str, Any]
    kind: str
    why: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    longest: int = 0
    pii: bool = False


ASSUMED = "assumed"
