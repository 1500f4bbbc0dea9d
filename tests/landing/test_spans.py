"""The past as files, then the same world onwards: no gap, no overlap, and the same rows as one long run."""

from __future__ import annotations

import datetime
import json

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import sandbox
from sandbox.errors import InputError

SCENARIO = """\
sandbox: 1
name: shop
clock: {start: 2026-03-20, days: 20, zone: Europe/London}
datasets:
  items: {rows: 9, static: true, key: item, columns: {item: {serial: 1}}}
  customers:
    rows: 400
    history: true
    key: customer
    columns: {customer: {serial: 1}, valid_from: {datetime: [2026-03-10, 2026-04-05]}, plan: {choice: [basic, plus]}}
    recent: {views_3d: {count: web, where: "event = 'view'", within: 3 days}}
    leave: {hazard: {base: 0.03 per day, views_3d: -0.2}}
    transitions: {upgrade: {hazard: 0.05 per day, set: {plan: "'plus'"}}}
  web:
    of: customers
    time: at
    key: id
    visits: {per_day: 1, day: evening, longest: 6h}
    journey:
      look: {emits: look, then: {view: 0.8, leave: 0.2}, after: 30min}
      view: {emits: view, item: items, then: {view: 0.6, leave: 0.4}, after: 40min}
    columns: {id: {visit: event_id}, event: {visit: event}, item: {visit: item}}
  invoices:
    of: customers
    rate: 0.3
    time: sent_at
    columns: {amount: {exponential: 9}}
"""
CUT = "2026-03-29 01:30"  # in the hour that summer time skips


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop.yaml").write_text(SCENARIO, encoding="utf-8")
    return sandbox.load(tmp_path / "shop.yaml")


def table(scenario, dataset, **span):
    batches = list(scenario.batches(dataset, **span))
    whole = pa.Table.from_batches(batches)
    plain = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in whole.schema]
    return whole.cast(pa.schema(plain)).combine_chunks()


@pytest.mark.parametrize("dataset", ["web", "invoices"])
@pytest.mark.parametrize("cut", ["day 9", CUT, "2026-03-21 23:59:59"])
def test_spans_that_meet_make_the_whole(shop, dataset, cut):
    past, rest = table(shop, dataset, until=cut), table(shop, dataset, since=cut)
    whole = table(shop, dataset)
    time = "at" if dataset == "web" else "sent_at"
    assert pa.concat_tables([past, rest]).sort_by(time).equals(whole.sort_by(time))
    assert past.num_rows > 0 < rest.num_rows
    assert max(past[time].to_pylist()) < min(rest[time].to_pylist())


def test_a_window_in_the_middle(shop):
    whole = table(shop, "web").to_pandas()
    window = table(shop, "web", since="day 5", until="day 6").to_pandas()
    start = whole["at"].dt.tz_convert("Europe/London").dt.strftime("%Y-%m-%d")
    assert window.equals(whole[start == "2026-03-25"].reset_index(drop=True))


def test_local_times_are_those_of_the_zone(tmp_path):
    """In summer Berlin's midnight is 22:00 UTC: a local time just after it lies in the span that begins there."""
    (tmp_path / "till.yaml").write_text(
        "sandbox: 1\nname: till\nclock: {start: 2026-07-01, days: 4, zone: Europe/Berlin}\ndatasets:\n  sales:\n"
        "    rows: 500\n    time: at\n    columns: {at: {times: flat, type: 'timestamp(us, none)'}}\n",
        encoding="utf-8",
    )
    till = sandbox.load(tmp_path / "till.yaml")
    past, rest = (table(till, "sales", **span)["at"].to_pylist() for span in ({"until": "day 2"}, {"since": "day 2"}))
    assert sorted(past + rest) == sorted(table(till, "sales")["at"].to_pylist())
    assert max(past) < datetime.datetime(2026, 7, 3) <= min(rest)


def test_a_past_knows_nothing_of_what_came_later(shop):
    known = table(shop, "customers", until="day 9").to_pandas()
    then = shop.table("customers", as_of="day 9").to_pandas()
    now = known[known.valid_to.isna()]
    assert now.customer.tolist() == then.customer.tolist()
    assert now.plan.tolist() == then.plan.tolist()
    later = table(shop, "customers", since="day 9").to_pandas()
    assert (later.valid_to.isna() | (later.valid_to > known.valid_from.max())).all()


def test_generate_writes_the_past_and_what_comes_after(shop, tmp_path):
    past = shop.generate(tmp_path / "past", until="day 9").manifest
    rest = shop.generate(tmp_path / "rest", since="day 9").manifest
    whole = shop.generate(tmp_path / "whole").manifest
    counts = [manifest.datasets["web"].accepted for manifest in (past, rest, whole)]
    assert counts[0] + counts[1] == counts[2]
    ids = [ds.dataset(tmp_path / name / "web").to_table(columns=["id"])["id"].to_pylist() for name in ("past", "rest")]
    assert ids[0] + ids[1] == ds.dataset(tmp_path / "whole" / "web").to_table(columns=["id"])["id"].to_pylist()
    told = json.loads((tmp_path / "past" / "manifest.json").read_text(encoding="utf-8"))
    assert "until 2026-03-29" in json.dumps(told)


def test_a_live_stream_goes_on_as_one_long_run_would(shop, tmp_path):
    long = sandbox.load(tmp_path / "shop.yaml", set={"clock.days": 60})
    expected = table(long, "web", since="day 12", until="day 40")
    live, seen = [], 0
    for batch in shop.live("web", since="day 12"):
        live.append(batch)
        seen += batch.num_rows
        if seen > expected.num_rows:
            break
    whole = pa.Table.from_batches([batch.cast(expected.schema) for batch in live]).slice(0, expected.num_rows)
    assert whole.combine_chunks().equals(expected)


def test_spans_that_make_no_sense(shop):
    with pytest.raises(InputError, match="lies after `until`"):
        shop.batches("web", since="day 5", until="day 4")
    with pytest.raises(InputError, match="lies after the clock's end"):
        shop.batches("web", since="day 20")
    with pytest.raises(InputError, match="since: got 'soon'"):
        shop.batches("web", since="soon")
    with pytest.raises(InputError, match="only a simulated stream"):
        shop.live("customers", since="day 1")
