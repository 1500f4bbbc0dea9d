"""Parts by address: `kafka://localhost:9092/web?format=avro` is the sink or source `kafka` with these fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import yaml

from sandbox.errors import InputError, Problem
from sandbox.registry import Part
from sandbox.strict import Findings, validated

PartType = TypeVar("PartType", bound=Part)

_ALIASES = {"-": ("stdout", ""), "https": ("http", "https:"), "postgres": ("postgresql", "")}
_SECRET = re.compile(r"^((?:[a-z][a-z0-9+.-]*:)?//[^/@:]*):[^/]*@", re.IGNORECASE)
STREAM = "{stream}"
"""In an address, stands for the name of each stream that is sent there."""


def split_address(address: str) -> tuple[str, str, Mapping[str, Any]]:
    """Scheme, location and fields of an address; a field's value is read as YAML reads it.

    Raises:
        InputError: it has no scheme, two values for one field, or a password.
    """
    scheme, colon, rest = address.partition(":")
    if address != "-" and not (colon and scheme):
        raise InputError(
            f"'{address}' is no address: it begins with a kind and a colon, such as jsonl:out or kafka://HOST:PORT/TOPIC."
        )
    location, _, query = rest.partition("?")
    if secret := _SECRET.match(location):
        raise InputError(
            f"{scheme}:{secret[1]}@{location[secret.end() :]}: an address holds no password, since it is told and "
            "kept; set it in the environment."
        )
    fields: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name in fields:
            raise InputError(f"{scheme}:{location}: '{name}' is given twice.")
        fields[name] = _value(text)
    kind, prefix = _ALIASES.get(scheme, (scheme, ""))
    return kind, prefix + location, fields


def part_at(part: type[PartType], address: str, addressed: Mapping[str, Any], fields: Mapping[str, Any]) -> PartType:
    """The part that an address asks for: `addressed` is what its location says, `fields` what follows it.

    Raises:
        InputError: a field is unknown or does not fit; all at once, each named.
    """
    twice = sorted(set(addressed) & set(fields))
    if twice:
        raise InputError(f"{address}: '{twice[0]}' stands in the address already.")
    try:
        return validated(part, {**addressed, **fields})
    except Findings as error:
        raise InputError(
            [Problem(message, f"{address}: {'.'.join(map(str, path))}") for path, message in error.findings]
        ) from None


def _value(text: str) -> Any:
    """Numbers and booleans as YAML has them; what it cannot read, or would read as more, is text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, bool | int | float) else text
