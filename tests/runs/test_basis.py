"""What others are answered from: a released run where the scenario asks for one; anything else only aloud."""

import datetime
from pathlib import Path

import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.runs.basis import basis_of

LITTLE = """
sandbox: 1
name: little
seed: 3
clock: {start: 2026-01-01, days: 5, zone: UTC}
datasets:
  members: {rows: 20, static: true, key: member_id, columns: {member_id: {serial: 1}}}
"""
ASKS = "approval: [Ada]\n"


@pytest.fixture
def little(tmp_path):
    """A scenario with what a test adds to it; its runs lie in `tmp_path`."""

    def load(added="", **changed):
        path = tmp_path / "little.yaml"
        path.write_text(LITTLE + added, encoding="utf-8")
        return sandbox.load(path, **changed)

    return load


def test_a_scenario_that_asks_is_answered_from_its_latest_released_run(little, tmp_path):
    scenario = little(ASKS)
    with pytest.raises(InputError, match=r"no run .* is released; run it: .* --unreleased"):
        basis_of(scenario.plan, tmp_path)
    first, second, _ = (scenario.run(tmp_path) for _ in range(3))
    with pytest.raises(InputError, match=r"little/0003 is not released\. Awaits 1 approval by Ada\."):
        basis_of(scenario.plan, tmp_path)
    first.approve("Ada")
    second.approve("Ada")
    assert basis_of(scenario.plan, tmp_path).folder == second.folder
    assert basis_of(scenario.plan, tmp_path, first).folder == first.folder
    record = second.folder.record
    record.write_text(record.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert basis_of(scenario.plan, tmp_path).folder == first.folder, "who changes a run takes its release away"


def test_unreleased_takes_it_and_says_so(little, tmp_path):
    scenario = little(ASKS)
    simulated = basis_of(scenario.plan, tmp_path, unreleased=True)
    assert simulated.run is None
    assert "NOT RELEASED" in simulated.warning
    run = scenario.run(tmp_path)
    for named in (None, run):
        taken = basis_of(scenario.plan, tmp_path, named, unreleased=True)
        assert taken.folder == run.folder
        assert "NOT RELEASED: little/0001. Awaits 1 approval by Ada." in taken.warning
    run.approve("Ada")
    assert basis_of(scenario.plan, tmp_path, unreleased=True).warning == ""


def test_what_was_changed_after_the_run_is_not_released(little, tmp_path):
    run = little("").run(tmp_path)
    assert run.standing.may_be_released
    for changed in (little("stage: production\n"), little(ASKS)):
        with pytest.raises(InputError, match="has changed since that run"):
            basis_of(changed.plan, tmp_path, run)
    approved = little(ASKS).run(tmp_path)
    approved.approve("Ada")
    with pytest.raises(InputError, match="no run of the scenario as it stands"):
        basis_of(little(ASKS, seed=4).plan, tmp_path)


@pytest.mark.parametrize(
    ("added", "told"), [("", "Shelved until 2999-01-01"), ("stage: spike\n", "reaches no customer")]
)
def test_a_run_that_may_not_be_released_is_refused_by_name_in_any_scenario(little, tmp_path, added, told):
    scenario = little(added)
    run = scenario.run(tmp_path)
    if not added:
        assert basis_of(scenario.plan, tmp_path, prefers_runs=True).folder == run.folder
        run.shelve("Too few.", datetime.date(2999, 1, 1))
    with pytest.raises(InputError, match=told):
        basis_of(scenario.plan, tmp_path, run)
    assert basis_of(scenario.plan, tmp_path).run is None, "it asks for no release: its sources are learnt from"
    assert basis_of(scenario.plan, tmp_path, prefers_runs=True).run is None
    shown = basis_of(scenario.plan, tmp_path, prefers_runs=True, unreleased=True)
    assert shown.folder == run.folder
    assert told in shown.warning


def test_a_run_of_another_scenario_is_refused(little, tmp_path):
    run = little().run(tmp_path / "runs")
    with pytest.raises(InputError, match="is a run of little, not of shop"):
        basis_of(sandbox.load(Path(__file__).parents[2] / "scenarios/shop.yaml").plan, tmp_path, run)
