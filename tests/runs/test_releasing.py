"""Approvals hold for what was approved, by whom the scenario names; everything out of place is refused in words."""

import datetime
import shutil

import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.runs.ended import find_run
from sandbox.runs.ledger import entries
from sandbox.runs.releasing import standing_of

LATER = datetime.date(2999, 1, 1)


@pytest.fixture(scope="module")
def ended(tmp_path_factory, club_text):
    """Runs of the club without models, quick to make: with approval, without, a spike, and one whose gate fails."""
    folder = tmp_path_factory.mktemp("releasing")
    bare = club_text().partition("models:")[0]
    says = {
        "asked": "stage: production\napproval: [Ada Lovelace, Grace Hopper]\n",
        "two": "stage: MVP\napproval: {number: 2}\n",
        "free": "",
        "spike": "stage: spike\napproval: {}\n",
    }
    for name, said in says.items():
        path = folder / f"{name}.yaml"
        path.write_text(f"{bare}{said}".replace("name: club", f"name: {name}"), encoding="utf-8")
        sandbox.load(path, scale=0.05).run(folder / "runs")
    return folder / "runs"


@pytest.fixture
def runs(ended, tmp_path):
    shutil.copytree(ended, tmp_path / "runs")
    return lambda name: find_run(name, tmp_path / "runs")


def test_a_run_awaits_whom_its_scenario_names(runs):
    run = runs("asked")
    assert run.standing.state == "awaits approval"
    assert not run.standing.may_be_released
    assert "Ada Lovelace or Grace Hopper" in run.standing.words
    run.approve("ada lovelace")
    assert run.standing.state == "approved"
    assert run.standing.may_be_released


def test_a_changed_run_voids_its_approval(runs):
    run = runs("asked")
    approved = run.approve("Ada Lovelace")
    text = run.folder.record.read_text(encoding="utf-8")
    run.folder.record.write_text(text.replace('"seed": 3', '"seed": 4'), encoding="utf-8")
    assert run.standing.state == "approval void"
    assert "Ada Lovelace approved" in run.standing.words
    run.folder.record.write_text(text, encoding="utf-8")
    assert run.standing.state == "approved"
    (run.folder.path / "models" / "m").mkdir(parents=True)
    (run.folder.path / "models" / "m" / "model.skops").write_bytes(b"another model")
    assert run.standing.state == "approval void"
    assert run.approve("Grace Hopper").digest != approved.digest
    assert run.standing.state == "approved"


def test_it_takes_as_many_different_people_as_it_takes(runs):
    run = runs("two")
    run.approve("Ada")
    assert run.standing.state == "awaits approval"
    with pytest.raises(InputError, match="ada has approved it already"):
        run.approve("ada")
    run.approve("Grace")
    assert run.standing.words == "Approved by Ada and Grace."


@pytest.mark.parametrize(
    ("name", "by", "told"),
    [
        ("asked", "Ada Lovelac", "'Ada Lovelac' is not among those who may. Did you mean 'Ada Lovelace'"),
        ("asked", " ", "an approval has a name"),
        ("free", "Ada Lovelace", "asks for no approval"),
        ("spike", "Ada Lovelace", "it is a spike, which is not released"),
    ],
)
def test_what_is_out_of_place_is_refused(runs, name, by, told):
    run = runs(name)
    with pytest.raises(InputError, match=told):
        run.approve(by)
    assert not run.folder.decisions.exists()


def test_shelving_takes_approvals_back(runs):
    run = runs("asked")
    run.approve("Ada Lovelace")
    run.shelve("Nobody has time to watch it.", LATER, by="Grace")
    assert run.standing.words == "Shelved by Grace until 2999-01-01: Nobody has time to watch it."
    assert not run.standing.may_be_released
    run.approve("Ada Lovelace")
    assert run.standing.state == "approved"
    assert [each.what for each in run.standing.decisions] == ["approved", "shelved", "approved"]


def test_the_day_to_look_again_comes(runs):
    run = runs("free")
    run.shelve("Too early.", LATER)
    assert "the day has come" in standing_of(run.folder, run.record, LATER).words


@pytest.mark.parametrize(("because", "revisit"), [(" ", LATER), ("Too early.", datetime.date(2020, 1, 1))])
def test_no_reason_or_a_day_that_has_been_is_refused(runs, because, revisit):
    with pytest.raises(InputError, match="cannot be shelved"):
        runs("free").shelve(because, revisit)


def test_a_gate_that_fails_is_mended_by_no_name(club, tmp_path):
    file = club(
        ("leaving.roc_auc >= 0.6", "leaving.roc_auc >= 0.99"),
        ("seed: 3\n", "seed: 3\nstage: production\napproval: {}\n"),
    )
    run = sandbox.load(file).run(tmp_path / "runs")
    assert run.standing.state == "not done"
    with pytest.raises(InputError, match="no name mends that"):
        run.approve("Ada")
    assert "Not to be released" in run.report.read_text(encoding="utf-8")
    [entry] = entries(tmp_path / "runs")
    assert entry.record.stage == "production"


def test_a_broken_file_of_decisions_is_told(runs):
    run = runs("asked")
    run.folder.decisions.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"decisions\.json: cannot be read"):
        _ = run.standing


@pytest.mark.parametrize(
    "edited",
    [
        ('"seed": 3', '"seed": "three"'),
        ('"models": []', '"models": ["none"]'),
        ('"settings": []', '"settings": {}'),
        ('"started": "', '"started": 20260101, "was": "'),
        ('"version": 1', '"version": 2'),
    ],
)
def test_a_record_that_somebody_edited_is_told_and_hides_no_other_run(runs, edited):
    run = runs("asked")
    text = run.folder.record.read_text(encoding="utf-8")
    assert edited[0] in text
    run.folder.record.write_text(text.replace(*edited), encoding="utf-8")
    with pytest.raises(InputError, match=r"run\.json: the run's record"):
        find_run("asked", run.folder.path.parents[1])
    states = {entry.folder.name: entry.state for entry in entries(run.folder.path.parents[1])}
    assert (states.pop("asked/0001"), set(states.values())) == ("unreadable", {"ended"})
