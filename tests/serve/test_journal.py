"""What was answered with 200 is there after kill -9, and nothing is there by halves."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from sandbox.errors import OutsideError
from sandbox.serve.journal import Journal
from tests.serve.conftest import ROOT, SMALL

SANDBOX = [sys.executable, "-c", "from sandbox.cli import main; main()"]


def test_lines_are_there_in_order_and_a_torn_one_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"n":1}\n{"n":2')
    journal = Journal(path)
    assert list(journal.lines()) == [b'{"n":1}\n']
    for number in range(2, 50):
        done = journal.append(b'{"n":%d}\n' % number)
    done.result(10)
    assert [json.loads(line)["n"] for line in journal.lines()] == list(range(1, 50))
    journal.close()


def test_many_writers_share_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    held = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda file: (held.wait(10), synced.append(file)))
    held.set()
    journal = Journal(tmp_path / "a.jsonl")
    held.clear()
    futures = [journal.append(b"x\n") for _ in range(100)]
    held.set()
    for each in futures:
        each.result(10)
    assert len(synced) < 20
    journal.close()


def test_a_full_disk_is_told_to_whoever_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path / "a.jsonl")

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for _ in range(2):
        with pytest.raises(OutsideError, match="No space left"):
            journal.append(b"x\n").result(10)
    journal.close()


def started(out: Path) -> tuple[subprocess.Popen[str], str, str]:
    """`sandbox serve` in a process of its own; its URL and its tracking id."""
    scenario = ROOT / "scenarios/telecom_loop.yaml"
    settings = [word for path, value in SMALL.items() for word in ("--set", f"{path}={value}")]
    command = [*SANDBOX, "serve", str(scenario), *settings, "--port", "0", "--out", str(out), "--format", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    text = ""
    while not text.rstrip().endswith("\n}") and process.poll() is None:
        text += process.stdout.readline()
    told = json.loads(text)
    return process, told["url"], told["names"]["tracking id"]


def put(client: httpx.Client, tracker: str, number: int) -> int:
    event = {"eventId": f"e{number}", "eventType": "product_view", "sentAt": 1772000000 + number, "itemId": "P00003"}
    body = {"trackingId": tracker, "sessionId": f"s{number % 7}", "eventList": [event]}
    return client.post("/events", json=body).status_code


def test_kill_minus_nine_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    process, url, tracker = started(tmp_path)
    answered: list[int] = []
    try:

        def send(first: int) -> None:
            with httpx.Client(base_url=url) as client:
                for number in range(first, 10_000, 4):
                    try:
                        if put(client, tracker, number) == 200:
                            answered.append(number)
                    except httpx.HTTPError:
                        return

        threads = [threading.Thread(target=send, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        while len(answered) < 100:
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
    finally:
        process.kill()
        process.communicate()
    kept = (tmp_path / "telecom_loop/accepted/web_events.jsonl").read_text(encoding="utf-8").splitlines()
    moments = {row["happened_at"] for row in map(json.loads, kept)}
    first = datetime.datetime.fromtimestamp(1772000000, datetime.UTC)
    sent = {first + datetime.timedelta(seconds=number) for number in answered}
    assert {f"{each:%Y-%m-%dT%H:%M:%S}.000000Z" for each in sent} <= moments


def test_ctrl_c_ends_cleanly_and_the_next_server_knows(tmp_path: Path) -> None:
    for before, stop in enumerate((signal.SIGINT, signal.SIGTERM)):
        process, url, tracker = started(tmp_path)
        try:
            with httpx.Client(base_url=url) as client:
                assert client.get("/health").json()["events_accepted"] == before
                assert put(client, tracker, before) == 200
            process.send_signal(stop)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.communicate()
