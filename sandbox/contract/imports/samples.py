"""Rows instead of a schema: Parquet and Arrow files have types of their own, CSV has what its values look like."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.imports import formats
from sandbox.contract.imports.fields import NO_HINT, Field, Hint
from sandbox.contract.imports.imported import MOST_COLUMNS, Imported, describe
from sandbox.contract.imports.notes import Notes
from sandbox.contract.infer import infer_contract, propose
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError, Place, Problem

MOST_ROWS = 50_000
_CSV_BYTES = 8 * 2**20
_QUANTILES = 20
_LEAST_ROWS = 20


def read_sample(path: Path, carrier: str, notes: Notes) -> Imported:
    """Draft a contract from a file of rows; what the rows suggest stands in the hints.

    Raises:
        InputError: the file is damaged, or a type has no place in a contract.
    """
    table, places = _csv(path) if carrier == formats.CSV else _columnar(path, carrier)
    if table.num_columns > MOST_COLUMNS:
        place = places.get(table.column_names[MOST_COLUMNS], Place(str(path)))
        raise InputError(Problem(f"has {table.num_columns:,} columns, at most {MOST_COLUMNS:,} are read.", "", place))
    name = path.name.partition(".")[0] or "sample"
    contract = _drafted(name, table, places, notes)
    notes.check()
    proposals = {(each.column, each.key): each for each in propose(contract, table)}
    fields = []
    for column in contract.columns:
        place = places.get(column.name, Place(str(path)))
        hint = _hint(
            table.column(column.name), (column.name, "values") in proposals, (column.name, "unique") in proposals
        )
        fields.append(Field(column, place, hint=hint))
        for key in ("unique", "values", "ge"):
            if (column.name, key) in proposals:
                said = proposals[column.name, key]
                notes.lose(f"{key} is not promised, only seen: {said.reason}.", place, column.name)
    described = describe(Contract(name, ()), fields, Place(str(path)), notes)
    notes.check()
    return Imported(notes.file, f"a sample in {carrier}", (described,), notes.all_lost())


def _drafted(name: str, table: pa.Table, places: dict[str, Place], notes: Notes) -> Contract:
    """Column by column, so that each that has no type in a contract is told with its place."""
    columns: list[Column] = []
    for field in table.schema:
        place = places.get(field.name, Place(notes.file))
        if table.column_names.count(field.name) > 1:
            notes.wrong("this column is there twice.", place, field.name)
            continue
        try:
            drafted = infer_contract(name, pa.schema([field]), table.select([field.name]) if len(table) else None)
            columns += drafted.columns
        except InputError as error:
            notes.wrong(error.problems[0].message, place, field.name)
    return Contract(name, tuple(columns))


def _columnar(path: Path, carrier: str) -> tuple[pa.Table, dict[str, Place]]:
    from pyarrow import ipc, parquet

    try:
        if carrier == formats.PARQUET:
            with parquet.ParquetFile(path) as file:
                batch = next(file.iter_batches(MOST_ROWS), None)
                return (pa.Table.from_batches([batch]) if batch is not None else file.schema_arrow.empty_table()), {}
        with pa.memory_map(str(path)) as source, ipc.open_file(source) as reader:
            batches = [reader.get_batch(0)] if reader.num_record_batches else []
            return pa.Table.from_batches(batches, reader.schema).slice(0, MOST_ROWS), {}
    except (pa.ArrowException, OSError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(Problem(f"damaged or cut off: {said.rstrip('.')}.", "", Place(str(path)))) from None


def _csv(path: Path) -> tuple[pa.Table, dict[str, Place]]:
    """The first rows of a CSV file, and where each name of its header stands."""
    import io

    from pyarrow import csv as arrow_csv

    with path.open("rb") as stream:
        raw = stream.read(_CSV_BYTES)
        if stream.read(1):
            raw = raw[: raw.rfind(b"\n") + 1]
    header = raw.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", errors="replace").rstrip("\r")
    delimiter = max(",;\t|", key=header.count)
    names = next(csv.reader([header], delimiter=delimiter), [])
    places: dict[str, Place] = {}
    at = 0
    for name in names:
        at = max(header.find(name, at), at)
        places.setdefault(name, Place(str(path), 1, at + 1))
        at += len(name)
    try:
        convert = arrow_csv.ConvertOptions(strings_can_be_null=True, timestamp_parsers=[arrow_csv.ISO8601])
        table = arrow_csv.read_csv(
            io.BytesIO(raw), parse_options=arrow_csv.ParseOptions(delimiter=delimiter), convert_options=convert
        )
    except pa.ArrowException as error:
        raise InputError(
            Problem(f"cannot be read as CSV: {str(error).splitlines()[0]}.", "", Place(str(path)))
        ) from None
    return table.slice(0, MOST_ROWS), places


def _hint(values: pa.ChunkedArray, is_listed: bool, is_unique: bool) -> Hint:
    """What the rows suggest: words with their counts, quantiles of numbers, or numbers that count the rows."""
    if is_listed:
        counted = pc.value_counts(values.cast(pa.string()).drop_null()).to_pylist()
        counted.sort(key=lambda each: (-each["counts"], each["values"]))
        return Hint(
            options=tuple(each["values"] for each in counted), weights=tuple(float(each["counts"]) for each in counted)
        )
    kind = values.type
    if is_unique and pa.types.is_integer(kind):
        return Hint(start=pc.min(values).as_py())
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)) or len(values) - values.null_count < _LEAST_ROWS:
        return NO_HINT
    ranks = [rank / _QUANTILES for rank in range(_QUANTILES + 1)]
    edges: list[Any] = pc.quantile(values, q=ranks).to_pylist()
    finite = [float(edge) for edge in edges if edge is not None and abs(edge) < 1e300]
    return dataclasses.replace(NO_HINT, edges=tuple(finite), low=finite[0], high=finite[-1]) if finite else NO_HINT
