"""Values of a contract as nodes of the scenario that names it: placed where it is named, and never rewritten there."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from typing import Any

from sandbox.errors import Place
from sandbox.scenario.document import Node
from sandbox.scenario.proposing.made import Guess


def node_of(value: Any, place: Place) -> Node:
    """A plain value, or one with guesses at any depth, as if it stood at `place`."""
    if isinstance(value, Guess):
        value = value.written
    content: Any = value
    if isinstance(value, Mapping):
        content = {key: node_of(each, place) for key, each in value.items()}
    elif isinstance(value, list | tuple):
        content = tuple(node_of(each, place) for each in value)
    elif isinstance(value, decimal.Decimal):
        content = int(value) if value == value.to_integral_value() else float(value)
    return Node(content, place, key_place=place, shared=True)
