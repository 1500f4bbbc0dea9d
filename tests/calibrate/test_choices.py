"""What visitors choose by is found again: how popular items are, and the coefficients of their utility."""

from __future__ import annotations

import itertools
import re
from importlib import import_module

import numpy as np
import pytest
import yaml
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from sandbox.calibrate import calibrate
from sandbox.calibrate.choices import fit_choices
from sandbox.calibrate.considering import Consideration
from sandbox.calibrate.fitters import FITTERS
from sandbox.calibrate.popular import exponent_of
from sandbox.calibrate.utilities import Chosen, utility_of
from sandbox.landing import land
from sandbox.scenario.loader import Options, load, load_text

SHOP = """\
sandbox: 1
name: shop
seed: 1
clock: {start: 2026-01-01, days: 30}
datasets:
  items:
    rows: 300
    static: true
    key: item_id
    columns:
      item_id: {serial: 1}
      price: {lognormal: {median: 20, sigma: 0.9}}
  customers:
    rows: 800
    static: true
    key: customer_id
    columns:
      customer_id: {serial: 1}
      plan: {choice: {basic: 2, plus: 1, max: 1}}
      mood: {normal: {mean: 0, sd: 1}, hidden: true}
    taste: {factors: 8}
  web:
    of: customers
    time: at
    key: event_id
    visits: {per_day: 0.4}
    choice:
      consider: 5   # as a survey says
      popularity: 1.0
      taste: 0
      utility:
        ln(item.price): 0
        "case when parent.plan = 'basic' then ln(item.price) else 0 end": 0
        parent.mood * item.price: 0
    journey:
      home:
        emits: home
        shows: {slots: 3, to: product, emits: click, outside: 2}
        then: {product: 0.7, leave: 0.3}
        after: 30s
      product: {emits: view, item: items, then: {product: 0.3, basket: 0.3, leave: 0.4}, after: 30s}
      basket: {emits: basket, item: same, then: {product: 0.5, leave: 0.5}, after: 30s}
    columns:
      event_id: {visit: event_id}
      visit_id: {visit: id}
      customer_id: {visit: customer}
      event: {visit: event}
      item_id: {visit: item}
targets:
  real: {items: {parquet: real/items}, customers: {parquet: real/customers}, web: {parquet: real/web}}
"""
TRUTH = {"popularity": 0.7, "ln(item.price)": -0.5, "case": 0.4}
REALLY = SHOP.replace("popularity: 1.0", "popularity: 0.7").replace("ln(item.price): 0", "ln(item.price): -0.5")
REALLY = REALLY.replace('end": 0', 'end": 0.4')


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.yaml").write_text(SHOP)
    land(load_text(REALLY, folder / "shop.yaml", Options(seed=7), {}).plan, folder / "real")
    with pytest.MonkeyPatch.context() as patch:  # who comes and how often is not looked at here
        assert fit_choices in FITTERS
        patch.setattr(import_module("sandbox.calibrate.calibrate"), "FITTERS", (fit_choices,))
        yield folder, calibrate(load(folder / "shop.yaml", Options(target="real"), {}), folder / "new.yaml")


def test_popularity_and_coefficients_are_those_that_the_data_were_made_with(shop):
    changes = [change for change in shop[1].changes if ".choice." in change.what and ".columns." not in change.what]
    assert len(changes) == len(TRUTH)  # the mood is nobody's to see: its coefficient stays
    for change, (what, true) in zip(changes, TRUTH.items(), strict=True):
        assert what in change.what
        low, high = (float(number) for number in re.findall(r"-?[\d.]*\d", change.interval))
        middle, error = (low + high) / 2, (high - low) / 2 / 1.96
        assert abs(middle - true) < 3 * error, (what, change)
        assert error < 0.08
    choice = yaml.safe_load(shop[1].text)["datasets"]["web"]["choice"]
    assert (choice["consider"], choice["taste"], choice["utility"]["parent.mood * item.price"]) == (5, 0, 0)
    assert "choices among 300 items by 8" in shop[1].text
    assert "# as a survey says" in shop[1].text


def test_what_was_calibrated_may_well_be_so(shop):
    folder, once = shop
    again = calibrate(load_text(once.text, folder / "new.yaml", Options(target="real"), {}), folder / "newer.yaml")
    assert not again.changes


def test_how_likely_an_item_is_taken_is_what_all_that_may_come_to_mind_makes_it():
    weights, utilities = np.array([0.5, 0.3, 0.2]), np.array([[0.0, 1.3, -2.0], [2.0, 0.1, 0.4]])
    made = weights * np.exp(Consideration(3).factors(utilities, weights))
    for mine, found in zip(utilities, made, strict=True):
        true = np.zeros(3)
        for offered in itertools.product(range(3), repeat=3):
            taken = np.exp(mine[list(offered)])
            np.add.at(true, list(offered), np.prod(weights[list(offered)]) * taken / taken.sum())
        assert found == pytest.approx(true, rel=2e-3)  # the grid of utilities
    assert Consideration(1).factors(utilities, weights) == pytest.approx(0)


def test_hidden_taste_is_averaged_out():
    random, weights, utilities = np.random.default_rng(1), np.full(200, 1 / 200), np.linspace(-1.5, 1.5, 200)
    offered = random.integers(0, 200, (200_000, 4))
    worth = utilities[offered] + 1.2 * random.normal(size=offered.shape) + random.gumbel(size=offered.shape)
    upper = utilities[offered[np.arange(len(offered)), worth.argmax(axis=1)]] > 0
    made = weights * np.exp(Consideration(4, 1.2).factors(utilities[None], weights)[0])
    assert made[utilities > 0].sum() == pytest.approx(upper.mean(), abs=4 * np.sqrt(0.25 / 200_000) + 2e-3)


def test_where_much_comes_to_mind_it_is_the_conditional_logit_with_a_constant_for_each_item():
    random, items = np.random.default_rng(3), 20
    trait, constants, side = random.normal(size=items), random.normal(size=items), np.array([[-1.0], [0.0], [1.0]])
    shares = np.exp(constants + 0.6 * side * trait)
    counts = np.stack([random.multinomial(4_000, each / each.sum()) for each in shares]).astype(float)
    found = utility_of(
        Chosen(counts, (side * trait)[None], np.ones(items)), np.zeros(counts.shape), Consideration(2_000), np.zeros(1)
    )

    def surprise(values):
        utilities = np.append(values[1:], 0.0) + values[0] * side * trait
        return -(counts * (utilities - logsumexp(utilities, axis=1, keepdims=True))).sum()

    oracle = minimize(surprise, np.zeros(items), method="BFGS")
    error = np.sqrt(oracle.hess_inv[0, 0])
    assert found.values[0] == pytest.approx(oracle.x[0], abs=0.5 * error)
    assert found.errors[0] == pytest.approx(error, rel=0.5)


def test_the_exponent_is_not_taken_for_larger_where_items_are_rare():
    random, ranks = np.random.default_rng(5), np.arange(1.0, 2_001)
    law = ranks**-0.6 / (ranks**-0.6).sum()
    item = random.choice(random.permutation(2_000), 4_000, p=law)
    value, error = exponent_of(item, np.arange(4_000, dtype=np.int32), np.ones(2_000))
    assert abs(value - 0.6) < 3 * error
    assert error < 0.05
    counts = np.sort(np.bincount(item, minlength=2_000))[::-1]
    naive = minimize_scalar(
        lambda s: s * (counts @ np.log(ranks)) + 4_000 * np.log((ranks**-s).sum()), bounds=(0, 5), method="bounded"
    ).x
    assert naive > 0.6 + 3 * error  # what chance alone makes of ranks that were seen
