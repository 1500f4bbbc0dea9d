"""Before very much is made, somebody must say so."""

import shutil
from collections import namedtuple

import pytest

MUCH = "datasets.visits.rate=400"


@pytest.mark.parametrize("verb", ["generate", "run"])
def test_too_much_is_not_begun_unasked(command, club, tmp_path, verb):
    said = command(verb, club(), "--set", MUCH, "--set", "datasets.members.rows=2000000", "--out", tmp_path / "out")
    assert said.code == 2
    assert "rows, most of them of visits; at most 1,000,000,000 rows are made unasked. Say --yes" in said.err
    assert not (tmp_path / "out").exists()


def test_another_limit_may_be_said(command, club, tmp_path):
    out = tmp_path / "out"
    assert command("generate", club(), "--out", out, "--most", "100").code == 2
    assert not out.exists()
    assert command("generate", club(), "--out", out, "--most", "100", "--yes").code == 0
    assert command("generate", club(), "--out", out, "--most", "10000").code == 0


def test_a_disk_without_room_is_told(command, club, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 5, 5_000_000))
    rows = ("--set", "datasets.members.rows=30000000")
    said = command("generate", club(), "--out", tmp_path / "out", *rows)
    assert said.code == 2
    assert "has room for 5.0 MB. Say --yes" in said.err
    assert command("generate", club(), "--out", tmp_path / "out").code == 0


def test_check_tells_rows_and_size(command, club):
    said = command("check", club())
    assert "on disk" in said.out
    assert any(line.split()[:3] == ["visits", "simulated", "about"] for line in said.out.splitlines())
