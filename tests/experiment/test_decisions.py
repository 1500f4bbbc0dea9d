"""What becomes of candidates and arms when things go wrong: the loop goes on where a real system would, and tells."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from sandbox.errors import InputError
from sandbox.experiment import loop as looping
from sandbox.experiment.decisions import judged
from sandbox.experiment.drift import stability
from sandbox.experiment.inputs import Input
from sandbox.experiment.loop import Loop, Wishes, rehearse
from sandbox.experiment.now import now_of
from sandbox.experiment.panel import Metric, unit_columns
from sandbox.experiment.rollout import rolled_out
from sandbox.models.recommend.policies import ItemKnn, PolicyPart
from sandbox.scenario.plan import Plan, RetrainPlan
from tests.experiment.shop import SHOP, plan_of

DAY_US = 86_400_000_000
ITEMS = 40


class Worst:
    """Shows what nobody likes: items against everybody's taste, and no more than one."""

    is_personal = False

    def scores(self, seen, person):
        """One item alone."""
        found = np.full((seen.shape[0], ITEMS), -np.inf, np.float32)
        found[:, -1] = 1.0
        return found


class Odd(PolicyPart):
    """A policy that fails in a way."""

    how: str

    def learn(self, events, catalogue, seed):
        """Fail, or give a ranker that does."""
        if self.how == "raises":
            raise RuntimeError("no memory left")
        if self.how == "never ends":
            time.sleep(30)
        if self.how == "too few":
            return Worst()
        return {"of unknown items": _Wide(), "breaks when asked": _Breaks()}[self.how]


class _Wide:
    def scores(self, seen, person):
        return np.zeros((seen.shape[0], ITEMS + 3), np.float32)


class _Breaks:
    def scores(self, seen, person):
        raise ValueError("a shape")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan_of(tmp_path_factory.mktemp("decisions"))


def with_part(monkeypatch: pytest.MonkeyPatch, part: PolicyPart) -> None:
    parts = looping.parts_of
    monkeypatch.setattr(looping, "parts_of", lambda plan: {**parts(plan), "mine": part})


@pytest.mark.parametrize("how", ["raises", "never ends"])
def test_a_policy_that_does_not_learn_leaves_the_champion(plan, monkeypatch, how):
    with_part(monkeypatch, Odd(how=how))
    short = replace(plan, shelves=replace(plan.shelves, retrain=RetrainPlan(7 * DAY_US)))
    done = rehearse(short, wishes=Wishes(truth=False, longest_s=0.05))
    mine = [each for each in done.decisions if each.policy == "mine"]
    assert [each.what for each in mine] == ["failed"] * 3
    said = "RuntimeError: no memory left" if how == "raises" else "did not end within 0.05 seconds"
    assert all(said in each.because for each in mine)
    assert unit_columns(done.panel, Metric("clicks", "click_rate")).sum() > 0, "the rules of history went on"


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ("of unknown items", f"gave scores of shape (1, {ITEMS + 3}) for (1, {ITEMS})"),
        ("breaks when asked", "raised ValueError"),
    ],
)
def test_a_model_that_gives_nonsense_is_answered_for_and_counted(plan, monkeypatch, how, fault):
    with_part(monkeypatch, Odd(how=how))
    loop = Loop(plan, Wishes(truth=False))
    loop.step()
    faults = now_of(loop).arms[1].faults
    assert sum(faults.values()) > 0
    assert all(name.split(" (")[0] == fault.split(" (")[0] for name in faults)


def test_a_list_of_too_few_items_is_shown_as_it_is(plan, monkeypatch):
    with_part(monkeypatch, Odd(how="too few"))
    done = rehearse(plan, wishes=Wishes(truth=True))
    clicks = next(each for each in done.truth if each.metric == "click_rate")
    assert clicks.expected < 0


def test_an_arm_that_loses_too_much_is_stopped_and_sees_the_control(plan, monkeypatch, tmp_path):
    with_part(monkeypatch, Odd(how="too few"))
    text = SHOP.replace("rows: 500", "rows: 3_000").replace(
        "from: day 10,", "from: day 10, guardrails: {click_rate: 0.2},"
    )
    loop = Loop(plan_of(tmp_path, text), Wishes(truth=False))
    done = loop.finish()
    stopped = next(each for each in done.decisions if each.what == "stopped")
    assert "click_rate lost more than 20%" in stopped.because
    assert done.panel.days == (stopped.at_us - loop.shelves.starts_us) // DAY_US < 14
    later = loop.showing.arms.at_moment(stopped.at_us)
    assert set(later.tolist()) == {0}
    assert not now_of(loop).arms[1].is_open


def test_the_truth_of_an_arm_that_was_stopped_is_that_of_what_it_did(tmp_path):
    two = "arms: {empty: 0.3, mine: 0.3}, guardrails: {click_rate: 0.5},"
    done = rehearse(plan_of(tmp_path, SHOP.replace("arms: {mine: 0.5},", two)))
    (stopped,) = (each for each in done.decisions if each.what == "stopped")
    clicks = {each.arm: each for each in done.truth if each.metric == "click_rate"}
    assert stopped.policy == "empty"
    assert clicks["empty"].stopped
    assert not clicks["mine"].stopped
    assert clicks["empty"].daily[0] < -0.1
    assert clicks["empty"].daily[-1] == 0, "its customers see the control, whatever chance gives"
    assert clicks["empty"].daily[-1] > clicks["empty"].expected > clicks["empty"].daily[0]
    assert clicks["empty"].interference is None


def test_a_ramp_that_is_stopped_never_reaches_its_next_stage(monkeypatch, tmp_path):
    with_part(monkeypatch, Odd(how="too few"))
    ramp = "guardrails: {click_rate: 0.2}, ramp: [{from: day 10, share: 0.3}, {from: day 20, share: 0.5}]"
    text = SHOP.replace("rows: 500", "rows: 3_000").replace("from: day 10,", f"from: day 10, {ramp},")
    done = rehearse(plan_of(tmp_path, text), wishes=Wishes(truth=False))
    assert "stopped" in {each.what for each in done.decisions}
    assert done.shares["mine"] == pytest.approx(0.3)
    assert done.panel.days < 10


@pytest.mark.parametrize(
    ("retrain", "champion", "candidate", "better", "said"),
    [
        (RetrainPlan(1), 0.2, 0.3, True, "is above the champion's"),
        (RetrainPlan(1), 0.2, 0.2, False, "is not above the champion's"),
        (RetrainPlan(1, threshold=0.4), 0.2, 0.3, False, "below the threshold of 40.00%"),
        (RetrainPlan(1, min_absolute_change=0.1), 0.2, 0.29, False, "more than 10.00% is asked for"),
        (RetrainPlan(1, min_relative_change=0.5), 0.2, 0.29, False, "more than 50.0% of the champion's"),
        (RetrainPlan(1, min_relative_change=0.4), 0.2, 0.29, True, "is above the champion's"),
    ],
)
def test_a_candidate_takes_over_by_stated_changes(retrain, champion, candidate, better, said):
    found, because = judged(champion, candidate, retrain)
    assert found is better
    assert said in because


def test_a_retraining_beyond_its_time_box_is_given_up(plan):
    slow = RetrainPlan(2 * DAY_US, takes_us=DAY_US, time_box_us=DAY_US // 4)
    done = rehearse(replace(plan, shelves=replace(plan.shelves, retrain=slow)), wishes=Wishes(truth=False))
    given_up = [each for each in done.decisions if each.what == "given up"]
    assert 0 < len(given_up) <= 7
    assert all("its time box is 360" in each.because for each in given_up)
    promoted = [each for each in done.decisions if each.what == "promoted"]
    assert all(each.serves_from_us > each.at_us for each in promoted), "a candidate serves once it has learnt"


def test_drift_lets_models_learn_before_their_time(plan, tmp_path):
    """The arm's lists are not what history showed, so what is met moves as soon as it is shown them."""
    lazy = plan_of(tmp_path, SHOP, "datasets.people.rows=4000")
    retrain = RetrainPlan(14 * DAY_US, on_drift=0.15)
    done = rehearse(replace(lazy, shelves=replace(lazy.shelves, retrain=retrain)), wishes=Wishes(truth=False))
    drifted = [each for each in done.decisions if each.cause == "drift"]
    assert drifted
    assert all(each.drift > 0.15 for each in drifted)
    assert drifted[0].at_us == lazy.shelves.starts_us + DAY_US


def test_the_stability_index_is_what_is_counted_by_hand():
    expected = stability(np.array([0.5, 0.5]), np.array([0.25, 0.75]))
    assert expected == pytest.approx(-0.25 * np.log(0.5) + 0.25 * np.log(1.5))
    assert stability(np.array([0.3, 0.7]), np.array([0.3, 0.7])) == 0


def test_rolling_back_lets_the_champion_before_serve(plan):
    many = replace(plan, shelves=replace(plan.shelves, retrain=RetrainPlan(2 * DAY_US)))
    loop = Loop(many, Wishes(truth=False))
    served = loop.champions.now(1)
    loop.champions.crown(1, loop.now_us + 1, replace(served))
    before = loop.champions.before(1)
    assert before is served
    loop.send(Input(loop.now_us, "roll back", "mine"))
    loop.step()
    assert loop.champions.now(1) is before
    assert any(each.what == "rolled back" and each.cause == "demand" for each in loop.decisions)


def test_a_full_rollout_has_a_truth_of_its_own(plan):
    done = rolled_out(rehearse(plan), plan)
    for each in done.truth:
        assert each.rollout is not None
        assert each.interference == pytest.approx(each.rollout - each.expected)
    clicks = next(each for each in done.truth if each.metric == "click_rate")
    assert clicks.rollout > 0


def test_two_arms_that_learn_nothing_do_not_interfere(plan):
    arms = tuple(replace(arm, policy=name) for arm, name in zip(plan.shelves.arms, ("chance", "same"), strict=True))
    same = replace(plan, shelves=replace(plan.shelves, arms=arms))
    assert [each.interference for each in rolled_out(rehearse(same), same).truth] == pytest.approx([0.0] * 4, abs=1e-12)


def test_how_a_loop_stands_can_be_read_between_steps(plan):
    loop = Loop(plan, Wishes(at_once=1))
    for _ in range(4):
        loop.step()
    now = now_of(loop)
    assert (now.day, now.of, [arm.policy for arm in now.arms]) == (4, 14, ["rules", "mine"])
    mine = now.arms[1]
    assert mine.difference.low < mine.difference.value < mine.difference.high
    assert mine.true_difference is not None
    assert mine.goals >= mine.conversion.value * mine.units > 0


def test_layouts_exploration_and_filters_are_seen_in_what_is_shown(plan, tmp_path):
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    more = "layouts: {mine: {home: {slots: 3, first: 2}}}, explore: {mine: 0.3}, in_stock: price > 15, not_owned: true"
    text = SHOP.replace("value: paid,", f"value: paid, {more}, eligible: parent.person_id % 2 = 0 or item.price < 30,")
    here = plan_of(tmp_path, text)
    loop = Loop(here, Wishes(truth=False, journal=tmp_path / "journal"))
    loop.finish()
    lists = pq.read_table(tmp_path / "journal" / "shown")
    prices = loop.feed.catalogue["price"].to_numpy()
    flat = pc.list_flatten(lists["items"]).to_numpy().reshape(len(lists), -1)
    chances = pc.list_flatten(lists["propensities"]).to_numpy().reshape(len(lists), -1)
    mine, known = lists["arm"].to_numpy() == 1, lists["known"].to_numpy()
    assert (flat[mine][:, [0, 4]] == -1).all(), "three slots from the second on"
    assert (flat[mine][:, 1:4] >= 0).all()
    assert (flat[~mine] >= 0).all()
    assert (prices[flat[flat >= 0]] > 15).all(), "what is in stock alone"
    explored = (chances[mine][:, 1] < 0.5).mean()
    assert explored == pytest.approx(0.3, abs=0.08)
    assert (chances[~mine] == 1).all()
    odd = known & (loop.feed.customers.to_numpy()[lists["person"].to_numpy()] % 2 == 1)
    assert (prices[flat[odd][flat[odd] >= 0]] < 30).all(), "what customers are eligible for"
    owned = loop.memory.owned()
    first = lists.filter(pc.equal(lists["known"], True))
    assert owned.nnz > 0
    assert len(first) > 0


def test_a_policy_that_lacks_a_column_is_told_before_anything_is_shown(plan, monkeypatch):
    class Lacks(ItemKnn):
        def learn(self, events, catalogue, seed):
            raise InputError("items have no column 'colour'.")

    with_part(monkeypatch, Lacks())
    with pytest.raises(InputError, match="no column 'colour'"):
        Loop(plan, Wishes(truth=False))
