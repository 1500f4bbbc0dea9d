"""The swap rehearsed: every kind of fault is named, data without one is left in peace, and the seed decides."""

from __future__ import annotations

import json

import pyarrow.csv as pacsv
import pytest
from click.testing import CliRunner

import sandbox
from sandbox.cli.app import app
from sandbox.cli.rehearse import _KINDS
from sandbox.errors import InputError
from sandbox.rehearse.faults import KINDS, drawn
from sandbox.rehearse.rehearsal import rehearse
from sandbox.rehearse.twin import small, twins
from sandbox.scenario.loader import Options, load

SCENARIO = """
sandbox: 1
name: shop
seed: 3
clock: {start: 2026-01-01, days: 30, zone: Europe/London}
datasets:
  customers:
    rows: 500
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      plan: {choice: {basic: 5, plus: 3, max: 2}}
  calls:
    of: customers
    rate: "0.2"
    time: called_at
    columns:
      minutes: {exponential: {mean: 4}, decimals: 1, check: {le: 60}}
      topic: {choice: {bill: 2, line: 1}}
"""


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SCENARIO)
    return path


def test_every_kind_of_fault_is_named_and_nothing_else(scenario):
    rehearsal = sandbox.load(scenario).rehearse(times=2)
    assert {trial.kind for trial in rehearsal.trials} == set(KINDS)
    assert not rehearsal.untried
    assert [(trial, trial.verify) for trial in rehearsal.trials if not trial.is_found] == []
    assert [(trial, trial.gap) for trial in rehearsal.trials if trial.gap.seen != "named"] == []
    assert rehearsal.alarms == []
    assert rehearsal.holds


def test_the_seed_draws_what_is_befallen(scenario):
    whole = twins(small(load(scenario, Options(), {}).plan))
    assert drawn(whole, "missing", 1, 9) != drawn(whole, "missing", 2, 9)
    assert drawn(whole, "missing", 1, 9) == drawn(whole, "missing", 1, 9)
    assert drawn(whole, "missing", 1, 9)[:2] == drawn(whole, "missing", 1, 2)


def test_the_pretended_data_can_be_kept_and_looked_at(scenario, tmp_path):
    kept = tmp_path / "kept"
    (trial,) = sandbox.load(scenario).rehearse(["renamed"], keep=kept).trials
    folders = sorted(path.name for path in kept.iterdir())
    assert folders == [f"{trial.dataset}-renamed-{trial.what}", f"{trial.dataset}-untouched"]
    header = pacsv.read_csv(sorted((kept / folders[0]).iterdir())[0]).column_names
    assert trial.what not in header
    with pytest.raises(InputError, match="holds something already"):
        sandbox.load(scenario).rehearse(["renamed"], keep=kept)


def test_what_could_befall_nothing_is_told(scenario, tmp_path):
    small_one = tmp_path / "small.yaml"
    small_one.write_text(SCENARIO.replace('rate: "0.2"', 'rate: "0.00001"'))
    rehearsal = rehearse(load(small_one, Options(), {}).plan)
    assert {kind for kind, _ in rehearsal.untried} >= {"zone", "late", "drift", "version", "unit", "decimal"}
    assert {trial.kind for trial in rehearsal.trials} >= {"renamed", "missing", "category"}
    small_one.write_text(SCENARIO.replace("rows: 500", "rows: 1"))
    with pytest.raises(InputError, match="no dataset has enough rows"):
        rehearse(load(small_one, Options(), {}).plan)
    with pytest.raises(InputError, match="Did you mean 'unit'"):
        rehearse(load(scenario, Options(), {}).plan, ["units"])


def test_a_fault_that_is_not_named_ends_with_1(scenario, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sandbox.verify.likely.causes.units", lambda evidence: [])
    told = CliRunner().invoke(app, ["rehearse", str(scenario), "--kind", "unit"])
    assert told.exit_code == 1
    assert "not named: unit" in told.output
    assert "0 of 1 fault named" in told.output


def test_the_command_speaks_to_people_and_programs_and_leaves_a_page(scenario, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["rehearse", str(scenario), "--kind", "category", "--kind", "repeated"]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0
    assert "2 of 2 faults named, 0 false alarms." in told.output
    page = (tmp_path / "rehearse-shop.html").read_text(encoding="utf-8")
    assert "Every fault would be named" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    spoken = json.loads(CliRunner().invoke(app, [*asked, "--format", "json"]).output)
    assert [trial["kind"] for trial in spoken["trials"]] == ["category", "repeated"]
    assert spoken["holds"]
    assert "<testcase" in CliRunner().invoke(app, [*asked, "--format", "junit"]).output


def test_the_command_knows_every_kind():
    assert tuple(KINDS) == _KINDS
