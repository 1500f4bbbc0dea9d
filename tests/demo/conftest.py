"""A small shop of the telephone company, which has learnt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import sandbox
from sandbox.demo.opening import Wishes, opened
from sandbox.demo.shop.shop import Shop

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["datasets.customers.rows=300", "datasets.products.rows=60", "datasets.web_events.visits.per_day=0.3"]


@pytest.fixture(scope="session")
def scenario() -> sandbox.Scenario:
    return sandbox.load(ROOT / "scenarios/telecom_loop.yaml", set=SMALL)


@pytest.fixture
def shop(scenario: sandbox.Scenario, tmp_path: Path) -> Iterator[Shop]:
    with opened(scenario.plan, None, Wishes(tmp_path)) as found:
        found.learning.wait()
        assert found.learning.state == "ready", found.learning.failure
        yield found


@pytest.fixture(scope="module")
def looked_at(scenario: sandbox.Scenario, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop for tests after which nothing is otherwise for the next one."""
    with opened(scenario.plan, None, Wishes(tmp_path_factory.mktemp("shop"))) as found:
        found.learning.wait()
        yield found
