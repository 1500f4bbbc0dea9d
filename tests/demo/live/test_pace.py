"""The pace: simulated time follows the wall, stands still, changes and jumps without a gap."""

import pytest

from sandbox.demo.live.pace import FASTEST, JUMP_STEP_S, SLOWEST, Pace, step_s

HOUR_US = 3_600_000_000


class Wall:
    """A clock that somebody moves."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def wall():
    return Wall()


def test_time_stands_still_until_it_is_let_go(wall):
    pace = Pace(HOUR_US, speed=60, wall=wall)
    wall.now = 10
    assert pace.now_us() == HOUR_US
    assert pace.wait_s(2 * HOUR_US) is None
    pace.change(running=True)
    wall.now = 70
    assert pace.now_us() == 2 * HOUR_US
    assert pace.wait_s(3 * HOUR_US) == 60


def test_another_speed_goes_on_from_where_it_is(wall):
    pace = Pace(0, speed=60, running=True, wall=wall)
    wall.now = 60
    pace.change(speed=3600)
    assert pace.now_us() == HOUR_US
    wall.now = 61
    assert pace.now_us() == 2 * HOUR_US


def test_nobody_waits_while_it_jumps(wall):
    pace = Pace(0, wall=wall)
    pace.jump_us = HOUR_US
    assert pace.wait_s(HOUR_US) == 0


def test_a_jump_goes_in_few_steps_and_ends_where_it_should(wall):
    begins_us = -1_800_000_000  # steps are counted from the clock's start, which need not be an hour of its own
    pace = Pace(0, wall=wall)
    pace.jump_us = 2 * 24 * HOUR_US + 3_723_000_000
    now_us, steps = 12_345_678, 0
    while now_us < pace.jump_us:
        step_us = pace.step_us(now_us, begins_us)
        now_us += step_us - (now_us - begins_us) % step_us
        steps += 1
    assert now_us == pace.jump_us
    assert steps < 30
    assert pace.step_us(0, begins_us) == JUMP_STEP_S * 1_000_000


def test_steps_grow_with_the_speed_and_meet_at_each_hour():
    steps = [step_s(speed) for speed in (SLOWEST, 60, 600, 3_600, FASTEST)]
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert all(3_600 % step == 0 for step in steps)
