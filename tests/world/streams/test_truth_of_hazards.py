"""Hazards that listen to events: a fit over what landed finds the effects that the scenario states."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import PoissonRegressor

DAY_US = 86_400_000_000
DAYS, ROWS = 30, 3_000
BASE, EFFECT, UPGRADES, DETERS = 0.008, 0.35, 0.03, -0.5
SCENARIO = f"""
  people:
    rows: {ROWS}
    key: person
    history: true
    columns: {{person: {{serial: 0}}, plan: {{choice: {{basic: 0.7, plus: 0.3}}}}}}
    recent:
      dropped_7d: {{count: web, where: "event = 'dropped'", within: 7 days}}
    leave: {{hazard: {{base: {BASE} per day, dropped_7d: {EFFECT}}}}}
    transitions:
      upgrade:
        when: "plan = 'basic'"
        hazard: {{base: {UPGRADES} per day, dropped_7d: {DETERS}}}
        set: {{plan: "'plus'"}}
  web:
    of: people
    time: at
    visits: {{per_day: 0.8, spread: 0.8, day: evening}}
    journey:
      call: {{emits: call, then: {{dropped: 0.3, leave: 0.7}}, after: 3min}}
      dropped: {{emits: dropped, then: {{call: 0.7, leave: 0.3}}, after: 30s}}
    columns: {{event: {{visit: event}}}}
"""


@pytest.fixture(scope="module")
def days(made, events):
    """Days of customers: how long each was in force with which plan, what was heard, and how the stretch ended."""
    world = made(SCENARIO, days=DAYS)
    lives = pd.concat([each.to_pandas() for each in world.batches("people", 0, ROWS)])
    lives = lives.sort_values(["person", "valid_from"])
    start = pd.Timestamp(world.plan.clock.start_us, unit="us", tz="UTC")
    since, until = ((lives[name] - start) / pd.Timedelta(days=1) for name in ("valid_from", "valid_to"))
    upgraded = until.notna() & (lives["person"].shift(-1) == lives["person"])
    seen = events(world, "parent.person", "visit.event")
    dropped = seen[seen["visit.event"] == "dropped"]
    counts = np.zeros((ROWS, DAYS), int)
    np.add.at(counts, (dropped["parent.person"], dropped["at_us"] // DAY_US), 1)
    pieces = []
    for day in range(DAYS):
        ends = until // 1 == day
        piece = {
            "plan": lives["plan"],
            "lived": until.fillna(DAYS).clip(day, day + 1) - since.clip(day, day + 1),
            "heard": counts[:, max(day - 7, 0) : day].sum(axis=1)[lives["person"]],
            "left": ends & ~upgraded,
            "upgraded": ends & upgraded,
        }
        pieces.append(pd.DataFrame(piece))
    whole = pd.concat(pieces)
    return whole[whole["lived"] > 0]


def fitted(days: pd.DataFrame, event: str) -> tuple[np.ndarray, np.ndarray]:
    """Log hazard per day and log hazard ratio of one event heard, with standard errors: Poisson with exposure."""
    features, exposure = days[["heard"]].to_numpy(float), days["lived"].to_numpy()
    model = PoissonRegressor(alpha=0, tol=1e-10, max_iter=1_000)
    model.fit(features, days[event].to_numpy() / exposure, sample_weight=exposure)
    design = np.column_stack([np.ones(len(days)), features])
    estimates = np.array([model.intercept_, *model.coef_])
    information = design.T @ (design * (exposure * np.exp(design @ estimates))[:, None])
    return estimates, np.sqrt(np.diag(np.linalg.inv(information)))


def test_who_is_cut_off_leaves_by_the_stated_ratio(days, normal):
    estimates, errors = fitted(days, "left")
    normal(estimates, np.array([np.log(BASE), EFFECT]), errors)
    assert errors[1] < EFFECT / 10


def test_who_is_cut_off_upgrades_less_by_the_stated_ratio(days, normal):
    estimates, errors = fitted(days[days["plan"] == "basic"], "upgraded")
    normal(estimates, np.array([np.log(UPGRADES), DETERS]), errors)
    assert errors[1] < -DETERS / 5
    assert not days.loc[days["plan"] == "plus", "upgraded"].any()
