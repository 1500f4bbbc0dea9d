"""Real rows tell of the datasets behind them: by what is handed on, referred to, looked up or said by `told_by`."""

from __future__ import annotations

import yaml

from sandbox.calibrate import calibrate
from sandbox.calibrate.fitted import Evidence
from sandbox.calibrate.observed import observed
from sandbox.calibrate.predictors import predictors_of
from sandbox.calibrate.telling import hidden_behind, with_own
from sandbox.landing import land
from sandbox.scenario.loader import Options, load

SHOP = """\
sandbox: 1
name: shop
seed: 1
clock: {start: 2026-01-01, days: 60, zone: Europe/London}
datasets:
  articles:
    hidden: true
    rows: 40
    static: true
    key: article_id
    columns:
      article_id: {serial: "A{:03d}"}
      kind: {choice: {food: 1, drink: 1}}
  people:
    hidden: true
    rows: 400
    static: true
    key: person_id
    columns:
      person_id: {serial: 1}
      country: {choice: {GB: 1, FR: 1}}
  orders:
    hidden: true
    of: people
    time: at
    key: order_id
    visits: {per_day: 0.1}
    columns:
      order_id: {serial: 1, told_by: order_no}
      country: {sql: parent.country}
      sent_back: {bernoulli: 0.1, told_by: "order_no like 'C%'"}
      guest: {bernoulli: 0.1, told_by: person_id is null}
  lines:
    of: orders
    fan_out: {poisson: 3}
    time: at
    columns:
      order_id: {parent: order_id, hidden: true}
      order_no: {sql: "case when parent.sent_back then 'C' else '' end || order_id"}
      at: {sql: "date_trunc('minute', parent.at)", type: timestamp}
      article_id: {ref: articles}
      kind: {look_up: {by: article_id, column: kind}}
      pieces: {poisson: 4, hidden: true, told_by: abs(quantity)}
      quantity: {sql: "case when parent.sent_back then -1 else 1 end * pieces", type: int64}
      person_id: {sql: parent.person_id, nulls: "case when parent.guest then 1.0 else 0.0 end"}
      country: {sql: parent.country}
models:
  again: {blueprint: classify, of: lines, entity: person_id, at: day 30, label: {occurs: lines, within: 20 days},
    features: "select person_id, count(*) as n from lines group by 1"}
targets:
  real:
    lines: {parquet: real/lines}
"""
REALLY = (
    "datasets.people.columns.country.choice={GB: 3, FR: 1, DE: 1}",
    "datasets.articles.columns.kind.choice.food=3",
    "datasets.orders.columns.sent_back.bernoulli=0.3",
    "datasets.lines.columns.pieces.poisson=7",
)


def seen(tmp_path, *settings):
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    land(load(path, Options(seed=77, settings=settings), {}).plan, tmp_path / "real")
    loaded = load(path, Options(target="real"), {})
    rows = with_own(loaded.plan, "lines", observed(loaded.plan, "lines"))
    return loaded, rows, hidden_behind(loaded.plan, "lines", rows)


def test_each_hidden_dataset_is_seen_by_its_key(tmp_path):
    _, rows, behind = seen(tmp_path)
    whole = rows.table.to_pandas()
    assert set(behind) == {"articles", "orders", "people"}
    assert set(behind["articles"].table.column_names) == {"article_id", "kind"}
    assert set(behind["orders"].table.column_names) == {"order_id", "person_id", "country", "sent_back", "guest", "at"}
    assert set(behind["people"].table.column_names) == {"person_id", "country"}
    assert behind["orders"].table.num_rows == whole.order_no.nunique()
    assert behind["people"].table.num_rows == whole.person_id.nunique()
    assert (whole.pieces == whole.quantity.abs()).all()
    orders = behind["orders"].table.to_pandas().set_index("order_id")
    guests = whole[whole.person_id.isna()].order_no.unique()
    assert orders.guest[guests].all()
    assert not orders.guest.drop(guests).any()


def test_lines_of_nobody_known_are_of_whom_their_order_is(tmp_path):
    _, rows, _ = seen(tmp_path)
    whole = rows.table.to_pandas().assign(person=rows.entities)
    assert (whole.groupby("order_no").person.nunique() == 1).all()


def test_hidden_datasets_are_calibrated_too(tmp_path):
    loaded, _, _ = seen(tmp_path, *REALLY)
    found = yaml.safe_load(calibrate(loaded, tmp_path / "new.yaml").text)["datasets"]
    assert found["people"]["columns"]["country"]["choice"].keys() == {"GB", "FR", "DE"}
    assert abs(found["orders"]["columns"]["sent_back"]["bernoulli"] - 0.3) < 0.05
    assert abs(found["lines"]["columns"]["pieces"]["poisson"]["mean"] - 7) < 0.3
    assert found["articles"]["rows"] == 40
    assert abs(found["people"]["rows"] - 400) < 12  # those who never ordered leave no trace, and are estimated


def test_what_only_tells_who_is_known_hangs_on_no_trait_of_theirs(tmp_path):
    loaded, rows, behind = seen(tmp_path)
    known = Evidence("orders", behind["orders"], loaded.plan, loaded.as_written, {"lines": rows, **behind})
    by = {target: {each.name for each in predictors_of(known, target)} for target in ("sent_back", "guest")}
    assert "parent.country" in by["sent_back"]
    assert not any(name.startswith("parent.") for name in by["guest"])
