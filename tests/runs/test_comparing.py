"""What changed between two runs, whether a model became better, and the words for why."""

import shutil
from dataclasses import replace

import pytest

import sandbox
from sandbox.runs.comparing import changes_between, compare_runs
from sandbox.runs.folder import find_run
from sandbox.runs.ledger import read_record


@pytest.fixture
def against(club, club_runs, tmp_path):
    """Compare the club's first run with one of a changed club."""

    def compare(*changes, **options):
        out = tmp_path / "runs"
        shutil.copytree(club_runs[0] / "runs" / "club" / "0001", out / "club" / "0001")
        run = sandbox.load(club(*changes), **options).run(out)
        return sandbox.compare("club/1", run.folder.name, out)

    return compare


def told(found):
    return {(change.kind, change.what): (change.a, change.b) for change in found.changes}


def test_a_run_against_itself(club_runs):
    run = find_run(club_runs[0] / "runs", "club/1")
    found = compare_runs(run, run)
    assert found.changes == ()
    [model] = found.models
    assert model.difference.value == 0
    assert "the same" in model.verdict
    assert model.reasons == ("Nothing that it is made of has changed.",)


def test_another_feature(club_runs):
    found = sandbox.compare("club/2", "club/1", club_runs[0] / "runs")
    assert ("features", "leaving.mood") in told(found)
    assert ("features", "leaving.level") in told(found)
    [model] = found.models
    assert model.difference.better == "b"
    assert model.difference.shared > 50
    assert model.difference.low > 0
    assert any("Of the new features mood counts most" in reason for reason in model.reasons)
    assert any(reason.startswith("Why: ") for reason in model.reasons)
    assert not any(kind == "data" for kind, _ in told(found))


def test_what_touches_no_model_is_no_reason(against):
    found = against(("leaving.roc_auc >= 0.6", "leaving.roc_auc >= 0.7"))
    assert told(found) == {("scenario", "done"): ("['leaving.roc_auc >= 0.6']", "['leaving.roc_auc >= 0.7']")}
    assert found.models[0].reasons == ("Nothing that it is made of has changed.",)


def test_words_for_people_are_no_change(against):
    assert against(("Everybody who pays.", "Those who pay.")).changes == ()


def test_another_seed_is_another_world_and_compared_apart(against):
    found = against(seed=11)
    assert told(found)["scenario", "seed"] == ("3", "11")
    [model] = found.models
    assert model.difference.shared == 0
    assert model.difference.remark == "another seed means other people"
    assert model.difference.low < model.difference.value < model.difference.high
    assert "on two tests" in model.verdict


def test_a_smaller_world_shares_its_first_people(against):
    found = against(("rows: 600", "rows: 400"))
    changes = told(found)
    assert changes["scenario", "datasets.members.rows"] == ("600", "400")
    assert ("data", "members: rows accepted") in changes
    [model] = found.models
    assert model.difference.shared > 0
    assert any("it comes from scenario" in reason for reason in model.reasons)


def test_another_course_of_the_world_is_not_paired(against):
    found = against(("base: 0.02 per day, mood: 1.5", "base: 0.05 per day, mood: -2.5"))
    [model] = found.models
    assert model.difference.shared == 0
    assert "another world" in model.difference.remark


def test_a_model_that_only_one_run_has(against):
    found = against(("  leaving:\n", "  going:\n"), ("leaving.roc_auc", "going.roc_auc"))
    assert {model.name: model.verdict for model in found.models} == {
        "leaving": "no comparison: club/0002 has no such model.",
        "going": "no comparison: club/0001 has no such model.",
    }


def test_changed_values_name_their_columns(club_runs):
    record = read_record(club_runs[1].folder)
    [members, visits] = record.datasets
    moved = replace(members, values_digest={**members.values_digest, "mood": "v1:0"}, source="csv")
    changes = {change.what: change.b for change in changes_between(record, replace(record, datasets=[moved, visits]))}
    assert changes == {"members: source": "csv", "members: values": "others in mood"}


def test_versions_and_lost_datasets_are_named(club_runs):
    record = read_record(club_runs[1].folder)
    later = replace(record, versions={**record.versions, "numpy": "9.9"}, datasets=record.datasets[:1])
    changes = {(change.kind, change.what): change.b for change in changes_between(record, later)}
    assert changes == {("version", "numpy"): "9.9", ("data", "visits"): None}


def test_a_change_of_personal_columns_is_told_without_what_they_hold(against):
    found = against(("full_name: {fake: name, pii: true}", "full_name: {constant: CANARY, pii: true}"))
    was, now = told(found)["scenario", "datasets.members.columns.full_name"]
    assert was != now
    assert "CANARY" not in now
