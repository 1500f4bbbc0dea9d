"""Small worlds whose probabilities are known, and one fit of each kind that several tests look at."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from sandbox.models.base import Examples
from sandbox.models.classify import ClassifyConfig

CUT = datetime(2026, 1, 31, tzinfo=UTC)


def _moments(count: int, moment: datetime) -> pa.Array:
    return pa.array([moment] * count, pa.timestamp("us", "UTC"))


def _world(rows: int, seed: int = 0, moments: int = 1, window: timedelta = timedelta(days=30)) -> Examples:
    """Customers with columns of every kind; a few of them drive the label."""
    generator = np.random.default_rng(seed)
    count = rows * moments
    fee, calls = generator.lognormal(3, 0.6, count), generator.poisson(2, count)
    plan = generator.choice(["basic", "plus", "max"], count, p=[0.5, 0.3, 0.2])
    log_odds = 1.3 * (calls - 2) + 1.2 * (plan == "basic") - 0.9
    label = generator.random(count) < 1 / (1 + np.exp(-log_odds))
    features = pa.table(
        {
            "fee": pa.array(fee, mask=generator.random(count) < 0.1),
            "calls": pa.array(calls, pa.int32()),
            "plan": pa.array(plan).dictionary_encode(),
            "town": pa.array([f"town {number % 40}" for number in generator.zipf(1.6, count)]),
            "since": pa.array(np.datetime64("2025-01-01") + generator.integers(0, 365, count), pa.date32()),
            "seen": pa.array(
                np.datetime64("2026-01-01T00:00:00", "us") + generator.integers(0, 10**12, count),
                pa.timestamp("us", "UTC"),
            ),
            "vip": pa.array(generator.random(count) < 0.2, mask=generator.random(count) < 0.05),
            "constant": pa.array(np.ones(count)),
            "nothing": pa.nulls(count),
        }
    )
    at = [CUT + timedelta(days=30) * number for number in range(moments) for _ in range(rows)]
    entity = pa.array([f"C{number:05d}" for _ in range(moments) for number in range(rows)])
    return Examples(entity, pa.array(at, pa.timestamp("us", "UTC")), features, pa.array(label), window)


@pytest.fixture(scope="session")
def world() -> Callable[..., Examples]:
    return _world


@pytest.fixture(scope="session")
def moments() -> Callable[[int, datetime], pa.Array]:
    return _moments


@pytest.fixture(scope="session")
def cut() -> datetime:
    return CUT


@pytest.fixture(scope="session")
def quick() -> ClassifyConfig:
    return ClassifyConfig.model_validate({"spike": {"trials": 3}, "bootstrap": 200})


@pytest.fixture(scope="session")
def examples() -> Examples:
    return _world(1500)


@pytest.fixture(scope="session")
def fitted(examples: Examples, quick: ClassifyConfig):
    return quick.fit(examples, seed=42)
