"""CSV as text columns, block by block: what the values mean is the contract's business.

A row that has another number of fields than the header, or bytes that are no text, is set aside with its text. A
quote that never closes is an error that names its line, since nothing after it can be told apart; and so is a file
without a header, or one that is no text at all.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from sandbox.errors import OutsideError
from sandbox.scenario.parts import Share, Unread
from sandbox.sources.listing import FoundFile, Listing, unreadable
from sandbox.sources.octets import MARK, Utf8Stream, marked
from sandbox.sources.shapes import aligned, estimated_rows, file_shares, union_of

if TYPE_CHECKING:
    import _csv

    from sandbox.sources.files import CsvFiles

RAGGED, BROKEN_TEXT = "row.fields", "row.encoding"
_BLOCK = 1 << 22
_HEADER = 1 << 22
_RAGGED_AT_ONCE = 100_000


class CsvText:
    """The raw rows of CSV files with one header, or with headers that differ a little."""

    def __init__(self, listing: Listing, layout: CsvFiles) -> None:
        self._listing = listing
        self._layout = layout
        begun = [self._begun(file) for file in listing.files]
        self._headers = [header for header, _ in begun]
        self._rows = [rows for _, rows in begun]
        self._schema = union_of([pa.schema([(name, pa.string()) for name in header]) for header in self._headers])

    def schema(self) -> pa.Schema:
        """Every column that any file has, all text."""
        return self._schema

    def shares(self) -> list[Share]:
        """One share a file; how many rows it has is guessed from its beginning."""
        return file_shares(self._listing.files, self._rows)

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Unread]:
        """The rows of a file in blocks of about 4 MB, and those that could not be taken apart."""
        file, header = self._listing.files[share.index], self._headers[share.index]
        ragged: list[pacsv.InvalidRow] = []
        if not self._rows[share.index]:
            return
        try:
            with self._stream(file) as stream, self._reader(stream, header, ragged) as reader:
                for batch in reader:
                    yield from _split(aligned(batch, self._schema))
                    yield from self._set_aside(file, ragged)
                yield from self._set_aside(file, ragged)
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return
            raise self._told(file, error) from error
        except OSError as error:
            raise unreadable(file.name, error) from error

    def close(self) -> None:
        """Nothing is held open."""

    def _stream(self, file: FoundFile) -> Utf8Stream:
        return Utf8Stream(self._listing.open_stream(file), self._layout.encoding, file.name)

    def _reader(
        self, stream: Utf8Stream, header: list[str], ragged: list[pacsv.InvalidRow]
    ) -> pacsv.CSVStreamingReader:
        def keep(row: pacsv.InvalidRow) -> str:
            ragged.append(row)
            return "skip"

        return pacsv.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=pacsv.ReadOptions(
                use_threads=False,
                block_size=_BLOCK,
                column_names=header,
                skip_rows_after_names=0 if self._layout.columns else 1,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self._layout.delimiter,
                quote_char=self._layout.quote or False,
                newlines_in_values=bool(self._layout.quote),
                # Of a table with one column, an empty line is a row with a null.
                ignore_empty_lines=len(header) > 1,
                invalid_row_handler=keep,
            ),
            convert_options=pacsv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(header, pa.string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=[""],
            ),
        )

    def _set_aside(self, file: FoundFile, ragged: list[pacsv.InvalidRow]) -> Iterator[Unread]:
        if not ragged:
            return
        quote = self._layout.quote
        texts = [str(row.text) for row in ragged]
        if quote and any("\n" in text and text.count(quote) % 2 for text in texts):
            raise self._torn_quote(file)
        if len(texts) > _RAGGED_AT_ONCE:
            raise OutsideError(
                f"{file.name}: more than {_RAGGED_AT_ONCE:,} rows in a row do not have the header's "
                f"{ragged[0].expected_columns} fields; check the delimiter '{self._layout.delimiter}'."
            )
        ragged.clear()
        yield Unread(tuple(text.replace(MARK, "\ufffd") for text in texts), RAGGED)

    def _begun(self, file: FoundFile) -> tuple[list[str], int]:
        """The header, and about how many rows there are."""
        with self._stream(file) as stream:
            start = stream.read(_HEADER)
        # Arrow takes a header that no line end follows for a row that does not end.
        bare = not self._layout.columns and len(start) < _HEADER and not any(end in start for end in (b"\n", b"\r"))
        return self._header(file, start), 0 if bare else estimated_rows(file, start)

    def _header(self, file: FoundFile, start: bytes) -> list[str]:
        if not start.strip():
            if self._layout.columns:
                return self._layout.columns
            raise OutsideError(f"{file.name}: is empty; a CSV file begins with a header, or give `columns:`.")
        if self._layout.columns:
            return self._layout.columns
        names = next(self._records(io.StringIO(start.decode(errors="replace"), newline="")), [])
        if any("\0" in name for name in names):
            mend = " Is it UTF-16? Then say `encoding: utf-16`." if self._layout.encoding == "utf-8" else ""
            raise OutsideError(f"{file.name}: is no CSV file; it begins with zero bytes.{mend}")
        if any(MARK in name for name in names):
            raise OutsideError(f"{file.name}:1: the header is not {self._layout.encoding}; say `encoding:`.")
        if twice := sorted({name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()):
            raise OutsideError(f"{file.name}:1: the header has the column '{twice[0]}' twice; take one out.")
        return names

    def _records(self, lines: Iterable[str]) -> _csv.Reader:
        csv.field_size_limit(1 << 30)
        if not self._layout.quote:
            return csv.reader(lines, delimiter=self._layout.delimiter, quoting=csv.QUOTE_NONE)
        return csv.reader(lines, delimiter=self._layout.delimiter, quotechar=self._layout.quote)

    def _told(self, file: FoundFile, error: pa.ArrowInvalid) -> OutsideError:
        if "straddling" in str(error):
            return self._torn_quote(file)
        return OutsideError(f"{file.name}: is no CSV file that can be read ({str(error).splitlines()[0][:200]}).")

    def _torn_quote(self, file: FoundFile) -> OutsideError:
        """Read the file once more, row by row: it is an error already, and the line is worth the wait."""
        last, before = 1, 0
        with self._stream(file) as stream:
            reader = self._records(codecs.getreader("utf-8")(stream))
            for _ in reader:
                last, before = before + 1, reader.line_num
        return OutsideError(
            f"{file.name}:{last}: a value in quotes that begins in this row runs over {before - last + 1} lines; "
            f"close the quote, or say `quote: ''` if the file has none."
        )


def _split(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch | Unread]:
    """The batch, without rows that hold bytes which are no text; those by themselves."""
    broken = np.zeros(batch.num_rows, np.bool_)
    for column in batch.columns:
        if pa.types.is_string(column.type) and pc.any(marked(column)).as_py():
            broken |= marked(column).to_numpy(zero_copy_only=False)
    if not broken.any():
        yield batch
        return
    torn = batch.filter(pa.array(broken))
    texts = [",".join(value or "" for value in row.values()) for row in torn.to_pylist()]
    yield batch.filter(pa.array(~broken))
    yield Unread(tuple(text.replace(MARK, "\ufffd") for text in texts), BROKEN_TEXT)
