"""What a loop holds does not grow with its days, and what it wrote down of them is all there."""

from __future__ import annotations

import gc
import types

import numpy as np
import pyarrow as pa
import pytest

from sandbox.errors import OutsideError
from sandbox.experiment import pages
from sandbox.experiment.arriving import Happened
from sandbox.experiment.daybook import Daybook
from sandbox.experiment.loop import Loop, Wishes
from sandbox.experiment.panel import Metric, moments_by_day, moments_until, unit_columns
from sandbox.experiment.tally import NEVER_US
from tests.experiment.shop import SHOP, plan_of

DAY_US = 86_400_000_000


def bytes_of(whole: object) -> int:
    """The bytes of all arrays that an object holds, however deep."""
    total, seen, waiting = 0, set(), [whole]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type | types.ModuleType | types.FunctionType):
            continue
        seen.add(id(each))
        if isinstance(each, np.ndarray):
            total += 0 if isinstance(each.base, np.ndarray) else each.nbytes
            waiting.append(each.base)
        elif isinstance(each, pa.Table | pa.RecordBatch | pa.ChunkedArray | pa.Array):
            total += each.nbytes
        else:
            waiting += gc.get_referents(each)
    return total


def test_a_day_more_holds_no_more(tmp_path):
    """About 200 customers come a day: one number for each of them and day would be 1,600 bytes more each day."""
    plan = plan_of(
        tmp_path, SHOP, "clock.days=28", "experiment.from=day 4", "experiment.guardrails={value: 0.9}",
        "experiment.shelves.retrain={every: 2 days, window: 4 days}",
    )  # fmt: skip
    loop = Loop(plan, Wishes(at_once=600))
    held = [bytes_of(loop) for step, _ in enumerate(loop) if 6 <= step % 14 < 10]
    assert min(held[4:]) - min(held[:4]) < 14 * 1_600


def test_a_daybook_gives_back_what_was_written_in_any_order():
    random = np.random.default_rng(4)
    customers, days, rows = 50, 6, 2_000
    book = Daybook(np.arange(days + 1) * DAY_US, customers)
    people = random.integers(-1, customers, rows).astype(np.int32)
    times = random.integers(0, (days + 1) * DAY_US, rows)
    goals = random.random(rows) < 0.3
    values = np.where(goals, random.integers(1, 9, rows), 0.0)
    first = np.where(np.arange(customers) % 5 == 0, NEVER_US, random.integers(0, 3 * DAY_US, customers))
    for some in np.array_split(np.arange(rows), 7):
        book.act(Happened(people[some], people[some], times[some], ~goals[some], goals[some], values[some]), first)
        panel = book.panel(("all",), np.zeros(customers, np.int16), first, {})  # read, and written further

    counts = (people >= 0) & (times < days * DAY_US)
    counts[counts] = times[counts] >= first[people[counts]]
    by_hand = np.zeros((days, customers))
    np.add.at(by_hand, (times[counts] // DAY_US, people[counts]), values[counts])
    known = first < NEVER_US
    worth = Metric("value", "value")
    assert np.array_equal(unit_columns(panel, worth)[:, 0], by_hand[:, known].sum(axis=0))
    assert np.array_equal(book.totals[3], by_hand.sum(axis=0))
    means = moments_until(panel, worth).mean[:, 0, 0]
    come = [(first[known] < (day + 1) * DAY_US).sum() for day in range(days)]
    assert means == pytest.approx(by_hand[:, known].sum(axis=1).cumsum() / come)
    daily = moments_by_day(panel, worth)
    assert daily.mean[:, 0, 0] * daily.count[:, 0] == pytest.approx(by_hand[:, known].sum(axis=1))


def test_a_disk_without_room_is_told(monkeypatch):
    def full(**_: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pages.tempfile, "TemporaryFile", full)
    with pytest.raises(OutsideError, match=r"No space left on device. Let TMPDIR name a folder with room"):
        Daybook(np.arange(3), 1)
