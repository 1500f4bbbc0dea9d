"""Rows that a replay's sink would not take: its receipt tells them, and no pipeline behind it can have lost them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sandbox.errors import InputError, did_you_mean
from sandbox.reconcile.sides import Sides

_FILE = "receipt.json"


def refused_rows(receipt: Path, dataset: str, sent: int) -> list[int]:
    """The numbers of the rows, from 0, that a replay's receipt calls refused.

    Args:
        receipt: the file, or the folder of the replay.
        sent: how many rows were sent; the receipt must be of as many, since rows are known by their number.
    Raises:
        InputError: it is no receipt, has no such stream, or is of a replay of other rows.
    """
    path = receipt / _FILE if receipt.is_dir() else receipt
    told = _told(path)
    streams = told["streams"]
    if dataset not in streams:
        raise InputError(f"{path}: the replay sent no '{dataset}'.{did_you_mean(dataset, streams)}")
    stream = streams[dataset]
    if not isinstance(stream, dict) or not stream.keys() >= {"asked", "refused"}:
        raise InputError(f"{path}: does not tell what became of '{dataset}'; name the folder that the replay told.")
    if not told.get("done"):
        raise InputError(f"{path}: the replay stopped before its end; let it go on, and reconcile then.")
    if stream["asked"] != sent:
        raise InputError(
            f"{path}: the replay was of {stream['asked']:,} rows of '{dataset}', and the scenario sends {sent:,}; "
            "give the scenario, --set and --order of the replay, which must be of the whole stream."
        )
    if not stream["refused"]:
        return []
    refused = Path(stream.get("refused_in") or "")
    beside = path.with_name(refused.name)
    try:
        text = (beside if beside.exists() else refused).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{path}: its refused rows lie in {refused}, which cannot be read: {error.strerror}."
        ) from None
    try:
        return [int(json.loads(line)["row"]) for line in text.splitlines()]
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{refused}: is no list of the rows that a replay's sink refused; was it changed?") from None


def set_refused_apart(sides: Sides, rows: list[int]) -> None:
    """Call missing rows `refused` in `faults` that were."""
    if rows:
        run = sides.database.execute
        run("CREATE TABLE refused AS SELECT unnest(?::BIGINT[]) AS _position", [rows])
        run("UPDATE faults SET kind = 'refused' WHERE kind = 'lost' AND _position IN (SELECT _position FROM refused)")


def _told(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--receipt {path}: {error.strerror}; name the folder that the replay told.") from None
    except ValueError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("streams"), dict):
        raise InputError(f"--receipt {path}: is no receipt of a replay; name the folder that the replay told.")
    return told
