"""Rhythms by name: how busy the hours of a day and the days of a week are."""

from __future__ import annotations

from typing import Literal

# Weights of the 24 hours from midnight, of the scenario's zone: night, morning, afternoon, evening.
# fmt: off
DAYS: dict[str, tuple[float, ...]] = {
    "flat": (1,) * 24,
    "office": (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 3, 6, 7, 6.5,
               4.5, 5.5, 7, 7, 6, 4, 1.5, 0.7, 0.4, 0.3, 0.2, 0.1),
    "evening": (1, 0.5, 0.3, 0.2, 0.2, 0.3, 0.7, 1.5, 2, 2.2, 2.4, 2.6,
                3, 2.8, 2.6, 2.6, 2.9, 3.6, 4.8, 6.2, 7, 6.6, 4.6, 2.4),
    "night": (6, 6.5, 5.5, 4, 2.5, 1, 0.5, 0.5, 0.5, 0.5, 0.6, 0.7,
              0.8, 0.8, 0.8, 0.9, 1, 1.3, 1.8, 2.5, 3.3, 4.2, 5, 5.6),
    "commute": (0.2, 0.1, 0.1, 0.1, 0.3, 1, 3.5, 7, 7.5, 4, 2, 1.8,
                2.2, 2, 1.9, 2.6, 4.5, 7, 6.5, 4, 2.2, 1.4, 0.9, 0.5),
}
# fmt: on
# Weights of the seven days from Monday.
WEEKS: dict[str, tuple[float, ...]] = {
    "flat": (1,) * 7,
    "workdays": (5, 5, 5, 5, 4.5, 0.8, 0.5),
    "weekend": (3, 3, 3, 3.2, 4, 5.5, 5),
}

DayShape = Literal["flat", "office", "evening", "night", "commute"]
WeekShape = Literal["flat", "workdays", "weekend"]
