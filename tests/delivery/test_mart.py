"""What is looked up while a connector is down is old, and a model is given no more than had arrived."""

from __future__ import annotations

import datetime as dt

import pytest

from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.mart.cut import Mart
from sandbox.mart.sql_text import Sql

CHAIN = "{kafka: {}, connector: {outages: [{at: day 5, for: 18h}]}, kinesis: {}, etl: {every: 5min}}"
HOUR_US = 3_600_000_000
MODEL = """
models:
  comes:
    about: Who comes within two days?
    blueprint: classify
    of: web
    entity: customer
    at: [{moments}]
    label: {{occurs: web, where: "page = 'basket'", within: 2 days}}
    features: >-
      select customer, count(*) as pages, date_diff('minute', max(seen_at), $cut) as minutes_since
      from web where seen_at > $cut - interval 12 hour group by customer
    candidates: [majority, logistic]
    spike: {{trials: 1}}
"""


@pytest.fixture
def landed(feed, tmp_path):
    scenario = feed(CHAIN)
    return scenario, scenario.generate(tmp_path / "out"), scenario.run(tmp_path / "runs")


def test_an_outage_ages_what_is_known(landed):
    """Minutes old as a rule, hours during the outage, minutes again once it is caught up."""
    scenario, _, run = landed
    mart = Mart({"web": sorted((run.folder.landing / "web").glob("*.parquet"))}, contracts(scenario))
    start_us = scenario.plan.clock.start_us + 5 * 24 * HOUR_US
    ages = []
    for hours in (-1, 6, 17, 19):
        moment_us = start_us + hours * HOUR_US
        with mart.at(moment_us) as cut:
            newest = cut.query(Sql("SELECT max(seen_at) AS newest FROM web"))["newest"][0].as_py()
        ages.append((dt.datetime.fromtimestamp(moment_us / 1e6, dt.UTC) - newest).total_seconds() / 3600)
    before, early, long, after = ages
    assert max(before, after) < 0.2
    assert early == pytest.approx(6, abs=0.3)
    assert long == pytest.approx(17, abs=0.3)


def test_features_see_only_what_had_arrived(feed, tmp_path):
    """In the outage nobody is known to have come in the last twelve hours: there is nobody to score."""
    up = feed(CHAIN + MODEL.format(moments="day 4 17:00")).run(tmp_path / "runs").record.models[0]
    assert up.card
    with pytest.raises(InputError, match="nobody of web is there with features"):
        feed(CHAIN + MODEL.format(moments="day 5 17:00")).run(tmp_path / "runs")
    feed("{streams: [web], connector: {}}" + MODEL.format(moments="day 5 17:00")).run(tmp_path / "runs")


def contracts(scenario) -> dict[str, Contract]:
    return {"web": scenario.plan.datasets["web"].contract}
