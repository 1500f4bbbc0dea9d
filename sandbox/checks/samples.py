"""Samples of the built-in sources, sinks, blueprints and policies; those of columns stand in `samples_of_columns`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from sandbox.checks.sinks import SinkSample
from sandbox.checks.source_subject import SourceSample
from sandbox.contract.model import Column, Contract
from sandbox.models.classify import ClassifyConfig
from sandbox.models.recommend.policies import (
    Als,
    AlsoBought,
    BestSelling,
    EasePolicy,
    ItemKnn,
    NonePolicy,
    Popularity,
    RandomPolicy,
    Rules,
)
from sandbox.scenario.parts import SourcePart
from sandbox.sinks.arrow import ArrowFile
from sandbox.sinks.avro import AvroFile
from sandbox.sinks.csv import CsvFile
from sandbox.sinks.jsonl import JsonLinesFile
from sandbox.sinks.parquet import ParquetFile
from sandbox.sources.databases import DuckdbTable, SqliteTable
from sandbox.sources.files import ArrowFiles, AvroFiles, CsvFiles, JsonLinesFiles, ParquetFiles

_FILES, _ROWS = 3, 40
_CONTRACT = Contract(
    "orders",
    (Column("order_id", "int64"), Column("buyer", "string", nullable=True), Column("paid", "float64", ge=0)),
    primary_key=("order_id",),
    static=True,
)


def _orders(file: int) -> pa.Table:
    """The rows of one file; some of them break a rule."""
    numbers = range(file * _ROWS, (file + 1) * _ROWS)
    return pa.table(
        {
            "order_id": pa.array([None if number % 13 == 5 else number for number in numbers], pa.int64()),
            "buyer": pa.array([None if number % 7 == 0 else f"buyer {number % 4}, é" for number in numbers]),
            "paid": pa.array([-1.5 if number % 11 == 3 else number / 4 for number in numbers]),
        }
    )


def _filled(folder: Path, ending: str, write: Callable[[pa.Table, Path], Any]) -> None:
    for file in range(_FILES):
        write(_orders(file), folder / f"orders-{file}{ending}")


def _csv(folder: Path) -> SourceSample:
    from pyarrow import csv

    _filled(folder, ".csv", csv.write_csv)
    with (folder / "orders-1.csv").open("a", encoding="utf-8") as file:
        file.write('one,"field, too",1.5,many\nx,"not a number",2\n')
    return _sample(CsvFiles(path="*.csv"), folder, more=2)


def _jsonl(folder: Path) -> SourceSample:
    import json

    def write(table: pa.Table, path: Path) -> None:
        path.write_text("".join(f"{json.dumps(row)}\n" for row in table.to_pylist()), encoding="utf-8")

    _filled(folder, ".jsonl", write)
    with (folder / "orders-1.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"order_id": 7, "buyer"\n')
    return _sample(JsonLinesFiles(path="*.jsonl"), folder, more=1)


def _parquet(folder: Path) -> SourceSample:
    from pyarrow import parquet

    _filled(folder, ".parquet", parquet.write_table)
    return _sample(ParquetFiles(path="."), folder)


def _arrow(folder: Path) -> SourceSample:
    def write(table: pa.Table, path: Path) -> None:
        with pa.ipc.new_file(str(path), table.schema) as file:
            file.write_table(table)

    _filled(folder, ".arrow", write)
    return _sample(ArrowFiles(path="."), folder)


def _avro(folder: Path) -> SourceSample:
    def write(table: pa.Table, path: Path) -> None:
        writer = AvroFile().open(str(path), table.schema)
        for batch in table.to_batches():
            writer.write(batch)
        writer.close()

    _filled(folder, ".avro", write)
    return _sample(AvroFiles(path="."), folder)


def _sqlite(folder: Path) -> SourceSample:
    with closing(sqlite3.connect(folder / "shop.sqlite")) as connection:
        connection.execute("CREATE TABLE orders (order_id INTEGER, buyer TEXT, paid REAL)")
        for file in range(_FILES):
            rows = [tuple(row.values()) for row in _orders(file).to_pylist()]
            connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
        connection.commit()
    return _sample(SqliteTable(path="shop.sqlite", table="orders"), folder)


def _duckdb(folder: Path) -> SourceSample:
    import duckdb

    whole = pa.concat_tables([_orders(file) for file in range(_FILES)])
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.register("whole", whole)
        connection.execute("CREATE TABLE orders AS SELECT * FROM whole")
    return _sample(DuckdbTable(path="shop.duckdb", table="orders"), folder)


def _sample(part: SourcePart, folder: Path, more: int = 0) -> SourceSample:
    return SourceSample(part, _CONTRACT, folder, _FILES * _ROWS + more)


SOURCE_SAMPLES: Mapping[str, Callable[[Path], SourceSample]] = {
    "arrow": _arrow,
    "avro": _avro,
    "csv": _csv,
    "duckdb": _duckdb,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "sqlite": _sqlite,
}
"""Each writes its rows into a folder of its own."""

_BASE64 = frozenset({"bytes"})  # written as base64, and read as the text that it then is

SINK_SAMPLES: Mapping[str, SinkSample] = {
    "arrow": SinkSample(ArrowFile(), lambda path: ArrowFiles(path=path)),
    "avro": SinkSample(AvroFile(), lambda path: AvroFiles(path=path)),
    "csv": SinkSample(CsvFile(), lambda path: CsvFiles(path=path), _BASE64),
    "jsonl": SinkSample(JsonLinesFile(), lambda path: JsonLinesFiles(path=path), _BASE64),
    "parquet": SinkSample(ParquetFile(), lambda path: ParquetFiles(path=path)),
}

POLICY_SAMPLES: Mapping[str, Any] = {
    "als": Als(factors=4, iterations=3),
    "best_sellers": [BestSelling(), BestSelling(by="kind")],
    "ease": EasePolicy(penalty=5.0),
    "also_bought": AlsoBought(),
    "item_knn": ItemKnn(),
    "none": NonePolicy(),
    "popularity": Popularity(),
    "random": RandomPolicy(),
    "rules": Rules(score="price * (1 + sold)"),
}
BLUEPRINT_SAMPLES: Mapping[str, Any] = {
    "classify": ClassifyConfig.model_validate({"spike": {"trials": 4}, "bootstrap": 100}),
}
