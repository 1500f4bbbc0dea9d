"""Batches that go on arriving: each whole or not there, late ones set aside, files put together in their order."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.contract.conform import Conform
from sandbox.contract.envelope import envelope, with_envelope
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError, OutsideError
from sandbox.landing.arriving import Came, arriving
from sandbox.landing.batch_files import FILES_TOGETHER, files

CLICKS = Contract("clicks", (Column("item", "int64", ge=1), Column("at", "timestamp")), time="at")
IDENTITY = {"clicks": "same"}
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def came(*rows, position=0):
    """Rows of (item, minutes after the start)."""
    items = pa.array([item for item, _ in rows], pa.int64())
    times = pa.array([START + dt.timedelta(minutes=minutes) for _, minutes in rows], pa.timestamp("us", "UTC"))
    raw = pa.record_batch({"item": items, "at": times})
    raw = with_envelope(raw, envelope(items.cast(pa.uint64()), 0))
    return [Came(CLICKS, [Conform(CLICKS)(raw)], {"0": str(position)}, position)]


def items(out, folder="landing"):
    return [item for file in files(out / folder / "clicks") for item in pq.read_table(file.path)["item"].to_pylist()]


def test_events_that_come_too_late_are_set_aside_and_counted(tmp_path):
    with arriving(tmp_path, IDENTITY, private=False) as landed:
        landed.land(came((1, 60), (2, 5)), lateness_us=600_000_000)  # nothing is late before there is a newest event
        rows = landed.land(came((3, 49), (4, 50), (5, 70)), lateness_us=600_000_000)
        stands = landed.standings["clicks"]
    assert [batch["item"].to_pylist() for batch in rows["clicks"]] == [[4, 5]]
    assert items(tmp_path) == [1, 2, 4, 5]
    assert items(tmp_path, "rejected") == ["3"]
    assert (stands.accepted, stands.rejected, dict(stands.broken)) == (4, 1, {"late": 1})
    assert stands.newest_us == (START + dt.timedelta(minutes=70)).timestamp() * 1e6


@pytest.mark.parametrize("batches", [FILES_TOGETHER - 1, FILES_TOGETHER, 3 * FILES_TOGETHER + 7])
def test_many_batches_are_put_together_in_their_order(tmp_path, batches):
    with arriving(tmp_path, IDENTITY, private=False) as landed:
        for at in range(1, batches + 1):
            landed.land(came((at, at), position=at))
    assert items(tmp_path) == list(range(1, batches + 1))
    assert len(files(tmp_path / "landing" / "clicks")) == batches % FILES_TOGETHER + batches // FILES_TOGETHER
    with arriving(tmp_path, IDENTITY, private=False) as landed:
        assert landed.standings["clicks"].position == {"0": str(batches)}
        assert [row for batch in landed.landed("clicks") for row in batch["item"].to_pylist()] == items(tmp_path)


def test_files_of_a_broken_off_batch_or_putting_together_go(tmp_path):
    with arriving(tmp_path, IDENTITY, private=False) as landed:
        for at in (1, 2, 3):
            landed.land(came((at, at)))
    folder = tmp_path / "landing" / "clicks"
    table = pa.concat_tables([pq.read_table(file.path) for file in files(folder)])
    pq.write_table(table, folder / "0000001-0000003.parquet")  # put together, and killed before the small ones went
    pq.write_table(table, folder / "0000004-0000004.parquet")  # written, and killed before it counted
    with arriving(tmp_path, IDENTITY, private=False):
        assert items(tmp_path) == [1, 2, 3]


def test_a_batch_without_rows_counts_and_moves_on(tmp_path):
    with arriving(tmp_path, IDENTITY, private=False) as landed:
        landed.land([Came(CLICKS, [], {"0": "9"}, 9)])
    with arriving(tmp_path, IDENTITY, private=False) as landed:
        assert (landed.batch, landed.standings["clicks"].position) == (1, {"0": "9"})


def test_two_at_once_and_broken_checkpoints_are_told(tmp_path):
    with (
        arriving(tmp_path, IDENTITY, private=False) as landed,
        pytest.raises(OutsideError, match="at work"),
        arriving(tmp_path, IDENTITY, private=False),
    ):
        pass
    landed.land(came((1, 1)))
    (tmp_path / "checkpoint.json").write_text("{")
    with pytest.raises(InputError, match="begin anew with --fresh"), arriving(tmp_path, IDENTITY, private=False):
        pass
