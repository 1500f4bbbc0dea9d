"""Samples of the live sinks that need no server: files that roll, in each format of ours, and a file that grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from sandbox.checks.avro_files import AvroFiles
from sandbox.checks.outlet_subject import OutletSample, rows_of
from sandbox.contract.model import Contract
from sandbox.scenario.parts import SinkPart, SourcePart
from sandbox.sinks.arrow import ArrowFile
from sandbox.sinks.avro import AvroFile
from sandbox.sinks.csv import CsvFile
from sandbox.sinks.jsonl import JsonLinesFile
from sandbox.sinks.lines import LinesFile
from sandbox.sinks.parquet import ParquetFile
from sandbox.sinks.rolling import RollingFiles
from sandbox.sources.files import ArrowFiles, CsvFiles, JsonLinesFiles, ParquetFiles

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


OUTLET_SAMPLES: Mapping[str, OutletSample] = {
    "arrow": _rolling(ArrowFile(), lambda path: ArrowFiles(path=path)),
    "avro": _rolling(AvroFile(), lambda path: AvroFiles(path=path)),
    "csv": _rolling(CsvFile(), lambda path: CsvFiles(path=path), _BASE64),
    "jsonl": _rolling(JsonLinesFile(), lambda path: JsonLinesFiles(path=path), _BASE64),
    "jsonl_file": _growing(),
    "parquet": _rolling(ParquetFile(), lambda path: ParquetFiles(path=path)),
    "parquet_by_hour": _rolling(ParquetFile(), lambda path: ParquetFiles(path=path), partition="dt,hour"),
}
"""By a name of the sink and, where it has several ways, of the way."""
