"""Estimates: near what is then made, from few entities, at any scale and any rate."""

from pathlib import Path

import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.runs.estimates import is_little

ROOT = Path(__file__).parents[2]

SHOP = """\
sandbox: 1
name: shop
clock: {start: 2026-03-20, days: 10, zone: Europe/London}
datasets:
  people:
    rows: 3000
    history: true
    key: id
    columns: {id: {serial: 1}, name: {fake: name}, plan: {choice: [basic, plus]}}
    leave: {hazard: {base: 0.02 per day}}
    transitions: {upgrade: {when: "plan = 'basic'", hazard: 0.05 per day, set: {plan: "'plus'"}}}
  places: {rows: 40, static: true, columns: {id: {serial: 1}, x: {uniform: [0, 1]}}}
  orders:
    of: people
    rate: 0.3
    time: ordered_at
    columns: {amount: {lognormal: {median: 20, sigma: 1}, decimals: 2}}
  lines: {of: orders, fan_out: {poisson: 2}, static: true, columns: {price: {uniform: [1, 9]}}}
  web:
    of: people
    time: at
    visits: {per_day: 1, spread: 0.5, day: evening}
    journey:
      home: {emits: view, then: {home: 0.5, leave: 0.5}, after: 20s}
    columns: {session: {visit: id}, event: {visit: event}}
  parts: {of: web, fan_out: {poisson: 3}, static: true, columns: {price: {uniform: [1, 9]}}}
"""


@pytest.fixture
def shop(tmp_path):
    def load(**values):
        path = tmp_path / "shop.yaml"
        path.write_text(SHOP, encoding="utf-8")
        return sandbox.load(path, set=values)

    return load


def test_estimates_are_near_what_is_made(shop, tmp_path):
    scenario = shop()
    told = scenario.estimate()
    made = scenario.generate(tmp_path / "out")
    assert list(told) == scenario.datasets
    for name, estimate in told.items():
        size = sum(path.stat().st_size for path in made.parts(name))
        assert estimate.rows == pytest.approx(made.manifest.datasets[name].accepted, rel=0.15), name
        assert estimate.size_bytes == pytest.approx(size, rel=0.4, abs=6_000), name
    assert told["places"].is_exact
    assert told["places"].rows == 40
    assert not told["web"].is_exact


def test_an_estimate_grows_with_the_scale(shop):
    small, large = shop().estimate(), shop(**{"datasets.people.rows": 3_000_000}).estimate()
    for name in ("people", "orders", "lines", "web", "parts"):
        assert large[name].rows == pytest.approx(1000 * small[name].rows, rel=0.001)
        assert large[name].size_bytes > 500 * small[name].size_bytes


def test_a_rate_that_explodes_is_estimated_and_not_made(shop):
    told = shop(**{"datasets.web.visits.per_day": 1_000_000}).estimate()["web"]
    assert told.rows == pytest.approx(2 * 1e6 * 3000 * 10, rel=0.25)
    assert told.size_bytes > told.rows


def test_a_stream_to_which_nobody_comes_has_no_rows(shop):
    assert shop(**{"datasets.web.visits.per_day": 0}).estimate()["web"].rows == 0


def test_a_rate_out_of_bounds_is_told_with_its_path(shop):
    with pytest.raises(InputError) as caught:
        shop(**{"datasets.web.visits.per_day": "parent.id - 7"}).estimate()
    assert "datasets.web.visits.per_day: gives -6 for a parent" in str(caught.value.problems[0])


def test_little_is_told_without_letting_anybody_live_and_much_is_not_taken_for_little(monkeypatch):
    plan = sandbox.load(ROOT / "scenarios/telecom.yaml").plan  # its customers listen to calls that broke off
    monkeypatch.setattr("sandbox.world.world.lived", None)
    assert is_little(plan, most_rows=50_000_000, most_unmeasured=20_000_000)
    assert not is_little(plan, most_rows=800_000, most_unmeasured=20_000_000)  # it makes about 730,000 rows
    assert not is_little(plan, most_rows=50_000_000, most_unmeasured=600_000)  # and 590,000 calls
