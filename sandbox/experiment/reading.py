"""Read an experiment's log into a panel: who met which arm, and what they did from then on, or before.

The rows are put into a database that spills, as expressions of the scenario over them, and added up there by unit and
day. A unit that met two arms counts for neither, and whatever does not count is counted by its reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Contract
from sandbox.experiment.moments import Floats
from sandbox.experiment.off_policy import Log
from sandbox.experiment.panel import InMemory, Panel
from sandbox.experiment.planned import PER, days_of
from sandbox.experiment.rows import Rows, Sql
from sandbox.mart.database import Limits, literal, name, opened
from sandbox.scenario.language.experiment import Experiment, Metric
from sandbox.scenario.plan import Plan
from sandbox.world.world import World

if TYPE_CHECKING:
    import duckdb

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What a log tells."""

    panel: Panel
    left_out: dict[str, int]
    """Rows and units that do not count, by reason."""
    logs: dict[str, Log]
    """Of each arm, where the scenario asks for other policies; their contexts and actions have numbers in common."""
    contexts: int
    actions: int


def read(plan: Plan, experiment: Experiment, world: World | None = None) -> Told:
    """Read the log of an experiment and what its metrics are told by.

    Args:
        plan: where the datasets come from.
        experiment: of this plan, bound without problems.
        world: of this plan, if the caller has one already.
    Raises:
        InputError: a source does not fit its contract.
        OutsideError: it cannot be read.
    """
    rows = Rows(plan, world or World(plan), days_of(plan, experiment), Counter())
    reader = _Reader(plan, experiment, rows)
    with opened(Limits()) as connection:
        reader.load_log(connection)
        reader.gather_units(connection)
        for number, metric in enumerate(experiment.metrics.values()):
            reader.add_up(connection, number, metric)
        panel = reader.panel(connection)
        logs, contexts, actions = reader.logs(connection)
    return Told(panel, dict(rows.left_out), logs, contexts, actions)


@dataclass(frozen=True, slots=True)
class _Reader:
    plan: Plan
    experiment: Experiment
    rows: Rows

    @property
    def arms(self) -> list[str]:
        return [self.experiment.control, *self.experiment.arms]

    def load_log(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Fill `log`: a row an exposure that counts, with all that is asked of it."""
        for at, (arm, dataset) in enumerate(self.experiment.logs.items()):
            contract = self.plan.datasets[dataset].contract
            self.rows.fill(connection, "log", dataset, ", ".join(self._asked(arm, contract)), is_new=at == 0)
        known = ", ".join(literal(arm) for arm in self.arms)
        for reason, condition in (
            ("rows that the trigger leaves out", "NOT coalesce(counts, false)"),
            ("rows outside of the days that are judged", f"day < 0 OR day >= {self.rows.days.count}"),
            ("rows without a unit", "unit IS NULL"),
            ("rows of no arm that is planned", f"arm IS NULL OR arm NOT IN ({known})"),
        ):
            self.rows.leave_out(connection, condition, reason)

    def _asked(self, arm: str | None, contract: Contract) -> list[str]:
        """What is taken of each row of a log, as SQL with names."""
        experiment, sql = self.experiment, Sql(contract)
        unit = f"{name(experiment.unit)}::VARCHAR" if experiment.unit else f"{literal(contract.dataset)} || _row"
        named = f"{name(experiment.arm or 'arm')}::VARCHAR" if arm is None else literal(arm)
        trigger = sql.of(experiment.trigger) if experiment.trigger else "true"
        asked = [f"{unit} AS unit", f"{named} AS arm", "_at AS met_at", "_day AS day", f"({trigger}) AS counts"]
        for number, metric in enumerate(experiment.metrics.values()):
            if metric.of is None:
                asked += [f"{value} AS {column}{number}" for column, value in sql.counted(metric).items()]
        asked += [f"{name(column)}::VARCHAR AS s{at}" for at, column in enumerate(experiment.segments)]
        terms = experiment.off_policy
        if terms is not None:
            asked += [f"{name(terms.action)}::VARCHAR AS action", f"{name(terms.propensity)}::DOUBLE AS propensity"]
            asked += [f"{sql.of(terms.reward)}::DOUBLE AS reward"]
            seen = ", ".join(f"{name(column)}::VARCHAR" for column in terms.context) or "NULL::VARCHAR"
            asked += [f"concat_ws(' | ', {seen}) AS context"]
        return asked

    def gather_units(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Fill `units`: each once, numbered, with its first exposure; those that met two arms are told."""
        segments = "".join(f", arg_min(s{at}, met_at) AS s{at}" for at in range(len(self.experiment.segments)))
        connection.execute(
            f"CREATE TABLE units AS SELECT unit, min(met_at) AS first_at, min(day) AS first_day, min(arm) AS arm, "
            f"count(DISTINCT arm) AS arms, row_number() OVER (ORDER BY unit) - 1 AS number{segments} "
            f"FROM log GROUP BY unit ORDER BY unit"
        )
        both = connection.execute("SELECT count(*) FROM units WHERE arms > 1").fetchall()[0][0]
        self.rows.note("units that met more than one arm", both)
        connection.execute("CREATE TABLE done (number BIGINT, day BIGINT, metric INTEGER, value DOUBLE, per DOUBLE)")
        connection.execute("CREATE TABLE earlier (number BIGINT, metric INTEGER, value DOUBLE, per DOUBLE)")

    def add_up(self, connection: duckdb.DuckDBPyConnection, number: int, metric: Metric) -> None:
        """Add to `done` what units did by one metric, and to `earlier` what they had done before."""
        if metric.of is None:
            connection.execute(
                f"INSERT INTO done SELECT number, day, {number}, sum(v{number}), sum(p{number}) "
                f"FROM log JOIN units USING (unit) GROUP BY ALL ORDER BY ALL"
            )
            return
        counted = Sql(self.plan.datasets[metric.of].contract).counted(metric)
        asked = [f"{name(self.experiment.unit or '')}::VARCHAR AS unit", "_at AS met_at", "_day AS day"]
        asked += [f"{value} AS {column}" for column, value in counted.items()]
        self.rows.fill(connection, "events", metric.of, ", ".join(asked), is_new=True)
        until = f"AND met_at < first_at + {metric.within // _MICROSECOND}" if metric.within is not None else ""
        connection.execute(
            f"INSERT INTO done SELECT number, day, {number}, sum(v), sum(p) FROM events JOIN units USING (unit) "
            f"WHERE met_at >= first_at AND day >= 0 AND day < {self.rows.days.count} {until} GROUP BY ALL ORDER BY ALL"
        )
        if metric.before is not None:
            since = f"first_at - {metric.before // _MICROSECOND}"
            connection.execute(
                f"INSERT INTO earlier SELECT number, {number}, sum(v), sum(p) FROM events JOIN units USING (unit) "
                f"WHERE met_at < first_at AND met_at >= {since} GROUP BY ALL ORDER BY ALL"
            )

    def panel(self, connection: duckdb.DuckDBPyConnection) -> Panel:
        """What was added up, as arrays."""
        arms = self.arms
        units = connection.sql("SELECT * FROM units ORDER BY number").to_arrow_table()
        codes = pc.index_in(units["arm"].cast(pa.string()), pa.array(arms, pa.string())).to_numpy().astype(np.int16)
        codes[units["arms"].to_numpy() > 1] = -1
        sums = "".join(
            f", coalesce(sum({column}) FILTER (metric = {at}), 0) AS {column[0]}{at}"
            for at in range(len(self.experiment.metrics))
            for column in ("value", "per")
        )
        rows = connection.sql(f"SELECT number, day{sums} FROM done GROUP BY ALL ORDER BY day, number").to_arrow_table()
        last = pc.max(rows["day"]).as_py()
        columns: dict[str, Floats] = {}
        before: dict[str, Floats] = {}
        for at, (metric, terms) in enumerate(self.experiment.metrics.items()):
            columns[metric] = _floats(rows[f"v{at}"])
            if terms.per is not None:
                columns[PER.format(metric)] = _floats(rows[f"p{at}"])
            if terms.before is not None:
                before |= _earlier(connection, at, metric, terms, units.num_rows)
        return Panel(
            arms=tuple(arms),
            days=0 if last is None else int(last) + 1,
            arm=codes,
            first=units["first_day"].to_numpy().astype(np.int64),
            diary=InMemory(
                rows["number"].to_numpy().astype(np.int64), rows["day"].to_numpy().astype(np.int64), columns
            ),
            before=before,
            segments={column: units[f"s{at}"].combine_chunks() for at, column in enumerate(self.experiment.segments)},
        )

    def logs(self, connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, Log], int, int]:
        """The log of each arm for other policies; nothing where the scenario does not ask."""
        if self.experiment.off_policy is None:
            return {}, 0, 0
        for reason, condition in (
            ("rows without an action or a reward", "action IS NULL OR reward IS NULL"),
            ("rows whose propensity is none", "propensity IS NULL OR NOT (propensity > 0 AND propensity <= 1)"),
        ):
            self.rows.leave_out(connection, condition, f"{reason} (for other policies)")
        table = connection.sql(
            "SELECT arm, dense_rank() OVER (ORDER BY context) - 1 AS context, dense_rank() OVER (ORDER BY action) - 1 "
            "AS action, propensity, reward FROM log ORDER BY met_at, arm, context, action, propensity, reward"
        ).to_arrow_table()
        found = {}
        for arm in self.arms:
            rows = table.filter(pc.equal(table["arm"], arm))
            context, action = (rows[column].to_numpy().astype(np.int64) for column in ("context", "action"))
            found[arm] = Log(context, action, _floats(rows["propensity"]), _floats(rows["reward"]))
        largest = [pc.max(table[column]).as_py() for column in ("context", "action")]
        contexts, actions = (0 if top is None else int(top) + 1 for top in largest)
        return found, contexts, actions


def _earlier(
    connection: duckdb.DuckDBPyConnection, at: int, metric: str, terms: Metric, units: int
) -> dict[str, Floats]:
    rows = connection.sql(f"SELECT number, value, per FROM earlier WHERE metric = {at}").to_arrow_table()
    found = {}
    for column, key in (("value", metric), ("per", PER.format(metric))):
        if key == metric or terms.per is not None:
            found[key] = np.zeros(units)
            found[key][rows["number"].to_numpy()] = _floats(rows[column])
    return found


def _floats(column: Any) -> Floats:
    values: Floats = column.to_numpy().astype(np.float64)
    return values
