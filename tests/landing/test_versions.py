"""A schema that gains columns, a field that comes as null: what lands, what is set aside, what the manifest says."""

import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import sandbox
from sandbox.landing import Shape, land

SCENARIO = """\
sandbox: 1
name: gains
clock: {start: 2026-01-01, days: 12}
changes:
  coupons: {kind: schema, from: day 5, adds: {web: [coupon]}}
  channels: {kind: schema, from: day 9 12:00, adds: {web: [channel]}}
  broken: {kind: fault, from: day 2, to: day 4, nulls: {web: {page: 0.3, channel: 1}}}
  late: {kind: fault, from: day 10, to: day 11, nulls: {web: {channel: 0.5}}}
datasets:
  customers: {rows: 400, static: true, key: customer_id, columns: {customer_id: {serial: 1}}}
  web:
    of: customers
    time: seen_at
    key: event_id
    visits: {per_day: 0.5}
    columns:
      event_id: {visit: event_id}
      page: {choice: [home, offers]}
      coupon: {pattern: "[A-Z]{4}", nulls: 0.5}
      channel: {choice: [web, app]}
targets:
  real: {web: {parquet: real.parquet}}
"""
BEGINS = ("2026-01-06T00:00:00+00:00", "2026-01-10T12:00:00+00:00")


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "gains.yaml"
    path.write_text(SCENARIO, "utf-8")
    return path


def landed(path, out, target=None):
    found = land(sandbox.load(path, target=target).plan, out, shape=Shape(envelope=True))
    entry = found.manifest.datasets["web"]
    tables = [pq.read_table(out / part.file) for part in entry.parts]
    return entry, pa.concat_tables(tables).sort_by("seen_at")


def test_columns_are_there_from_their_version_on(scenario, tmp_path):
    entry, rows = landed(scenario, tmp_path / "out")
    assert entry.contract["version"] == 3
    assert tuple(entry.contract["versions"]) == BEGINS
    assert {each["name"]: each.get("since", 1) for each in entry.contract["columns"]}["channel"] == 3
    version = pc.struct_field(rows["_sandbox"], "contract_version")
    begins = [datetime.datetime.fromisoformat(each) for each in BEGINS]
    wanted = [1 + sum(at >= each for each in begins) for at in rows["seen_at"].to_pylist()]
    assert version.to_pylist() == wanted
    assert set(wanted) == {1, 2, 3}
    frame = rows.drop_columns(["_sandbox"]).to_pandas().assign(version=wanted)
    assert frame[frame.version < 2].coupon.isna().all()
    assert 0.3 < frame[frame.version >= 2].coupon.isna().mean() < 0.7
    assert frame[frame.version < 3].channel.isna().all()
    assert frame[frame.version == 3].channel.notna().all()


def test_what_comes_as_null_against_the_contract_is_set_aside(scenario, tmp_path):
    entry, rows = landed(scenario, tmp_path / "out")
    assert set(entry.broken) == {"page.not_null", "channel.not_null"}
    refused = pa.concat_tables([pq.read_table(tmp_path / "out" / part.file) for part in entry.rejected_parts])
    assert {text[:10] for text in refused["seen_at"].to_pylist()} == {"2026-01-03", "2026-01-04", "2026-01-11"}
    assert entry.rows_in == rows.num_rows + refused.num_rows
    assert 0.2 < entry.broken["page.not_null"] / 400 < 0.4


def test_a_real_source_is_judged_by_the_same_versions(scenario, tmp_path):
    def at(day):
        return datetime.datetime(2026, 1, day, 13, tzinfo=datetime.UTC)

    columns = {
        "event_id": [1, 2, 3, 4],
        "customer_id": [1, 1, 1, 1],
        "seen_at": [at(3), at(3), at(10), at(11)],
        "page": ["home"] * 4,
        "coupon": [None, "ABCD", None, None],
        "channel": [None, None, "web", None],
    }
    pq.write_table(pa.table(columns), tmp_path / "real.parquet")
    entry, rows = landed(scenario, tmp_path / "out", target="real")
    assert rows["event_id"].to_pylist() == [1, 3]
    assert dict(entry.broken) == {"channel.not_null": 1, "coupon.version": 1}
    assert pc.struct_field(rows["_sandbox"], "contract_version").to_pylist() == [1, 3]
    # A feed that does not know the columns yet can be read all the same.
    pq.write_table(pa.table(columns).select(["event_id", "customer_id", "seen_at", "page"]), tmp_path / "real.parquet")
    entry, rows = landed(scenario, tmp_path / "again", target="real")
    assert rows["event_id"].to_pylist() == [1, 2]
