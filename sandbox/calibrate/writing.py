"""Write what calibrating gives: the scenario anew with the files beside it, or the sealed profile of the real data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.calibrate.calibrate import Tell, calibrate, observations
from sandbox.calibrate.fitted import Calibration
from sandbox.calibrate.sealing import sealed
from sandbox.calibrate.unsealing import read_profile
from sandbox.init.saving import judge_free, save_all
from sandbox.scenario.loader import Loaded
from sandbox.scenario.placing import in_place


def write_calibrated(
    loaded: Loaded,
    out: Path,
    datasets: Sequence[str] | None,
    *,
    keep: Sequence[str],
    profile: Path | None,
    force: bool,
    tell: Tell,
) -> Calibration:
    """Calibrate a scenario and write the new one to `out`. Raises, as `calibrate`, and where `out` is there."""
    judge_free([out], force=force)
    with in_place(loaded.document):
        told = None if profile is None else read_profile(profile)
        found = calibrate(loaded, out, datasets, keep=keep, profile=told, tell=tell)
    save_all({out: found.text, **{out.parent / name: each for name, each in found.files.items()}}, force=force)
    return found


def write_profile(
    loaded: Loaded, out: Path, datasets: Sequence[str] | None, *, force: bool, tell: Tell
) -> dict[str, Any]:
    """Observe the real data and write their sealed profile to `out`. Raises, as `observations`, and as above."""
    judge_free([out], force=force)
    with in_place(loaded.document):
        found = sealed(loaded.plan, observations(loaded.plan, datasets, tell=tell))
    save_all({out: json.dumps(found, indent=1) + "\n"}, force=force)
    return found
