"""Events that come damaged land among the rejected rows with their reason, and are told apart for a replay."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from sandbox.delivery.damage import ENCODING, OVERSIZED, SCHEMA_ID, TRUNCATED
from sandbox.sources.opening import open_source
from tests.delivery.conftest import landing

DAMAGES = "{link: {latency: 2min, corrupt: {truncated: 0.02, encoding: 0.03, schema_id: 0.01, oversized: 0.04}}}"


@pytest.fixture
def landed(feed, tmp_path):
    return feed(DAMAGES).generate(tmp_path / "out")


def rejected(landed, rule):
    rows = ds.dataset(landed.rejected("web")).to_table().to_pylist()
    return [row for row in rows if row["_reasons"] == [f"message.{rule}"]]


def test_each_way_has_its_share_and_no_row_is_lost(landed, feed):
    entry = landed.manifest.datasets["web"]
    assert entry.rows_in == entry.accepted + entry.rejected == landing(feed("{link: 2min}")).num_rows
    shares = {"truncated": 0.02, "encoding": 0.03, "schema_id": 0.01, "oversized": 0.04}
    for name, share in shares.items():
        hit, deviation = entry.broken[f"message.{name}"], (entry.rows_in * share * (1 - share)) ** 0.5
        assert abs(hit - entry.rows_in * share) < 4 * deviation


def test_what_can_be_read_is_kept(landed):
    torn = rejected(landed, "truncated")
    assert all(row["seen_at"] and row["id"] and row["customer"] is None and row["page"] is None for row in torn)
    garbled = rejected(landed, "encoding")
    assert {row["page"] for row in garbled} == {"\ufffd"}
    assert all(row["customer"] for row in garbled)
    for rule in ("schema_id", "oversized"):
        assert {value for row in rejected(landed, rule) for key, value in row.items() if key != "_reasons"} == {None}


def test_a_replay_is_given_every_row_whole_with_its_fault(feed):
    source = open_source(feed(DAMAGES).plan, "web")
    given = [each for share in source.shares() for each in source.delivered(share)]
    whole = pa.Table.from_batches([each.batch for each in given])
    assert whole["page"].null_count == 0
    assert whole.num_rows == landing(feed("{link: 2min}")).num_rows
    assert {int(code) for each in given for code in each.faults} == {0, TRUNCATED, ENCODING, SCHEMA_ID, OVERSIZED}
