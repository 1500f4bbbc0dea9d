"""What the page asks for: another pace, or something that shall happen; judged before the loop hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from sandbox.demo.live.pace import FASTEST, SLOWEST
from sandbox.errors import InputError, did_you_mean
from sandbox.experiment.inputs import Input, What

_HOUR_US = 3_600_000_000
_KEYS = {
    "pace": ("do", "speed", "running"),
    "jump": ("do", "hours"),
    **dict.fromkeys(get_args(What), ("do", "of", "hours", "size")),
}


@dataclass(frozen=True, slots=True)
class AnotherPace:
    """Go on faster, slower, or not at all; None: as before."""

    speed: float | None = None
    running: bool | None = None


@dataclass(frozen=True, slots=True)
class Jump:
    """Go on without waiting for so long."""

    lasts_us: int


Asked = AnotherPace | Jump | Input


def asked_of(told: Mapping[str, Any]) -> Asked:
    """Read what the page sends, such as `{"do": "break", "hours": 6}`. The moment of an input is 0: as soon as may be.

    Raises:
        InputError: with what is wrong.
    """
    do = told.get("do")
    if not isinstance(do, str) or do not in _KEYS:
        raise InputError(f"do: got {str(do)[:40]!r}, must be one of {', '.join(_KEYS)}.")
    for key in told:
        if key not in _KEYS[do]:
            raise InputError(f"{do}: unknown key '{str(key)[:40]}'.{did_you_mean(str(key), _KEYS[do])}")
    if do == "pace":
        running = told.get("running")
        if running is not None and not isinstance(running, bool):
            raise InputError(f"running: got {str(running)[:40]!r}, must be true or false.")
        speed = _number(told, "speed", SLOWEST, FASTEST) if "speed" in told else None
        return AnotherPace(speed, running)
    if do == "jump":
        return Jump(round(_number(told, "hours", 1 / 60, 24 * 3_660) * _HOUR_US))
    of = told.get("of", "")
    if not isinstance(of, str) or len(of) > 200:
        raise InputError("of: must be the name of a stage, a column or an arm.")
    lasts_us = round(_number(told, "hours", 1 / 60, 24 * 366, 24.0) * _HOUR_US)
    return Input(0, cast(What, do), of, lasts_us, _number(told, "size", 1e-6, 1_000, 1.0))


def _number(told: Mapping[str, Any], key: str, least: float, most: float, usual: float | None = None) -> float:
    value = told.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InputError(f"{key}: got {str(value)[:40]!r}, must be a number from {least:g} to {most:,g}.")
    return float(value)
