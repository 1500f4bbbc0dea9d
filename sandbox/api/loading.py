"""Load: a scenario file read and judged, with what is said over it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.api.scenario import Scenario
from sandbox.scenario.loader import Options
from sandbox.scenario.loader import load as load_plan
from sandbox.scenario.overrides import as_settings


def load(
    path: str | os.PathLike[str],
    *,
    target: str | None = None,
    seed: int | None = None,
    scale: float = 1.0,
    set: Mapping[str, Any] | Sequence[str] = (),
    allow: Sequence[str | os.PathLike[str]] = (),
) -> Scenario:
    """Read a scenario file and judge it.

    Args:
        path: the scenario file.
        target: where datasets come from; the dummy by default.
        seed: another seed than the file's.
        scale: multiplies the rows of every entity.
        set: values that go over the file's, by dotted path.
        allow: further folders that `include:` may reach into.
    Raises:
        InputError: everything that is wrong, each problem with its place.
    """
    options = Options(target, seed, scale, as_settings(set), tuple(os.fspath(folder) for folder in allow))
    return Scenario(load_plan(path, options), options)
