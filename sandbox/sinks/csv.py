"""CSV as RFC 4180 has it: UTF-8, one header line, lines end with `\\n`.

Null is an empty field, an empty text is `""`. A field is quoted only where it must be: around the delimiter, quotes
and line ends. Nested values are JSON, bytes base64 (see `texts`).
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from sandbox.scenario.parts import SinkPart, Writer
from sandbox.sinks.pieces import Piece, contains, joined, octets_of, slices
from sandbox.sinks.texts import plain_text


class CsvFile(SinkPart):
    """Comma-separated text."""

    holds_structs: ClassVar[bool] = False
    delimiter: str = Field(default=",", pattern=r"^[,;|\t]$")

    def open(self, path: str, schema: pa.Schema) -> Writer:
        """A writer of one CSV file with a header."""
        return _CsvWriter(path, schema, self.delimiter)

    def suffix(self) -> str:
        """`.csv`."""
        return ".csv"


class _CsvWriter:
    """Joins the texts of each row's fields; nothing is held back between batches."""

    def __init__(self, path: str, schema: pa.Schema, delimiter: str) -> None:
        self._file = Path(path).open("wb")  # noqa: SIM115  (closed by `close`)
        self._delimiter = delimiter
        header = [_quoted(pa.array([name]), delimiter)[0].as_py() for name in schema.names]
        self._file.write(delimiter.join(header).encode() + b"\n")

    def write(self, batch: pa.RecordBatch) -> None:
        """Append the rows; the columns are those of the schema, in its order."""
        for part in slices(batch):
            pieces: list[Piece] = []
            for column in part.columns:
                pieces += [self._delimiter, self._field(column)]
            self._file.write(octets_of(joined([*pieces[1:], "\n"], part.num_rows)))

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def _field(self, column: pa.Array) -> pa.StringArray:
        kind = column.type
        if pa.types.is_dictionary(kind):
            return pc.fill_null(_quoted(plain_text(column.dictionary), self._delimiter).take(column.indices), "")
        text = plain_text(column)
        if pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_nested(kind):
            text = _quoted(text, self._delimiter)
        return pc.fill_null(text, "")


def _quoted(texts: pa.StringArray, delimiter: str) -> pa.StringArray:
    """The texts in quotes where they need them; null stays null."""
    must = pc.equal(pc.binary_length(texts), 0)
    if contains(texts, ord(delimiter), 0x22, 0x0A, 0x0D):
        must = pc.or_(must, pc.match_substring_regex(texts, f'[{delimiter}"\\r\\n]'))
        doubled = pc.replace_substring(texts, '"', '""')
    elif pc.any(must).as_py():
        doubled = texts
    else:
        return texts
    return pc.if_else(must, pc.binary_join_element_wise('"', doubled, '"', ""), texts)
