"""Rates of children are found again, as numbers and as SQL over what nobody sees."""

from __future__ import annotations

import pytest
import yaml

from sandbox.calibrate import calibrate

from .conftest import REALLY, SHOP

HIDDEN = SHOP.replace(
    "      # in pounds\n", "      zeal: {normal: {mean: 0, sd: 1}, hidden: true}\n      # in pounds\n"
)
BY_ZEAL = HIDDEN.replace('rate: "0.2"', 'rate: "0.2 * exp(0.5 * parent.zeal)"')


def rate_of(found):
    return yaml.safe_load(found.text)["datasets"]["calls"]["rate"]


def test_a_rate_that_is_a_number_is_found(shop, tmp_path):
    loaded = shop(*REALLY, "datasets.calls.rate=0.5", text=SHOP.replace('rate: "0.2"', "rate: 0.2"))
    found = calibrate(loaded, tmp_path / "new.yaml")
    assert rate_of(found) == pytest.approx(0.5, rel=0.03)
    change = next(change for change in found.changes if change.what == "datasets.calls.rate")
    low, high = (float(end) for end in change.interval.split(" to "))
    assert low <= 0.5 <= high
    assert change.off == pytest.approx(0.6, abs=0.05)


def test_sql_keeps_its_form_and_gets_another_factor(shop, tmp_path):
    loaded = shop(*REALLY, "datasets.calls.rate=0.5 * exp(0.5 * parent.zeal)", text=BY_ZEAL)
    factor, rest = rate_of(calibrate(loaded, tmp_path / "new.yaml")).split(" * ", 1)
    assert float(factor) == pytest.approx(0.5, rel=0.05)
    assert rest == "exp(0.5 * parent.zeal)"


def test_a_rate_that_may_well_be_so_stays(shop, tmp_path):
    found = calibrate(shop(), tmp_path / "new.yaml")
    assert rate_of(found) == "0.2"
