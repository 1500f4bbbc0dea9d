"""What the columns of a landed dataset look like: counts, nulls, ranges, histograms, frequent values.

Every figure is a count made by DuckDB over the landed Parquet parts: no rows are held, and neither threads nor parts
change a figure. A `pii` column keeps its counts of rows and nulls only, unless the caller may show it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.contract.model import Column, Contract

if TYPE_CHECKING:
    import duckdb

BINS = 30
MOST_VALUES = 8
SAMPLE_ROWS = 6
_TAIL = 0.005
"""Of the rows at either end a histogram may leave out, so that one odd value does not flatten all others."""
_ZOOMS = 6
_ZOOM_BINS = 1000
_WIDE_ENOUGH = 0.6
"""Share of a picture's width that must hold all but the tails, for it to be kept as it is."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Rows in equally wide bins from `low` to `high`: of values, of seconds since 1970, or, if `log`, of logarithms."""

    low: float
    high: float
    rows: tuple[int, ...]
    log: bool = False
    whole: bool = False
    """Whether the values are whole numbers; `low` and `high` then lie half a step outside of them."""


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column as it landed."""

    column: Column
    rows: int
    nulls: int
    distinct: int | None = None
    """About how many different values (HyperLogLog), never more than there are; None where nobody asks."""
    histogram: Histogram | None = None
    frequent: tuple[tuple[str, int], ...] = ()
    """The most frequent values with their rows."""

    @property
    def null_share(self) -> float:
        """Share of rows without a value."""
        return self.nulls / self.rows if self.rows else 0.0


def profile(contract: Contract, parts: Sequence[Path], show_pii: bool = False) -> list[ColumnProfile]:
    """Profile every column of a dataset.

    Args:
        contract: of the dataset.
        parts: its Parquet parts; none for an empty dataset.
        show_pii: whether personal data may be seen.
    """
    if not parts:
        return [ColumnProfile(column, 0, 0) for column in contract.columns]
    import duckdb

    with duckdb.connect(config={"memory_limit": "800MB", "threads": 2}) as connection:
        connection.execute("set enable_progress_bar = false; set timezone = 'UTC'")
        connection.read_parquet([str(part) for part in parts]).create_view("landed")
        counted = _counted(connection, contract)
        return [found if found.column.pii and not show_pii else _drawn(connection, found) for found in counted]


def sample(contract: Contract, parts: Sequence[Path], rows: int = SAMPLE_ROWS) -> pa.Table:
    """The first rows of a dataset with the contract's columns; unmasked."""
    import pyarrow.parquet as pq

    for part in parts:
        with pq.ParquetFile(part) as file:
            for batch in file.iter_batches(batch_size=rows, columns=list(contract.names)):
                return pa.Table.from_batches([batch])
    return contract.schema.empty_table()


def _counted(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[ColumnProfile]:
    """Rows, nulls and different values of every column, in one scan."""
    asked = ["count(*)"]
    for column in contract.columns:
        name = _quoted(column.name)
        simple = not (column.parsed.is_nested or column.parsed.name == "bytes")
        asked += [f"count({name})", f"approx_count_distinct({name})" if simple else "null"]
    rows, *figures = connection.sql(f"select {', '.join(asked)} from landed").fetchall()[0]
    found = []
    for number, column in enumerate(contract.columns):
        known, distinct = figures[2 * number], figures[2 * number + 1]
        found.append(ColumnProfile(column, rows, rows - known, None if distinct is None else min(distinct, known)))
    return found


def _drawn(connection: duckdb.DuckDBPyConnection, found: ColumnProfile) -> ColumnProfile:
    """With a histogram, or the frequent values, whichever fits the column."""
    column, name = found.column, _quoted(found.column.name)
    known = found.rows - found.nulls
    if not known or found.distinct is None:
        return found
    if column.parsed.name in ("timestamp", "date"):
        return replace(found, histogram=_histogram(connection, f"epoch({name}::timestamp)"))
    if column.parsed.is_number and not column.values and found.distinct > MOST_VALUES:
        return replace(found, histogram=_histogram(connection, f"{name}::double", column.parsed.is_integer))
    if column.parsed.name == "uuid" or not (column.values or found.distinct <= max(MOST_VALUES, known // 20)):
        return found
    frequent = connection.sql(
        f"select {name}::varchar, count(*) from landed where {name} is not null "
        f"group by all order by 2 desc, 1 limit {MOST_VALUES}"
    ).fetchall()
    return replace(found, frequent=tuple(frequent))


def _histogram(connection: duckdb.DuckDBPyConnection, value: str, whole: bool = False) -> Histogram | None:
    connection.execute(
        f"create or replace temp view measured as select {value} as v from landed where isfinite({value})"
    )
    low, high = connection.sql("select min(v), max(v) from measured").fetchall()[0]
    if low is None or low == high:
        return None
    low, high = _without_tails(connection, low, high)
    if whole:  # bins of as many whole numbers each, or the picture would be a comb
        first, last = math.floor(low), math.ceil(high)
        step = -(-(last - first + 1) // BINS)
        bins = -(-(last - first + 1) // step)
        low, high = first - 0.5, first - 0.5 + bins * step
        return Histogram(low, high, _bins(connection, "v", low, high, bins), whole=True)
    plain = Histogram(low, high, _bins(connection, "v", low, high, BINS))
    if low > 0 and plain.rows[0] > sum(plain.rows) / 2:  # nearly all of it in one bar: logarithms spread it out
        low, high = math.log(low), math.log(high)
        return Histogram(low, high, _bins(connection, "ln(v)", low, high, BINS), log=True)
    return plain


def _without_tails(connection: duckdb.DuckDBPyConnection, low: float, high: float) -> tuple[float, float]:
    """Bounds that leave out the furthest values, if these would squeeze all others into a corner.

    Counts in bins, and looks closer at the bins that matter: unlike a quantile sketch, counts do not hang on threads.
    """
    below, total = 0, 0
    for _ in range(_ZOOMS):
        rows = _bins(connection, "v", low, high, _ZOOM_BINS)
        total = total or sum(rows)
        upto = [below + seen for seen in accumulate(rows)]
        most = _TAIL * total
        first = next((number for number, seen in enumerate(upto) if seen > most), 0)
        last = next((number for number, seen in enumerate(upto) if seen >= total - most), _ZOOM_BINS - 1)
        if last - first >= _WIDE_ENOUGH * _ZOOM_BINS:
            break
        width = (high - low) / _ZOOM_BINS
        below = upto[first] - rows[first]
        low, high = low + first * width, low + (last + 1) * width
    return low, high


def _bins(connection: duckdb.DuckDBPyConnection, value: str, low: float, high: float, bins: int) -> tuple[int, ...]:
    """Rows in each of equally wide bins from `low` to `high`, both ends included."""
    counts: dict[Any, int] = dict(
        connection.execute(
            f"select least(floor(({value} - $low) / $width), {bins - 1})::int, count(*) "
            f"from measured where {value} between $low and $high group by 1",
            {"low": low, "width": (high - low) / bins, "high": high},
        ).fetchall()
    )
    return tuple(counts.get(number, 0) for number in range(bins))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
