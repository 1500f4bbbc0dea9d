"""`sandbox approve` and `sandbox shelve` as a user types them, and where the ledger shows them."""

import json
from pathlib import Path

import pytest

SAYS = "seed: 3\nstage: production\napproval: [Ada Lovelace]\n"


@pytest.fixture
def said(command, club, tmp_path):
    """The command line, with one run of a club that asks for an approval."""
    path = club(("seed: 3\n", SAYS))
    path.write_text(path.read_text(encoding="utf-8").partition("models:")[0], encoding="utf-8")
    out = str(tmp_path / "runs")
    ran = command("run", str(path), "--scale", "0.05", "--out", out)
    assert "production: awaits approval" in ran.out
    return lambda *words: command(*words, "--out", out)


def test_an_approval_is_asked_for_given_and_shown(said):
    assert said("approve", "club", "--check").code == 1
    given = said("approve", "club/1", "--by", "Ada Lovelace", "--because", "All figures were read.")
    assert (given.code, given.out) == (0, "club/0001: approved. Approved by Ada Lovelace.\n")
    assert said("approve", "club", "--check", "--quiet").code == 0
    assert "approved by Ada Lovelace" in said("runs").out
    shown = json.loads(said("runs", "show", "club", "--format", "json").out)
    assert shown["release"]["state"] == "approved"
    assert shown["decisions"][0]["because"] == "All figures were read."
    page = Path(said("runs", "show", "club", "--quiet").out.strip())
    assert "Ada Lovelace approved" in page.read_text(encoding="utf-8")


def test_a_stranger_is_refused(said):
    refused = said("approve", "club", "--by", "Eve")
    assert refused.code == 2
    assert "'Eve' is not among those who may" in refused.err
    assert said("approve", "nowhere", "--by", "Ada").code == 2


def test_a_run_is_shelved_until_a_day(said):
    put = said("shelve", "club", "--because", "The market is not there.", "--revisit", "2999-05-01", "--by", "Grace")
    assert put.out == "club/0001: Shelved by Grace until 2999-05-01: The market is not there.\n"
    assert "shelved until 2999-05-01" in said("runs", "list").out
    assert said("approve", "club", "--check").code == 1


def test_a_day_must_be_one_and_to_come(said):
    assert said("shelve", "club", "--because", "No.", "--revisit", "soon").code == 2
    assert "not to come" in said("shelve", "club", "--because", "No.", "--revisit", "2020-01-01").err
