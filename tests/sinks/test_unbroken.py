"""Ctrl-C in the middle of a write: what is in the file and what its books say are still the same."""

from __future__ import annotations

import json
import signal
import threading
from io import FileIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sandbox.scenario.outlets import Account
from sandbox.sinks.opening import outlet_at
from sandbox.sinks.partitions import Parted
from sandbox.sinks.unbroken import unbroken
from tests.sinks.sent_rows import errand, numbered


class Interrupted:
    """Ctrl-C while the third piece is written, after it has gone out and before anybody has counted it."""

    def __init__(self, write):
        self._write, self._writes = write, 0

    def __get__(self, instance, owner):
        return lambda rows: self._interrupt_after(instance, rows)

    def _interrupt_after(self, instance, rows):
        wrote = self._write(instance, rows)
        self._writes += 1
        if self._writes == 3:
            signal.raise_signal(signal.SIGINT)
        return wrote


@pytest.fixture
def interrupted(tmp_path, monkeypatch):
    """Send to an address until Ctrl-C comes; gives the account once all is settled."""
    monkeypatch.chdir(tmp_path)

    def send_all(outlet):
        for at in range(0, 1000, 100):
            outlet.send(numbered(at, at + 100))

    def send(address):
        outlet = outlet_at(address).connect(errand())
        outlet.held()
        with pytest.raises(KeyboardInterrupt):
            send_all(outlet)
        outlet.flush()
        told = outlet.account()
        outlet.close()
        again = outlet_at(address).connect(errand())
        assert again.held() == told.settled
        again.close()
        return told

    return send


def test_a_growing_file_has_the_rows_that_its_book_tells(interrupted, monkeypatch):
    class File(FileIO):
        write = Interrupted(FileIO.write)

    monkeypatch.setattr("sandbox.sinks.growing.FileIO", File)
    assert interrupted("jsonl:out.jsonl") == Account(300, 300, settled=300)
    lines = Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["n"] for line in lines] == list(range(300))


@pytest.mark.parametrize("options", ["", "?partition=customer_id"])
def test_files_that_roll_have_the_rows_that_their_names_tell(interrupted, monkeypatch, options):
    monkeypatch.setattr(Parted, "write", Interrupted(Parted.write))
    assert interrupted(f"parquet:out{options}") == Account(300, 300, settled=300)
    assert sorted(pq.read_table("out")["n"].to_pylist()) == list(range(300))


def test_it_is_heard_as_before_when_the_block_is_through():
    done = []

    @unbroken()
    def block():
        signal.raise_signal(signal.SIGINT)
        done.append(1)

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == [1]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_other_threads_there_is_nothing_to_wait_for():
    heard = []
    thread = threading.Thread(target=unbroken()(lambda: heard.append(1)))
    thread.start()
    thread.join()
    assert heard == [1]
