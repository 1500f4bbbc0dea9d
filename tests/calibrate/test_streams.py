"""Known values come back: what a scenario with wrong ones is calibrated to lies around those of which its data came."""

from __future__ import annotations

import re

import numpy as np
import pytest
import yaml

from sandbox.calibrate import calibrate
from sandbox.landing import land
from sandbox.scenario.loader import Options, load, load_text
from sandbox.scenario.rhythms import DAYS, WEEKS

WEB = """\
sandbox: 1
name: web
seed: 1
clock: {start: 2026-01-01, days: 120, zone: Europe/London}
datasets:
  customers:
    hidden: true
    rows: 1000
    history: true
    key: customer_id
    columns:
      customer_id: {serial: 1}
      valid_from: {datetime: [2025-11-01, 2026-04-30]}
      eager: {normal: {mean: 0, sd: 0.5}}
    leave: {hazard: 0.01 per day}
  web:
    of: customers
    time: at
    key: event_id
    visits: {per_day: "0.1 * exp(parent.eager)", spread: 0.3, day: flat}
    journey:
      home: {emits: home, then: {product: 0.5, leave: 0.5}, after: 60s}
      product: {emits: product, then: {product: 0.2, leave: 0.8}, after: 20s}
    columns:
      event_id: {visit: event_id}
      visit_id: {visit: id}
      customer_id: {visit: customer}
      event: {visit: event}
targets:
  real:
    web: {parquet: real/web}
"""

TRUTH = {
    "datasets.customers.rows": 3000,
    "datasets.customers.leave.hazard": 0.004,
    "datasets.web.visits.per_day": 0.06,
    "datasets.web.visits.spread": 0.9,
}
SETTINGS = (
    "datasets.customers.rows=3000",
    "datasets.customers.leave.hazard=0.004 per day",
    "datasets.web.visits.per_day=0.06 * exp(parent.eager)",
    "datasets.web.visits.spread=0.9",
    "datasets.web.visits.day=evening",
    "datasets.web.visits.week=weekend",
    'datasets.web.visits.holidays={"2026-02-11": 0}',
    "datasets.web.journey.home.then={product: 0.3, leave: 0.7}",
    "datasets.web.journey.home.after=45s",
    "datasets.web.journey.product.after={lognormal: {median: 30, sigma: 0.5}}",
)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    path = folder / "web.yaml"
    path.write_text(WEB)
    land(load(path, Options(seed=7, settings=SETTINGS), {}).plan, folder / "real")
    return folder, calibrate(load(path, Options(target="real"), {}), folder / "new.yaml")


def values_of(found):
    return yaml.safe_load(found.text)["datasets"]


def test_how_often_who_comes_and_how_long_they_stay_lie_in_their_intervals(found):
    changes = {change.what: change for change in found[1].changes}
    for what, true in TRUTH.items():
        low, high = (float(number.replace(",", "")) for number in re.findall(r"[\d.,]*\d", changes[what].interval))
        if what.endswith("per_day"):
            low, high = 0.1 * low, 0.1 * high  # by how many times the SQL is scaled
        assert low < true < high, (what, changes[what])
        assert high < 4 * low
    rate = values_of(found[1])["web"]["visits"]["per_day"]
    assert rate.endswith(" * exp(parent.eager)")
    assert float(rate.split(" ")[0]) == pytest.approx(0.06, rel=0.25)


def test_the_hours_and_days_are_those_that_were_seen(found):
    visits = values_of(found[1])["web"]["visits"]
    evening = np.array(DAYS["evening"])
    assert np.abs(np.array(visits["day"]) / 100 - evening / evening.sum()).sum() < 0.06
    weekend = np.array(WEEKS["weekend"])
    assert np.abs(np.array(visits["week"]) / 100 - weekend / weekend.sum()).sum() < 0.06
    assert visits["holidays"] == {"2026-02-11": 0}


def test_ways_and_stays_are_those_of_the_journey(found):
    journey = values_of(found[1])["web"]["journey"]
    changes = {change.what: change for change in found[1].changes}
    allowed = float(re.findall(r"± ([\d.]+)", changes["datasets.web.journey.home.then"].interval)[0])
    assert journey["home"]["then"]["product"] == pytest.approx(0.3, abs=1.5 * allowed)
    assert journey["product"]["then"] == {"product": 0.2, "leave": 0.8}  # as it was: it may well be so
    assert float(journey["home"]["after"].rstrip("s")) == pytest.approx(45, rel=0.05)
    assert journey["product"]["after"]["lognormal"]["median"] == pytest.approx(30, rel=0.06)
    assert journey["product"]["after"]["lognormal"]["sigma"] == pytest.approx(0.5, abs=0.05)


def test_what_was_calibrated_may_well_be_so(found):
    folder, once = found
    again = calibrate(load_text(once.text, folder / "new.yaml", Options(target="real"), {}), folder / "newer.yaml")
    assert not again.changes
