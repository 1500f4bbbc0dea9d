"""A replay that is killed at any moment goes on where it stopped, and names every row that can be there twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sandbox.errors import EXIT_INTERRUPTED, EXIT_OUTSIDE
from tests.killable import begun, command_line, ended, kill, wait_for
from tests.replay.log_sink import LOG, send_visits

SEEDS = range(5)
SANDBOX = [sys.executable, "-c", "from sandbox.cli import main; main()"]


def ids(path: str) -> list[int]:
    return [json.loads(line)["event_id"] for line in Path(path).read_text(encoding="utf-8").splitlines()]


def receipt_of(stream: str) -> dict[str, Any]:
    receipt = next(Path("data/shop/replays").glob("*/receipt.json"))
    return json.loads(receipt.read_text(encoding="utf-8"))["streams"][stream]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("to", ["jsonl:out.jsonl", "parquet:out?rows=1000&partition=dt"])
def test_killed_at_any_moment_no_row_is_lost_or_double(busy_shop, busy_visits, to, seed):
    chance = random.Random(f"{to}{seed}")
    words = ("replay", "shop.yaml", "web_events", "--to", to, "--rate", "40_000/s")
    for _ in range(2):
        process = command_line(*words)
        wait_for(lambda: any(Path().glob("out*")), process)
        time.sleep(chance.uniform(0, 0.25))
        kill(process)
    assert ended(command_line(*words)) == 0
    if to.startswith("jsonl"):
        assert ids("out.jsonl") == busy_visits
    else:
        found = pq.read_table("out/web_events")["event_id"].to_pylist()
        assert sorted(found) == sorted(busy_visits)
        assert not [path for path in Path("out").rglob(".*") if any(path.iterdir())]
    told = receipt_of("web_events")
    assert told["acknowledged"] == told["asked"] == len(busy_visits)
    assert told["may_be_double"] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_moment_an_at_least_once_sink_has_no_row_twice_that_is_not_named(busy_shop, busy_visits, seed):
    chance = random.Random(seed)
    for _ in range(2):
        process = begun(send_visits, "15_000/s")
        before = LOG.stat().st_size if LOG.exists() else 0
        wait_for(lambda: LOG.exists() and LOG.stat().st_size > before, process)  # noqa: B023
        time.sleep(chance.uniform(0, 0.4))
        kill(process)
    assert ended(begun(send_visits, "15_000/s")) == 0
    counts = Counter(map(int, LOG.read_text().split()))
    told = receipt_of("web_events")
    named = {row for first, after in told["may_be_double"] for row in range(first, after)}
    assert set(counts) == set(busy_visits)
    assert {row for row, event in enumerate(busy_visits) if counts[event] > 1} <= named
    assert told["acknowledged"] == told["asked"] == len(busy_visits)
    assert told["double_at_most"] <= len(busy_visits) / 2


def test_ctrl_c_at_the_terminal_ends_with_a_receipt(shop):
    process = subprocess.Popen(
        [*SANDBOX, *["replay", "shop.yaml", "web_events", "--to", "jsonl:out.jsonl", "--rate", "100/s"]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while process.poll() is None and not (Path("out.jsonl").exists() and Path("out.jsonl").stat().st_size):
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    told, wrong = process.communicate()
    assert process.returncode == EXIT_INTERRUPTED
    assert b"the same command goes on from there." in wrong
    assert b"exactly-once" in told
    shop.replay("web_events", to="jsonl:out.jsonl")
    assert ids("out.jsonl") == shop.table("web_events")["event_id"].to_pylist()


def test_a_second_replay_of_the_same_waits_its_turn(shop, command):
    words = ("replay", "shop.yaml", "web_events", "--to", "jsonl:out.jsonl")
    process = command_line(*words, "--rate", "100/s")
    wait_for(Path("out.jsonl").exists, process)
    again = command(*words)
    kill(process)
    assert again.code == EXIT_OUTSIDE
    assert "this replay is at work already" in again.err
