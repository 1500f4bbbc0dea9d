"""What an unquoted word in a scenario means, without YAML's silent readings.

YAML 1.1 reads `NO` as false, `12:30` as 750 and `010` as 8; other readers of YAML do not. Wherever two readers
would disagree, or where the reading is rarely what was meant, the word is refused and the mend says what to write.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass

Scalar = str | int | float | bool | dt.date | None

_SILENTLY_TRUE = ("yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE")
_SILENTLY_FALSE = ("no", "No", "NO", "off", "Off", "OFF", "False", "FALSE")
_SILENT_NULLS = ("~", "Null", "NULL")
_INTEGER = re.compile(r"[-+]?\d+(?:_\d+)*", re.ASCII)
_DECIMAL = re.compile(r"(?=[-+]?\.?\d)[-+]?(?:\d+(?:_\d+)*)?\.(?:\d+(?:_\d+)*)?(?:[eE][-+]?\d+)?", re.ASCII)
_STRAY_UNDERSCORE = re.compile(r"[-+]?\d[\d_]*(?:\.[\d_]*)?", re.ASCII)
_EXPONENT = re.compile(r"[-+]?\d[\d_]*[eE][-+]?\d+", re.ASCII)
_SIXTIES = re.compile(r"[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0\d[\d_]*(?:\.\d*)?", re.ASCII)
_OTHER_BASE = re.compile(r"[-+]?0(?:[xX]_?[0-9a-fA-F][0-9a-fA-F_]*|[oO]_?[0-7][0-7_]*|[bB]_?[01][01_]*)", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt]|[ \t]+)(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)[ \t]*(Z|[-+]\d{2}:\d{2})?",
    re.ASCII,
)
_LONGEST_NUMBER = 40
_SMALLEST_INTEGER, _LARGEST_INTEGER = -(2**63), 2**64 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a word, and why it may not stand like that; `fault` is empty where it may."""

    value: Scalar
    fault: str = ""


def read_plain(word: str) -> Reading:
    """Read an unquoted YAML word as text, whole number, decimal, true, false, null, date or moment.

    A refused word still has the value that a reader of the file would expect, so that checking can go on.
    """
    if word == "":
        return Reading(None, 'has no value; write null for nothing or "" for empty text.')
    if word in ("true", "false"):
        return Reading(word == "true")
    if word == "null":
        return Reading(None)
    if word in _SILENTLY_TRUE or word in _SILENTLY_FALSE:
        meaning = "true" if word in _SILENTLY_TRUE else "false"
        return Reading(word, f'{word} is read as {meaning} by YAML; write {meaning}, or "{word}" for the text.')
    if word in _SILENT_NULLS:
        return Reading(None, f'{word} is read as null by YAML; write null, or "{word}" for the text.')
    if word[0] in "+-.0123456789":
        return _read_number(word)
    return Reading(word)


def _read_number(word: str) -> Reading:
    if _DATE.fullmatch(word) or _MOMENT.fullmatch(word):
        return _read_date(word)
    if _NOT_FINITE.fullmatch(word):
        return Reading(None, f'{word} is not a finite number; for the text write "{word}".')
    if _SIXTIES.fullmatch(word):
        return Reading(word, f'{word} is read as a number to base 60 by YAML; write "{word}".')
    if _LEADING_ZERO.fullmatch(word):
        plain = re.sub(r"^([-+]?)0+(?=\d)", r"\1", word)
        return Reading(word, f'{word} is to base 8 for some; write {plain} for the number or "{word}" for the text.')
    if len(word) > _LONGEST_NUMBER and (_INTEGER.fullmatch(word) or _DECIMAL.fullmatch(word)):
        return Reading(None, f"a number of {len(word)} characters is too long; put it in quotes if it is text.")
    if _OTHER_BASE.fullmatch(word) and len(word) <= _LONGEST_NUMBER:
        return _read_other_base(word)
    if _INTEGER.fullmatch(word):
        return _in_range(int(word))
    if _DECIMAL.fullmatch(word):
        return _read_decimal(word)
    if _EXPONENT.fullmatch(word) and len(word) <= _LONGEST_NUMBER:
        return _read_exponent(word)
    if "_" in word and _STRAY_UNDERSCORE.fullmatch(word):
        plain = word.replace("_", "")[:_LONGEST_NUMBER]
        return Reading(word, f'{word} is a number to some; write {plain} for the number or "{word}" for the text.')
    return Reading(word)


def _read_date(word: str) -> Reading:
    match = _MOMENT.fullmatch(word)
    try:
        if match is None:
            return Reading(dt.date.fromisoformat(word))
        day, clock, zone = match.groups()
        return Reading(dt.datetime.fromisoformat(f"{day}T{clock}{zone or ''}"))
    except ValueError:
        return Reading(word, f'{word} is not a date of the calendar; for the text write "{word}".')


def _in_range(number: int) -> Reading:
    if _SMALLEST_INTEGER <= number <= _LARGEST_INTEGER:
        return Reading(number)
    return Reading(number, "a whole number needs at most 64 bits here; put it in quotes if it is text.")


def _read_decimal(word: str) -> Reading:
    number = float(word)
    if math.isinf(number):
        return Reading(None, f'{word} is larger than any number here; for the text write "{word}".')
    return Reading(number)


def _read_exponent(word: str) -> Reading:
    digits, exponent = re.split("[eE]", word.replace("_", ""))
    number = float(f"{digits}e{exponent}")
    if math.isinf(number):
        return Reading(None, f'{word} is larger than any number here; for the text write "{word}".')
    short = f" {int(number)} or" if number.is_integer() and abs(number) < 1e15 else ""
    mend = f'write{short} {digits}.0e{exponent} for the number, or "{word}" for the text.'
    return Reading(number, f"{word} is read as text by YAML 1.1 and as a number by others; {mend}")


def _read_other_base(word: str) -> Reading:
    number = int(word.replace("_", ""), 0)
    return Reading(number, f'{word} is text to some readers; write {number} for the number or "{word}" for the text.')
