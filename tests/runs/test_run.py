"""A run: killed it goes on to the same bytes, and what it records can be read back."""

import os
import signal
import subprocess
import sys
import time

import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.runs.ledger import entries, read_record
from sandbox.runs.record import RunRecord

KILLED = "import sys, sandbox; sandbox.load(sys.argv[1]).run(sys.argv[2])"


def data(folder):
    """The bytes of everything but what holds a clock time."""
    timed = {"run.json", "report.html"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in timed
    }


@pytest.mark.parametrize("after", [".landing/receipts/members/00000.json", "models"], ids=["landing", "modelling"])
def test_killed_it_goes_on_in_the_same_folder_to_the_same_bytes(club, tmp_path, after):
    path, out = club(("rows: 600", "rows: 3_000")), tmp_path / "runs"
    killed = subprocess.Popen([sys.executable, "-c", KILLED, str(path), str(out)], stderr=subprocess.DEVNULL)
    for _ in range(3000):
        if (out / "club" / "0001" / after).exists() or killed.poll() is not None:
            break
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    if (out / "club" / "0001" / "run.json").exists():
        pytest.skip("the machine was too quick: the run ended before it was killed")
    assert [entry.state for entry in entries(out)] == ["interrupted"]
    again = sandbox.load(path).run(out)
    assert again.folder.name == "club/0001"
    whole = sandbox.load(path).run(tmp_path / "whole")
    assert data(again.folder.path) == data(whole.folder.path)
    assert not list(again.folder.path.rglob(".landing"))


def test_a_run_may_have_no_models_and_no_gates(club, tmp_path):
    text = club().read_text()
    path = tmp_path / "bare.yaml"
    path.write_text(text[: text.index("models:")])
    run = sandbox.load(path).run(tmp_path / "runs")
    assert run.done
    assert run.record.models == run.record.gates == []
    page = run.report.read_text()
    assert "Plotly" not in page
    assert len(page) < 100_000


def test_data_that_allow_no_model_are_told_and_leave_a_gate_open(club, tmp_path):
    run = sandbox.load(club(("rows: 600", "rows: 4"))).run(tmp_path / "runs")
    [gate] = run.record.gates
    assert gate.verdict == "undetermined"
    assert run.report.exists()


def test_one_worker_or_two_make_the_same(club, tmp_path):
    one, two = (sandbox.load(club()).run(tmp_path / str(workers), workers=workers) for workers in (1, 2))
    assert data(one.folder.path) == data(two.folder.path)


def test_a_record_is_read_back_as_it_was(club_runs):
    _, run = club_runs
    assert RunRecord.from_json(run.record.to_json()) == run.record
    assert read_record(run.folder) == run.record


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 99}', '{"version": 1, "surprise": 1}'])
def test_a_foreign_record_is_refused_in_words(text):
    with pytest.raises(InputError, match="record"):
        RunRecord.from_json(text)


def test_one_broken_record_hides_no_other(club_runs, tmp_path):
    import shutil

    folder, _ = club_runs
    shutil.copytree(folder / "runs", tmp_path / "runs")
    (tmp_path / "runs" / "club" / "0001" / "run.json").write_text("{")
    assert [entry.state for entry in entries(tmp_path / "runs")] == ["unreadable", "ended"]


def test_a_box_of_time_is_repeated_by_its_trials(club, tmp_path):
    timed = sandbox.load(club(("spike: {trials: 2}", "spike: {time: 1s}"))).run(tmp_path / "runs")
    assert not timed.record.repeatable
    [model] = timed.record.models
    held = model.card["box"]["trials"]
    assert f"--trials {held}" in timed.report.read_text()
    again = [
        sandbox.load(club(("spike: {trials: 2}", "spike: {time: 1s}"))).run(tmp_path / "runs", trials=held)
        for _ in range(2)
    ]
    assert again[0].record.repeatable
    assert again[0].record.models[0].card["metrics"] == again[1].record.models[0].card["metrics"]
