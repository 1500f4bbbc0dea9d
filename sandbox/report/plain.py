"""Figures, days and names as they are said to somebody who is not of the trade."""

from __future__ import annotations

import datetime
import zoneinfo
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OfAHundred:
    """A count of people out of a hundred, as a picture shows it."""

    name: str
    count: float
    words: str
    is_new: bool = False


def day(text: str, zone: str) -> str:
    """The day on which a moment of ISO text lies, where somebody lives in a zone."""
    return date(datetime.datetime.fromisoformat(text).astimezone(zoneinfo.ZoneInfo(zone)).date())


def date_of(text: str) -> str:
    """A date of ISO text."""
    return date(datetime.date.fromisoformat(text[:10]))


def date(day: datetime.date) -> str:
    """`5 March 2026`."""
    return f"{day.day} {day:%B %Y}"


def length(starts: str, ends: str) -> str:
    """How long it is between two moments of ISO text."""
    hours = (datetime.datetime.fromisoformat(ends) - datetime.datetime.fromisoformat(starts)).total_seconds() / 3600
    return (
        f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours" if hours >= 2 else f"{hours * 60:.0f} minutes"
    )


def signed(value: float, decimals: int = 0) -> str:
    """With its sign, and a minus that is one."""
    return f"{value:+,.{decimals}f}".replace("-", "−")


def few(share: float) -> str:
    """Of a hundred: `8`, or `0.4` where it is less than one."""
    value = 100 * share
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")


def the(arm: str) -> str:
    """An arm, as a sentence has it."""
    return f"“{words(arm)}”"


def words(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ")


def capital(text: str) -> str:
    """With a capital letter at its beginning."""
    return text[:1].upper() + text[1:]
