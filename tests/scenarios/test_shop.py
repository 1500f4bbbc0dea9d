"""The shop of `scenarios/shop.yaml`: visits narrow down to purchases, visitors become known, tastes tell."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import sandbox
from sandbox.models.recommend.recommender import train
from sandbox.runs.recommending import interactions

SHOP = Path(__file__).parents[2] / "scenarios" / "shop.yaml"


@pytest.fixture(scope="module")
def shop():
    return sandbox.load(SHOP, scale=0.25)


@pytest.fixture(scope="module")
def events(shop):
    return shop.frame("web_events")


def test_a_funnel(events):
    counts = events.event.value_counts()
    steps = ["page_view", "add_to_basket", "checkout", "purchase"]
    assert list(counts[steps]) == sorted(counts[steps], reverse=True)
    visits = events.groupby("session_id").event.agg(set)
    bought = visits.map(lambda seen: "purchase" in seen)
    assert 0.02 < bought.mean() < 0.12
    assert visits[bought].map(lambda seen: {"checkout", "add_to_basket"} <= seen).all()


def test_visitors_are_known_from_the_checkout_on(events):
    assert 0.3 < events.customer_id.isna().mean() < 0.7
    assert events[events.event.isin(["checkout", "purchase"])].customer_id.notna().all()
    became_known = events.groupby("session_id").customer_id.agg(["count", "size"])
    assert ((became_known["count"] > 0) & (became_known["count"] < became_known["size"])).sum() > 50
    assert events.groupby("visitor_id").customer_id.nunique().max() == 1


def test_what_is_bought_has_its_price(shop, events):
    prices = shop.frame("products").set_index("product_id").price
    bought = events[events.event == "purchase"]
    assert (bought.quantity >= 1).all()
    assert np.allclose(bought.amount, bought.quantity * bought.product_id.map(prices), atol=0.01)
    assert events[events.event != "purchase"].amount.isna().all()


def test_people_shop_in_the_evening(events):
    hours = events.happened_at.dt.tz_convert("Europe/London").dt.hour.value_counts()
    assert hours.idxmax() in (19, 20, 21)
    assert hours[hours.index < 6].sum() < 0.12 * hours.sum()


def test_recommendations_hit_more_than_chance(shop, events):
    """What customers look at in the last weeks is in the lists learnt from before more often than by chance."""
    source = interactions(shop.plan)
    schema = source.schema(shop.plan.datasets["web_events"].contract.schema)
    cut = events.happened_at.quantile(0.8)
    table = shop.table("web_events")
    learnt = table.filter(pc.less(table["happened_at"], pa.scalar(cut, table["happened_at"].type)))
    recommender = train(schema, source.renamed(learnt.to_batches(), schema), "purchase")
    later = events[(events.happened_at >= cut) & (events.event == "product_view")].dropna(subset="customer_id")
    hits = [
        np.mean([item in {each.item for each in recommender.recommend(int(who), 20)} for item in set(items)])
        for who, items in later.groupby("customer_id").product_id
    ]
    assert np.mean(hits) > 2 * 20 / 600
