"""`sandbox serve`, as somebody types it: what is wrong is said before anything is simulated."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sandbox.cli import main

SCENARIO = str(Path(__file__).resolve().parents[2] / "scenarios/telecom_loop.yaml")
SMALL = ["--set", "datasets.customers.rows=20", "--set", "datasets.products.rows=10"]


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(["serve", *words])
    return int(raised.value.code or 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--run", "none/1"], "no run 'none/1'"),
        (["--answers", "none.json"], "--answers none.json: No such file"),
        (["--filter", "x"], "must be NAME=EXPRESSION"),
        (["--filter", "x=INCLUDE"], "--filter x: filter: it ends, where ItemID must be"),
        (["--filter", 'x=INCLUDE ItemID WHERE Items.COLOUR IN ("red")', "--port", "0"], "has no field 'colour'"),
        (["--require-key"], "the environment has no SANDBOX_SERVE_KEY"),
        (["--events", "none"], "is no stream in which customers meet items"),
    ],
)
def test_what_is_wrong_is_said(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SANDBOX_SERVE_KEY", raising=False)
    assert ended(SCENARIO, *SMALL, *words) == 2
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert ended(SCENARIO, *SMALL, "--port", str(taken.getsockname()[1])) == 3
    assert "choose another --port" in capsys.readouterr().err
