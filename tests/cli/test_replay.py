"""`sandbox replay` at the terminal: what it prints, and with which code it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.cli import main
from sandbox.cli.receipt import _pace
from sandbox.replay import PaceReceipt
from tests.replay.conftest import SHOP
from tests.replay.test_streams import DELIVERY


@pytest.fixture
def replay(tmp_path, monkeypatch, capsys):
    """Runs the verb in an empty folder with the shop; gives exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SHOP + DELIVERY, encoding="utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["replay", "shop.yaml", *words])
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


def test_the_receipt_stands_beside_the_rows(replay):
    code, out, err = replay("calls", "--to", "-", "--until", "day 1")
    assert code == 0
    assert all(set(json.loads(line)) == {"called_at", "customer_id"} for line in out.splitlines())
    assert f"calls: {len(out.splitlines())} asked" in err


def test_quiet_says_nothing_but_the_rows(replay):
    code, out, err = replay("calls", "--to", "jsonl:out", "--quiet")
    assert (code, out, err) == (0, "", "")


def test_a_pace_that_nothing_keeps_is_told_with_how_far_behind_it_was(replay):
    code, out, _ = replay("web_events", "--to", "jsonl:out", "--rate", "90_000_000/s")
    assert code == 0
    told = " ".join(out.split())
    assert "90,000,000 rows a second: " in told
    assert " times the time" in told


def test_how_far_behind_a_pace_was_is_told_where_it_was_not_kept():
    behind = {"asked_per_second": 900.0, "error": 2.0, "lag_s": 0.06, "most_lag_s": 0.2}
    pace = PaceReceipt("900 rows a second", rows=900, seconds=3.0, rows_per_second=300.0, **behind)
    assert _pace(pace).endswith("(asked 900/s, 3.0 times the time); at worst 0.2 s behind, 0.1 s at the end.")
    kept = replace(pace, error=0.001, most_lag_s=0.2)
    assert "behind" not in _pace(kept)


def test_refused_rows_end_with_one_and_are_told(replay):
    code, out, _ = replay("web_events", "--to", "arrow:out", "--order", "arrival")
    assert code == 1
    assert "a file of whole rows holds none whose bytes are truncated" in out
    assert "refused-web_events.jsonl" in out


def test_a_program_gets_the_receipt_as_json(replay):
    code, out, _ = replay("calls", "--to", "csv:out", "--format", "json")
    assert code == 0
    told = json.loads(out)
    assert told["streams"]["calls"]["asked"] == told["streams"]["calls"]["acknowledged"] > 0
    assert told["done"] is True


def test_everything_that_is_wrong_is_told_at_once(replay):
    code, _, err = replay("clals", "--to", "-", "--since", "dya 3", "--rate", "fast")
    assert code == 2
    assert [line.partition(":")[0] for line in err.splitlines()[:3]] == ["since", "rate", "shop.yaml"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere", "--to", "-"), "unknown dataset 'nowhere'"),
        (("calls", "--to", "kafak://x/y"), "unknown sink 'kafak'. Did you mean 'kafka'?"),
        (("calls", "web_events", "--to", "jsonl:one.jsonl"), "is one file for 2 streams; write {stream}"),
        (("calls", "--to", "-", "--speed", "1", "--rate", "5/s"), "a replay has a speed or a rate"),
        (("calls", "--to", "jsonl:out?partition=hours"), "'hours' is neither dt nor hour nor a column"),
        (("calls", "--to", "-", "--since", "day 90"), "lies after the clock's end"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_sent(replay, words, message):
    code, out, err = replay(*words)
    assert code == 2
    assert message in err
    assert out == ""
    assert sorted(path.name for path in Path().iterdir()) in (["shop.yaml"], ["data", "shop.yaml"])
    assert not list(Path().rglob("replays"))
