"""A small shop to replay, and a clock that need not be waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

import sandbox

SHOP = """
sandbox: 1
name: shop
seed: 7
clock: {start: 2026-01-01, days: 8}
datasets:
  tariffs: {rows: 5, static: true, columns: {tariff: {serial: 1}}}
  customers:
    rows: 200
    key: customer_id
    history: true
    columns:
      customer_id: {serial: 1}
      plan: {choice: {basic: 2, plus: 1}}
    transitions: {upgrade: {hazard: 0.1 per day, set: {plan: "'plus'"}}}
    leave: {hazard: 0.01 per day}
  web_events:
    of: customers
    time: happened_at
    visits: {per_day: 0.8, day: evening}
    journey:
      home: {emits: page_view, then: {product: 0.6, leave: 0.4}, after: 20s}
      product: {emits: product_view, then: {home: 0.5, leave: 0.5}, after: 45s}
    columns:
      event_id: {visit: event_id}
      customer_id: {visit: customer}
      event: {visit: event}
  calls:
    of: customers
    time: called_at
    visits: {per_day: 0.2}
    columns:
      customer_id: {visit: customer}
"""


class FastClock:
    """Time passes when somebody sleeps, and a little with every look."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.wall_us = 1_790_000_000_000_000

    def seconds(self) -> float:
        self.at += 1e-6
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds

    def now_us(self) -> int:
        return self.wall_us


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sandbox.Scenario:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return sandbox.load("shop.yaml")


BUSY = SHOP.replace("rows: 200", "rows: 1_500")


@pytest.fixture
def busy_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop with so many visits that replaying them lasts long enough to be killed."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shop.yaml"
    path.write_text(BUSY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def busy_visits(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """The ids of that shop's visits, in order."""
    path = tmp_path_factory.mktemp("shop") / "shop.yaml"
    path.write_text(BUSY, encoding="utf-8")
    return sandbox.load(path).table("web_events")["event_id"].to_pylist()  # type: ignore[no-any-return]
