"""What the columns of a landed dataset look like: counts, nulls, ranges, histograms, frequent values.

Every figure is an aggregate made by DuckDB over the landed Parquet parts; no rows are held. A `pii` column keeps its
counts and nulls only, unless the caller may show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from sandbox.contract.model import Column, Contract

BINS = 30
MOST_VALUES = 8
SAMPLE_ROWS = 6


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column as it landed."""

    column: Column
    rows: int
    nulls: int
    distinct: int | None
    """About how many different values (HyperLogLog); None for personal data."""
    low: Any = None
    high: Any = None
    mean: float | None = None
    histogram: tuple[tuple[float, float, int], ...] = ()
    """(from, to, rows) of equally wide bins between the 0.5th and the 99.5th percentile; times in seconds since 1970."""
    frequent: tuple[tuple[str, int], ...] = ()

    @property
    def null_share(self) -> float:
        """Share of rows without a value."""
        return self.nulls / self.rows if self.rows else 0.0


def profile(contract: Contract, parts: Sequence[Path], show_pii: bool = False) -> list[ColumnProfile]:
    """Profile every column of a dataset.

    Args:
        parts: the dataset's Parquet parts; none for an empty dataset.
        show_pii: whether personal data may be seen.
    """
    if not parts:
        return [ColumnProfile(column, 0, 0, None) for column in contract.columns]
    with duckdb.connect(config={"memory_limit": "800MB", "threads": 2}) as connection:
        connection.execute("set enable_progress_bar = false; set timezone = 'UTC'")
        connection.read_parquet([str(part) for part in parts]).create_view("landed")
        rows = connection.sql("select count(*) from landed").fetchall()[0][0]
        return [_column(connection, column, rows, show_pii) for column in contract.columns]


def _column(connection: duckdb.DuckDBPyConnection, column: Column, rows: int, show_pii: bool) -> ColumnProfile:
    name = _quoted(column.name)
    nulls = connection.sql(f"select count(*) - count({name}) from landed").fetchall()[0][0]
    if column.pii and not show_pii:
        return ColumnProfile(column, rows, nulls, None)
    if column.parsed.is_nested or column.parsed.name == "bytes":
        return ColumnProfile(column, rows, nulls, None)
    distinct, low, high = connection.sql(
        f"select approx_count_distinct({name}), min({name})::varchar, max({name})::varchar from landed"
    ).fetchall()[0]
    kind = column.parsed.name
    if kind in ("timestamp", "date"):
        return ColumnProfile(
            column, rows, nulls, distinct, low, high, None, _histogram(connection, f"epoch({name}::timestamp)")
        )
    if column.parsed.is_number and not (column.values or distinct <= MOST_VALUES):
        mean = connection.sql(f"select avg({name})::double from landed").fetchall()[0][0]
        return ColumnProfile(column, rows, nulls, distinct, low, high, mean, _histogram(connection, f"{name}::double"))
    frequent: tuple[tuple[str, int], ...] = ()
    if distinct <= max(MOST_VALUES, rows // 20) or column.values:
        frequent = tuple(
            connection.sql(
                f"select {name}::varchar, count(*) from landed where {name} is not null "
                f"group by all order by 2 desc, 1 limit {MOST_VALUES}"
            ).fetchall()
        )
    return ColumnProfile(column, rows, nulls, distinct, low, high, None, (), frequent)


def _histogram(connection: duckdb.DuckDBPyConnection, value: str) -> tuple[tuple[float, float, int], ...]:
    bounds = connection.sql(
        f"select approx_quantile(v, 0.005), approx_quantile(v, 0.995) from (select {value} as v from landed) where isfinite(v)"
    ).fetchall()[0]
    if bounds[0] is None:
        return ()
    low, high = float(bounds[0]), float(bounds[1])
    if high <= low:
        return ()
    width = (high - low) / BINS
    counts = dict(
        connection.execute(
            f"select least(floor((v - $low) / $width), {BINS - 1})::int, count(*) "
            f"from (select {value} as v from landed) where v between $low and $high group by 1",
            {"low": low, "width": width, "high": high},
        ).fetchall()
    )
    return tuple((low + bin * width, low + (bin + 1) * width, counts.get(bin, 0)) for bin in range(BINS))


def sample(contract: Contract, parts: Sequence[Path], rows: int = SAMPLE_ROWS) -> Any:
    """The first rows of a dataset as an Arrow table with the contract's columns; unmasked."""
    if not parts:
        return contract.schema.empty_table()
    import pyarrow.parquet as pq

    with pq.ParquetFile(parts[0]) as file:
        for batch in file.iter_batches(batch_size=rows, columns=list(contract.names)):
            import pyarrow as pa

            return pa.Table.from_batches([batch])
    return contract.schema.empty_table()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
