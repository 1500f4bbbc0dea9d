"""How often items are referred to, by what that hangs on: the season, and who refers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import yaml

from sandbox.calibrate import calibrate
from sandbox.calibrate.popularity import popularity_of
from sandbox.calibrate.predictors import Predictor
from sandbox.landing import land
from sandbox.landing.reading import accepted_batches
from sandbox.scenario.loader import Options, load

ITEMS = 40
TURN_US = 600.0

SHOP = """\
sandbox: 1
name: shop
seed: 1
clock: {start: 2026-01-01, days: 60, zone: Europe/London}
datasets:
  articles:
    hidden: true
    rows: 30
    fixed: true
    static: true
    key: article_id
    columns:
      article_id: {serial: 1}
      winter: {sql: "case when article_id <= 15 then 1.0 else 0.0 end"}
      summer: {sql: "case when article_id > 10 then 1.0 else 0.0 end"}
  orders:
    hidden: true
    rows: 4_000
    time: at
    key: order_id
    columns:
      order_id: {serial: 1, told_by: order_no}
      at: {datetime: [2026-01-01, 2026-03-01], told_by: sold_at}
  lines:
    of: orders
    fan_out: {poisson: 3}
    time: sold_at
    columns:
      order_no: {parent: order_id}
      sold_at: {sql: "parent.at", type: timestamp}
      season: {sql: "case when parent.at < '2026-01-25'::timestamp then 'winter' else 'summer' end", hidden: true}
      article_id: {ref: {dataset: articles, zipf: 0}}
targets:
  real:
    lines: {parquet: real/lines}
"""
REALLY = (
    "datasets.lines.columns.article_id.ref={dataset: articles, given: season, weight: {winter: winter, else: summer}}"
)


def rows(count, seed=3):
    """Items of rows that turn to the second half of them at a moment, for one kind of customer only."""
    random = np.random.default_rng(seed)
    people = random.integers(0, count // 10, count).astype(np.int32)
    time = random.uniform(0, 1_000, count)
    regular = random.random(count) < 0.5
    item = random.integers(0, ITEMS // 2, count)
    item = np.where(regular & (time >= TURN_US), item + ITEMS // 2, item)
    return item, people, Predictor("at", time, is_time=True), Predictor("regular", regular.astype(float), (False, True))


def test_a_season_that_only_some_have_is_found():
    item, people, time, regular = rows(20_000)
    found = popularity_of(item, people, [time, regular], ITEMS)
    assert set(found.by) == {"at", "regular"}
    assert found.gain > 0.3
    turned = [shares for shares in found.weights.values() if shares[ITEMS // 2 :].sum() > 0.9]
    assert 1 <= len(turned) <= 2
    assert len(found.weights) <= 5
    assert all(shares.sum() == pytest.approx(1, abs=1e-6) for shares in found.weights.values())


def test_what_hangs_on_nothing_is_not_parted():
    random = np.random.default_rng(4)
    item = random.zipf(1.5, 20_000) % ITEMS
    people = random.integers(0, 2_000, 20_000).astype(np.int32)
    anything = Predictor("at", random.uniform(0, 1, 20_000), is_time=True)
    assert popularity_of(item, people, [anything], ITEMS) is None


def test_an_item_of_few_people_in_a_case_is_told_with_others():
    """One person buys all of one item after the turn: no case says what that one bought."""
    item, people, time, regular = rows(20_000)
    last = (time.values > 900) & (people == people[0])
    item = np.where(last, 0, item)
    found = popularity_of(item, people, [time, regular], ITEMS)
    for shares in found.weights.values():
        rare = shares[1 : ITEMS // 2]
        if rare.sum() < 0.1:  # a case in which the first half is all but gone
            assert shares[0] <= 4 * rare.max()


def test_a_scenarios_seasons_are_found_again(tmp_path):
    (tmp_path / "shop.yaml").write_text(SHOP)
    land(load(tmp_path / "shop.yaml", Options(seed=77, settings=(REALLY,)), {}).plan, tmp_path / "real")
    found = calibrate(load(tmp_path / "shop.yaml", Options(target="real"), {}), tmp_path / "new.yaml")
    columns = yaml.safe_load(found.text)["datasets"]["lines"]["columns"]
    assert columns["article_id"]["ref"]["given"] == "article_id_case"
    assert "2026-01-2" in columns["article_id_case"]["sql"]
    (tmp_path / "new.yaml").write_text(found.text)
    for name, text in found.files.items():
        (tmp_path / name).write_text(text)
    dummy = pa.Table.from_batches(accepted_batches(load(tmp_path / "new.yaml", Options(), {}).plan, "lines"))
    sold_at = np.asarray(dummy["sold_at"].cast(pa.timestamp("us")))
    article = np.asarray(dummy["article_id"])
    assert np.mean(article[sold_at < np.datetime64("2026-01-24")] > 15) < 0.02
    assert np.mean(article[sold_at > np.datetime64("2026-01-26")] <= 10) < 0.02
