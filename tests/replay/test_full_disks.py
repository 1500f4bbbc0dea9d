"""A disk that is full: it is told what to do, and the same replay goes on when there is room."""

from __future__ import annotations

import json
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.errors import EXIT_OUTSIDE
from sandbox.replay import Stopped


@contextmanager
def files_no_longer_than(octets: int) -> Iterator[None]:
    """A disk that is full, as far as a user can make one: what would let a file grow further is refused."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


FORMS = ["jsonl:out.jsonl", *(f"{form}:out?rows=500" for form in ("jsonl", "csv", "parquet", "avro"))]
TABLES = ["sqlite:out.db", "duckdb:out.db"]


@pytest.mark.parametrize(("to", "octets"), [*((to, 8_000) for to in [*FORMS, *TABLES]), ("duckdb:out.db", 40_000)])
def test_a_full_disk_is_told_and_gone_on_from(shop, command, to, octets):
    with files_no_longer_than(octets):
        said = command("replay", "shop.yaml", "web_events", "--to", to)
    assert said.code == EXIT_OUTSIDE
    assert "Make room; the same command goes on from there." in said.err
    assert said.err.count("\n") == 1
    receipt = shop.replay("web_events", to=to)
    wanted = shop.table("web_events")["event_id"].to_pylist()
    assert receipt.streams["web_events"].acknowledged == len(wanted)
    if to.startswith("jsonl"):
        files = [Path("out.jsonl")] if to.endswith("out.jsonl") else sorted(Path("out/web_events").glob("*.jsonl"))
        lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        assert [json.loads(line)["event_id"] for line in lines] == wanted


def test_no_room_for_its_own_checkpoint_is_told_with_its_place(shop, command, monkeypatch):
    with files_no_longer_than(100):
        said = command("replay", "shop.yaml", "web_events", "--to", "-")
    assert said.code == EXIT_OUTSIDE
    assert re.search(r"data/shop/replays/web_events-\w+: .*Make room; the same command goes on from there", said.err)


def test_standard_output_on_a_full_disk(shop, command, monkeypatch):
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(Stopped, match=r"standard output cannot be written .*No space left") as stopped:
            shop.replay("web_events", to="-")
    told = stopped.value.receipt.streams["web_events"]
    assert (told.acknowledged, told.unknown) == (0, told.asked)
    assert told.asked > 0
