"""Judge a call's members by the service's own model: types, lengths, ranges, patterns, as the real service would."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from sandbox.registry import from_extra

Check = Callable[[Any, str], Iterator[str]]
"""Given a value and where it stands, what is wrong with it."""
SERVICES = ("personalize", "personalize-runtime", "personalize-events")
_JAVA = {r"\p{ASCII}": r"[\x00-\x7f]", r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d"}


@cache
def service_model(name: str) -> Any:
    """botocore's model of one of the `SERVICES`. Raises InputError: botocore is not installed."""
    loaders, models = from_extra("botocore.loaders", "serve"), from_extra("botocore.model", "serve")
    return models.ServiceModel(loaders.Loader().load_service_model(name, "service-2"), name)


def check_of(shape: Any) -> Check:
    """The check of a shape, made once."""
    return _MAKERS.get(shape.type_name, _string)(shape)


def _structure(shape: Any) -> Check:
    members = {name: check_of(member) for name, member in shape.members.items()}
    required = tuple(shape.required_members)

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _kind(path, value, "an object")
            return
        for name in required:
            if value.get(name) is None:
                yield _failed(_inside(path, name), "Member must not be null")
        for name, inner in value.items():
            judge = members.get(name)
            if judge is not None and inner is not None:
                yield from judge(inner, _inside(path, name))

    return check


def _list(shape: Any) -> Check:
    judge, bounds = check_of(shape.member), _lengths(shape)

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield _kind(path, value, "a list")
            return
        yield from bounds(len(value), path)
        for place, inner in enumerate(value[: _most(shape)], start=1):
            yield from judge(inner, f"{path}.{place}.member")

    return check


def _map(shape: Any) -> Check:
    judge_key, judge, bounds = check_of(shape.key), check_of(shape.value), _lengths(shape)

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _kind(path, value, "an object")
            return
        yield from bounds(len(value), path)
        for name, inner in list(value.items())[: _most(shape)]:
            yield from judge_key(name, path)
            yield from judge(inner, f"{path}.{name[:50]}.member")

    return check


def _string(shape: Any) -> Check:
    bounds, pattern = _lengths(shape), shape.metadata.get("pattern")
    matches = None if pattern is None else re.compile(_of_python(pattern))
    enum = shape.enum

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield _kind(path, value, "a string")
            return
        yield from bounds(len(value), path)
        if matches is not None and matches.fullmatch(value) is None:
            yield _failed(path, f"Member must satisfy regular expression pattern: {pattern}")
        if enum and value not in enum:
            yield _failed(path, f"Member must satisfy enum value set: [{', '.join(enum)}]")

    return check


def _of_python(pattern: str) -> str:
    """A Java pattern as Python has it, as far as the models use what only Java knows."""
    for java, ours in _JAVA.items():
        pattern = pattern.replace(java, ours)
    return pattern


def _whole(shape: Any) -> Check:
    low, high = shape.metadata.get("min", -(2**31)), shape.metadata.get("max", 2**31 - 1)

    def check(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield _kind(path, value, "a whole number")
        elif value < low:
            yield _failed(path, f"Member must have value greater than or equal to {low}")
        elif value > high:
            yield _failed(path, f"Member must have value less than or equal to {high}")

    return check


def _number(shape: Any) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            yield _kind(path, value, "a number")

    return check


def _boolean(shape: Any) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, bool):
            yield _kind(path, value, "true or false")

    return check


_MAKERS: dict[str, Callable[[Any], Check]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "integer": _whole,
    "long": _whole,
    "float": _number,
    "double": _number,
    "timestamp": _number,
    "boolean": _boolean,
}


def _lengths(shape: Any) -> Check:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")

    def check(length: Any, path: str) -> Iterator[str]:
        if length < low:
            yield _failed(path, f"Member must have length greater than or equal to {low}")
        elif high is not None and length > high:
            yield _failed(path, f"Member must have length less than or equal to {high}")

    return check


def _most(shape: Any) -> int:
    """How many members are judged one by one: what is too long is told once, and not gone through."""
    return int(shape.metadata.get("max", 10_000))


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _failed(path: str, what: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: {what}"


_KINDS: Mapping[type, str] = {type(None): "null", bool: "a boolean", str: "a string", list: "a list", dict: "an object"}
"""As JSON calls what Python has names of its own for."""


def _kind(path: str, value: Any, wanted: str) -> str:
    return f"Value at '{path or 'body'}' must be {wanted}, not {_KINDS.get(type(value), type(value).__name__)}"
