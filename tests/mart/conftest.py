"""A small landing that a person can check by hand: four customers, their calls, and a price list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.contract.envelope import envelope, landed_schema
from sandbox.contract.model import Column, Contract
from sandbox.mart import Mart, Question, Sql
from sandbox.scenario.language import Label

DAY_US = 86_400_000_000
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

CUSTOMERS = Contract(
    "customers",
    (
        Column("customer_id", "int64"),
        Column("email", "string", pii=True),
        Column("plan", "enum", values=("basic", "plus", "max")),
        Column("fee", "decimal(8, 2)"),
        Column("valid_from", "timestamp"),
        Column("valid_to", "timestamp", nullable=True),
    ),
    primary_key=("customer_id",),
    valid_from="valid_from",
    valid_to="valid_to",
)
CALLS = Contract(
    "calls",
    (
        Column("customer_id", "int64"),
        Column("called_at", "timestamp"),
        Column("topic", "string", nullable=True),
        Column("minutes", "float64"),
    ),
    time="called_at",
)
PRICES = Contract("prices", (Column("plan", "string"), Column("price", "float64")), static=True, primary_key=("plan",))


def day(number: float) -> dt.datetime:
    """A moment so many days after the start."""
    return START + dt.timedelta(days=number)


def day_us(number: float) -> int:
    """The same in microseconds since 1970."""
    return (day(number) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


Rows = Sequence[tuple[Any, ...]]


def land_part(folder: Path, contract: Contract, rows: Rows, arrived: Sequence[float], part: int = 0) -> Path:
    """Write one landed part: rows in the contract's columns, and the day on which each arrived."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(contract.columns)
    arrays = [pa.array(values, column.arrow) for values, column in zip(columns, contract.columns, strict=True)]
    arrivals = np.array([day_us(when) for when in arrived], dtype=np.int64)
    arrays.append(envelope(np.arange(len(rows), dtype=np.uint64) + np.uint64(1000 * part), arrivals))
    path = folder / contract.dataset / f"part-{part:05d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_arrays(arrays, schema=landed_schema(contract.schema)), path)
    return path


# Ann stays; Bob upgrades on day 12 and leaves on day 25; Cid leaves on day 5; Dot comes on day 20.
VERSIONS = [
    (1, "ann@example.com", "basic", 9, day(0), None),
    (2, "bob@example.com", "basic", 9, day(1), day(12)),
    (2, "bob@example.com", "plus", 19, day(12), day(25)),
    (3, "cid@example.com", "max", 35, day(0), day(5)),
    (4, "dot@example.com", "plus", 19, day(20), None),
]
# The third call happened before day 10 and arrived after it.
CALLED = [
    (1, day(2), "bill", 3.0),
    (2, day(4), "line", 10.0),
    (2, day(9), "line", 20.0),
    (2, day(11), "line", 40.0),
    (1, day(15), None, 5.0),
]
CALL_ARRIVALS = [2, 4, 10.5, 11, 15]


@pytest.fixture
def land(tmp_path: Path) -> Callable[..., Path]:
    """Write one more part of a dataset: contract, rows, the days on which they arrived, the part's number."""
    return lambda *arguments: land_part(tmp_path / "more", *arguments)


@pytest.fixture(name="day")
def day_() -> Callable[[float], dt.datetime]:
    """A moment so many days after the start."""
    return day


@pytest.fixture(name="day_us")
def day_us_() -> Callable[[float], int]:
    """The same in microseconds since 1970."""
    return day_us


@pytest.fixture
def mart(tmp_path: Path) -> Mart:
    """The small landing, known until day 40."""
    parts = {
        "customers": [land_part(tmp_path, CUSTOMERS, VERSIONS, [0, 1, 12, 0, 20])],
        "calls": [
            land_part(tmp_path, CALLS, CALLED[:3], CALL_ARRIVALS[:3]),
            land_part(tmp_path, CALLS, CALLED[3:], CALL_ARRIVALS[3:], 1),
        ],
        "prices": [land_part(tmp_path, PRICES, [("basic", 9.0), ("plus", 19.0)], [0, 0])],
    }
    contracts = {"customers": CUSTOMERS, "calls": CALLS, "prices": PRICES}
    return Mart(parts, contracts, ends_us=dict.fromkeys(contracts, day_us(40)))


CHURN_SQL = """
select customer_id, plan, fee, count(called_at) as calls, sum(minutes) as minutes
from customers left join calls using (customer_id)
where valid_to is null
group by all
"""

Ask = Callable[..., Question]


@pytest.fixture
def ask() -> Ask:
    """Build a question about customers; label and features may be left to their defaults."""

    def build(
        moments: Sequence[float] = (10,),
        label: Mapping[str, Any] | None = None,
        features: str = CHURN_SQL,
        of: str = "customers",
        entity: str = "customer_id",
    ) -> Question:
        asked = Label.model_validate(dict(label or {"leaves within": "20 days"}))
        cuts = tuple(day_us(moment) for moment in moments)
        return Question("churn", of, entity, cuts, asked, Sql(features, "features/churn.sql"))

    return build
