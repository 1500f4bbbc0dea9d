"""Files as sources: what a scenario says of them, one class a format. How each is read stands in its own module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field, field_validator

from sandbox.scenario.parts import RawSource, SourcePart
from sandbox.sources.listing import Listing, find, touched
from sandbox.sources.octets import is_encoding


class _Files(SourcePart):
    """Files of one format: a path, a folder, a glob, or a URL."""

    path: str = Field(min_length=1, max_length=4096)
    """A file, a folder, a glob (`orders/*.csv`) or a URL; relative to the scenario's folder."""

    @classmethod
    def shorthand(cls) -> str:
        """`csv: orders/*.csv` is `csv: {path: orders/*.csv}`."""
        return "path"

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The file, or the host of a URL."""
        return touched(self.path)


class CsvFiles(_Files):
    """Text with a line a row and a header; every value is text until the contract reads it."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """What stands between two values."""
    quote: str = Field(default='"', max_length=1)
    """What stands around a value that holds a delimiter; empty where the file knows no quotes."""
    encoding: str = "utf-8"
    """How characters are written as bytes: `utf-8`, `latin-1`, `cp1252` …"""
    columns: list[str] | None = Field(default=None, min_length=1)
    """Names of the columns, where the file has no header."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        return _checked_encoding(encoding)

    def open(self, folder: str) -> RawSource:
        """List the files and read their headers."""
        from sandbox.sources.csv_text import CsvText

        return CsvText(_listed(self, folder, (".csv", ".tsv", ".txt")), self)


class JsonLinesFiles(_Files):
    """Text with one JSON object a line."""

    encoding: str = "utf-8"
    """How characters are written as bytes: `utf-8`, `latin-1`, `cp1252` …"""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        return _checked_encoding(encoding)

    def open(self, folder: str) -> RawSource:
        """List the files and look which keys their first lines have."""
        from sandbox.sources.json_lines import JsonLines

        return JsonLines(_listed(self, folder, (".jsonl", ".ndjson", ".json")), self.encoding)


class ParquetFiles(_Files):
    """Parquet files; large ones are shared out by row groups."""

    def open(self, folder: str) -> RawSource:
        """List the files and read their footers."""
        from sandbox.sources.columnar import ParquetTables

        return ParquetTables(_listed(self, folder, (".parquet", ".pq")))


class ArrowFiles(_Files):
    """Arrow IPC files, or streams."""

    def open(self, folder: str) -> RawSource:
        """List the files and read their schemas."""
        from sandbox.sources.columnar import ArrowTables

        return ArrowTables(_listed(self, folder, (".arrow", ".feather", ".ipc", ".arrows")))


def _listed(part: _Files, folder: str, endings: Sequence[str]) -> Listing:
    return find(part.path, folder, endings)


def _checked_encoding(encoding: str) -> str:
    if not is_encoding(encoding):
        raise ValueError(f"got '{encoding}', must be an encoding that Python knows, such as utf-8, latin-1 or cp1252.")
    return encoding
