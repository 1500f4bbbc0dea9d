"""Policies: counts and lists that can be done by hand, and each against its definition or a library."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from sandbox import registry
from sandbox.addresses import Address
from sandbox.errors import InputError
from sandbox.models.recommend.events import events_of
from sandbox.models.recommend.offline import evaluate, measured, parted
from sandbox.models.recommend.policies import Als, BestSelling, EasePolicy, ItemKnn, Popularity, Rules, membership
from sandbox.models.recommend.rankers import BySimilarItems, SameForAll
from sandbox.models.recommend.showing import NOBODY, Exploration, Fallback, Filters, best_of, show
from sandbox.models.recommend.steady import Steady

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
SCHEMA = pa.schema(
    {"customer": pa.int64(), "item": pa.string(), "event": pa.string(), "happened_at": pa.timestamp("us", "UTC")}
)
# a and b are met together by two people, a and c by one; d is in the catalogue and nobody met it.
LOG = [
    (1, "a", "view"), (1, "b", "view"), (1, "b", "purchase"), (2, "a", "view"), (2, "b", "view"), (2, "c", "view"),
    (3, "a", "purchase"), (3, "a", "purchase"), (4, "c", "view"),
]  # fmt: skip
CATALOGUE = pa.table({"item": ["a", "b", "c", "d"], "category": ["x", "x", "y", "y"], "price": [1.0, 2.0, 3.0, 4.0]})


def events_from(log, catalogue=None):
    rows = [
        {"customer": c, "item": i, "event": e, "happened_at": START + datetime.timedelta(minutes=at)}
        for at, (c, i, e) in enumerate(log)
    ]
    return events_of(SCHEMA, pa.Table.from_pylist(rows, SCHEMA).to_batches(4), "purchase", catalogue=catalogue)


@pytest.fixture(scope="module")
def events():
    return events_from(LOG, CATALOGUE["item"].combine_chunks())


def seen(*rows, items=4):
    found = np.zeros((len(rows), items), np.float32)
    for row, met in enumerate(rows):
        found[row, list(met)] = 1
    return sparse.csr_array(found)


def lists(policy, events, *rows, slots=4, **rest):
    ranker = policy.learn(events, CATALOGUE, 0)
    return show(ranker, seen(*rows), np.arange(len(rows)), slots, **rest).item.tolist()


def test_events_are_numbered(events):
    assert events.people.to_pylist() == ["1", "2", "3", "4"]
    assert events.items.to_pylist() == ["a", "b", "c", "d"]
    assert events.matrix().toarray().tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]]
    sold, met = events.counts()
    assert (sold.tolist(), met.tolist()) == ([2, 1, 0, 0], [3, 2, 2, 0])


def test_the_same_list_for_all(events):
    """b and c were met by two people each, so the tie goes by id."""
    assert lists(Popularity(), events, [], [2]) == [[0, 1, 2, 3]] * 2
    assert lists(BestSelling(), events, []) == [[0, 1, 2, 3]]


def test_best_sellers_of_what_somebody_looks_at(events):
    """Who met c is shown its category first; who met nothing, what sells best."""
    assert lists(BestSelling(by="category"), events, [2], []) == [[2, 3, 0, 1], [0, 1, 2, 3]]
    with pytest.raises(InputError, match=r"items have no column 'categorie'\. Did you mean 'category'"):
        BestSelling(by="categorie").learn(events, CATALOGUE, 0)


def test_rules_by_hand(events):
    assert lists(Rules(score="case when category = 'y' then price else sold end"), events, []) == [[3, 2, 0, 1]]
    assert lists(Rules(score="nullif(price, 4)"), events, []) == [[2, 1, 0, NOBODY]], "no score, not shown"
    with pytest.raises(InputError, match="rules: unknown column 'prise'"):
        Rules(score="prise").learn(events, CATALOGUE, 0)


def test_item_knn_by_hand(events):
    """a and b: 2 / sqrt(3 x 2); a and c: 1 / sqrt(3 x 2); b and c: 1 / sqrt(2 x 2)."""
    ranker = ItemKnn(shrink=0).learn(events, CATALOGUE, 0)
    assert ranker.scores(seen([0]), np.zeros(1, int))[0].tolist() == pytest.approx([0, 2 / 6**0.5, 1 / 6**0.5, 0])
    assert ranker.scores(seen([0, 1]), np.zeros(1, int))[0, 2] == pytest.approx(1 / 6**0.5 + 1 / 2)
    nearest = ItemKnn(shrink=0, neighbours=1).learn(events, CATALOGUE, 0).similar.toarray()
    assert (np.count_nonzero(nearest, axis=0) <= 1).all()


def test_ease_is_the_ridge_that_it_claims_to_be(events):
    """Each column of its matrix solves the least squares of an item by all others."""
    matrix, penalty = events.matrix().toarray().astype(float), 2.0
    similar = EasePolicy(penalty=penalty).learn(events, CATALOGUE, 0).similar
    for item in range(4):
        others = [other for other in range(4) if other != item]
        x, y = matrix[:, others], matrix[:, item]
        expected = np.linalg.solve(x.T @ x + penalty * np.eye(3), x.T @ y)
        assert similar[others, item] == pytest.approx(expected, abs=1e-6)
        assert similar[item, item] == 0
    with pytest.raises(InputError, match="there are 4 items and `most_items` is 3"):
        EasePolicy(most_items=3).learn(events, CATALOGUE, 0)


def many(people=900, items=60, seed=1):
    """People with a taste for one of three kinds of items; each meets twelve of them, in time."""
    random = np.random.default_rng(seed)
    log = []
    for person in range(people):
        kind = person % 3
        weights = np.where(np.arange(items) % 3 == kind, 12.0, 1.0) / (1 + np.arange(items) // 3)
        for item in random.choice(items, 12, replace=False, p=weights / weights.sum()):
            log.append((person, f"i{item:02d}", "purchase"))
    return events_from(log)


@pytest.fixture(scope="module")
def crowd():
    found = many()
    kinds = pa.array([str(int(item[1:]) % 3) for item in found.items.to_pylist()])
    return found, pa.table({"item": found.items, "kind": kinds})


def test_als_is_implicit(crowd):
    """Folding a person in gives the factors that the library itself computes for them."""
    events, catalogue = crowd
    import implicit

    policy = Als(factors=8, iterations=5, penalty=0.1, confidence=10)
    ranker = policy.learn(events, catalogue, 3)
    again = policy.learn(events, catalogue, 3)
    assert (ranker.factors == again.factors).all(), "same seed, same factors"
    model = implicit.cpu.als.AlternatingLeastSquares(factors=8, regularization=0.1, alpha=11, num_threads=1)
    model.item_factors = ranker.factors
    model.user_factors = np.zeros((len(events.people), 8), np.float32)
    some = events.matrix()[:5]
    expected = model.recalculate_user(np.arange(5), sparse.csr_matrix(some))
    assert ranker.people(some) == pytest.approx(expected, abs=1e-3)


def test_what_learns_beats_what_does_not(crowd):
    events, catalogue = crowd
    asked = {
        "random": {},
        "none": {},
        "popularity": {},
        "best_sellers": {"by": "kind"},
        "item_knn": {},
        "ease": {"penalty": 20.0},
        "als": {"factors": 4, "confidence": 5.0},
    }
    found = {
        name: evaluate(registry.load("sandbox.policies", name)(**keys), events, catalogue)
        for name, keys in asked.items()
    }
    assert found["none"].coverage == 0
    assert found["none"].mrr_25.value == 0
    assert found["random"].coverage > 0.9
    for name in ("item_knn", "ease", "als", "best_sellers"):
        assert found[name].ndcg[10].value > 1.2 * found["popularity"].ndcg[10].value, name
    assert found["popularity"].ndcg[10].value > found["random"].ndcg[10].value


def test_metrics_by_hand():
    """Three people: the second item came true; the first and the third of two; none of one."""
    wanted = seen([1], [0, 2], [3], items=5)
    shown = np.full((3, 25), NOBODY, np.int32)
    shown[:, :3] = [[0, 1, 2], [0, 1, 2], [0, 1, 2]]
    found = measured(shown, wanted)
    assert found.coverage == pytest.approx(3 / 5)
    assert found.mrr_25.value == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert found.precision[5].value == pytest.approx((1 / 5 + 2 / 5) / 3)
    assert found.precision[25].value == pytest.approx((1 / 25 + 2 / 25) / 3)
    one, two, three = 1 / np.log2([2, 3, 4])
    assert found.ndcg[5].value == pytest.approx((two / one + (one + three) / (one + two) + 0) / 3)


def test_what_goes_in_and_what_should_come_out():
    """Of each person's twelve events ten go in, and the newest two should come out; of two, one and one."""
    log = [(person, f"i{at:02d}", "view") for person in range(200) for at in range(12 if person % 2 else 2)]
    parts = parted(events_from(log))
    held = np.unique(parts.given.person)
    assert 8 <= len(held) <= 35
    assert not np.isin(held, parts.learnt.person).any()
    for person in held:
        given, wanted = (each.item[each.person == person].tolist() for each in (parts.given, parts.wanted))
        assert (given, wanted) == ((list(range(10)), [10, 11]) if person % 2 else ([0], [1]))


def test_one_request_and_a_batch_give_the_same_list(crowd):
    events, catalogue = crowd
    matrix = events.matrix()
    for policy in (ItemKnn(), EasePolicy(), BestSelling(by="kind")):
        ranker = policy.learn(events, catalogue, 0)
        rest = {"exploration": Exploration(0.3, Address(("x",)))}
        whole = show(ranker, matrix, np.arange(100, 1000), 10, **rest)
        for person in (0, 7, 399):
            one = show(ranker, matrix[[person]], np.array([100 + person]), 10, **rest)
            assert (one.item[0] == whole.item[person]).all()
            assert (one.propensity[0] == whole.propensity[person]).all()


def test_ties_go_by_id_and_lists_may_be_short():
    scores = np.array([[1, 2, 2, -np.inf], [0, 0, 0, 0], [-np.inf] * 4], np.float32)
    assert best_of(scores, 3).tolist() == [[1, 2, 0], [0, 1, 2], [NOBODY] * 3]
    many = np.zeros((2, 500), np.float32)
    many[1, 7:20] = 1
    assert best_of(many, 3).tolist() == [[0, 1, 2], [7, 8, 9]]
    near = np.array([[1.0, 1.0 + 1e-6, 1.001, -0.0, 0.0]], np.float32)
    assert best_of(near, 5).tolist() == [[2, 0, 1, 3, 4]], "what differs by the order of adding up is the same"
    assert best_of(scores, 6).tolist()[0] == [1, 2, 0, NOBODY, NOBODY, NOBODY]


def test_the_best_are_those_of_a_full_sort_whatever_is_tied_or_may_not_be_shown():
    random = np.random.default_rng(5)
    for slots in (1, 3, 7, 12):
        for levels in (2, 6, 200):
            scores = random.integers(0, levels, (60, 12)).astype(np.float32)
            scores[random.random(scores.shape) < np.linspace(0, 1, 60)[:, None]] = -np.inf
            order = np.argsort(-scores, axis=1, kind="stable")[:, :slots]
            expected = np.where(np.take_along_axis(scores, order, axis=1) == -np.inf, NOBODY, order)
            np.testing.assert_array_equal(best_of(scores, slots), expected)


def test_what_the_business_forbids(events):
    filters = Filters(
        in_stock=np.array([True, True, False, True]),
        owned=seen([0], []),
        eligible=np.array([[True] * 4, [True, False, True, True]]),
    )
    assert lists(Popularity(), events, [], [], filters=filters) == [[1, 3, NOBODY, NOBODY], [0, 3, NOBODY, NOBODY]]
    shown = show(Popularity().learn(events, CATALOGUE, 0), seen([], []), np.arange(2), 4, filters=filters)
    assert shown.short == 2


def test_people_and_items_that_are_new(events):
    """Who met nothing gets what is popular; the item that nobody met scores like the others of its category."""
    ranker = BySimilarItems(np.array([[0, 5, 1, 0]] * 4, np.float32))
    new = np.array([False, False, False, True])
    fallback = Fallback(np.array([4, 3, 2, 1], np.float32), new, membership(CATALOGUE, "category"))
    shown = show(ranker, seen([], [0]), np.arange(2), 4, fallback=fallback)
    assert shown.item[0].tolist() == [0, 1, 2, 3]
    assert shown.item[1].tolist() == [1, 2, 3, 0]


def test_propensities_are_how_often_items_are_shown():
    """With a fifth of the lists drawn from five items: 0.8 + 0.2 / 5 for the best, 0.2 / 5 for any other."""
    people = 20_000
    ranker = SameForAll(np.array([3, 2, 1, 0.5, 0.1, -np.inf], np.float32))
    shown = show(ranker, seen(*[[]] * people, items=6), np.arange(people), 2, exploration=Exploration(0.2))
    assert shown.explored.mean() == pytest.approx(0.2, abs=0.01)
    for place, best in ((0, 0), (1, 1)):
        often = np.bincount(shown.item[:, place], minlength=6) / people
        expected = np.full(6, 0.04)
        expected[best], expected[5] = 0.84, 0
        assert often == pytest.approx(expected, abs=0.008)
        assert shown.propensity[:, place] == pytest.approx(expected[shown.item[:, place]])
    assert all(len(set(row)) == 2 for row in shown.item.tolist())


def test_by_chance_every_item_is_as_likely(events):
    ranker = registry.load("sandbox.policies", "random")().learn(events, CATALOGUE, 5)
    shown = show(ranker, seen(*[[]] * 8_000), np.arange(8_000), 1)
    assert np.bincount(shown.item[:, 0], minlength=4) / 8_000 == pytest.approx([0.25] * 4, abs=0.02)
    assert (shown.propensity == 0.25).all()


class Broken:
    def __init__(self, how):
        self.how = how

    def scores(self, seen, person):
        if self.how == "raises":
            raise RuntimeError("out of luck")
        if self.how == "too few":
            return np.zeros((seen.shape[0], 2), np.float32)
        found = np.zeros(seen.shape, np.float32)
        found[1] = np.nan
        return found


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raises", {"raised RuntimeError": 2}),
        ("too few", {"gave scores of shape (2, 2) for (2, 4)": 2}),
        ("no numbers", {"gave scores that are no numbers": 1}),
    ],
)
def test_a_model_that_fails_is_made_good_and_counted(how, told):
    ranker = Steady(Broken(how), SameForAll(np.array([0, 1, 3, 2], np.float32)))
    shown = show(ranker, seen([], []), np.arange(2), 2)
    assert shown.item[1].tolist() == [2, 3]
    assert dict(ranker.faults) == told
