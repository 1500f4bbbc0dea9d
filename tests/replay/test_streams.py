"""What is replayed: spans, loops, moved times, real data, deliveries; what breaks the contract; what a sink refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sandbox
from sandbox.errors import InputError
from tests.replay.conftest import SHOP

DAY_US = 86_400_000_000


def lines(path: Path | str) -> list[dict]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def times(path: str, column: str = "happened_at") -> np.ndarray:
    return np.array([row[column].rstrip("Z") for row in lines(path)], "datetime64[us]").astype(np.int64)


@pytest.fixture
def real(shop) -> sandbox.Scenario:
    """The shop with a real feed of visits, in two files that are each in disorder; one row breaks the contract."""
    rows = shop.table("web_events")
    disorder = np.random.default_rng(1).permutation(len(rows))
    Path("feed").mkdir()
    half = len(rows) // 2
    for name, some in (("a", disorder[:half]), ("b", disorder[half:])):
        pq.write_table(rows.take(pa.array(some)), f"feed/{name}.parquet")
    wrong = [{**rows.slice(0, 1).to_pylist()[0], "event_id": None}]
    pq.write_table(pa.Table.from_pylist(wrong), "feed/wrong.parquet")
    Path("shop.yaml").write_text(SHOP + "targets: {real: {web_events: {parquet: feed}}}\n", encoding="utf-8")
    return sandbox.load("shop.yaml", target="real")


def test_real_rows_are_sorted_and_wrong_ones_set_aside(shop, real):
    receipt = real.replay("web_events", to="jsonl:out.jsonl")
    assert [row["event_id"] for row in lines("out.jsonl")] == shop.table("web_events")["event_id"].to_pylist()
    told = receipt.streams["web_events"]
    assert sum(told.set_aside.values()) == 1
    assert sum(pq.read_metadata(path).num_rows for path in Path(told.set_aside_in).iterdir()) == 1
    assert not (Path(receipt.folder) / "sorted").exists()


def test_large_streams_are_sorted_on_disk(shop, real, monkeypatch):
    from sandbox.replay import sorting

    monkeypatch.setattr(sorting, "RUN_ROWS", 300)
    monkeypatch.setattr(sorting, "_PIECE_ROWS", 16)
    real.replay("web_events", to="jsonl:out.jsonl")
    assert [row["event_id"] for row in lines("out.jsonl")] == shop.table("web_events")["event_id"].to_pylist()


@pytest.mark.parametrize("target", [None, "real"])
def test_a_span_is_cut_from_simulated_and_real_streams(shop, real, target):
    scenario = sandbox.load("shop.yaml", target=target)
    scenario.replay("web_events", to="jsonl:out.jsonl", since="day 2", until="day 5")
    whole = shop.table("web_events")["happened_at"].cast("int64").to_numpy()
    start = int(np.datetime64("2026-01-01", "us").astype(np.int64))
    assert np.array_equal(times("out.jsonl"), whole[(whole >= start + 2 * DAY_US) & (whole < start + 5 * DAY_US)])


def test_loops_send_everything_again(shop):
    receipt = shop.replay("web_events", "calls", to="jsonl:{stream}.jsonl", loops=3)
    once = shop.table("web_events")["happened_at"].cast("int64").to_numpy()
    assert np.array_equal(times("web_events.jsonl"), np.tile(once, 3))
    assert receipt.streams["calls"].asked == 3 * shop.table("calls").num_rows


@pytest.mark.parametrize("end", ["begin", "end"])
def test_moved_times_keep_their_distances(shop, end):
    import time

    before = time.time_ns() // 1000
    receipt = shop.replay("web_events", to="jsonl:out.jsonl", redate=end, loops=2)
    after = time.time_ns() // 1000
    once = shop.table("web_events")["happened_at"].cast("int64").to_numpy()
    found = times("out.jsonl")
    assert np.array_equal(np.diff(found[: len(once)]), np.diff(once))
    assert np.array_equal(found[len(once) :], found[: len(once)] + 8 * DAY_US)
    shift = found[0] - once[0]
    assert receipt.moved_by_s == pytest.approx(shift / 1e6)
    now = found[0] if end == "begin" else found[-1] + (once[0] // DAY_US * DAY_US + 8 * DAY_US - once[-1])
    assert before <= now <= after


def test_a_moved_replay_goes_on_with_the_same_times(shop, monkeypatch):
    from sandbox.replay import Stopped
    from sandbox.sinks.growing import GrowingFile

    send = GrowingFile.send

    def fails(self, batch, faults=None):
        if self.account().sent > 500:
            raise KeyboardInterrupt
        send(self, batch, faults)

    monkeypatch.setattr(GrowingFile, "send", fails)
    with pytest.raises(Stopped):
        shop.replay("web_events", to="jsonl:out.jsonl", redate="begin", loops=2)
    monkeypatch.setattr(GrowingFile, "send", send)
    shop.replay("web_events", to="jsonl:out.jsonl", redate="begin", loops=2)
    once = shop.table("web_events")["happened_at"].cast("int64").to_numpy()
    found = times("out.jsonl")
    assert len(found) == 2 * len(once)
    assert set(found - np.concatenate([once, once + 8 * DAY_US])) == {found[0] - once[0]}


DELIVERY = """
delivery:
  kafka: {latency: 2s}
  connector: {latency: 5min, retries: 0.1, corrupt: {truncated: 0.05, encoding: 0.05}}
"""


def test_by_arrival_a_delivery_is_replayed_as_it_arrives_late_twice_and_damaged(shop):
    Path("shop.yaml").write_text(SHOP + DELIVERY, encoding="utf-8")
    scenario = sandbox.load("shop.yaml")
    receipt = scenario.replay("web_events", to="jsonl:late.jsonl", order="arrival")
    scenario.replay("web_events", to="jsonl:plain.jsonl", order="event")
    plain = [row["event_id"] for row in lines("plain.jsonl")]
    assert plain == shop.table("web_events")["event_id"].to_pylist()
    readable, broken = [], 0
    for line in Path("late.jsonl").read_bytes().split(b"\n")[:-1]:
        try:
            readable.append(json.loads(line)["event_id"])
        except ValueError:
            broken += 1
    assert receipt.streams["web_events"].asked == len(readable) + broken
    assert 0.05 * len(plain) < broken < 0.2 * len(plain)
    assert len(readable) + broken > 1.05 * len(plain)
    first = list(dict.fromkeys(readable))
    assert first != [event for event in plain if event in set(first)]


def test_files_of_whole_rows_refuse_damaged_ones_and_say_so(shop):
    Path("shop.yaml").write_text(SHOP + DELIVERY, encoding="utf-8")
    receipt = sandbox.load("shop.yaml").replay("web_events", to="parquet:out?rows=100", order="arrival")
    told = receipt.streams["web_events"]
    assert told.refused > 50
    assert told.acknowledged + told.refused == told.asked
    assert pq.read_table("out/web_events").num_rows == told.acknowledged
    refused = lines(told.refused_in)
    assert len(refused) == told.refused
    assert {"row", "reason"} <= set(refused[0])
    again = sandbox.load("shop.yaml").replay("web_events", to="parquet:out?rows=100", order="arrival")
    assert again.pace.rows == 0


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet", "arrow", "avro"])
def test_files_roll_and_lie_as_lakes_have_them(shop, form):
    import pyarrow.dataset as ds

    shop.replay("web_events", to=f"{form}:out?rows=400&partition=dt,hour")
    files = sorted(Path("out/web_events").rglob(f"*.{form}"))
    assert len({path.parent.parent.name for path in files}) == 8
    assert all(path.parent.name.startswith("hour=") for path in files)
    if form != "avro":
        rows = [
            (event, day)
            for path in files
            for event, day in [(path, path.parent.parent.name.removeprefix("dt="))]
            if form == "parquet"
            for event in pq.read_table(path, partitioning=None)["happened_at"].to_pylist()
        ]
        assert all(event.date().isoformat() == day for event, day in rows)
        if form == "parquet":
            found = ds.dataset("out/web_events", partitioning="hive").to_table()
            assert sorted(found["event_id"].to_pylist()) == sorted(shop.table("web_events")["event_id"].to_pylist())


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("jsonl:", "names no folder"),
        ("jsonl:out?rows=0", "rows: "),
        ("jsonl:out?size=big", "size: got 'big', must be a size such as 128MB"),
        ("jsonl:out?partition=hours", "partition: 'hours' is neither dt nor hour nor a column. Did you mean 'hour'?"),
        ("parquet:out?compresion=zstd", "compresion"),
        ("jsnl:out", "unknown sink 'jsnl'. Did you mean 'jsonl'?"),
        ("parquet:s3://me:secret@bucket/x", "an address holds no password"),
    ],
)
def test_what_is_wrong_with_an_address_is_told_before_anything_is_sent(shop, to, message):
    with pytest.raises(InputError) as told:
        shop.replay("web_events", to=to)
    assert message in str(told.value)
    assert "secret" not in str(told.value)
    assert not list(Path().glob("out*"))


def test_streams_that_meet_are_interleaved_row_by_row_ties_by_name(shop, capfdbinary):
    shop.replay("calls", "web_events", to="-")
    found = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    keys = [(row.get("called_at") or row["happened_at"], "happened_at" in row) for row in found]
    assert keys == sorted(keys)
    assert [row for row in found if "event" in row] == lines_of(shop, "web_events")
    assert [row for row in found if "event" not in row] == lines_of(shop, "calls")


def lines_of(shop: sandbox.Scenario, stream: str) -> list[dict]:
    shop.replay(stream, to=f"jsonl:{stream}.jsonl")
    return lines(f"{stream}.jsonl")
