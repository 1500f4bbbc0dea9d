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


def test_what_is_bought_has_its_price_and_a_tenth_off_in_the_sale(shop, events):
    prices = shop.frame("products").set_index("product_id").price
    readers = shop.frame("customers").set_index("customer_id").newsletter
    bought = events[events.event == "purchase"]
    assert (bought.quantity >= 1).all()
    in_sale = bought.happened_at.between("2026-04-15", "2026-04-21 23:59+01:00")
    in_sale &= bought.customer_id.map(readers).astype(bool)
    assert in_sale.sum() > 10
    paid = np.where(in_sale, 0.9, 1.0) * bought.quantity * bought.product_id.map(prices)
    assert np.allclose(bought.amount, paid, atol=0.02)
    assert events[events.event != "purchase"].amount.isna().all()


def test_readers_come_more_often_in_the_sale_and_nobody_in_the_outage(shop, events):
    begun = events.groupby("session_id").happened_at.min().dt.tz_convert("Europe/London").sort_values()
    gap = begun[begun.between("2026-03-28 08:00+00:00", "2026-03-28 20:00+00:00", inclusive="left")]
    assert not len(gap)
    assert len(begun[begun.dt.date.astype(str) == "2026-03-28"]) > 5
    weeks = [begun.between(f"2026-04-{day} 00:00+01:00", f"2026-04-{day + 7} 00:00+01:00").sum() for day in (15, 22)]
    assert weeks[0] > 1.05 * weeks[1]
    told = shop.change_ledger().to_pandas()
    assert set(zip(told.change, told.effect, strict=True)) == {
        ("outage", "visits"),
        ("spring_sale", "visits"),
        ("spring_sale", "expressions"),
    }


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
