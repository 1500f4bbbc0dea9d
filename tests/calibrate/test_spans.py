"""The ends of dates and times are found again, and no single person's day is one of them."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml

from sandbox.calibrate import calibrate

from .conftest import REALLY, SHOP

DATED = SHOP.replace(
    "      # in pounds\n",
    "      born: {date: [1970-01-01, 1999-12-31]}\n"
    "      joined: {datetime: [2024-01-01, 2025-01-01]}\n"
    "      day: {date: [2026-01-01, 2026-01-03]}\n"
    "      # in pounds\n",
)


def test_both_ends_are_found_and_what_may_well_be_so_stays(shop, tmp_path):
    loaded = shop(*REALLY, "datasets.customers.columns.born.date=[1940-01-01, 2005-12-31]", text=DATED)
    found = calibrate(loaded, tmp_path / "new.yaml")
    columns = yaml.safe_load(found.text)["datasets"]["customers"]["columns"]
    first, last = columns["born"]["date"]
    assert abs((first - dt.date(1940, 1, 1)).days) < 120
    assert abs((last - dt.date(2005, 12, 31)).days) < 120
    assert columns["joined"]["datetime"] == [dt.date(2024, 1, 1), dt.date(2025, 1, 1)]
    assert columns["day"]["date"] == [dt.date(2026, 1, 1), dt.date(2026, 1, 3)]
    assert not any(change.what.endswith("day.date") for change in found.changes)
    change = next(change for change in found.changes if change.what.endswith("born.date"))
    assert change.off == pytest.approx(0.45, abs=0.05)


def test_times_are_found_in_the_zone_of_the_clock(shop, tmp_path):
    really = "datasets.customers.columns.joined.datetime=[2025-03-01, 2025-09-01]"
    found = calibrate(shop(*REALLY, really, text=DATED), tmp_path / "new.yaml")
    first, last = yaml.safe_load(found.text)["datasets"]["customers"]["columns"]["joined"]["datetime"]
    assert abs((first - dt.date(2025, 3, 1)).days) <= 1
    assert abs((last - dt.date(2025, 9, 1)).days) <= 1
