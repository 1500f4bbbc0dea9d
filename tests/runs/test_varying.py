"""Assumptions are rerun at their ends, ranked by what they change, and never run twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import sandbox
from sandbox.errors import InputError

ROWS = ("rows: 600", "rows: {value: 600, assumed: {by: Ann, low: 4}}")
MOOD = ("mood: 1.5", "mood: {value: 1.5, assumed: {low: -0.1, high: 1.5}}")
RATE = ("rate: 0.1", 'rate: {value: 0.1, assumed: {high: 0.2, ask: "How often do they come?"}}')
NAME = ("{fake: name, pii", "{fake: {value: name, assumed: {}}, pii")
VARIED = "import sys, sandbox; sandbox.load(sys.argv[1]).vary(sys.argv[2])"


@pytest.fixture(scope="module")
def varied(tmp_path_factory, club_text):
    path = tmp_path_factory.mktemp("varied") / "club.yaml"
    path.write_text(club_text(ROWS, MOOD, RATE, NAME))
    out = path.parent / "runs"
    return sandbox.load(path), out, sandbox.load(path).vary(out, workers=2)


def test_what_matters_most_stands_first(varied):
    _, _, found = varied
    names = [each.assumption.path.rpartition(".")[2] for each in found.ranked]
    assert names[-1] == "rate"
    assert set(names) == {"rows", "mood", "rate"}
    effects = {each.assumption.path.rpartition(".")[2]: each.effects for each in found.ranked}
    [(_, mood)] = effects["mood"][0].models
    assert mood.better == "a"
    assert mood.value < -0.1
    [(_, rate)] = effects["rate"][0].models
    assert rate.value == 0


def test_a_done_line_that_changes_is_told(varied):
    _, _, found = varied
    [rows] = [each for each in found.ranked if each.assumption.path.endswith("rows")]
    [effect] = rows.effects
    assert [(gate.was, gate.verdict) for gate in effect.gates] == [("holds", "undetermined")]
    [(_, difference)] = effect.models
    assert (difference.value, difference.remark) == (None, "its test has too few examples of one class to score")


def test_an_end_that_is_the_value_is_not_run_and_what_has_no_end_is_named(varied):
    _, _, found = varied
    assert found.runs == 4
    assert [each.path for each in found.without_ends] == ["datasets.members.columns.full_name.fake"]


def test_what_was_run_is_not_run_again(varied):
    scenario, out, found = varied
    folders = sorted((out / ".varied" / "club").iterdir())
    again = scenario.vary(out)
    assert again.cached == again.runs == 4
    assert again.ranked == found.ranked
    assert sorted((out / ".varied" / "club").iterdir()) == folders
    assert sandbox.list_runs(out) == []


def test_killed_it_goes_on_where_it_was(tmp_path, club_text):
    path, out = tmp_path / "club.yaml", tmp_path / "runs"
    path.write_text(club_text(MOOD, RATE))
    killed = subprocess.Popen([sys.executable, "-c", VARIED, str(path), str(out)], stderr=subprocess.DEVNULL)
    for _ in range(3000):
        if (out / ".varied" / "club" / "0002").exists() or killed.poll() is not None:
            break
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    found = sandbox.load(path).vary(out)
    assert found.cached >= 1
    assert len(list((out / ".varied" / "club").glob("0*"))) == found.runs


def test_without_models_there_is_nothing_to_change(tmp_path, club_text):
    text = club_text(ROWS)
    path = tmp_path / "club.yaml"
    path.write_text(text[: text.index("models:")])
    with pytest.raises(InputError, match="has no models"):
        sandbox.load(path).vary(tmp_path / "runs")


def test_an_end_that_its_key_cannot_have_is_told_before_anything_is_run(tmp_path, club_text):
    path = tmp_path / "club.yaml"
    path.write_text(club_text(("rows: 600", "rows: {value: 600, assumed: {low: -4}}")))
    with pytest.raises(InputError, match="as its `low`"):
        sandbox.load(path).vary(tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_small_rerun_of_something_large(tmp_path, club_text):
    path = tmp_path / "club.yaml"
    path.write_text(club_text(("rows: 600", "rows: {value: 100_000, assumed: {ask: How many}}")))
    scenario = sandbox.load(path)
    found = scenario.vary(tmp_path / "runs")
    assert (found.runs, found.ranked) == (0, ())
