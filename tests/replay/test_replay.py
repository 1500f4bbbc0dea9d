"""A replay sends every row once, in order, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.json
import pytest


def lines(path: Path | str) -> list[dict]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def test_a_stream_goes_to_a_file_whole_and_in_order(shop):
    receipt = shop.replay("web_events", to="jsonl:events.jsonl")
    wanted = shop.table("web_events")
    assert pyarrow.json.read_json("events.jsonl")["event_id"].equals(wanted["event_id"])
    told = receipt.streams["web_events"]
    assert (told.asked, told.sent, told.acknowledged) == (len(wanted),) * 3
    assert (told.refused, told.unknown, told.double_at_most) == (0, 0, 0)
    assert receipt.done
    assert json.loads(Path(receipt.folder, "receipt.json").read_text())["streams"]["web_events"]["asked"] == len(wanted)


def test_what_is_there_is_not_sent_again(shop):
    shop.replay("web_events", to="jsonl:events.jsonl")
    before = Path("events.jsonl").read_bytes()
    again = shop.replay("web_events", to="jsonl:events.jsonl")
    assert again.done
    assert again.pace.rows == 0
    assert Path("events.jsonl").read_bytes() == before


def test_a_table_in_no_order_is_sorted(shop):
    shop.replay("customers", to="jsonl:customers.jsonl")
    sent = lines("customers.jsonl")
    assert [row["valid_from"] for row in sent] == sorted(row["valid_from"] for row in sent)
    assert len(sent) == shop.table("customers").num_rows


@pytest.mark.parametrize("history", ["scd2", "changes"])
def test_streams_are_merged_by_time(shop, capfdbinary, history):
    shop.replay("customers", "web_events", "calls", to="-", history=history)
    keys = ("valid_from", "changed_at", "happened_at", "called_at")
    times = [
        next(row[key] for key in keys if key in row)
        for row in map(json.loads, capfdbinary.readouterr().out.splitlines())
    ]
    assert times == sorted(times)
    assert len(times) > 1000
