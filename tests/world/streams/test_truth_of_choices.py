"""Choices follow the stated model: what comes to mind, what of it is taken, what is clicked of what is shown.

Coefficients are recovered by maximum likelihood from what was chosen (McFadden 1974). What came to somebody's mind is
in nobody's data, so it is overheard here; what is shown is an input anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
import scipy.special

from sandbox.world.streams.choosing import Chooser
from sandbox.world.streams.columns import EventColumns

HEAD = """
  products:
    rows: {items}
    static: true
    key: product
    columns:
      product: {{serial: 0}}
      category: {{choice: [phone, case, cable]}}
      price: {{lognormal: {{median: 20, sigma: 0.8}}}}
      rating: {{uniform: [1, 5]}}
      listed: {{datetime: [2026-02-20, 2026-03-12]}}
  people:
    rows: 1_500
    static: true
    key: person
    taste: {{factors: 4}}
    columns: {{person: {{serial: 0}}, plan: {{choice: [basic, plus]}}}}
  web:
    of: people
    time: at
    visits: {{per_day: 1}}
    columns: {{event: {{visit: event}}}}
"""


def shop(choice: str, journey: str, items: int = 60) -> str:
    return f"{HEAD.format(items=items)}    choice: {{{choice}}}\n    journey:\n{journey}"


LOOK = "      look: {emits: look, item: {of: products, among: AMONG}, then: {leave: 1}}\n"


@dataclass(frozen=True)
class Overheard:
    """Choices: who chose (row of people), what came to mind (rows of items), and which of it was taken."""

    people: np.ndarray
    minds: np.ndarray
    taken: np.ndarray
    chances: np.ndarray


def overheard(world, events, *columns) -> tuple[Overheard, pd.DataFrame]:
    """Let a world go on and listen to what its visitors choose among."""
    minds, heard = [], []
    utilities, pick = Chooser._utilities, Chooser.pick

    def considering(self, walk, places, offered):
        minds.append(offered.copy())
        return utilities(self, walk, places, offered)

    def picking(self, walk, state, places, before):
        chosen = pick(self, walk, state, places, before)
        heard.append((walk.visits.rows[walk.at[places]], minds[-1], chosen.items, chosen.chances))
        return chosen

    world.ranges("web")  # which lets some visits go for an estimate, before anybody listens
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chooser, "_utilities", considering)
        patch.setattr(Chooser, "pick", picking)
        seen = events(world, *columns)
    people, offered, items, chances = (np.concatenate(each) for each in zip(*heard, strict=True))
    return Overheard(people, offered, (offered == items[:, None]).argmax(axis=1), chances), seen


def fit(features: np.ndarray, taken: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of a conditional logit and their standard errors; features of shape (choices, alternatives, k)."""
    at = np.arange(len(taken))

    def loss(beta):
        chances = scipy.special.softmax(features @ beta, axis=1)
        means = np.einsum("nj,njk->nk", chances, features)
        return -np.log(chances[at, taken]).sum(), -(features[at, taken] - means).sum(axis=0)

    beta = scipy.optimize.minimize(loss, np.zeros(features.shape[2]), jac=True, method="L-BFGS-B", tol=1e-12).x
    chances = scipy.special.softmax(features @ beta, axis=1)
    around = features - np.einsum("nj,njk->nk", chances, features)[:, None]
    information = np.einsum("nj,njk,njl->kl", chances, around, around)
    return beta, np.sqrt(np.diag(np.linalg.inv(information)))


def items_of(world) -> pd.DataFrame:
    return next(iter(world.batches("products", 0, world.units("products")))).to_pandas()


def people_of(world) -> pd.DataFrame:
    return next(iter(world.batches("people", 0, world.units("people")))).to_pandas()


def test_items_come_to_mind_by_zipf(made, events, traits, agree, normal):
    exponent = 1.3
    world = made(shop(f"consider: 1, popularity: {exponent}", LOOK.replace("AMONG", "popular")))
    counts = np.bincount(events(world, "visit.item")["visit.item"], minlength=60)
    popularity = traits(world, "products").set_index("product")["web.popularity"].sort_index().to_numpy()
    rank = (-popularity).argsort().argsort() + 1
    zipf = rank**-exponent / (rank**-exponent).sum()
    agree(counts, counts.sum() * zipf)
    assert np.allclose(popularity, zipf)
    logs = np.log(rank)

    def moments(power):
        weights = scipy.special.softmax(-power * logs)
        return weights @ logs, weights @ logs**2 - (weights @ logs) ** 2

    mean = (counts @ logs) / counts.sum()  # the likelihood is greatest where the mean log rank is as foretold
    estimate = scipy.optimize.brentq(lambda power: moments(power)[0] - mean, 0.1, 4)
    normal(estimate, exponent, 1 / np.sqrt(counts.sum() * moments(exponent)[1]))
    assert np.corrcoef(rank, np.arange(60))[0, 1] < 0.5  # the first item is not the most popular for being first


def test_what_is_like_the_item_before_comes_by_its_weight(made, events, traits, agree):
    journey = LOOK.replace("AMONG", "any").replace("then: {leave: 1}", "then: {also: 1}, after: 5s")
    also = LOOK.replace("look", "also").replace("AMONG", "category")
    world = made(shop("consider: 1, popularity: 0.8", journey + also))
    seen = events(world, "visit.id", "visit.state", "visit.item").pivot_table(
        index="visit.id", columns="visit.state", values="visit.item", aggfunc="first"
    )
    items = items_of(world)
    weights = traits(world, "products").set_index("product")["web.popularity"].sort_index().to_numpy()
    first, second = (seen[name].dropna().astype(int).to_numpy() for name in ("look", "also"))
    agree(np.bincount(first, minlength=60), np.full(60, len(first) / 60))
    both = seen.dropna().astype(int)
    category = items["category"].to_numpy()
    assert (category[both["look"]] == category[both["also"]]).all()
    for name in np.unique(category):
        inside = np.flatnonzero(category == name)
        counts = np.bincount(second, minlength=60)[inside]
        agree(counts, counts.sum() * weights[inside] / weights[inside].sum())


def test_coefficients_of_price_and_of_who_looks_are_recovered(made, events, normal):
    terms = """{"ln(item.price)": -0.6, "case when parent.plan = 'plus' then item.rating else 0 end": 0.5}"""
    world = made(shop(f"consider: 5, utility: {terms}", LOOK.replace("AMONG", "any")), seed=2)
    heard, _ = overheard(world, events)
    items, plus = items_of(world), (people_of(world)["plan"] == "plus").to_numpy()
    features = np.stack(
        [
            np.log(items["price"].to_numpy())[heard.minds],
            items["rating"].to_numpy()[heard.minds] * plus[heard.people][:, None],
            items["rating"].to_numpy()[heard.minds] * ~plus[heard.people][:, None],
        ],
        axis=2,
    )
    estimates, errors = fit(features, heard.taken)
    normal(estimates, np.array([-0.6, 0.5, 0.0]), errors)
    assert errors.max() < 0.05
    told = scipy.special.softmax(features @ [-0.6, 0.5, 0.0], axis=1)[np.arange(len(heard.taken)), heard.taken]
    assert np.allclose(heard.chances, told, rtol=1e-5)


def test_hidden_taste_weighs_as_it_says(made, events, traits, normal):
    weight = 1.5
    world = made(
        shop(
            f'consider: 6, taste: {weight}, utility: {{"ln(item.price)": -0.4}}', LOOK.replace("AMONG", "popular"), 300
        ),
        seed=3,
    )
    heard, seen = overheard(world, events, "visit.chance")
    names = [f"taste.{factor}" for factor in range(1, 5)]
    own = traits(world, "people").sort_values("person")[names].to_numpy()
    its = traits(world, "products").sort_values("product")[names].to_numpy()
    taste = own @ its.T / 2  # the root of 4 factors
    # Taste has variance 1 over people and items, so it explains weight^2 of weight^2 + pi^2/6 of what moves a choice.
    normal((taste**2).mean(), 1, np.sqrt((2 / len(own) + 2 / len(its)) / 4))
    prices = np.log(items_of(world)["price"].to_numpy())
    features = np.stack([taste[heard.people[:, None], heard.minds], prices[heard.minds]], axis=2)
    estimates, errors = fit(features, heard.taken)
    normal(estimates, np.array([weight, -0.4]), errors)
    # The chances that the truth tells are those of the model, and come true: none foretells more than their entropy.
    chances = scipy.special.softmax(features @ [weight, -0.4], axis=1)
    mine = chances[np.arange(len(chances)), heard.taken]
    assert np.allclose(np.sort(seen["visit.chance"]), np.sort(mine), rtol=1e-4)
    logs = np.log(chances)
    mean = (chances * logs).sum(axis=1)
    normal(np.log(mine).sum(), mean.sum(), np.sqrt(((chances * logs**2).sum(axis=1) - mean**2).sum()))


def test_what_is_not_there_yet_is_never_chosen(made, events):
    world = made(shop("consider: 3, since: listed", LOOK.replace("AMONG", "any")), seed=4)
    seen = events(world, "visit.item", "visit.chance")
    listed = items_of(world)["listed"].dt.tz_localize(None).astype("int64").to_numpy() - world.plan.clock.start_us
    assert (seen["visit.item"].isna() == seen["visit.chance"].isna()).all()
    chosen = seen.dropna().astype({"visit.item": int})
    assert (chosen["at_us"] >= listed[chosen["visit.item"]]).all()
    there = (listed[None, :] <= np.quantile(seen["at_us"], [0.05, 0.95])[:, None]).mean(axis=1)
    assert there[0] < 0.5 < 0.8 < there[1]
    assert set(chosen["visit.item"]) == set(np.flatnonzero(listed < chosen["at_us"].max() - 43_200_000_000))


SHELF = """
      home:
        emits: home
        shows: {slots: 4, to: look, emits: click, outside: 1.5, position: -0.3}
        then: {leave: 1}
        after: 5s
      look: {emits: look, item: products, then: {leave: 1}}
"""


def test_clicks_fall_with_the_place_and_follow_the_items(made, normal, agree):
    world = made(shop('utility: {"ln(item.price)": -0.5}', SHELF), seed=5)
    chance, waiting = np.random.default_rng(1), []

    def anything(story, requests):
        """Four items at random, in some lists only three."""
        shown = chance.random((len(requests), 60)).argsort(axis=1)[:, : requests.slots]
        shown[chance.random(len(requests)) < 0.3, 3] = -1
        waiting.append((requests.identities, shown))
        return shown

    stream = replace(world._maker("web"), policy=anything)
    happened = stream.begun(world.plan.clock.start_us, world.plan.clock.end_us - 3_600_000_000)
    columns = EventColumns(stream.story, happened)
    visits, clicked_on = columns.visits, columns("visit.event").to_pandas() == "click"
    who, shown = (np.concatenate(each) for each in zip(*waiting, strict=True))
    clicks = np.flatnonzero(clicked_on)
    clicked = pd.Series(happened.items[clicks], index=visits[clicks]).reindex(who).fillna(-2).to_numpy()
    place = np.where(clicked >= 0, (shown == clicked[:, None]).argmax(axis=1) + 1, 0)
    assert (np.take_along_axis(shown, np.maximum(place - 1, 0)[:, None], 1)[:, 0] == clicked)[place > 0].all()
    prices = np.log(items_of(world)["price"].to_numpy())[np.maximum(shown, 0)]
    none, position, price = (np.zeros((len(who), 5)) for _ in range(3))
    none[:, 0], position[:, 1:], price[:, 1:] = 1, np.arange(4), prices
    there = np.column_stack([np.ones(len(who), bool), shown >= 0])
    features = np.stack([none, position, price], axis=2)
    truth = np.array([1.5, -0.3, -0.5])
    full = there.all(axis=1)
    estimates, errors = fit(features[full], place[full])
    normal(estimates, truth, errors)
    assert errors.max() < 0.1
    chances = scipy.special.softmax(np.where(there, features @ truth, -np.inf), axis=1)
    agree(np.bincount(place[~full], minlength=5)[:4], chances[~full].sum(axis=0)[:4], tied=0)
    assert not (place[~full] == 4).any()
    told = pd.Series(happened.chances[clicks], index=visits[clicks]).reindex(who[place > 0]).to_numpy()
    assert np.allclose(told, chances[place > 0, place[place > 0]], rtol=1e-5)
    shelves = happened.states == stream.story.machine.names.index("home")
    shelves &= ~clicked_on
    told = pd.Series(happened.click_chances[shelves], index=visits[shelves]).reindex(who).to_numpy()
    assert np.allclose(told, 1 - chances[:, 0], rtol=1e-5)
    assert np.isnan(happened.click_chances[~shelves]).all()
