"""Rehearse an ML product before its data arrives: see `sandbox/README.md` for the map of the house."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.api import Run, Scenario, compare, find_run, list_runs, load
    from sandbox.errors import InputError, OutsideError, Problem, SandboxError

__all__ = [
    "InputError",
    "OutsideError",
    "Problem",
    "Run",
    "SandboxError",
    "Scenario",
    "compare",
    "find_run",
    "list_runs",
    "load",
]

_HOMES = {
    "sandbox.api": ("Run", "Scenario", "compare", "find_run", "list_runs", "load"),
    "sandbox.errors": ("InputError", "OutsideError", "Problem", "SandboxError"),
}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: `import sandbox` itself costs nothing."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'sandbox' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
