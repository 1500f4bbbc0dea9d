"""Files as sources: what a scenario says of them, one class a format. How each is read stands in its own module."""

from __future__ import annotations

import codecs
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field, field_validator

from sandbox.scenario.parts import Following, RawSource, SourcePart
from sandbox.sources.listing import Listing, find, touched
from sandbox.sources.octets import is_encoding


class _Files(SourcePart):
    """Files of one format: a path, a folder, a glob, or a URL."""

    endings: ClassVar[tuple[str, ...]]
    """What the names of files in a folder end in."""
    tells_its_end: ClassVar[bool] = False
    """Whether a file that is not whole yet cannot be opened."""

    path: str = Field(min_length=1, max_length=4096)
    """A file, a folder, a glob (`orders/*.csv`) or a URL; relative to the scenario's folder."""

    @classmethod
    def shorthand(cls) -> str:
        """`csv: orders/*.csv` is `csv: {path: orders/*.csv}`."""
        return "path"

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The file, or the host of a URL."""
        return touched(self.path)

    def open(self, folder: str) -> RawSource:
        """List the files and look what columns they have."""
        return self.of(find(self.path, folder, self.endings))

    @abstractmethod
    def of(self, listing: Listing) -> RawSource:
        """The rows of files."""

    def follow(self, folder: str, position: Mapping[str, str] | None) -> Following:
        """Go on as files come, or grow: from all that are there where there is no position."""
        from sandbox.sources.folder_following import FolderRows, Format

        return FolderRows(
            self.path, folder, Format(self.endings, self.of, self.tells_its_end, self.grows), position or {}
        )

    @property
    def grows(self) -> bool:
        """Whether lines are read while their file still grows."""
        return False


class CsvFiles(_Files):
    """Text with a line a row and a header; every value is text until the contract reads it."""

    endings: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")

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

    def of(self, listing: Listing) -> RawSource:
        """The rows of files."""
        from sandbox.sources.csv_text import CsvText

        return CsvText(listing, self)


class JsonLinesFiles(_Files):
    """Text with one JSON object a line."""

    endings: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson", ".json")

    encoding: str = "utf-8"
    """How characters are written as bytes: `utf-8`, `latin-1`, `cp1252` …"""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        return _checked_encoding(encoding)

    def of(self, listing: Listing) -> RawSource:
        """The rows of files."""
        from sandbox.sources.json_lines import JsonLines

        return JsonLines(listing, self.encoding)

    @property
    def grows(self) -> bool:
        """As others are UTF-8; a character of another encoding may end in what looks like a line's end."""
        return codecs.lookup(self.encoding).name == "utf-8"


class ParquetFiles(_Files):
    """Parquet files; large ones are shared out by row groups."""

    endings: ClassVar[tuple[str, ...]] = (".parquet", ".pq")
    tells_its_end: ClassVar[bool] = True

    def of(self, listing: Listing) -> RawSource:
        """The rows of files."""
        from sandbox.sources.columnar import ParquetTables

        return ParquetTables(listing)


class ArrowFiles(_Files):
    """Arrow IPC files, or streams."""

    endings: ClassVar[tuple[str, ...]] = (".arrow", ".feather", ".ipc", ".arrows")

    def of(self, listing: Listing) -> RawSource:
        """The rows of files."""
        from sandbox.sources.columnar import ArrowTables

        return ArrowTables(listing)


class AvroFiles(_Files):
    """Avro files, each in the schema that it begins with. Needs the extra `kafka`."""

    needs: ClassVar[str | None] = "kafka"
    endings: ClassVar[tuple[str, ...]] = (".avro",)

    def of(self, listing: Listing) -> RawSource:
        """The rows of files."""
        from sandbox.sources.avro_containers import AvroContainers

        return AvroContainers(listing)


def _checked_encoding(encoding: str) -> str:
    if not is_encoding(encoding):
        raise ValueError(f"got '{encoding}', must be an encoding that Python knows, such as utf-8, latin-1 or cp1252.")
    return encoding
