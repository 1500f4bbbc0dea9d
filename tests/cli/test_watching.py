"""`sandbox experiment --watch`: in a terminal, and where there is none."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.experiment.shop import SHOP

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return [
        sys.executable,
        "-c",
        "from sandbox.cli import main; main()",
        "experiment",
        "shop.yaml",
        "--watch",
        "--page",
        "page.html",
    ]


def in_a_terminal(command: list[str], folder: Path, columns: int) -> str:
    """All that a command draws."""
    ours, its = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "LINES": "24", "TERM": "xterm"}
    with subprocess.Popen(command, cwd=folder, stdout=its, stderr=its, stdin=its, env=environment) as child:
        os.close(its)
        drawn = b""
        while piece := _read(ours):
            drawn += piece
    os.close(ours)
    assert child.returncode == 0, drawn.decode()
    return drawn.decode()


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65_536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize("columns", [80, 120])
def test_a_picture_fits_its_terminal(command, tmp_path, columns):
    lines = re.split(r"[\r\n]+", _CONTROL.sub("", in_a_terminal(command, tmp_path, columns)))
    frames = [line for line in lines if line.endswith(("│", "╮", "╯"))]
    assert {len(line) for line in frames} == {columns}
    heads = [line for line in frames if " of 14 " in line]
    assert "day 1 of 14" in heads[0]
    assert "day 14 of 14" in heads[-1]
    assert not any("…" in line for line in frames if "rules   " in line or "click rate" in line), "no figure is cut"
    assert any("mine for everybody: 3 of 14" in line for line in lines), "what comes after the last day is told"


def test_without_a_terminal_each_day_is_a_line(command, tmp_path):
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    days = [line for line in ended.stdout.splitlines() if re.match(r"\w{3} \d\d Mar 2026 00:00: rules", line)]
    assert len(days) == 14
