"""The values that a call gives for a filter's parameters, as its `filterValues` write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.errors import InputError
from sandbox.serve.filters.grammar import unquoted

_ONE = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|[+-]?\d+(?:\.\d+)?)\s*(,|$)""")


def read_values(given: Mapping[str, str]) -> dict[str, list[str | float]]:
    """Values by parameter: `"\\"handset\\",\\"tariff\\""` are two texts, `"20"` is a number.

    Raises:
        InputError: a text is not in double quotes.
    """
    return {name: _read(name, text) for name, text in given.items()}


def _read(name: str, text: str) -> list[str | float]:
    found: list[str | float] = []
    at = 0
    while True:
        match = _ONE.match(text, at)
        if match is None:
            said = f'filterValues.{name}: got {text[:60]}, must be texts in double quotes, as in "\\"one\\",\\"two\\""'
            raise InputError(f"{said}, or a number.")
        found.append(unquoted(match[1]) if match[1].startswith('"') else float(match[1]))
        at = match.end()
        if not match[2]:
            return found
