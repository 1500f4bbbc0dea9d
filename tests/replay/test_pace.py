"""Paces: when rows are due, and how a replay keeps to it, by a clock that need not be waited for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sandbox.errors import InputError
from sandbox.replay import Wishes, replay, work_of
from sandbox.replay.pace import AtOnce
from sandbox.replay.paces import pace_of
from sandbox.scenario.outlets import Account, OutletPart


class Noted:
    """A sink that notes when it was sent how many rows; each row may take it some time."""

    def __init__(self, clock, row_takes_s=0.0):
        self.clock, self.row_takes_s = clock, row_takes_s
        self.calls: list[tuple[float, int]] = []
        self.rows = 0

    def send(self, batch, faults=None):
        self.calls.append((self.clock.at, batch.num_rows))
        self.rows += batch.num_rows
        self.clock.at += batch.num_rows * self.row_takes_s

    def account(self):
        return Account(self.rows, self.rows, settled=self.rows)

    def refusals(self):
        return ()

    def flush(self):
        pass

    def held(self):
        return None

    def close(self):
        pass


class NotedPart(OutletPart):
    sink: object

    def touches(self):
        return {}

    def connect(self, errand):
        return self.sink


@pytest.fixture
def paced(shop, clock, tmp_path):
    """Replays the shop's visits at a pace; gives the receipt and what the sink noted."""

    def run(sink: Noted | None = None, streams=("web_events",), **wishes):
        sink = sink or Noted(clock)
        work = work_of(shop.plan, streams, "-", Wishes(**wishes), tmp_path / "data")
        work.parts.update(dict.fromkeys(streams, NotedPart(sink=sink)))
        return replay(work, clock=clock), sink

    return run


@pytest.mark.parametrize(
    ("rate", "rows", "by_s"),
    [
        ("500/s", 1000, 2.0),
        ("30_000/min", 1000, 2.0),
        (250, 1000, 4.0),
        ("ramp 100/s to 300/s over 10s", 2000, 10.0),
        ("ramp 100/s to 300/s over 10s", 2300, 11.0),
        ("spike 100/s to 1000/s for 1s every 10s", 900, 9.0),
        ("spike 100/s to 1000/s for 1s every 10s", 1900, 10.0),
        ("spike 100/s to 1000/s for 1s every 10s", 3800, 20.0),
        ("wave 100/s to 300/s every 10s", 2000, 10.0),
        ("wave 100/s to 300/s every 10s", 5000, 25.0),
    ],
)
def test_a_rate_says_by_when_so_many_rows_are_sent(rate, rows, by_s):
    due = pace_of(rate=rate).due_s(np.zeros(rows + 1, np.int64), 0)
    assert due[rows] == pytest.approx(by_s, rel=1e-3)
    assert (np.diff(due) >= 0).all()


def test_where_it_is_asked_from_changes_nothing():
    pace = pace_of(rate="wave 1/s to 9/s every 1min")
    whole = pace.due_s(np.zeros(1000, np.int64), 0)
    assert np.array_equal(pace.due_s(np.zeros(400, np.int64), 600), whole[600:])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"speed": 0.0}, "speed: got 0, must be > 0"),
        ({"speed": 2.0, "rate": "5/s"}, "speed, rate: a replay has a speed or a rate"),
        ({"rate": "fast"}, "rate: got 'fast', must be such as 500/s, ramp 100/s"),
        ({"rate": "0/s"}, "rate: got '0/s', must be > 0"),
        ({"rate": "ramp 5/s"}, "must be such as ramp 100/s to 1000/s over 5min"),
        ({"rate": "wave 9/s to 1/s every 1min"}, "the second rate must be the higher one"),
        ({"rate": "spike 1/s to 9/s for 2min every 1min"}, "a spike is shorter"),
        ({"rate": "ramp 1/s to 9/s over soon"}, "rate: "),
    ],
)
def test_a_pace_that_makes_no_sense_is_told(asked, message):
    with pytest.raises(InputError) as told:
        pace_of(**asked)
    assert message in str(told.value)


def test_a_minute_at_a_rate_takes_a_minute(paced):
    receipt, sink = paced(pace=pace_of(rate="20/s"))
    assert receipt.pace.error == pytest.approx(0, abs=0.01)
    assert receipt.pace.rows_per_second == pytest.approx(20, rel=0.01)
    began = sink.calls[0][0]
    sent = list(itertools.accumulate(rows for _, rows in sink.calls))
    off = [abs(at - began - (rows - n) / 20) for (at, n), rows in zip(sink.calls, sent, strict=True)]
    assert max(off) < 0.06


def test_speed_is_a_factor_of_real_time(paced, shop):
    receipt, sink = paced(pace=pace_of(speed=3600))
    times = shop.table("web_events")["happened_at"].cast("int64").to_numpy()
    wanted_s = (times[-1] - times[0]) / 1e6 / 3600
    assert sink.calls[-1][0] - sink.calls[0][0] == pytest.approx(wanted_s, rel=0.01)
    assert abs(receipt.pace.error) < 0.01


def test_a_clock_on_the_wall_that_jumps_changes_nothing(paced, clock):
    class Jumping(Noted):
        def send(self, batch, faults=None):
            super().send(batch)
            clock.wall_us += 3_600_000_000 * (-1) ** len(self.calls)

    receipt, _ = paced(Jumping(clock), pace=pace_of(rate="20/s"))
    assert abs(receipt.pace.error) < 0.01


def test_overload_is_told_and_nothing_is_left_out(paced, clock, shop):
    receipt, sink = paced(Noted(clock, row_takes_s=0.1), pace=pace_of(rate="20/s"))
    assert sink.rows == shop.table("web_events").num_rows == receipt.streams["web_events"].acknowledged
    assert receipt.pace.rows_per_second == pytest.approx(10, rel=0.1)
    assert receipt.pace.asked_per_second == pytest.approx(20, rel=0.01)
    assert receipt.pace.error == pytest.approx(1, rel=0.1)
    assert receipt.pace.lag_s > 10


def test_what_was_missed_is_made_up_for(paced, clock):
    class Hiccup(Noted):
        def send(self, batch, faults=None):
            super().send(batch)
            clock.at += 5 * (len(self.calls) == 100)

    receipt, _ = paced(Hiccup(clock), pace=pace_of(rate="20/s"))
    assert receipt.pace.most_lag_s == pytest.approx(5, abs=0.2)
    assert receipt.pace.lag_s < 0.1
    assert abs(receipt.pace.error) < 0.01


def test_rows_that_know_no_time_hold_nobody_up(paced, clock):
    receipt, sink = paced(pace=pace_of(speed=86400), streams=("tariffs", "web_events"))
    assert sink.calls[0][0] - 1000 < 1
    assert receipt.done


def test_what_nobody_paces_has_gone_when_it_is_settled(paced, clock, shop):
    class Buffer(Noted):
        def flush(self):
            clock.sleep(4.0)
            super().flush()

    receipt, _ = paced(Buffer(clock), pace=AtOnce())
    assert receipt.pace.seconds == pytest.approx(4, rel=0.1)
    assert receipt.pace.rows_per_second == pytest.approx(shop.table("web_events").num_rows / 4, rel=0.1)
