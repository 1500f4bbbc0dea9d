"""Measure behaviour: DuckDB over events, whoever made them; of very many, those of one visit and customer in so many.

What is measured lies in views of a connection. `events`: `visit`, `who` (null before it is known), `moment` (int64
microseconds), `stop` (a state or an event; null for none) and `place` (orders what has the same time). If it is known
who is there, `versions`: `who`, `since` and `until` (null: still there); several a customer, one after the other.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.behaviour.figures import Behaviour, Cohort, Span, Stop, Way
from sandbox.contract.zones import to_local
from sandbox.world.periods import DAY_US, HOUR_US, period_starts
from sandbox.world.rowsets import Whole

if TYPE_CHECKING:
    import duckdb

MOST_EVENTS = 2_000_000
_MOST_SPANS, _MOST_COHORTS = 60, 14
_WIDTHS = (1, 7, 28, 91, 364)
"""Days of a period, whichever gives few enough of them."""
_QUARTER_US = HOUR_US // 4
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: a stream's name, where its figures come from, its zone, and what its views hold."""

    dataset: str
    told: str
    zone: str
    stays: bool
    """Whether `place` tells stays apart, as the step of a state does."""
    people: bool


def measure(connection: duckdb.DuckDBPyConnection, subject: Subject) -> Behaviour | None:
    """The behaviour in a connection's views; None where there are no events."""
    events, first_us, last_us = connection.sql("select count(*), min(moment), max(moment) from events").fetchall()[0]
    if not events:
        return None
    one_in = -(-events // MOST_EVENTS)
    told = subject.told if one_in == 1 else f"{subject.told}; one visit in {one_in:,}"
    _lay_out(connection, subject, one_in)
    visits = connection.sql("select count(distinct visit) from walks").fetchall()[0][0]
    days = period_starts("day", first_us - DAY_US, last_us + 1, subject.zone)
    days = days[max(0, int(np.searchsorted(days, first_us, side="right")) - 1) :]
    spans, cohorts = _width(len(days), _MOST_SPANS), _width(len(days), _MOST_COHORTS)
    customers = connection.sql("select count(distinct who) from known").fetchall()[0][0]
    return Behaviour(
        dataset=subject.dataset,
        told=told,
        zone=subject.zone,
        first=_date(first_us, subject.zone),
        last=_date(last_us, subject.zone),
        visits=visits * one_in,
        events=events,
        customers=customers * one_in,
        stops=_stops(connection, visits),
        ways=_ways(connection),
        hours=_hours(connection, subject.zone, days, one_in),
        days_a_span=spans,
        spans=_spans(connection, subject, days[::spans], one_in)[: _whole(days[::spans], last_us, spans)],
        days_a_cohort=cohorts,
        cohorts=_cohorts(connection, subject, days[::cohorts], _whole(days[::cohorts], last_us, cohorts)),
    )


def _lay_out(connection: duckdb.DuckDBPyConnection, subject: Subject, one_in: int) -> None:
    """`walks`, a row a stay with what follows; `known`, who did something when; of one in so many."""
    some = f"where hash(visit) % {one_in} = 0" if one_in > 1 else ""
    first = "arg_min(stop, moment) as stop, min(moment) as moment"
    stays = f"select visit, place, {first} from few where stop is not null group by all"
    told = stays if subject.stays else "select visit, place, stop, moment from few"
    connection.execute(
        f"create temp table walks as with few as (select * from events {some}), told as ({told}) "
        "select visit, stop, moment, lead(stop) over w as following, lead(moment) over w as following_moment, "
        "row_number() over w = 1 as is_first from told window w as (partition by visit order by moment, place)"
    )
    some = f"and hash(who) % {one_in} = 0" if one_in > 1 else ""
    if subject.people:
        connection.execute(
            "create temp table people as select who, min(since) as since, "
            "case when bool_or(until is null) then null else max(until) end as until from versions group by who"
        )
    connection.execute(f"create temp view known as select who, moment from events where who is not null {some}")


def _stops(connection: duckdb.DuckDBPyConnection, visits: int) -> tuple[Stop, ...]:
    rows = connection.sql(
        "select stop, count(*), count(distinct visit), count(*) filter (is_first), "
        "count(*) filter (following is null), median(following_moment - moment) / 1e6 "
        "from walks where stop is not null group by stop order by 3 desc, 2 desc, 1"
    ).fetchall()
    return tuple(
        Stop(name, times, reached / visits, begins / visits, leaves / times, stays_s)
        for name, times, reached, begins, leaves, stays_s in rows
    )


def _ways(connection: duckdb.DuckDBPyConnection) -> tuple[Way, ...]:
    rows = connection.sql(
        "with stays as (select stop, following, count(*) as times from walks where stop is not null group by all) "
        "select stop, following, times, times / sum(times) over (partition by stop) from stays "
        "qualify following is not null order by times desc, stop, following"
    ).fetchall()
    return tuple(Way(*row) for row in rows)


def _hours(connection: duckdb.DuckDBPyConnection, zone: str, days: Whole, one_in: int) -> tuple[float, ...]:
    counted = connection.sql(
        f"select moment // {_QUARTER_US} as quarter, count(*) as visits from walks where is_first group by quarter"
    ).fetchnumpy()
    quarters = counted["quarter"].astype(np.int64) * _QUARTER_US
    begun = np.bincount(_hour_of_week(quarters, zone), counted["visits"].astype(np.float64), 168) * one_in
    hours = np.arange(days[0], days[-1] + DAY_US, HOUR_US, dtype=np.int64)
    there = np.bincount(_hour_of_week(hours, zone), minlength=168)
    return tuple(float(value) for value in np.round(begun / np.maximum(there, 1), 4))


def _hour_of_week(times_us: Whole, zone: str) -> Whole:
    local = to_local(times_us, zone)
    hours: Whole = (local // DAY_US + 3) % 7 * 24 + local // HOUR_US % 24  # 1 January 1970 was a Thursday
    return hours


def _spans(connection: Any, subject: Subject, starts: Whole, one_in: int) -> tuple[Span, ...]:
    """Who is active, is there, comes and leaves in each period."""
    _periods(connection, starts)
    active = dict(
        connection.sql(
            "select number, count(distinct who) "
            "from known asof join periods on known.moment >= periods.start group by all"
        ).fetchall()
    )
    moved: dict[int, tuple[int, int, int]] = {}
    if subject.people:
        rows = connection.sql(
            "select number, count(*) filter (since < stop and (until is null or until >= stop)), "
            "count(*) filter (since >= start and since < stop), count(*) filter (until >= start and until < stop) "
            "from periods, people group by all"
        ).fetchall()
        moved = {number: (there, came, left) for number, there, came, left in rows}
    unknown = (None, None, None)
    return tuple(
        Span(_date(int(start), subject.zone), active.get(number, 0) * one_in, *moved.get(number, unknown))
        for number, start in enumerate(starts)
    )


def _whole(starts: Whole, last_us: int, width: int) -> int:
    """How many periods the events do not end within, one at least: half a week looks as if people had gone."""
    return max(1, int((starts + (width - 1) * DAY_US <= last_us).sum()))


def _cohorts(connection: Any, subject: Subject, starts: Whole, whole: int) -> tuple[Cohort, ...]:
    """By when customers came, or were first seen, in the first so many periods."""
    _periods(connection, starts)
    connection.execute(
        "create or replace temp table active as select distinct who, number "
        "from known asof join periods on known.moment >= periods.start"
    )
    came = (
        "select who, coalesce(number, -1) as cohort from people asof left join periods on people.since >= periods.start"
        f" where (until is null or until > {starts[0]})"
        if subject.people
        else "select who, min(number) as cohort from active group by who"
    )
    connection.execute(f"create or replace temp table cohorts as {came}")
    sizes = dict(connection.sql("select cohort, count(*) from cohorts group by cohort order by cohort").fetchall())
    seen = connection.sql(
        "select cohort, number, count(*) from cohorts join active using (who) group by all"
    ).fetchall()
    found = {(cohort, number): count for cohort, number, count in seen}
    return tuple(
        Cohort(
            _date(int(starts[cohort]), subject.zone) if cohort >= 0 else "",
            size,
            tuple(round(found.get((cohort, number), 0) / size, 4) for number in range(max(cohort, 0), whole)),
        )
        for cohort, size in sizes.items()
        if cohort < whole
    )


def _periods(connection: Any, starts: Whole) -> None:
    """A table of periods: number, start and stop in microseconds; the last has no stop."""
    stops = [*map(int, starts[1:]), np.iinfo(np.int64).max]
    rows = ", ".join(
        f"({number}, {start}, {stop})" for number, (start, stop) in enumerate(zip(starts, stops, strict=True))
    )
    connection.execute(f"create or replace temp table periods as from (values {rows}) periods(number, start, stop)")


def _width(days: int, most: int) -> int:
    return next((width for width in _WIDTHS if -(-days // width) <= most), _WIDTHS[-1])


def _date(time_us: int, zone: str) -> str:
    local = int(to_local(np.array([time_us], np.int64), zone)[0])
    return str(_EPOCH + dt.timedelta(days=local // DAY_US))
