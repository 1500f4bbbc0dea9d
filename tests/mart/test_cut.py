"""What a cut shows, to the very microsecond, and what it does not."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.contract.envelope import envelope, landed_schema
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError, OutsideError
from sandbox.mart import Limits, Mart, Sql


def rows(mart, moment_us, query, columns=None):
    with mart.at(moment_us, columns) as cut:
        return cut.query(Sql(query)).to_pylist()


def count(mart, moment_us, dataset):
    with mart.at(moment_us) as cut:
        return cut.rows(dataset)


def test_events_are_seen_once_they_have_happened_and_arrived(mart, day_us):
    seen = [count(mart, day_us(when), "calls") for when in (1, 2, 4, 10, 10.5, 11, 15)]
    assert seen == [0, 1, 2, 2, 3, 4, 5]  # the call of day 9 arrived on day 10.5


@pytest.mark.parametrize(("late_us", "seen"), [(-1, 0), (0, 1), (1, 1)])
def test_an_event_at_the_cut_is_seen_and_one_a_microsecond_later_is_not(mart, day_us, late_us, seen):
    assert count(mart, day_us(2) + late_us, "calls") == seen


def test_a_version_is_open_until_the_cut_reaches_its_end(mart, day_us):
    query = "SELECT plan, valid_to IS NULL AS open FROM customers WHERE customer_id = 2 ORDER BY valid_from"
    assert rows(mart, day_us(12) - 1, query) == [{"plan": "basic", "open": True}]
    at_the_change = [{"plan": "basic", "open": False}, {"plan": "plus", "open": True}]
    assert rows(mart, day_us(12), query) == at_the_change
    assert rows(mart, day_us(25) - 1, query) == at_the_change
    assert rows(mart, day_us(25), query)[1] == {"plan": "plus", "open": False}


def test_who_is_there_changes_with_the_moment(mart, day_us):
    there = {}
    for when in (0, 1, 5, 20, 25):
        with mart.at(day_us(when)) as cut:
            there[when] = cut.there("customers", "customer_id").to_pylist()
    assert there == {0: [1, 3], 1: [1, 2, 3], 5: [1, 2], 20: [1, 2, 4], 25: [1, 4]}


def test_a_version_that_arrived_late_is_not_seen_before(mart, land, day, day_us):
    part = land(mart.contracts["customers"], [(9, "eve@example.com", "max", 1, day(3), None)], [8])
    late = replace(mart, parts={**mart.parts, "customers": [part]})
    assert [count(late, day_us(when), "customers") for when in (3, 7.9, 8)] == [0, 0, 1]


def test_static_rows_are_seen_from_their_arrival_on(mart, day_us):
    assert [count(mart, day_us(when), "prices") for when in (-0.1, 0, 30)] == [0, 2, 2]


@pytest.mark.parametrize(("zone", "known_after_h"), [("UTC", 24.0), ("Asia/Tokyo", 15.0), ("America/New_York", 29.0)])
def test_a_date_is_known_when_its_day_is_over_in_the_zone(land, day_us, zone, known_after_h):
    contract = Contract("visits", (Column("id", "int64"), Column("on_day", "date")), time="on_day")
    part = land(contract, [(1, dt.date(2026, 1, 3))], [0])
    mart = Mart({"visits": [part]}, {"visits": contract}, zone=zone)
    known_us = day_us(2 + known_after_h / 24)
    assert [count(mart, known_us + late, "visits") for late in (-2, -1, 0)] == [0, 1, 1]


def test_a_local_time_is_read_in_the_zone(land, day_us):
    contract = Contract("visits", (Column("id", "int64"), Column("at", "timestamp(us, none)")), time="at")
    part = land(contract, [(1, dt.datetime(2026, 1, 3, 9))], [0])
    mart = Mart({"visits": [part]}, {"visits": contract}, zone="Asia/Tokyo")
    assert [count(mart, day_us(2) + late, "visits") for late in (-1, 0)] == [0, 1]


def test_days_in_sql_are_days_of_the_zone(mart, day_us):
    tokyo = replace(mart, zone="Asia/Tokyo")
    query = "SELECT date_trunc('day', called_at) = called_at AS at_midnight FROM calls LIMIT 1"
    assert rows(mart, day_us(3), query) == [{"at_midnight": True}]
    assert rows(tokyo, day_us(3), query) == [{"at_midnight": False}]


def test_only_the_wanted_columns_are_there_and_rows_count_without_any(mart, day_us):
    assert rows(mart, day_us(10), "FROM calls", {"calls": ["minutes"]}) == [{"minutes": 3.0}, {"minutes": 10.0}]
    assert rows(mart, day_us(10), "SELECT count(*) AS n FROM calls", {"calls": []}) == [{"n": 2}]
    with pytest.raises(InputError, match="customers does not exist"):
        rows(mart, day_us(10), "FROM customers", {"calls": ["minutes"]})


def test_the_envelope_is_not_among_the_columns(mart, day_us):
    assert "_sandbox" not in rows(mart, day_us(10), "FROM calls")[0]


def test_a_dataset_without_parts_is_an_empty_table_of_its_types(mart, day_us):
    empty = replace(mart, parts={})
    with empty.at(day_us(10)) as cut:
        table = cut.query(Sql("FROM customers"))
    assert table.num_rows == 0
    assert table.schema.field("customer_id").type == pa.int64()


def test_columns_that_name_folders_are_read_from_there(mart, tmp_path, day_us):
    folders = tmp_path / "hive"
    pq.write_to_dataset(pq.read_table(mart.parts["customers"][0]), folders, partition_cols=["plan", "customer_id"])
    spread = replace(mart, parts={**mart.parts, "customers": sorted(folders.rglob("*.parquet"))})
    query = "SELECT * FROM customers ORDER BY customer_id, valid_from"
    assert rows(spread, day_us(20), query) == rows(mart, day_us(20), query)


def test_a_folder_of_the_user_that_looks_like_a_column_changes_nothing(mart, tmp_path, day_us):
    odd = tmp_path / "plan=max" / "part-00000.parquet"
    odd.parent.mkdir()
    odd.write_bytes(mart.parts["customers"][0].read_bytes())
    moved = replace(mart, parts={**mart.parts, "customers": [odd]})
    query = "SELECT DISTINCT plan FROM customers ORDER BY 1"
    assert rows(moved, day_us(10), query) == [{"plan": "basic"}, {"plan": "max"}]


def test_a_damaged_part_is_an_error_from_outside_that_names_dataset_and_file(mart, tmp_path, day_us):
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(mart.parts["calls"][0].read_bytes()[:-30])
    with pytest.raises(OutsideError, match=r"landed of calls: .*") as caught:
        count(replace(mart, parts={"calls": [torn]}), day_us(1), "calls")
    assert "\n" not in str(caught.value)


def test_an_unknown_dataset_is_told_with_its_neighbour(mart, day_us):
    with pytest.raises(InputError, match="Did you mean 'calls'"):
        rows(mart, day_us(1), "SELECT 1", {"call": []})


def test_a_cut_spills_when_it_is_larger_than_its_memory(land, day_us, tmp_path):
    count_rows = 400_000
    columns = (Column("id", "int64"), Column("text", "string"), Column("at", "timestamp"))
    contract = Contract("events", columns, time="at")
    noise = np.random.default_rng(0).integers(0, 1 << 60, count_rows).astype(str)
    texts = np.char.add("a text that compresses badly ", noise)
    part = _quick_part(tmp_path / "events.parquet", contract, count_rows, texts, day_us(0))
    mart = Mart({"events": [part]}, {"events": contract}, limits=Limits(memory_mb=24, spill=tmp_path))
    query = "SELECT count(DISTINCT text) AS texts, max(id) AS last FROM events"
    found = rows(mart, day_us(10), query)
    assert found == [{"texts": len(set(texts.tolist())), "last": count_rows - 1}]
    assert not list(tmp_path.glob("sandbox-mart-*"))  # what was spilt is gone


def _quick_part(path, contract, count_rows, texts, at_us):
    number = np.arange(count_rows)
    times = pa.array(np.full(count_rows, at_us)).cast(pa.timestamp("us", "UTC"))
    columns = [pa.array(number), pa.array(texts), times, envelope(number.astype(np.uint64), at_us)]
    pq.write_table(pa.Table.from_arrays(columns, schema=landed_schema(contract.schema)), path)
    return path
