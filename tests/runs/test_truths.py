"""The truth of a run: complete, apart, the same for any workers, and seen by nothing that lands, learns or asks."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow.compute as pc
import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.runs import run as story

SHOP = """\
sandbox: 1
name: shop
seed: 5
clock: {start: 2026-03-01, days: 20}
datasets:
  products:
    rows: 40
    static: true
    key: product_id
    columns: {product_id: {serial: "P{:02d}"}, price: {lognormal: {median: 20, sigma: 0.5}, decimals: 2}}
  customers:
    rows: 400
    key: customer_id
    history: true
    taste: {factors: 3}
    columns:
      customer_id: {serial: 1}
      mood: {normal: {mean: 0, sd: 1}, hidden: true}
    leave: {hazard: {base: 0.02 per day, mood: 0.8}}
  web:
    of: customers
    time: happened_at
    visits: {per_day: 0.4, spread: 0.6, known: 0.5}
    choice: {consider: 4, taste: 1.5}
    journey:
      home: {emits: page_view, shows: {slots: 3, to: product, emits: click}, then: {leave: 1}, after: 10s}
      product: {emits: product_view, item: products, then: {leave: 1}, after: 10s}
    columns:
      event: {visit: event}
      customer_id: {visit: customer}
      product_id: {visit: item}
      intent: {normal: {mean: 0, sd: 1}, hidden: true}
  calls: {of: customers, time: called_at, visits: {per_day: 0.1}, columns: {customer_id: {visit: customer}}}
models:
  churn:
    blueprint: classify
    of: customers
    at: [day 10]
    label: {leaves within: 8 days}
    features: churn.sql
"""
FEATURES = "select customer_id, count(*) as visits from web where customer_id is not null group by all\n"


def loaded(tmp_path, features=FEATURES, text=SHOP):
    (tmp_path / "churn.sql").write_text(features, encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
    return sandbox.load(tmp_path / "shop.yaml")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    home = tmp_path_factory.mktemp("truth")
    seen, build = [], story.build_model

    def watched(loaded, name, landed, folder, world, wishes):
        built = build(loaded, name, landed, folder, world, wishes)
        seen.extend(path for path in folder.truth.iterdir() if path.is_dir())
        return built

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(story, "build_model", watched)
        made = loaded(home).run(home / "data", trials=1)
    assert not seen, "a model was built while the truth lay there"
    return made


def test_every_event_has_its_truth(run):
    landed, truth = run.table("web"), run.truth("web")
    assert truth["_sandbox.event_id"].equals(pc.struct_field(landed["_sandbox"], "event_id"))
    names = ["_sandbox.event_id", "intent", "parent.customer_id", "visit.chance", "visit.click_chance"]
    assert truth.column_names == names
    told = landed["customer_id"].to_numpy()
    assert 0.2 < np.isnan(told).mean() < 0.8
    assert (truth["parent.customer_id"].to_numpy()[~np.isnan(told)] == told[~np.isnan(told)]).all()
    assert truth["parent.customer_id"].null_count == 0


def test_chances_are_told_of_choices_alone(run):
    chance, event = run.truth("web")["visit.chance"].combine_chunks(), run.table("web")["event"].to_numpy()
    there = chance.is_valid().to_numpy(zero_copy_only=False)
    assert not there[event == "page_view"].any()
    assert there[event == "click"].all()
    assert ((chance.drop_null().to_numpy() > 0) & (chance.drop_null().to_numpy() <= 1)).all()


def test_entities_have_traits_and_habits(run):
    customers, items = run.truth("customers"), run.truth("products")
    assert customers.column_names == ["customer_id", "mood", "taste.1", "taste.2", "taste.3", "web.spread"]
    assert items.column_names == ["product_id", "taste.1", "taste.2", "taste.3", "web.popularity"]
    assert (customers.num_rows, items.num_rows) == (400, 40)
    taste = np.stack([customers[f"taste.{factor}"].to_numpy() for factor in (1, 2, 3)])
    assert abs(taste.mean()) < 4.5 / np.sqrt(taste.size)
    assert abs(taste.std() - 1) < 4.5 / np.sqrt(2 * taste.size)
    assert np.isclose(items["web.popularity"].to_numpy().sum(), 1)


def test_the_record_tells_it(run):
    assert run.record.truth == {"products": 40, "customers": 400, "web": run.table("web").num_rows}
    with pytest.raises(InputError, match=r"has no truth of 'wb'\. Did you mean 'web'"):
        run.truth("wb")


def test_workers_write_the_same_bytes(tmp_path, run):
    text = SHOP[: SHOP.index("models:")]
    again = loaded(tmp_path, text=text).run(tmp_path / "data", workers=2)
    assert digests(again) == {name: digest for name, digest in digests(run).items() if "/" in name}


def digests(run):
    files = sorted(run.folder.truth.rglob("*.parquet"))
    return {
        path.relative_to(run.folder.truth).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_nothing_that_lands_or_learns_has_a_trace_of_it(tmp_path, run):
    hidden = {"mood", "intent", "chance", "taste", "spread", "popularity"}
    for dataset in ("products", "customers", "web"):
        names = run.table(dataset).column_names
        assert not any(word in name for name in names for word in hidden)
    assert [column.name for column in run.models["churn"].columns] == ["visits"]
    truth = run.folder.truth / "web" / "00000.parquet"
    for query in (f"select * from read_parquet('{truth}')", "select customer_id, mood from customers"):
        with pytest.raises(InputError):
            loaded(tmp_path, query).run(tmp_path / "data", trials=1)
    for column in ("{visit: chance}", '{sql: "visit.chance"}'):
        with pytest.raises(InputError, match="chance"):
            loaded(tmp_path, text=SHOP.replace("{visit: event}", column))
