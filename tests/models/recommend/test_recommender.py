"""A first recommender: counts that can be done by hand, ties by id, and an answer for everybody."""

import datetime

import pyarrow as pa
import pytest

from sandbox.models.recommend.counting import MOST_SEEN
from sandbox.models.recommend.recommender import train

ALSO, BEST = "also", "best seller"
MIDNIGHT = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
SCHEMA = pa.schema(
    {
        "customer": pa.int64(),
        "visitor": pa.int64(),
        "item": pa.string(),
        "event": pa.string(),
        "happened_at": pa.timestamp("us", "UTC"),
    }
)
# 1 looked at a, b and c; 2 at a and b; 3 at a. Visitor 44 looked at d and c, and nobody knows who that is.
# Customer 5 looked at e before logging in on device 55, and at a after it.
LOG = [
    (1, 11, "a", "view"), (1, 11, "b", "view"), (1, 11, "c", "view"), (1, 11, "b", "purchase"),
    (2, 22, "a", "view"), (2, 22, "b", "view"), (2, 22, "b", "purchase"), (3, 33, "a", "purchase"),
    (None, 44, "d", "view"), (None, 44, "c", "view"), (None, 55, "e", "view"), (5, 55, "a", "view"),
    (5, 55, None, "login"), (None, None, "d", "view"),
]  # fmt: skip


def batches(log, size=3):
    rows = [
        {
            "customer": c,
            "visitor": v,
            "item": i,
            "event": e,
            "happened_at": MIDNIGHT + datetime.timedelta(minutes=minute),
        }
        for minute, (c, v, i, e) in enumerate(log)
    ]
    return pa.Table.from_pylist(rows, SCHEMA).to_batches(size)


@pytest.fixture(scope="module")
def recommender():
    return train(SCHEMA, batches(LOG), goal="purchase", shrink=0)


def told(suggestions):
    return [(each.item, round(each.score, 6), each.why) for each in suggestions]


def test_best_sellers_by_hand(recommender):
    """b was sold twice and a once; c was seen by two people; d and e by one each, and d comes before e."""
    assert told(recommender.recommend(None, 9)) == [
        (i, s, BEST) for i, s in [("b", 2), ("a", 1), ("c", 0), ("d", 0), ("e", 0)]
    ]


def test_what_is_looked_at_together_by_hand(recommender):
    """a was looked at by 4 people, b by 2, c by 2: a and b met 2 times, a and c once."""
    near = recommender.item_to_item.neighbours("a").to_pylist()
    expected = [("b", 2 / 8**0.5), ("e", 1 / 4**0.5), ("c", 1 / 8**0.5)]
    assert [each["other"] for each in near] == [item for item, _ in expected]
    assert [each["score"] for each in near] == pytest.approx([score for _, score in expected], abs=1e-9)
    assert near[0]["score"] == round(near[0]["score"], 9)


def test_a_customer_gets_what_goes_with_all_they_looked_at(recommender):
    """Customer 2 looked at a and b: c met a once and b once; the best sellers fill the rest."""
    together = [("c", round(1 / 8**0.5 + 1 / 4**0.5, 6), ALSO), ("e", 0.5, ALSO)]
    assert told(recommender.recommend(2, 4)) == [*together, ("a", 1, BEST), ("d", 0, BEST)]


def test_what_was_looked_at_before_logging_in_counts(recommender):
    assert recommender.known(5) == (["a", "e"], [])
    assert recommender.known(99) == ([], [])


def test_what_to_leave_out(recommender):
    items = {
        what: [each.item for each in recommender.recommend(2, 9, leave_out=what)]
        for what in ("bought", "seen", "nothing")
    }
    assert items["bought"] == ["c", "e", "a", "d"]
    assert items["seen"] == ["c", "e", "d"]
    assert items["nothing"] == ["c", "e", "b", "a", "d"]


def test_an_item_before_somebody(recommender):
    assert [each.item for each in recommender.recommend(None, 3, item="a")] == ["b", "e", "c"]
    assert [each.item for each in recommender.recommend(1, 2, item="a")] == ["e", "c"]
    assert told(recommender.recommend(None, 1, item="never seen")) == [("b", 2, BEST)]


def test_an_unknown_customer_gets_best_sellers(recommender):
    assert recommender.recommend(99, 3, leave_out="nothing") == recommender.recommend(None, 3)


def test_the_order_and_the_cut_of_the_log_change_nothing(recommender):
    again = train(SCHEMA, batches(LOG, 100)[::-1], goal="purchase", shrink=0)
    for customer in (None, 1, 2, 3, 5):
        assert again.recommend(customer, 9) == recommender.recommend(customer, 9)


def test_two_who_met_by_chance_are_not_alike():
    """With 10 people added, the pair that four of five people looked at outdoes the pair that one person did."""
    log = [(c, None, i, "view") for c in range(5) for i in "ab"] + [(9, None, "a", "view"), (10, None, "x", "view")]
    log += [(10, None, "a", "view")]
    neighbours = {s: train(SCHEMA, batches(log), shrink=s).item_to_item.neighbours("x") for s in (0, 10)}
    assert neighbours[0]["score"][0].as_py() == pytest.approx(1 / 7**0.5)
    assert neighbours[10]["score"][0].as_py() == pytest.approx(1 / (7**0.5 + 10), abs=1e-9)


def test_a_person_is_known_by_the_latest_items():
    log = [(1, None, f"i{number:03d}", "view") for number in range(3 * MOST_SEEN)]
    found = train(SCHEMA, batches(log))
    assert found.known(1)[0] == [f"i{number:03d}" for number in range(3 * MOST_SEEN - 1, 2 * MOST_SEEN - 1, -1)]
    assert not len(found.item_to_item.neighbours("i000"))


def test_nothing_to_learn_from():
    assert train(SCHEMA, []).recommend(1) == []
    with pytest.raises(ValueError, match="interactions need item"):
        train(pa.schema({"item": pa.string()}), [])


def test_only_visitors_or_only_customers():
    log = [(1, 11, "a", "view"), (1, 11, "b", "view"), (2, 22, "a", "view")]
    for who in ("customer", "visitor"):
        schema = pa.schema([field for field in SCHEMA if field.name in (who, "item", "happened_at")])
        found = train(schema, [batch.select(schema.names) for batch in batches(log)])
        assert [each.item for each in found.recommend(None, 2, item="a")] == ["b"]
