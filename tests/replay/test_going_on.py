"""A replay that is stopped, by whatever, goes on where it stopped: nothing is lost, and what can be double is named."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sandbox.errors import EXIT_INTERRUPTED, EXIT_OUTSIDE, InputError, OutsideError
from sandbox.replay import Stopped, Wishes, replay, work_of
from sandbox.scenario.outlets import Account, OutletPart

SANDBOX = [sys.executable, "-c", "from sandbox.cli import main; main()"]
KILLED_SEEDS = range(5)


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


class MemoryOutlet:
    def __init__(self, memory: Memory) -> None:
        self.memory, self.sent, self.known = memory, 0, 0

    def send(self, batch, faults=None):
        memory = self.memory
        if 0 <= memory.fails_at <= len(memory.rows) + batch.num_rows:
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


BIG = ["--set", "datasets.customers.rows=3000"]


def started(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*SANDBOX, "replay", "shop.yaml", *words, *BIG], stdout=subprocess.DEVNULL)


def wait_for(condition, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None and not condition():
        time.sleep(0.005)


@pytest.mark.parametrize("seed", KILLED_SEEDS)
@pytest.mark.parametrize("to", ["jsonl:out.jsonl", "parquet:out?rows=2000&partition=dt"])
def test_killed_at_any_moment_no_row_is_lost_or_double(shop, to, seed):
    import sandbox

    chance = random.Random(f"{to}{seed}")
    words = ("web_events", "--to", to, "--rate", "40_000/s")
    for _ in range(2):
        with started(*words) as process:
            wait_for(lambda: any(Path().glob("out*")), process)
            time.sleep(chance.uniform(0, 0.5))
            process.send_signal(signal.SIGKILL)
    with started(*words) as process:
        assert process.wait() == 0
    wanted = sandbox.load("shop.yaml", set={"datasets.customers.rows": 3000}).table("web_events")["event_id"]
    if to.startswith("jsonl"):
        assert ids(lines("out.jsonl")) == wanted.to_pylist()
    else:
        found = pq.read_table("out/web_events")["event_id"].to_pylist()
        assert sorted(found) == sorted(wanted.to_pylist())
        assert not [path for path in Path("out").rglob(".*") if any(path.iterdir())]
    receipt = json.loads(next(Path("data/shop/replays").glob("*/receipt.json")).read_text())
    told = receipt["streams"]["web_events"]
    assert told["acknowledged"] == told["asked"] == len(wanted)
    assert told["may_be_double"] == []


def test_ctrl_c_at_the_terminal_ends_with_a_receipt(shop):
    process = subprocess.Popen(
        [*SANDBOX, "replay", "shop.yaml", "web_events", "--to", "jsonl:out.jsonl", "--rate", "100/s"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: Path("out.jsonl").exists() and Path("out.jsonl").stat().st_size > 0, process)
    process.send_signal(signal.SIGINT)
    told, wrong = process.communicate()
    assert process.returncode == EXIT_INTERRUPTED
    assert b"the same command goes on from there." in wrong
    assert b"exactly-once" in told
    shop.replay("web_events", to="jsonl:out.jsonl")
    assert ids(lines("out.jsonl")) == shop.table("web_events")["event_id"].to_pylist()


@pytest.mark.parametrize("to", ["jsonl:out.jsonl", "jsonl:out?rows=500", "csv:out?rows=500", "parquet:out?rows=500"])
def test_a_full_disk_is_told_and_gone_on_from(shop, to):
    limited = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000)); from sandbox.cli import main; main()"
    )
    words = ["replay", "shop.yaml", "web_events", "--to", to]
    done = subprocess.run([sys.executable, "-c", limited, *words], capture_output=True, text=True, check=False)
    assert done.returncode == EXIT_OUTSIDE
    assert "File too large" in done.stderr
    assert "Make room; the same command goes on from there." in done.stderr
    assert done.stderr.count("\n") == 1
    receipt = shop.replay("web_events", to=to)
    wanted = shop.table("web_events")["event_id"].to_pylist()
    assert receipt.streams["web_events"].acknowledged == len(wanted)
    if to.startswith("jsonl"):
        files = [Path("out.jsonl")] if to.endswith("out.jsonl") else sorted(Path("out/web_events").glob("*.jsonl"))
        assert [event for file in files for event in ids(lines(file))] == wanted


def test_a_second_replay_of_the_same_waits_its_turn(shop):
    with started("web_events", "--to", "jsonl:out.jsonl", "--rate", "100/s") as process:
        wait_for(lambda: Path("out.jsonl").exists(), process)
        again = subprocess.run(
            [*SANDBOX, "replay", "shop.yaml", "web_events", "--to", "jsonl:out.jsonl", *BIG],
            capture_output=True,
            text=True,
            check=False,
        )
        process.kill()
    assert again.returncode == EXIT_OUTSIDE
    assert "this replay is at work already" in again.stderr


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


AT_LEAST_ONCE = """
import os, sys
from pathlib import Path
import sandbox
from sandbox.replay import Wishes, replay, work_of
from sandbox.replay.paces import pace_of
from sandbox.scenario.outlets import Account, OutletPart


class Log(OutletPart):
    # Every row is there as soon as it is sent, but the sink says so two batches later, and keeps no books.
    def touches(self):
        return {}

    def connect(self, errand):
        return Logging()


class Logging:
    def __init__(self):
        self.file, self.sent, self.known = open("log", "a"), [0], 0

    def send(self, batch, faults=None):
        self.file.write("".join(f"{event}\\\\n" for event in batch.column("event_id").to_pylist()))
        self.file.flush()
        self.sent.append(self.sent[-1] + batch.num_rows)
        self.known = self.sent[max(len(self.sent) - 3, 0)]

    def account(self):
        return Account(self.sent[-1], self.known, settled=self.known)

    def refusals(self):
        return ()

    def flush(self):
        self.known = self.sent[-1]

    def held(self):
        return None

    def close(self):
        self.file.close()


scenario = sandbox.load("shop.yaml", set={"datasets.customers.rows": 3000})
work = work_of(scenario.plan, ["web_events"], "jsonl:log", Wishes(pace=pace_of(rate="15_000/s")), Path("data"))
work.parts.update(web_events=Log())
replay(work)
"""


@pytest.mark.parametrize("seed", KILLED_SEEDS)
def test_killed_at_any_moment_an_at_least_once_sink_has_no_row_twice_that_is_not_named(shop, seed):
    import sandbox

    chance = random.Random(seed)
    Path("log.py").write_text(AT_LEAST_ONCE.replace("\\\\n", "\\n"), encoding="utf-8")
    for _ in range(2):
        with subprocess.Popen([sys.executable, "log.py"]) as process:
            before = Path("log").stat().st_size if Path("log").exists() else 0
            wait_for(lambda: Path("log").exists() and Path("log").stat().st_size > before, process)  # noqa: B023
            time.sleep(chance.uniform(0, 0.8))
            process.send_signal(signal.SIGKILL)
    subprocess.run([sys.executable, "log.py"], check=True)
    wanted = (
        sandbox.load("shop.yaml", set={"datasets.customers.rows": 3000}).table("web_events")["event_id"].to_pylist()
    )
    counts = Counter(map(int, Path("log").read_text().split()))
    receipt = json.loads(next(Path("data/shop/replays").glob("*/receipt.json")).read_text())
    told = receipt["streams"]["web_events"]
    named = {row for first, after in told["may_be_double"] for row in range(first, after)}
    assert set(counts) == set(wanted)
    assert {row for row, event in enumerate(wanted) if counts[event] > 1} <= named
    assert told["acknowledged"] == told["asked"] == len(wanted)
    assert told["double_at_most"] <= len(wanted) / 2
