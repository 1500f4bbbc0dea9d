"""Samples of the live sinks that need no server: files that roll, in each format of ours, and a file that grows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from sandbox.checks.outlet_subject import OutletSample, rows_of
from sandbox.contract.envelope import envelope, with_envelope
from sandbox.contract.model import Column, Contract
from sandbox.scenario.outlets import OutletPart
from sandbox.scenario.parts import SinkPart, SourcePart
from sandbox.sinks.arrow import ArrowFile
from sandbox.sinks.avro import AvroFile
from sandbox.sinks.csv import CsvFile
from sandbox.sinks.databases import DuckdbTable, SqliteTable
from sandbox.sinks.jsonl import JsonLinesFile
from sandbox.sinks.lines import LinesFile
from sandbox.sinks.parquet import ParquetFile
from sandbox.sinks.rolling import RollingFiles
from sandbox.sources import databases
from sandbox.sources.files import ArrowFiles, AvroFiles, CsvFiles, JsonLinesFiles, ParquetFiles

_BASE64 = frozenset({"bytes"})  # written as base64, and read as the text that it then is
_ROWS_A_FILE = 50


def _rolling(
    sink: SinkPart,
    source: Callable[[str], SourcePart],
    lost: frozenset[str] = frozenset(),
    partition: str | None = None,
) -> OutletSample:
    def part(folder: Path) -> RollingFiles:
        return RollingFiles(format=sink, path=str(folder / "out"), rows=_ROWS_A_FILE, partition=partition)

    def read(folder: Path, contract: Contract) -> Iterator[pa.RecordBatch]:
        return _files(source, folder / "out", folder)

    def unreachable(folder: Path) -> RollingFiles:
        (folder / "file").touch()
        return RollingFiles(format=sink, path=str(folder / "file" / "out"))

    return OutletSample(part, read, lost, most_pending=2 * _ROWS_A_FILE, unreachable=unreachable)


def _files(source: Callable[[str], SourcePart], path: Path, folder: Path) -> Iterator[pa.RecordBatch]:
    if path.exists():
        yield from rows_of(source(str(path)), folder)


def _growing() -> OutletSample:
    def read(folder: Path, contract: Contract) -> Iterator[pa.RecordBatch]:
        return _files(lambda path: JsonLinesFiles(path=path), folder / "rows.jsonl", folder)

    def unreachable(folder: Path) -> LinesFile:
        (folder / "file").touch()
        return LinesFile(path=str(folder / "file" / "rows.jsonl"))

    return OutletSample(
        lambda folder: LinesFile(path=str(folder / "rows.jsonl")), read, _BASE64, unreachable=unreachable
    )


def refused_by_a_table() -> tuple[Contract, pa.RecordBatch, list[int]]:
    """Rows for a table that is made from their contract, of which two have no value where one must be."""
    contract = Contract("payments", (Column("number", "int64"), Column("payer", "string")), static=True)
    batch = pa.record_batch(
        {"number": list(range(20)), "payer": [None if n in (3, 11) else f"p{n}" for n in range(20)]}
    )
    return contract, with_envelope(batch, envelope(np.arange(20, dtype=np.uint64), 0)), [3, 11]


def _table(sink: type[SqliteTable | DuckdbTable], source: Callable[..., SourcePart]) -> OutletSample:
    def read(folder: Path, contract: Contract) -> Iterator[pa.RecordBatch]:
        # A copy, since DuckDB opens no file twice in one process in two ways, and a crashed sink holds it still.
        beside = folder / "copy"
        beside.mkdir(exist_ok=True)
        for file in folder.glob("rows.db*"):
            shutil.copy(file, beside)
        return rows_of(source(path="rows.db", table=contract.dataset), beside)

    def unreachable(folder: Path) -> OutletPart:
        (folder / "file").touch()
        return sink(path=str(folder / "file" / "rows.db"))

    return OutletSample(
        lambda folder: sink(path=str(folder / "rows.db"), write="append"),
        read,
        refusing=refused_by_a_table,
        most_pending=1,
        unreachable=unreachable,
    )


OUTLET_SAMPLES: Mapping[str, OutletSample] = {
    "arrow": _rolling(ArrowFile(), lambda path: ArrowFiles(path=path)),
    "avro": _rolling(AvroFile(), lambda path: AvroFiles(path=path)),
    "csv": _rolling(CsvFile(), lambda path: CsvFiles(path=path), _BASE64),
    "duckdb": _table(DuckdbTable, databases.DuckdbTable),
    "jsonl": _rolling(JsonLinesFile(), lambda path: JsonLinesFiles(path=path), _BASE64),
    "jsonl_file": _growing(),
    "parquet": _rolling(ParquetFile(), lambda path: ParquetFiles(path=path)),
    "parquet_by_hour": _rolling(ParquetFile(), lambda path: ParquetFiles(path=path), partition="dt,hour"),
    "sqlite": _table(SqliteTable, databases.SqliteTable),
}
"""By a name of the sink and, where it has several ways, of the way."""
