"""Items are told one by one, in a file beside the scenario; and orders have as many lines as they really have."""

from __future__ import annotations

import numpy as np
import pyarrow.csv
import pytest
import yaml

from sandbox.calibrate import calibrate
from sandbox.gap.gap import gaps
from sandbox.landing import land
from sandbox.scenario.loader import Options, load, load_text

SHOP = """\
sandbox: 1
name: shop
seed: 1
clock: {start: 2026-01-01, days: 60, zone: Europe/London}
datasets:
  articles:
    hidden: true
    rows: 60
    fixed: true
    static: true
    key: article_id
    columns:
      article_id: {pattern: "[A-Z]{4}", unique: true}
      title: {fake: {provider: word}}
      list_price: {lognormal: {median: 3, sigma: 1}, decimals: 2, told_by: price}
      owner: {fake: name, pii: true}
  orders:
    hidden: true
    rows: 1_500
    static: true
    key: order_id
    columns:
      order_id: {serial: 1, told_by: order_no}
      big: {bernoulli: 0.5, told_by: "order_no like 'B%'"}
  lines:
    of: orders
    fan_out: {poisson: 2}
    static: true
    columns:
      order_id: {parent: order_id, hidden: true}
      order_no: {sql: "case when parent.big then 'B' else 'S' end || parent.order_id"}
      article_id: {ref: {dataset: articles, zipf: 0.2}}
      title: {look_up: {by: article_id, column: title}}
      list_price: {look_up: {by: article_id, column: list_price}, hidden: true}
      owner: {look_up: {by: article_id, column: owner}, pii: true}
      discount: {choice: {none: 9, half: 1}, hidden: true, told_by: "case when price < list_price then 'half' else 'none' end"}
      price: {sql: "round(list_price * case discount when 'half' then 0.5 else 1 end, 2)"}
targets:
  real:
    lines: {parquet: real/lines}
"""  # noqa: E501
REALLY = (
    "datasets.lines.columns.article_id.ref.zipf=1.6",
    "datasets.lines.columns.discount.choice.half=4",
    'datasets.lines.fan_out={poisson: "case when parent.big then 9 else 1 end"}',
)


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.yaml").write_text(SHOP)
    land(load(tmp_path / "shop.yaml", Options(seed=77, settings=REALLY), {}).plan, tmp_path / "real")
    return load(tmp_path / "shop.yaml", Options(target="real"), {})


def written(found, tmp_path):
    (tmp_path / "new.yaml").write_text(found.text)
    for name, text in found.files.items():
        (tmp_path / name).write_text(text)
    return load(tmp_path / "new.yaml", Options(target="real"), {})


def test_the_catalogue_is_that_of_the_shop(shop, tmp_path):
    found = calibrate(shop, tmp_path / "new.yaml")
    assert set(found.files) == {"new.articles.csv"}
    assert not (tmp_path / "new.articles.csv").exists()  # what is judged is not yet written
    before = {each.column: each.ratio for each in gaps(shop.plan, whole_rows=False)[0].columns}
    after = {each.column: each.ratio for each in gaps(written(found, tmp_path).plan, whole_rows=False)[0].columns}
    assert max(after["article_id"], after["title"], after["price"]) < 2
    assert min(before["article_id"], before["title"], before["price"]) > 4
    assert after["order_no"] < 2


def test_only_items_of_many_and_nobodys_own_data_are_told(shop, tmp_path):
    found = calibrate(shop, tmp_path / "new.yaml")
    catalogue = pyarrow.csv.read_csv(written(found, tmp_path).plan.folder + "/new.articles.csv").to_pandas()
    real = pyarrow.parquet.read_table(tmp_path / "real" / "lines").to_pandas()
    times = real.article_id.value_counts()
    assert set(catalogue.article_id) == set(times[times >= 10].index)
    assert list(catalogue.columns) == ["article_id", "title", "list_price", "popularity"]
    assert catalogue.popularity.is_monotonic_decreasing
    assert catalogue.popularity.sum() == pytest.approx(1, abs=1e-4)


def test_orders_have_as_many_lines_by_what_it_hangs_on(shop, tmp_path):
    loaded = written(calibrate(shop, tmp_path / "new.yaml"), tmp_path)
    said = yaml.safe_load((tmp_path / "new.yaml").read_text())["datasets"]
    assert said["lines"]["fan_out"]["given"] == "parent.lines_case"
    assert "big" in said["orders"]["columns"]["lines_case"]["sql"]
    from sandbox.landing.reading import accepted_batches

    dummy = load_text((tmp_path / "new.yaml").read_text(), tmp_path / "new.yaml")
    orders = np.concatenate([batch.column("order_no").to_pylist() for batch in accepted_batches(dummy.plan, "lines")])
    names, counts = np.unique(orders, return_counts=True)
    big = np.char.startswith(names, "B")
    assert counts[big].mean() == pytest.approx(9, abs=0.4)
    assert counts[~big].mean() == pytest.approx(1 / (1 - np.exp(-1)), abs=0.1)  # those without lines are not seen
    assert loaded.plan.datasets["orders"].rows > 1_000


def test_to_calibrate_again_says_the_same(shop, tmp_path):
    once = calibrate(shop, tmp_path / "new.yaml")
    again = calibrate(written(once, tmp_path), tmp_path / "new.yaml")
    assert yaml.safe_load(once.text) == yaml.safe_load(again.text)
    assert once.files == again.files or set(once.files) == set(again.files)
