"""Parts by name: sources, sinks, column generators, blueprints and policies, ours and third-party alike.

A part is an entry point of one of the `GROUPS`; it names a pydantic class that forbids unknown keys. Listing
imports nothing; loading imports the one module that holds the class, which must stay light (whatever is heavy it
imports when it works). So the one validator low in the house judges parts that are built high up. What all parts of a
group must keep are entry points too, of the group `CHECKS`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sandbox.errors import InputError, did_you_mean
from sandbox.strict import Strict

GROUPS = {
    "sandbox.columns": "column generator",
    "sandbox.sources": "source",
    "sandbox.sinks": "sink",
    "sandbox.blueprints": "blueprint",
    "sandbox.policies": "policy",
}
CHECKS = "sandbox.checks"
_KINDS = {**GROUPS, CHECKS: "suite of checks"}


class Part(Strict):
    """Base of every part's configuration; a part is loaded before it is known whether it will be used."""


@cache
def _entries(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def names(group: str) -> list[str]:
    """The names of the installed parts of a group, sorted; nothing is imported."""
    return sorted(_entries(group))


def entry_of(group: str, part: type[Part]) -> EntryPoint | None:
    """The entry point that names a part's class; it tells its name and the distribution that it comes from."""
    value = f"{part.__module__}:{part.__qualname__}"
    return next((entry for entry in _entries(group).values() if entry.value == value), None)


def load(group: str, name: str) -> type[Part]:
    """Import the part `name` of `group` and give its class.

    Raises:
        InputError: no such part is installed (with the nearest name), or it cannot be imported.
    """
    part = imported(group, name)
    if not (isinstance(part, type) and issubclass(part, Part)):
        raise InputError(f"{_named(group, name)} is not a subclass of sandbox.registry.Part.")
    return part


def imported(group: str, name: str) -> Any:
    """Import what the entry point `name` of `group` names, whatever it is. Raises InputError, as `load`."""
    entry = _entries(group).get(name)
    if entry is None:
        raise InputError(f"unknown {_KINDS[group]} '{name}'.{did_you_mean(name, _entries(group))}")
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        raise InputError(f"{_named(group, name)} cannot be imported: {error}.") from error


def from_extra(module: str, extra: str) -> Any:
    """Import a library that only an extra brings. Raises InputError with the line that installs it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != library:
            raise
        raise InputError(f"{library} is not installed; install it: python -m pip install 'sandbox[{extra}]'.") from None


def _named(group: str, name: str) -> str:
    return f"the {_KINDS[group]} '{name}' ({_entries(group)[name].value})"
