"""The sealed plan as a file: written before the first day, and read when results are seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.errors import InputError, OutsideError
from sandbox.experiment.design import Design, digest_of
from sandbox.experiment.kept import text_of


def write_seal(path: Path, design: Design) -> None:
    """Write a plan with its digest, whole or not at all.

    Raises:
        InputError: there is a file already; a seal is never replaced.
        OutsideError: the disk does not take it.
    """
    text = json.dumps({"digest": design.digest, "plan": design.to_dict()}, indent=1, ensure_ascii=False)
    made = False
    try:
        with path.open("x", encoding="utf-8") as file:
            made = True
            file.write(f"{text}\n")
    except FileExistsError:
        raise InputError(f"{path}: is there already, and a sealed plan is not replaced; choose another file.") from None
    except OSError as error:
        if made:  # a disk that is full leaves what would never be replaced
            path.unlink(missing_ok=True)
        raise OutsideError(f"{path}: cannot be written: {error.strerror or error}.") from error


def read_seal(path: Path) -> Mapping[str, Any]:
    """The plan of a sealed file, as plain values.

    Raises:
        InputError: it is no such file, or somebody changed it.
        OutsideError: it cannot be read.
    """
    text = text_of(path, "there is no such file; write one with `sandbox experiment … --seal`.")
    try:
        told = json.loads(text)
        plan, digest = told["plan"], told["digest"]
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{path}: is no sealed plan; write one with `sandbox experiment … --seal`.") from None
    if not isinstance(plan, dict) or digest_of(plan) != digest:
        raise InputError(f"{path}: was changed after it was sealed: its digest is another one.")
    return plan
