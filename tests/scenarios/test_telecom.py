"""The telecom of `scenarios/telecom.yaml`: who leaves has reasons in the events, and the website tells tastes."""

from pathlib import Path

import pandas as pd
import pytest

import sandbox

TELECOM = Path(__file__).parents[2] / "scenarios" / "telecom.yaml"
WEEK = pd.Timedelta(days=7)


@pytest.fixture(scope="module")
def telecom():
    return sandbox.load(TELECOM, scale=0.4)


@pytest.fixture(scope="module")
def lives(telecom):
    """Of each customer the first and the last moment; `until` is missing for those who stay."""
    versions = telecom.frame("customers").sort_values(["customer_id", "valid_from"])
    by_customer = versions.groupby("customer_id")
    return pd.DataFrame({"since": by_customer.valid_from.first(), "until": by_customer.valid_to.nth(-1).to_numpy()})


def test_who_leaves_had_calls_that_broke_off(telecom, lives):
    """In the seven days before a moment those who then leave within a week lost more calls than those who stay."""
    calls = telecom.frame("calls")
    dropped = calls[calls.outcome == "dropped"]
    assert 0.05 < len(dropped) / len(calls) < 0.4
    counts = {True: [], False: []}
    for week in pd.date_range("2026-01-15", "2026-04-20", freq="7D", tz="UTC"):
        there = lives[(lives.since < week - WEEK) & (lives.until.isna() | (lives.until > week))]
        lost = dropped[(dropped.started_at > week - WEEK) & (dropped.started_at <= week)]
        heard = lost.groupby("customer_id").size().reindex(there.index, fill_value=0)
        for goes, group in heard.groupby(there.until <= week + WEEK):
            counts[bool(goes)] += group.tolist()
    assert len(counts[True]) > 50
    assert pd.Series(counts[True]).mean() > 1.5 * pd.Series(counts[False]).mean()


def test_the_website_is_a_funnel(telecom):
    events = telecom.frame("web_events")
    counts = events.event.value_counts()
    assert set(counts.index) == {"page_view", "search", "product_view", "basket", "purchase", "click"}
    assert counts["product_view"] > counts["basket"] > counts["purchase"] > 0
    assert 0.2 < events.customer_id.isna().mean() < 0.8
    assert events[events.event == "purchase"].customer_id.notna().all()


def test_something_to_recommend(telecom):
    listed = telecom.recommend(7, 5)
    assert len({each.item for each in listed}) == 5
    assert {each.item for each in listed} <= set(telecom.frame("products").product_id)
