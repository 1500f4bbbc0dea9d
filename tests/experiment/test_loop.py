"""The closed loop: what is shown changes what is done, the better model is kept, the truth is what would have been."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import InputError
from sandbox.experiment.analysis import analyse
from sandbox.experiment.daybook import Daybook
from sandbox.experiment.effects import levels
from sandbox.experiment.inputs import Input
from sandbox.experiment.loop import Loop, Rehearsed, Wishes, rehearse
from sandbox.experiment.panel import Metric, figure_of, moments_at_end, unit_columns
from sandbox.experiment.planned import design_of
from sandbox.experiment.tally import NEVER_US
from sandbox.experiment.truth import happenings
from sandbox.models.base import Estimate
from sandbox.scenario.loader import Options, load
from sandbox.scenario.plan import ArmPlan, Plan
from tests.experiment.shop import SHOP, plan_of

METRICS = [Metric(column, column) for column in ("click_rate per", "click_rate", "goals")]
"""Lists, clicks and goals, as a panel names them."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan_of(tmp_path_factory.mktemp("loop"))


@pytest.fixture(scope="module")
def done(plan: Plan) -> Rehearsed:
    return rehearse(plan)


def with_arms(plan: Plan, control: str, treatment: str, share: float = 0.5) -> Plan:
    assert plan.shelves is not None
    arms = (ArmPlan(control, 1 - share), ArmPlan(treatment, share))
    return replace(plan, shelves=replace(plan.shelves, arms=arms))


def expected(done: Rehearsed, metric: str) -> tuple[float, float]:
    """Of the control's world and of the other."""
    truth = next(each for each in done.truth if each.metric == metric)
    return truth.control, truth.control + truth.expected


def test_the_same_seed_gives_the_same_experiment(plan, done):
    again = rehearse(plan)
    assert again.decisions == done.decisions
    assert again.truth == done.truth
    for metric in METRICS:
        assert np.array_equal(unit_columns(done.panel, metric), unit_columns(again.panel, metric))


def test_the_plan_that_is_sealed_says_who_counts(plan):
    design = design_of(plan, plan.experiment)
    assert (design.unit, design.trigger) == (plan.shelves.customer, "was shown a list")


def test_effects_are_told_by_segments_of_the_customers(plan, done):
    design = design_of(plan, plan.experiment)
    units: dict[str, int] = dict.fromkeys(done.panel.arms, 0)
    for segment in analyse(done.panel, design).segments:
        assert (segment.by, segment.value in ("true", "false")) == ("club", True)
        for arm, number in segment.units.items():
            units[arm] += number
    assert units == done.panel.counts()


def test_a_segment_is_that_of_the_unit():
    daybook = Daybook(np.array([0, 10]), customers=3)
    arms, first_us = np.array([0, 1, 1], np.int16), np.array([2, NEVER_US, 1])
    panel = daybook.panel(("a", "b"), arms, first_us, {"plan": pa.array(["basic", "plus", "max"])})
    assert panel.segments["plan"].to_pylist() == ["basic", "max"]


def test_an_estimate_without_an_interval_holds_nothing_and_misses_nothing(done):
    true, nan = done.truth[0], float("nan")
    assert true.held_by(Estimate(0.5, nan, nan)) is None
    assert true.held_by(Estimate(0.5, true.expected, 1.0)) is True
    assert true.held_by(Estimate(0.5, true.expected + 0.1, 1.0)) is False


def test_two_arms_of_one_policy_that_does_not_learn_differ_by_nothing_in_truth(plan):
    done = rehearse(with_arms(plan, "chance", "same"))
    assert [each.expected for each in done.truth] == [0.0] * 4
    assert [each.realised for each in done.truth] == [0.0] * 4


def test_an_arms_own_customers_do_in_its_world_just_what_they_did(plan, done):
    assert done.worlds is not None
    arms = done.worlds.showing.arms.last
    for arm, world in enumerate(done.worlds.realised):
        for metric, sums in zip(METRICS, world.sums, strict=False):
            mine = unit_columns(done.panel, metric)[done.panel.arm == arm]
            assert mine.sum() == sums[arms == arm].sum() > 0


def test_a_page_that_shows_nothing_gets_no_clicks(plan):
    done = rehearse(with_arms(plan, "rules", "empty"))
    rules, empty = expected(done, "click_rate")
    assert rules > 0
    assert empty == pytest.approx(0)


def test_taste_beats_chance_and_the_truth_knows(plan):
    done = rehearse(with_arms(plan, "chance", "mine"))
    for metric in ("click_rate", "goals"):
        chance, mine = expected(done, metric)
        assert mine > chance


def test_the_true_path_ends_at_the_truth(done):
    for each in done.truth:
        assert len(each.path) == done.panel.days
        assert each.path[-1] == pytest.approx(each.expected, abs=1e-12)


def test_what_is_expected_of_all_lies_within_the_error_of_what_was_seen(plan, done):
    """Four metrics of two arms with a fixed seed: within four standard errors."""
    for metric in design_of(plan, plan.experiment).metrics:
        level = levels(moments_at_end(done.panel, metric), figure_of(metric, done.panel))
        error = np.abs(level.value - expected(done, metric.name)) / np.sqrt(level.variance)
        assert (error < 4).all()


def test_nobody_held_out_takes_part(plan):
    assert plan.shelves is not None
    half = rehearse(replace(plan, shelves=replace(plan.shelves, holdout=0.5)), truth=False)
    whole = rehearse(plan, truth=False)
    assert half.panel.units == pytest.approx(whole.panel.units / 2, rel=0.15)


def test_shares_ramp_up_and_only_the_last_stage_is_judged(plan, tmp_path):
    path = tmp_path / "ramp.yaml"
    ramp = "ramp: [{from: day 10, share: 0.1}, {from: day 14, share: 0.5}]"
    path.write_text(SHOP.replace("from: day 10,", f"from: day 10, {ramp},"), encoding="utf-8")
    ramped = load(path, Options()).plan
    done = rehearse(ramped, truth=False)
    assert done.panel.days == 10
    arms = done.panel.counts()
    assert arms["mine"] == pytest.approx(arms["rules"], rel=0.25)


def test_one_of_several_arms_goes_up_as_planned_and_beyond_by_hand(tmp_path):
    ramp = "ramp: [{from: day 12, share: 0.1}, {from: day 14, share: {mine: 0.3}}, {from: day 20, share: 0.4}]"
    text = SHOP.replace("arms: {mine: 0.5},", f"arms: {{mine: 0.4, chance: 0.2}}, {ramp},")
    plan = plan_of(tmp_path, text.replace("rows: 500", "rows: 2_000"))
    day_us = [plan.clock.calendar.day_us(day) for day in range(25)]
    raised = Input(day_us[17], "share", "mine", size=0.7)
    loop = Loop(plan, Wishes(truth=False, inputs=(raised,)))
    done = loop.finish()
    assert loop.shelves.starts_us == day_us[12], "before its ramp an experiment shows nobody anything"
    wanted = {12: (0.1, 0.1), 14: (0.3, 0.1), 17: (0.7, 0.1), 20: (0.7, 0.2)}
    before = np.zeros(2_000, np.int16)
    for day, shares in wanted.items():
        codes = loop.showing.arms.at_moment(day_us[day])
        assert [(codes == arm).mean() for arm in (1, 2)] == pytest.approx(shares, abs=0.04)
        assert (codes[before > 0] == before[before > 0]).all(), "whoever has an arm keeps it"
        before = codes
    assert done.shares == pytest.approx({"rules": 0.1, "mine": 0.7, "chance": 0.2})
    assert done.carried_out(loop.design).shares["rules"] == 0.1, "a number that people read"
    assert done.panel.days == 4, "days of other shares are not put together"
    (said,) = (each for each in done.decisions if each.what == "share")
    assert (said.policy, said.because) == ("mine", "raised from outside from 30.0% to 70.0%")
    with pytest.raises(InputError, match=r"got 0.6 for each arm; .* would take 1.2 .*; ask for less than 0.5"):
        Loop(plan, Wishes(truth=False, inputs=(replace(raised, of="", size=0.6),)))
    too_much = r"got 0.85 for mine; from 2026-03-21T00:00:00\+00:00 on the arms would take 1.05 .* less than 0.8\."
    with pytest.raises(InputError, match=too_much):
        Loop(plan, Wishes(truth=False, inputs=(raised, replace(raised, size=0.85))))


def test_candidates_take_over_only_when_they_were_better(done):
    decisions = [each for each in done.decisions if each.what != "first"]
    assert len(decisions) == 7, "every two days of fourteen"
    for each in decisions:
        assert each.champion is not None
        if each.candidate is None:
            assert each.what == "kept"
            assert "it takes 50 to judge by" in each.because
        else:
            assert (each.candidate > each.champion) == (each.what == "promoted")
    assert [each.version for each in decisions] == sorted(each.version for each in decisions)


def test_a_delivery_that_breaks_leaves_less_to_learn_from(plan, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text(
        SHOP + "delivery: {feed: {latency: 1min, outages: [{at: day 8, for: 10 days}]}}\n", encoding="utf-8"
    )
    broken = rehearse(load(path, Options()).plan, truth=False)
    whole = rehearse(plan, truth=False)
    learnt = [(a.learnt_from, b.learnt_from) for a, b in zip(broken.decisions, whole.decisions, strict=True)]
    assert learnt[0][0] < learnt[0][1]
    assert learnt[3][0] == learnt[0][0], "nothing arrives while it is down"
    assert learnt[-1] == pytest.approx(learnt[-1][::-1], rel=0.02), "and all of it afterwards"


def test_outages_that_come_by_chance_are_told(tmp_path):
    outages = "[{at: day 20, for: 2 days}, {every: 3 days, for: 8h}]"
    path = tmp_path / "broken.yaml"
    path.write_text(SHOP + f"delivery: {{feed: {{latency: 1min, outages: {outages}}}}}\n", encoding="utf-8")
    plan = load(path, Options()).plan
    assert plan.shelves is not None
    told = happenings(plan, plan.shelves.starts_us)
    assert {(each.what, each.name) for each in told} == {("outage", "feed")}
    assert len(told) > 1, "the announced one, and others"
    assert any(each.ends_us - each.starts_us == 2 * 86_400_000_000 for each in told)
    assert all(each.ends_us > plan.shelves.starts_us and each.ends_us <= plan.clock.end_us for each in told)
    stale = {fresh.at_us: fresh.stale_us for fresh in rehearse(plan, truth=False).freshness}
    over_midnight = [at for at in stale for each in told if each.starts_us + 3_600_000_000 < at < each.ends_us]
    assert all(stale[at] > 3_600_000_000 for at in over_midnight), "nothing arrives meanwhile"


def test_a_plan_without_an_experiment_says_so(plan):
    with pytest.raises(InputError, match="no experiment with `shelves`"):
        rehearse(replace(plan, shelves=None))
