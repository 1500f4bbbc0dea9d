"""A replay that is stopped, by whatever, goes on where it stopped: nothing is lost, and what can be double is named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from sandbox.errors import EXIT_INTERRUPTED, EXIT_OUTSIDE, InputError, OutsideError
from sandbox.replay import Stopped, Wishes, replay, work_of
from sandbox.scenario.outlets import Account, OutletPart


def lines(path: Path | str) -> list[dict]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def ids(rows: list[dict]) -> list[int]:
    return [row["event_id"] for row in rows]


class Memory:
    """What a sink keeps while replays come and go: it fails after so many rows, in whichever way it is told to."""

    def __init__(self, keeps_books: bool = False) -> None:
        self.rows: list[int] = []
        self.keeps_books = keeps_books
        self.fails_at = -1
        self.error: BaseException = OutsideError("nobody answers; start the broker.")
        self.acknowledges = 1.0
        self.torn_rows = 0


class MemoryOutlet:
    def __init__(self, memory: Memory) -> None:
        self.memory, self.sent, self.known = memory, 0, 0

    def send(self, batch, faults=None):
        memory = self.memory
        if 0 <= memory.fails_at <= len(memory.rows) + batch.num_rows:
            memory.rows += batch.column("event_id").to_pylist()[: memory.torn_rows]
            self.sent += memory.torn_rows
            raise memory.error
        memory.rows += batch.column("event_id").to_pylist()
        self.sent += batch.num_rows
        self.known = int(self.sent * memory.acknowledges)

    def account(self):
        return Account(self.sent, self.known, settled=self.known)

    def refusals(self):
        return ()

    def flush(self):
        self.known = self.sent

    def held(self):
        return len(self.memory.rows) if self.memory.keeps_books else None

    def close(self):
        pass


class AtLeastOnce(OutletPart):
    memory: object

    def touches(self):
        return {}

    def connect(self, errand):
        return MemoryOutlet(self.memory)


class ExactlyOnce(AtLeastOnce):
    guarantee = "exactly-once"


@pytest.fixture
def attempt(shop, clock, tmp_path):
    """One try of a replay of the shop's visits into a memory."""

    def run(memory: Memory, **wishes):
        work = work_of(shop.plan, ["web_events"], "jsonl:memory", Wishes(**wishes), tmp_path / "data")
        part = ExactlyOnce if memory.keeps_books else AtLeastOnce
        work.parts.update(web_events=part(memory=memory))
        return replay(work, clock=clock)

    return run


def test_after_a_dead_broker_only_unsettled_rows_are_sent_again_and_named(attempt, shop):
    memory = Memory()
    memory.fails_at, memory.acknowledges = 1000, 0.5
    with pytest.raises(Stopped) as stopped:
        attempt(memory)
    first = stopped.value.receipt.streams["web_events"]
    assert stopped.value.exit_code == EXIT_OUTSIDE
    assert "start the broker" in str(stopped.value)
    assert first.unknown == first.asked - first.acknowledged > 0
    memory.fails_at = -1
    receipt = attempt(memory)
    told = receipt.streams["web_events"]
    wanted = shop.table("web_events")["event_id"].to_pylist()
    counts = Counter(memory.rows)
    assert set(counts) == set(wanted)
    double = {row for row, event in enumerate(wanted) if counts[event] > 1}
    named = {row for first, after in told.may_be_double for row in range(first, after)}
    assert double
    assert double <= named
    assert told.double_at_most == len(named) == first.unknown
    assert told.asked == told.acknowledged == len(wanted)
    assert told.sent == len(wanted) + len(named)
    assert receipt.sittings == 2


def test_rows_of_a_batch_that_was_half_sent_are_named(attempt, shop):
    memory = Memory()
    memory.fails_at, memory.torn_rows = 0, 100
    with pytest.raises(Stopped) as stopped:
        attempt(memory)
    assert stopped.value.receipt.streams["web_events"].unknown == 100
    memory.fails_at = -1
    told = attempt(memory).streams["web_events"]
    wanted = shop.table("web_events")["event_id"].to_pylist()
    assert memory.rows == wanted[:100] + wanted
    assert told.may_be_double == ((0, 100),)


def test_an_exactly_once_sink_has_no_row_twice(attempt, shop):
    memory = Memory(keeps_books=True)
    memory.fails_at, memory.acknowledges = 1000, 0.5
    with pytest.raises(Stopped):
        attempt(memory)
    memory.fails_at = -1
    receipt = attempt(memory)
    assert memory.rows == shop.table("web_events")["event_id"].to_pylist()
    assert receipt.streams["web_events"].double_at_most == 0


def test_ctrl_c_settles_what_is_under_way(attempt, shop):
    memory = Memory()
    memory.fails_at, memory.acknowledges, memory.error = 1000, 0.5, KeyboardInterrupt()
    with pytest.raises(Stopped) as stopped:
        attempt(memory)
    assert stopped.value.exit_code == EXIT_INTERRUPTED
    assert stopped.value.receipt.streams["web_events"].unknown == 0
    memory.fails_at = -1
    receipt = attempt(memory)
    assert memory.rows == shop.table("web_events")["event_id"].to_pylist()
    assert receipt.streams["web_events"].double_at_most == 0


def test_a_finished_replay_begins_anew_where_the_sink_keeps_no_books(attempt):
    memory = Memory()
    first = attempt(memory)
    rows = len(memory.rows)
    second = attempt(memory)
    assert len(memory.rows) == 2 * rows
    assert first.sittings == second.sittings == 1


def test_fresh_forgets_what_was_kept(attempt, shop):
    memory = Memory()
    memory.fails_at = 1000
    with pytest.raises(Stopped):
        attempt(memory)
    memory.fails_at, memory.rows = -1, []
    attempt(memory, fresh=True)
    assert memory.rows == shop.table("web_events")["event_id"].to_pylist()


def test_fresh_is_refused_where_the_sink_holds_rows(attempt):
    memory = Memory(keeps_books=True)
    attempt(memory)
    with pytest.raises(InputError, match=r"holds [\d,]+ rows of web_events of this replay; take them away"):
        attempt(memory, fresh=True)


def test_it_may_go_on_at_another_pace(attempt, shop):
    from sandbox.replay.paces import pace_of

    memory = Memory()
    memory.fails_at = 1000
    with pytest.raises(Stopped):
        attempt(memory, pace=pace_of(rate="100/s"))
    memory.fails_at = -1
    receipt = attempt(memory, pace=pace_of(rate="200/s"))
    assert memory.rows == shop.table("web_events")["event_id"].to_pylist()
    assert abs(receipt.pace.error) < 0.01


def test_a_file_of_somebody_else_is_left_alone(shop):
    Path("out.jsonl").write_text('{"mine": true}\n')
    with pytest.raises(InputError, match=r"out.jsonl: is there already, from something else"):
        shop.replay("web_events", to="jsonl:out.jsonl")
    assert Path("out.jsonl").read_text() == '{"mine": true}\n'


def test_what_somebody_took_away_is_sent_again(shop):
    shop.replay("web_events", to="jsonl:out?rows=300")
    files = sorted(Path("out/web_events").glob("*.jsonl"))
    files[1].unlink()
    shop.replay("web_events", to="jsonl:out?rows=300")
    found = [event for file in sorted(Path("out/web_events").glob("*.jsonl")) for event in ids(lines(file))]
    assert found == shop.table("web_events")["event_id"].to_pylist()
