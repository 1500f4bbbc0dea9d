"""What a sink writes is what a reader gets back, for every type of a contract."""

import base64
import datetime
import decimal
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.contract import Column, Conform, Contract
from sandbox.scenario.parts import Unread
from sandbox.sinks.arrow import ArrowFile
from sandbox.sinks.csv import CsvFile
from sandbox.sinks.json_rows import WHOLE
from sandbox.sinks.jsonl import JsonLinesFile, json_lines
from sandbox.sinks.parquet import ParquetFile
from sandbox.sources.files import CsvFiles, JsonLinesFiles

UTC = datetime.UTC
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\U0010ffff"), max_size=12)
DAYS = st.dates(datetime.date(1, 1, 2), datetime.date(9999, 12, 30))
MOMENTS = st.datetimes(datetime.datetime(1900, 1, 2), datetime.datetime(2200, 12, 30))
VALUES = {
    "int8": st.integers(-(2**7), 2**7 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "float64": st.floats(),
    "float32": st.floats(width=32),
    "decimal(12, 2)": st.decimals(-(10**9), 10**9, places=2),
    "decimal(20, 9)": st.decimals(-(10**10), 10**10, places=9),
    "bool": st.booleans(),
    "string": TEXT,
    "uuid": st.uuids().map(str),
    "date": DAYS,
    "time": st.times(),
    "timestamp": MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC)),
    "timestamp(ms)": MOMENTS.map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC)),
    "timestamp(us, Europe/London)": MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC)),
    "timestamp(us, none)": MOMENTS,
    "list<int64?>": st.lists(st.none() | st.integers(-5, 5), max_size=3),
    "list<string>": st.lists(TEXT, max_size=3),
    "struct<a: int64?, b: string?>": st.fixed_dictionaries(
        {"a": st.none() | st.integers(-5, 5), "b": st.none() | TEXT}
    ),
    "map<string, int64?>": st.dictionaries(st.sampled_from(["a", "b", 'c"d', "é"]), st.integers(-5, 5), max_size=3).map(
        lambda entries: list(entries.items())
    ),
}
CONTRACT = Contract("things", tuple(Column(f"c{at} {kind[:4]}", kind, nullable=True) for at, kind in enumerate(VALUES)))


@st.composite
def batches(draw):
    rows = draw(st.integers(0, 6))
    arrays = []
    for column, values in zip(CONTRACT.columns, VALUES.values(), strict=True):
        drawn = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        arrays.append(pa.array(drawn, column.arrow))
    return pa.RecordBatch.from_arrays(arrays, schema=CONTRACT.schema)


def written(sink, batch, tmp_path_factory):
    path = tmp_path_factory.mktemp("sink") / f"part{sink.suffix()}"
    writer = sink.open(str(path), batch.schema)
    writer.write(batch.slice(0, 2))
    writer.write(batch.slice(2))
    writer.close()
    writer.close()
    return path


def comparable(value):
    """NaN equals NaN, and a decimal its number, wherever they stand."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(part) for part in value]
    return value


def read_back(source, path):
    raw = source(path=str(path)).open(".")
    found = []
    for share in raw.shares():
        for batch in raw.batches(share):
            assert not isinstance(batch, Unread), batch
            conformed = Conform(CONTRACT)(batch)
            assert not conformed.unreadable, {name: batch.column(name) for name in conformed.unreadable}
            found += conformed.batch.to_pylist()
    return found


@settings(max_examples=15, deadline=None)
@given(batches())
def test_csv_reads_back_every_value(tmp_path_factory, batch):
    path = written(CsvFile(), batch, tmp_path_factory)
    assert comparable(read_back(CsvFiles, path)) == comparable(batch.to_pylist())


@settings(max_examples=15, deadline=None)
@given(batches())
def test_json_lines_read_back_every_value(tmp_path_factory, batch):
    path = written(JsonLinesFile(), batch, tmp_path_factory)
    assert comparable(read_back(JsonLinesFiles, path)) == comparable(batch.to_pylist())


@settings(max_examples=15, deadline=None)
@given(batches())
def test_parquet_and_arrow_read_back_schema_and_values(tmp_path_factory, batch):
    parquet = pq.read_table(written(ParquetFile(), batch, tmp_path_factory))
    assert parquet.schema.equals(batch.schema)
    assert comparable(parquet.to_pylist()) == comparable(batch.to_pylist())
    arrow = pa.ipc.open_file(str(written(ArrowFile(), batch, tmp_path_factory))).read_all()
    assert arrow.schema.equals(batch.schema)
    assert comparable(arrow.to_pylist()) == comparable(batch.to_pylist())


def test_bytes_are_base64_in_text(tmp_path_factory):
    octets = [b"\xff\x00abc", b"", None]
    batch = pa.record_batch({"octets": pa.array(octets, pa.binary())})
    lines = written(CsvFile(), batch, tmp_path_factory).read_text().splitlines()[1:]
    assert lines == [base64.b64encode(b"\xff\x00abc").decode(), '""', ""]
    assert written(JsonLinesFile(), batch, tmp_path_factory).read_text().splitlines() == [
        '{"octets":"/wBhYmM="}',
        '{"octets":""}',
        '{"octets":null}',
    ]


def test_texts_of_numbers_and_times(tmp_path_factory):
    moment = datetime.datetime(2026, 3, 29, 1, 30, 0, 250, tzinfo=UTC)
    batch = pa.record_batch(
        {
            "fee": pa.array([decimal.Decimal("0.000000010"), decimal.Decimal("-12.5")], pa.decimal128(18, 9)),
            "share": pa.array([0.1 + 0.2, math.nan]),
            "at": pa.array([moment, None], pa.timestamp("us", "Europe/London")),
            "word": pa.DictionaryArray.from_arrays(pa.array([0, None], pa.int8()), ["a,b"]),
        }
    )
    assert written(CsvFile(), batch, tmp_path_factory).read_text().splitlines() == [
        "fee,share,at,word",
        '0.000000010,0.30000000000000004,2026-03-29T01:30:00.000250Z,"a,b"',
        "-12.500000000,NaN,,",
    ]
    assert written(JsonLinesFile(), batch, tmp_path_factory).read_text().splitlines() == [
        '{"fee":"0.000000010","share":0.30000000000000004,"at":"2026-03-29T01:30:00.000250Z","word":"a,b"}',
        '{"fee":"-12.500000000","share":"NaN","at":null,"word":null}',
    ]


@pytest.mark.parametrize("sink", [ParquetFile(), ArrowFile(), CsvFile(), JsonLinesFile()])
def test_an_empty_part_is_a_whole_file(tmp_path_factory, sink):
    schema = pa.schema([("a", pa.int64()), ("b", pa.dictionary(pa.int8(), pa.string()))])
    path = tmp_path_factory.mktemp("sink") / "part"
    sink.open(str(path), schema).close()
    assert path.exists()
    if isinstance(sink, ParquetFile):
        assert pq.read_table(path).schema.names == ["a", "b"]


def test_a_text_column_may_come_as_dictionaries_that_differ(tmp_path_factory):
    schema = pa.schema([pa.field("word", pa.string(), nullable=False)])
    batches = [
        pa.record_batch([pa.array(words).dictionary_encode()], names=["word"]) for words in (["a", "b"], ["b", "c"])
    ]
    for sink, read in (
        (ParquetFile(), pq.read_table),
        (ArrowFile(), lambda path: pa.ipc.open_file(str(path)).read_all()),
    ):
        path = tmp_path_factory.mktemp("sink") / "part"
        writer = sink.open(str(path), schema)
        for batch in batches:
            writer.write(batch)
        writer.close()
        table = read(path)
        assert table.schema.equals(schema)
        assert table["word"].to_pylist() == ["a", "b", "b", "c"]


def test_parquet_bytes_do_not_depend_on_the_batches(tmp_path_factory):
    table = pa.table({"n": pa.array(range(5000)), "t": pa.array([f"x{n % 7}" for n in range(5000)])})
    whole, pieces = tmp_path_factory.mktemp("a") / "p", tmp_path_factory.mktemp("b") / "p"
    for path, step in ((whole, 5000), (pieces, 137)):
        writer = ParquetFile().open(str(path), table.schema)
        for batch in table.to_batches(max_chunksize=step):
            writer.write(batch)
        writer.close()
    assert whole.read_bytes() == pieces.read_bytes()


def test_arrow_enums_may_grow_from_batch_to_batch(tmp_path_factory):
    schema = pa.schema([("word", pa.dictionary(pa.int8(), pa.string()))])
    path = tmp_path_factory.mktemp("sink") / "part"
    writer = ArrowFile().open(str(path), schema)
    for words in (["a"], ["b", "a"], ["c"]):
        writer.write(pa.record_batch([pa.array(words).dictionary_encode()], names=["word"]))
    writer.close()
    assert pa.ipc.open_file(str(path)).read_all()["word"].to_pylist() == ["a", "b", "a", "c"]


def test_messages_that_are_json_already_are_lines_as_they_came():
    texts = ['{"a": 1}', '{\n"b":\r\n [2.50, null]}']
    batch = pa.record_batch({"a": ["1", None], WHOLE: texts})
    assert b"".join(map(bytes, json_lines(batch))) == b'{"a": 1}\n{ "b":   [2.50, null]}\n'
