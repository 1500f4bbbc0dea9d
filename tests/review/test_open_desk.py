"""A desk that goes on from moment to moment does what a cut's desk does at once, and knows who is ill."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from sandbox.addresses import Address
from sandbox.review.desk import coming_us, decided, lengths_s
from sandbox.review.open_desk import Cases, OpenDesk
from sandbox.scenario.language.review import Review

LONDON = "Europe/London"
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
HERE = Address((1, "review"))


def us(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(LONDON)).timestamp() * 1e6)


MONDAY = us("2026-01-05 00:00")


def terms(**given):
    return Review.model_validate({"band": [0.3, 0.7], "reviewers": 1, "takes": "30min", "within": "2 days", **given})


def desk_with(asked, comes_us, takes_s, begins_us=MONDAY):
    desk = OpenDesk.of(asked, LONDON, begins_us, begins_us + 14 * DAY_US, pa.int64())
    desk.take(Cases(pa.array(range(len(comes_us))), np.full(len(comes_us), 0.5), np.array(comes_us), np.array(takes_s)))
    return desk


@pytest.mark.parametrize("step_h", [1, 7, 24])
def test_steps_of_any_length_do_what_a_cut_does_at_once(step_h):
    asked, ids = terms(reviewers=2), pa.array(range(300))
    cut = decided(ids, np.arange(300), MONDAY, asked, LONDON, HERE)
    comes_us = coming_us(ids, MONDAY, asked, HERE)
    order = np.argsort(comes_us, kind="stable")
    mine, comes_us = ids.take(pa.array(order)), comes_us[order]
    cases = Cases(mine, np.full(300, 0.5), comes_us, lengths_s(mine, asked, HERE))
    desk = OpenDesk.of(asked, LONDON, MONDAY, MONDAY + 7 * DAY_US, pa.int64())
    for day in range(12):  # they come to the desk as their days begin
        today = (comes_us >= MONDAY + day * DAY_US) & (comes_us < MONDAY + (day + 1) * DAY_US)
        part = Cases(mine.filter(pa.array(today)), cases.scores[today], comes_us[today], cases.takes_s[today])
        desk.take(part)
        for hour in range(step_h, 25, step_h):
            desk.go_on(MONDAY + day * DAY_US + hour * HOUR_US)
        desk.go_on(MONDAY + (day + 1) * DAY_US)
    stand = desk.stand(MONDAY + 12 * DAY_US)
    np.testing.assert_array_equal(stand.decided, cut.is_reviewed)
    np.testing.assert_array_equal(stand.left_us, cut.left_us)
    assert 0.2 < cut.is_reviewed.mean() < 0.9  # some are reached, and some are not
    assert not stand.waiting.any()
    assert not stand.under_review.any()


def test_a_decision_whose_time_ends_on_a_sunday_is_not_looked_at_on_monday():
    saturday = us("2026-01-10 12:00")
    desk = desk_with(terms(within="1 day"), [saturday], [600.0])
    desk.go_on(us("2026-01-11 13:00"))
    assert desk.stand(us("2026-01-11 13:00")).given_up.all()
    desk.go_on(us("2026-01-12 12:00"))
    assert desk.stand(us("2026-01-12 12:00")).given_up.all()


def test_over_night_nobody_works_and_what_is_begun_is_ended_in_the_morning():
    desk = desk_with(terms(), [us("2026-01-05 16:50"), us("2026-01-05 20:00")], [1800.0, 600.0])
    evening = us("2026-01-05 22:00")
    desk.go_on(evening)
    stand = desk.stand(evening)
    assert stand.under_review.tolist() == [True, False]
    assert stand.waiting.tolist() == [False, True]
    assert (stand.is_open, stand.there, stand.team) == (False, 0, 1)
    assert stand.changes_us == us("2026-01-06 09:00")
    assert desk.closed(us("2026-01-05 12:00"), evening) == [(us("2026-01-05 17:00"), evening)]
    morning = us("2026-01-06 09:30")
    desk.go_on(morning)
    stand = desk.stand(morning)
    assert stand.decided.all()
    assert stand.done_us.tolist() == [us("2026-01-06 09:20"), morning]


def test_who_is_ill_ends_the_review_at_hand_and_comes_back():
    """One reviewer, four reviews of an hour from nine o'clock; ill from half past nine for four hours."""
    nine = us("2026-01-05 09:00")
    desk = desk_with(terms(), [nine] * 4, [3600.0] * 4)
    desk.fall_ill(nine + HOUR_US // 2, 4 * HOUR_US)
    stand = desk.stand(nine + HOUR_US // 2)
    assert (stand.ill, stand.team) == (1, 0)
    desk.go_on(nine + 8 * HOUR_US)
    stand = desk.stand(nine + 8 * HOUR_US)
    assert (stand.left_us[:3] - nine).tolist() == [0, int(4.5 * HOUR_US), int(5.5 * HOUR_US)]
    assert (stand.ill, stand.team) == (0, 1)


def test_a_helper_reviews_until_they_leave():
    nine = us("2026-01-05 09:00")
    desk = desk_with(terms(), [nine] * 4, [3600.0] * 4)
    desk.help_out(nine, HOUR_US)
    assert (desk.stand(nine).helpers, desk.stand(nine).team) == (1, 2)
    desk.go_on(nine + 7 * HOUR_US)
    stand = desk.stand(nine + 7 * HOUR_US)
    assert sorted(((stand.left_us - nine) // HOUR_US).tolist()) == [0, 0, 1, 2]
    assert stand.helpers == 0


def test_more_ill_than_there_are_leaves_nobody_and_all_come_back():
    nine = us("2026-01-05 09:00")
    desk = desk_with(terms(), [nine], [60.0])
    desk.go_on(nine + 60_000_000)
    for _ in range(3):
        desk.fall_ill(nine + 120_000_000, HOUR_US)
    assert desk.stand(nine + 120_000_000).team == 0
    later = nine + 2 * HOUR_US
    desk.take(Cases(pa.array([9]), np.array([0.5]), np.array([later]), np.array([60.0])))
    desk.go_on(later + HOUR_US)
    assert desk.stand(later + HOUR_US).left_us[1] == later
