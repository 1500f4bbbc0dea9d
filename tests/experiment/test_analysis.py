"""An experiment analysed: what was put in is found, and what must not be believed is not."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from sandbox.experiment.analysis import analyse
from sandbox.experiment.design import Design, deviations
from sandbox.experiment.findings import Verdict
from sandbox.experiment.guardrails import Stage, Standing, steady_since
from sandbox.experiment.panel import InMemory, Metric, Panel, moments_until, unit_columns

METRICS = (
    Metric("conversion", "bought", once=True),
    Metric("click_rate", "clicks", per="views"),
    Metric("revenue", "money"),
    Metric("complaints", "complaints", better="less"),
)
DESIGN = Design(
    name="shop",
    unit="customer_id",
    trigger="",
    shares={"rules": 0.8, "model": 0.2},
    metrics=METRICS,
    primary="conversion",
    guardrails={"revenue": 0.1, "complaints": 0.2},
    horizon=10,
    segments=("plan",),
)


def made(lift=0.3, units=8000, days=10, complaints=1.0, treated=0.2, fading=0.0, seed=5):
    """Units that come on some day and come back; the arm makes visits convert more often, perhaps less so later."""
    random = np.random.default_rng(seed)
    arm = (random.random(units) < treated).astype(np.int16)
    first = random.integers(0, days, units)
    habit = random.gamma(4, 0.25, units)
    rows = {name: [] for name in ("unit", "day", "views", "clicks", "bought", "money", "complaints")}
    for day in range(days):
        here = np.flatnonzero((first == day) | ((first < day) & (random.random(units) < 0.4)))
        views = random.poisson(2, len(here)) + 1
        growing = 1 - fading * np.minimum((day - first[here]) / 4, 1)
        chance = 0.06 * habit[here] * (1 + lift * arm[here] * growing)
        bought = random.binomial(views, np.minimum(chance, 1))
        rows["unit"].append(here)
        rows["day"].append(np.full(len(here), day))
        rows["views"].append(views)
        rows["clicks"].append(bought + random.binomial(views - bought, 0.1))
        rows["bought"].append(bought)
        rows["money"].append(bought * 20.0)
        rows["complaints"].append(random.binomial(1, 0.05 * np.where(arm[here] == 1, complaints, 1)))
    joined = {name: np.concatenate(parts) for name, parts in rows.items()}
    columns = {name: joined[name].astype(float) for name in ("views", "clicks", "bought", "money", "complaints")}
    before = {"money": random.poisson(habit * 3) * 20.0}
    plan = pa.array(np.where(np.arange(units) % 3 == 0, "basic", "plus"))
    diary = InMemory(joined["unit"], joined["day"], columns)
    return Panel(("rules", "model"), days, arm, first, diary, before, {"plan": plan})


@pytest.fixture(scope="module")
def found():
    return analyse(made(), DESIGN, {"units in two arms": 3})


def test_what_was_put_in_is_found(found):
    (decision,) = found.decisions
    assert decision.verdict is Verdict.BETTER
    primary = found.comparison("model", "conversion")
    assert primary.difference.low > 0
    lift = found.comparison("model", "revenue").lift
    assert lift.low < 0.3 < lift.high
    assert primary.sequential.low < primary.difference.low
    assert found.left_out == {"units in two arms": 3}
    assert found.units == {"rules": 6369, "model": 1631}
    assert found.deviations == []


def test_numbers_by_hand(found):
    panel = made()
    inside = panel.arm == 1
    rows = panel.diary
    bought = np.bincount(rows.unit, weights=rows.columns["bought"], minlength=panel.units)
    assert found.comparison("model", "conversion").treatment.value == pytest.approx((bought[inside] > 0).mean())
    clicks, views = (np.bincount(rows.unit, rows.columns[name], panel.units) for name in ("clicks", "views"))
    assert found.comparison("model", "click_rate").control.value == pytest.approx(
        clicks[~inside].sum() / views[~inside].sum()
    )
    day = next(each for each in found.daily if (each.arm, each.metric) == ("model", "revenue"))
    theirs = (rows.day == 4) & inside[rows.unit]
    assert day.units[4] == theirs.sum()
    assert day.value[4] == pytest.approx(rows.columns["money"][theirs].mean())


def test_looks_are_of_all_that_had_come_by_then(found):
    panel = made()
    looks = next(each for each in found.looks if each.metric == "conversion")
    part = replace(panel, days=4, arm=np.where(panel.first <= 3, panel.arm, -1))
    assert looks.difference[3] == pytest.approx(
        analyse(part, DESIGN).comparison("model", "conversion").difference.value
    )
    assert looks.sequential_low[-1] == pytest.approx(found.comparison("model", "conversion").sequential.low)
    assert moments_until(panel, METRICS[0]).count[-1].sum() == panel.units


def test_what_was_before_takes_variance_away(found):
    money = found.comparison("model", "revenue")
    assert money.unadjusted is not None
    assert 0.02 < money.saved < 0.9
    assert found.comparison("model", "conversion").unadjusted is None


def test_segments_share_one_alpha(found):
    assert {(each.by, each.value) for each in found.segments} == {("plan", "basic"), ("plan", "plus")}
    assert sum(sum(each.units.values()) for each in found.segments) == 8000


def test_a_sample_ratio_mismatch_forbids_everything():
    decision = analyse(made(treated=0.25), DESIGN).decisions[0]
    assert decision.verdict is Verdict.INVALID
    assert "units that they should have" in decision.because


def test_a_fixed_interval_is_not_read_early():
    early = analyse(made(days=5), DESIGN)
    assert early.decisions[0].verdict is Verdict.TOO_EARLY
    assert early.deviations == ["horizon: planned for 10 days, seen after 5."]


def test_a_sequence_may_be_read_early():
    early = analyse(made(lift=0.8, days=5), replace(DESIGN, stopping="sequential"))
    assert early.decisions[0].verdict is Verdict.BETTER
    assert early.deviations == []
    assert analyse(made(lift=0.0, days=5), replace(DESIGN, stopping="sequential")).decisions[0].verdict in (
        Verdict.TOO_EARLY,
        Verdict.NOT_SHOWN,
    )


def test_a_broken_guardrail_stops_a_good_arm():
    found = analyse(made(complaints=3.0), DESIGN)
    guardrail = next(each for each in found.guardrails if each.metric == "complaints")
    assert guardrail.standing is Standing.BROKEN
    assert guardrail.broken_on is not None
    assert found.decisions[0].verdict is Verdict.STOPPED
    assert next(each for each in found.guardrails if each.metric == "revenue").standing is Standing.SAFE


def test_an_arm_in_which_nobody_does_anything_breaks_its_guardrail():
    found = analyse(made(lift=-1.0), DESIGN)
    guardrail = next(each for each in found.guardrails if each.metric == "revenue")
    assert found.comparison("model", "revenue").treatment.value == 0, "and not what rounding leaves"
    assert guardrail.standing is Standing.BROKEN


def test_a_fading_effect_is_seen():
    fading, steady = (
        next(iter(analyse(made(lift=1.5, units=40_000, fading=share), DESIGN).growth)) for share in (1.0, 0.0)
    )
    assert fading.growth.high < 0
    assert steady.growth.low < 0 < steady.growth.high
    assert steady.early.low > 0


def test_an_arm_without_anybody_is_told():
    panel = made()
    nobody = replace(panel, arms=("rules", "model", "other"))
    found = analyse(nobody, replace(DESIGN, shares={"rules": 0.79999, "model": 0.2, "other": 0.00001}))
    assert found.comparison("other", "conversion").undefined == "nobody came to 'other'."
    assert [each.verdict for each in found.decisions] == [Verdict.BETTER, Verdict.TOO_EARLY]
    json.dumps(found.to_dict(), default=str)


def test_nobody_at_all():
    none = np.zeros(0, np.int64)
    diary = InMemory(none, none, {name: np.zeros(0) for name in ("views", "clicks", "bought", "money", "complaints")})
    plan = pa.array([], pa.string())
    empty = Panel(("rules", "model"), 3, none.astype(np.int16), none, diary, {}, {"plan": plan})
    assert analyse(empty, DESIGN).decisions[0].verdict is Verdict.TOO_EARLY


def test_a_plan_is_sealed():
    sealed = DESIGN.to_dict()
    assert DESIGN.digest == Design(**{field: getattr(DESIGN, field) for field in DESIGN.__slots__}).digest
    assert deviations(sealed, DESIGN) == []
    bent = replace(DESIGN, primary="click_rate", horizon=14)
    assert bent.digest != DESIGN.digest
    assert deviations(sealed, bent) == [
        "horizon: sealed as 10, now 14.",
        'primary: sealed as "conversion", now "click_rate".',
    ]


def test_a_ramp():
    stages = [Stage(day, (share, 0.1)) for day, share in ((0, 0.01), (3, 0.05), (5, 0.05), (7, 0.5))]
    assert [steady_since(stages, day) for day in (0, 4, 6, 8)] == [0, 3, 3, 7]
    assert steady_since([], 5) == 0


def test_once_counts_once():
    panel = made(units=200)
    once, many = (unit_columns(panel, Metric("x", "bought", once=once))[:, 0] for once in (True, False))
    assert set(np.unique(once)) <= {0.0, 1.0}
    assert (once == (many > 0)).all()
