"""Set aside what does not stand in a scenario, so that the rest can still be judged: all problems in one go.

What is set aside leaves something harmless under its name, so that nobody is told that the name is unknown. What was
made from such a scenario is thrown away; only the problems found in it are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.strict import Path

_COLUMN = {"constant": 0}
_DATASET = {"rows": 1, "static": True, "columns": {"nothing": _COLUMN}}
_CLOCK = {"start": "2000-01-01"}
_CHANGE = {"kind": "campaign", "from": "day 0"}


def set_aside(value: Any, wrong: Iterable[Path]) -> Any:
    """The plain values of a scenario without what stands at the paths of `wrong`."""
    rest = dict(value) if isinstance(value, dict) else {}
    for path in wrong:
        section = path[0] if path else ""
        if section == "datasets" and len(path) > 1:
            rest["datasets"] = _without_part(rest["datasets"], path[1], path[2:])
        elif section == "changes" and len(path) > 1:
            rest["changes"] = {**rest["changes"], path[1]: _CHANGE}
        elif section in ("models", "targets") and len(path) > 1:
            rest[section] = _without(rest.get(section), path[1:] if section == "targets" else path[1:2])
        else:
            rest.pop(section, None)
    return {"sandbox": 1, "name": "nameless", "clock": _CLOCK, **rest}


def _without_part(datasets: Any, name: str | int, below: Path) -> Any:
    """The datasets without one column or one key of `name`; where it is wrong as a whole, a harmless one stands in."""
    spec = datasets.get(name) if isinstance(datasets, dict) else None
    if not isinstance(spec, dict) or not below:
        harmless: Any = _DATASET
    elif below[0] == "columns" and len(below) > 1:
        harmless = {**spec, "columns": {**spec["columns"], below[1]: _COLUMN}}
    elif below[0] == "columns":
        harmless = {**spec, "columns": _DATASET["columns"]}
    else:
        harmless = {key: spec[key] for key in spec if key != below[0]}
    return {**datasets, name: harmless}


def _without(section: Any, below: Path) -> Any:
    """A mapping without an entry; of `targets.real.customers`, the target stays."""
    if not isinstance(section, dict) or below[0] not in section:
        return section
    if len(below) == 1:
        return {key: section[key] for key in section if key != below[0]}
    return {**section, below[0]: _without(section[below[0]], below[1:2])}
