"""A mart that grows shows at every moment what one shows that was cut from the whole."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.contract.envelope import envelope, with_envelope
from sandbox.errors import InputError
from sandbox.mart import Sql, feature_table, living


@pytest.fixture
def grown(mart):
    reads = {name: contract.names for name, contract in mart.contracts.items()}
    with living(mart.contracts, reads, mart.zone) as growing:
        yield growing


def batches(mart, dataset):
    return [batch for part in mart.parts[dataset] for batch in pq.read_table(part).to_batches(max_chunksize=2)]


def rows_of(mart, moment_us, sql):
    with mart.at(moment_us) as cut:
        return cut.query(Sql(sql)).to_pylist()


def prices(mart, values, ids, operation):
    contract = mart.contracts["prices"]
    columns = [
        pa.array(list(column), field.type)
        for column, field in zip(zip(*values, strict=True), contract.schema, strict=True)
    ]
    data = pa.RecordBatch.from_arrays(columns, schema=contract.schema)
    return with_envelope(data, envelope(np.array(ids, np.uint64), 0, operation=operation))


def test_it_shows_what_a_cut_of_the_whole_shows(mart, grown, day_us):
    for dataset in mart.contracts:
        for batch in batches(mart, dataset):
            grown.put(dataset, batch)
    asked = (
        "SELECT customer_id, plan, valid_to IS NULL AS open FROM customers ORDER BY 1, valid_from",
        "SELECT customer_id, count(*) AS n, sum(minutes) AS minutes FROM calls GROUP BY 1 ORDER BY 1",
    )
    for when in (15, 30):  # by then all had arrived
        for sql in asked:
            assert rows_of(grown, day_us(when), sql) == rows_of(mart, day_us(when), sql)
    assert rows_of(grown, day_us(1), asked[1]) == rows_of(mart, day_us(1), asked[1])


def test_features_are_those_of_the_whole(mart, grown, day_us, ask):
    for dataset in mart.contracts:
        for batch in batches(mart, dataset):
            grown.put(dataset, batch)
    assert feature_table(grown, ask(), day_us(20)).equals(feature_table(mart, ask(), day_us(20)))


def test_an_event_that_comes_twice_counts_once(mart, grown, day_us):
    first = batches(mart, "calls")[0]
    assert grown.put("calls", first).inserted == first.num_rows
    again = grown.put("calls", pa.concat_batches([first, first]))
    assert (again.inserted, again.repeated) == (0, 2 * first.num_rows)
    assert grown.rows("calls") == first.num_rows
    latest = max(first.column("called_at").cast(pa.int64()).to_pylist())
    assert grown.newest_us == {"calls": latest}


def test_rows_of_one_key_take_each_others_place_and_deletes_take_them_away(mart, grown):
    made = grown.put("prices", prices(mart, [("basic", 9.0), ("plus", 19.0), ("basic", 10.0)], [1, 2, 3], "insert"))
    assert (made.inserted, made.updated, made.repeated) == (2, 0, 1)
    made = grown.put("prices", prices(mart, [("basic", 11.0)], [4], "update"))
    assert (made.inserted, made.updated) == (0, 1)
    assert rows_of(grown, 0, "SELECT plan, price FROM prices ORDER BY 1") == [
        {"plan": "basic", "price": 11.0},
        {"plan": "plus", "price": 19.0},
    ]
    assert grown.put("prices", prices(mart, [("plus", 0.0)], [5], "delete")).deleted == 1
    assert rows_of(grown, 0, "SELECT plan FROM prices") == [{"plan": "basic"}]


def test_sql_reaches_nothing_outside(grown):
    with pytest.raises(InputError):
        rows_of(grown, 0, "SELECT * FROM read_csv('/etc/passwd')")
