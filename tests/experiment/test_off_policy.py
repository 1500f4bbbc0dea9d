"""Other policies by logged propensities: by hand, by coverage, and on a shop's log of two policies."""

from pathlib import Path

import numpy as np
import pyarrow.csv as csv
import pytest

from sandbox.experiment.off_policy import Log, Probabilities, learnt, off_policy, on_policy, uniform

OPEN_BANDIT = Path(__file__).parents[3] / "shared" / "real" / "open_bandit"


def known(chance):
    chance = np.asarray(chance, dtype=float)
    return Probabilities(chance, np.full(len(chance), np.inf))


def test_by_hand():
    """Two actions, shown by 1/4 and 3/4; the other policy shows them equally: weights 2 and 2/3."""
    log = Log(np.zeros(4, int), np.array([0, 1, 1, 1]), np.array([0.25, 0.75, 0.75, 0.75]), np.array([1.0, 1, 0, 0]))
    found = off_policy(log, known([[0.5, 0.5]]))
    assert found.ips.value == pytest.approx((2 + 2 / 3) / 4)
    assert found.snips.value == pytest.approx((2 + 2 / 3) / 4)
    assert found.effective == pytest.approx(16 / (4 + 3 * 4 / 9))
    assert found.largest == pytest.approx(0.5)
    assert len(found.warnings) == 3


def test_a_policy_is_known_by_its_own_log():
    log = Log(np.array([0, 0, 0, 1]), np.array([0, 1, 1, 2]), np.ones(4), np.ones(4))
    found = learnt(log, contexts=3, actions=3)
    assert found.chance == pytest.approx(np.array([[1 / 3, 2 / 3, 0], [0, 0, 1], [0, 0, 0]]))
    assert found.rows.tolist() == [3, 1, 0]
    assert uniform(2, 4).chance.tolist() == [[0.25] * 4] * 2


def test_what_is_not_known_of_a_policy_is_told():
    log = Log(np.array([0, 1] * 500), np.zeros(1000, int), np.ones(1000), np.ones(1000))
    policy = Probabilities(np.array([[1.0], [0.0]]), np.array([10.0, 0.0]))
    assert "50.0% of the log nothing is known" in off_policy(log, policy).warnings[-1]


def drawn(random, size, behaviour):
    """A log by `behaviour`, shape (contexts, actions); rewards depend on both."""
    context = random.integers(0, 2, size)
    action = (random.random(size)[:, None] > np.cumsum(behaviour[context], axis=1)).sum(axis=1)
    action = np.minimum(action, behaviour.shape[1] - 1)
    reward = (random.random(size) < TRUE[context, action]).astype(float)
    return Log(context, action, behaviour[context, action], reward)


TRUE = np.array([[0.1, 0.2, 0.05], [0.3, 0.1, 0.15]])
BEHAVIOUR = np.array([[0.6, 0.2, 0.2], [0.1, 0.6, 0.3]])
TARGET = np.array([[0.1, 0.8, 0.1], [0.7, 0.2, 0.1]])
VALUE = float((TRUE * TARGET).sum(axis=1).mean())


@pytest.mark.parametrize("is_learnt", [False, True], ids=["a known policy", "one known by its log"])
def test_intervals_hold_the_truth(is_learnt):
    random, seeds = np.random.default_rng(5), 600
    held = {"ips": 0, "snips": 0, "doubly_robust": 0}
    width = dict.fromkeys(held, 0.0)
    for _ in range(seeds):
        policy = learnt(drawn(random, 300, TARGET), 2, 3) if is_learnt else known(TARGET)
        found = off_policy(drawn(random, 1_500, BEHAVIOUR), policy)
        assert found.is_sound
        for name in held:
            estimate = getattr(found, name)
            held[name] += estimate.low <= VALUE <= estimate.high
            width[name] += estimate.high - estimate.low
    for name, count in held.items():
        assert 0.92 <= count / seeds <= 0.98, name
    assert width["doubly_robust"] < width["ips"]


@pytest.fixture(scope="module")
def logs():
    """The two policies' logs of the Open Bandit Dataset: 34 items in three positions, which are the contexts."""
    if not OPEN_BANDIT.is_dir():
        pytest.skip(f"no {OPEN_BANDIT}: the real log is not there")
    found = {}
    for name in ("random", "bts"):
        table = csv.read_csv(OPEN_BANDIT / name / "men.csv")
        found[name] = Log(
            table["position"].to_numpy() - 1,
            table["item_id"].to_numpy(),
            table["propensity_score"].to_numpy(),
            table["click"].to_numpy().astype(float),
        )
    return found


def test_thompson_by_the_random_log(logs):
    """Its own log shows 0.69% of clicks; what is estimated from the random one agrees, within both intervals."""
    truth = on_policy(logs["bts"])
    assert truth.value == pytest.approx(0.0069)
    found = off_policy(logs["random"], learnt(logs["bts"], 3, 34))
    assert found.effective > 1000
    for estimate in (found.ips, found.snips, found.doubly_robust):
        assert estimate.low <= truth.high
        assert truth.low <= estimate.high
        assert estimate.low < truth.value < estimate.high


def test_random_by_thompsons_log_is_warned_of(logs):
    """Propensities down to 0.0002 leave the ten thousand rows worth a few: it is estimated, and not believed."""
    truth = on_policy(logs["random"])
    assert truth.value == pytest.approx(0.0046)
    found = off_policy(logs["bts"], uniform(3, 34))
    assert found.effective < 1000
    assert not found.is_sound
    assert "worth" in found.warnings[0]
    assert found.snips.low < truth.value < found.snips.high
