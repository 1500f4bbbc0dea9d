"""Rows of a dataset in a database, as expressions over them, with the day of the experiment that each lies on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import split_envelope
from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.experiment.planned import Days
from sandbox.mart.faults import masked, message_of
from sandbox.scenario.expressions import compile_expression
from sandbox.scenario.language.experiment import Metric
from sandbox.scenario.plan import Plan
from sandbox.sources.opening import open_source
from sandbox.world.world import World

if TYPE_CHECKING:
    import duckdb

_BATCH = "_batch"


@dataclass(frozen=True, slots=True)
class Rows:
    """Where rows come from, and what becomes of those that do not count."""

    plan: Plan
    world: World
    days: Days
    left_out: Counter[str]
    """How many, by reason."""

    def fill(self, connection: duckdb.DuckDBPyConnection, table: str, dataset: str, asked: str, is_new: bool) -> None:
        """Put what is asked of a dataset's rows into a table, which is made anew from no rows where it is new.

        Raises:
            InputError: an expression fails on a value.
        """
        import duckdb

        empty = _timed(self.plan.datasets[dataset].contract.schema.empty_table(), np.zeros((3, 0), np.int64))
        for number, rows in enumerate(chain([empty] if is_new else [], self._of(dataset))):
            into = f"CREATE OR REPLACE TABLE {table} AS" if is_new and number == 0 else f"INSERT INTO {table}"
            connection.register(_BATCH, rows)
            try:
                connection.execute(f"{into} SELECT {asked} FROM {_BATCH}")
            except duckdb.Error as error:
                said = f"experiment: an expression fails over the rows of {dataset}: {masked(message_of(error))}"
                raise InputError(said) from None
            connection.unregister(_BATCH)

    def leave_out(self, connection: duckdb.DuckDBPyConnection, condition: str, reason: str) -> None:
        """Take rows out of `log` that do not count."""
        self.note(reason, connection.execute(f"DELETE FROM log WHERE {condition}").fetchall()[0][0])

    def note(self, reason: str, count: int) -> None:
        """Count what does not count."""
        if count:
            self.left_out[reason] += count

    def _of(self, dataset: str) -> Iterator[pa.Table]:
        """The rows of a dataset that keep its contract, with their number, time and day."""
        source = open_source(self.plan, dataset, self.world)
        check = RowCheck(source.contract, source.proven)
        time, seen = source.contract.time or "", 0
        try:
            for share in source.shares():
                for batch in source.batches(share):
                    checked = batch if isinstance(batch, Checked) else check(batch)
                    self.note(f"rows of {dataset} that break its contract", checked.rejected.num_rows)
                    rows = split_envelope(checked.accepted)[0].cast(source.contract.schema)
                    moments = pc.cast(pc.cast(rows.column(time), pa.timestamp("us", "UTC")), pa.int64())
                    at = moments.to_numpy(zero_copy_only=False)
                    number = np.arange(seen, seen + rows.num_rows)
                    seen += rows.num_rows
                    yield _timed(pa.Table.from_batches([rows]), [at, self.days.of(at), number])
        finally:
            source.close()


def _timed(rows: pa.Table, values: Sequence[NDArray[np.int64]] | NDArray[np.int64]) -> pa.Table:
    """Rows with their time, day and number beside them."""
    for column, numbers in zip(("_at", "_day", "_row"), values, strict=True):
        rows = rows.append_column(column, pa.array(numbers))
    return rows


@dataclass(frozen=True, slots=True)
class Sql:
    """Expressions of a scenario over the columns of a dataset, as DuckDB runs them."""

    contract: Contract

    def of(self, text: str) -> str:
        """One expression."""
        return compile_expression(text, {column.name: column.arrow for column in self.contract.columns}).sql

    def counted(self, metric: Metric) -> dict[str, str]:
        """What a metric takes of a row: `v`, and what it is divided by, `p`."""
        if metric.any is not None:
            return {"v": f"coalesce(({self.of(metric.any)})::INTEGER, 0)::DOUBLE", "p": "0::DOUBLE"}
        per = f"coalesce(({self.of(metric.per)})::DOUBLE, 0)" if metric.per is not None else "0::DOUBLE"
        return {"v": f"coalesce(({self.of(metric.sum or '0')})::DOUBLE, 0)", "p": per}
