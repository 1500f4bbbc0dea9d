"""Paces as people write them: `500/s`, `ramp 100/s to 1000/s over 5min`, `wave 100/s to 900/s every 10min`."""

from __future__ import annotations

import math
import re

from sandbox.errors import InputError, Problem
from sandbox.replay.pace import AtOnce, Pace, Rate, Speed
from sandbox.replay.shapes import Shape, ramp, spike, wave
from sandbox.scenario import quantities

_RATE = r"(\d[\d_]*(?:\.\d+)?)\s*(?:/|per\s+)\s*(s|sec|second|min|minute|h|hour)"
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0}
_SHAPES = {
    "ramp": re.compile(rf"ramp\s+{_RATE}\s+to\s+{_RATE}\s+over\s+(.+)", re.IGNORECASE),
    "spike": re.compile(rf"spike\s+{_RATE}\s+to\s+{_RATE}\s+for\s+(.+?)\s+every\s+(.+)", re.IGNORECASE),
    "wave": re.compile(rf"wave\s+{_RATE}\s+to\s+{_RATE}\s+every\s+(.+)", re.IGNORECASE),
}
EXAMPLES = (
    "500/s",
    "ramp 100/s to 1000/s over 5min",
    "spike 100/s to 2000/s for 30s every 5min",
    "wave 100/s to 900/s every 10min",
)


def pace_of(speed: float | None = None, rate: str | float | None = None) -> Pace:
    """The pace that is asked for; as fast as possible where nothing is.

    Raises:
        InputError: both are given, or one makes no sense.
    """
    if speed is not None and rate is not None:
        raise InputError(Problem("a replay has a speed or a rate; take one of the two away.", "speed, rate"))
    if speed is not None:
        if not (math.isfinite(speed) and speed > 0):
            raise InputError(Problem(f"got {speed:g}, must be > 0: 1 is real time, 60 an hour in a minute.", "speed"))
        return Speed(speed)
    if rate is None:
        return AtOnce()
    try:
        return _rate(rate)
    except ValueError as error:
        raise InputError(Problem(str(error), "rate")) from None


def _rate(written: str | float) -> Pace:
    text = " ".join(str(written).split())
    if re.fullmatch(r"\d[\d_]*(\.\d+)?", text):
        return Rate(_positive(float(text), text))
    if plain := re.fullmatch(_RATE, text, re.IGNORECASE):
        return Rate(_positive(_per_second(plain[1], plain[2]), text))
    word = text.split(" ", 1)[0].lower()
    found = _SHAPES[word].fullmatch(text) if word in _SHAPES else None
    if found is None:
        likely = next((example for example in EXAMPLES if example.startswith(word)), None)
        raise ValueError(f"got '{written}', must be such as {likely or ', '.join(EXAMPLES)}.")
    return _shape(word, text, found)


def _shape(word: str, text: str, found: re.Match[str]) -> Shape:
    low, high = _per_second(found[1], found[2]), _per_second(found[3], found[4])
    lengths = [quantities.duration(length).total_seconds() for length in found.groups()[4:]]
    if low < 0 or _positive(high, text) < low * (word != "ramp") or low == high == 0:
        raise ValueError(f"got '{text}': the second rate must be the higher one.")
    if min(lengths) <= 0:
        raise ValueError(f"got '{text}': a length of time must be > 0.")
    if word == "ramp":
        return ramp(text, low, high, lengths[0])
    if word == "wave":
        return wave(text, low, high, lengths[0])
    if lengths[0] >= lengths[1]:
        raise ValueError(f"got '{text}': a spike is shorter than the time from one to the next.")
    return spike(text, low, high, lengths[0], lengths[1])


def _per_second(number: str, unit: str) -> float:
    return float(number.replace("_", "")) / _SECONDS[unit.lower()]


def _positive(rate: float, text: str) -> float:
    if not rate > 0:
        raise ValueError(f"got '{text}', must be > 0.")
    return rate
