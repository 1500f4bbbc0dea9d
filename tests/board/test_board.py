"""The board: where each dataset, model and gate stands, by the scenario and the ledger alone."""

import datetime
import json
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sandbox
from sandbox.board import boards_of_ledger
from sandbox.board.markdown import markdown
from sandbox.board.page import board_html
from sandbox.board.said import SaidDataset
from sandbox.board.standings import standing_of
from sandbox.board.words import figure, headline, since
from sandbox.runs.releasing import approve
from sandbox.runs.verified import Verification

DAY = datetime.date(2026, 11, 26)
TARGET = """targets:
  real:
    members: {parquet: lake/members/}
models:
"""


@pytest.fixture(scope="module")
def team(tmp_path_factory, club_text):
    """A club whose members table comes: verified, used, then broken; with the board after each of these steps."""
    folder = tmp_path_factory.mktemp("team")
    path = folder / "club.yaml"
    path.write_text(
        club_text(("models:\n", TARGET), ("    of: members\n    at", "    owner: Ann\n    of: members\n    at"))
    )
    boards = {}

    def draw(step):
        boards[step] = sandbox.load(path).board(folder / "runs", today=DAY)

    draw("nothing yet")
    sandbox.load(path).run(folder / "runs", sprint="6", goal="A first spike")
    draw("a dummy")
    sandbox.load(path).generate(folder / "lake")
    real = sandbox.load(path, target="real")
    keep(real, folder)
    draw("verified")
    real.run(folder / "runs", sprint="7", goal="On real members")
    draw("real")
    spoil(folder / "lake" / "members")
    keep(real, folder)
    draw("broken")
    return folder, boards


def keep(scenario, folder):
    from sandbox.runs.verified import keep_verifications

    now = datetime.datetime.now(datetime.UTC)
    keep_verifications(folder / "runs", "club", "real", scenario.verify(), now)


def spoil(folder):
    part = sorted(folder.glob("*.parquet"))[0]
    table = pq.read_table(part)
    levels = [99, *table["level"].to_pylist()[1:]]
    place = table.schema.get_field_index("level")
    pq.write_table(
        table.set_column(place, table.schema.field(place), pa.array(levels, table.schema.field(place).type)), part
    )


def dataset(board, name="members"):
    return next(each for each in board.datasets if each.name == name)


def test_a_dataset_goes_from_dummy_to_real_and_breaks(team):
    _, boards = team
    states = [dataset(boards[step]).state for step in boards]
    assert states == ["dummy", "dummy", "verified", "real", "broken"]
    assert dataset(boards["verified"]).seen == "verify"
    assert dataset(boards["real"]).seen == "run 2"
    assert "1 of" in dataset(boards["broken"]).why
    assert "level" in dataset(boards["broken"]).why


def test_since_when_is_told_with_who_saw_it_first():
    said = SaidDataset("members", "", "", "", None, ())
    rows = SimpleNamespace(name="members", source="parquet", rows_in=9, rejected=2, broken_rules={"level.le": 2})
    run = SimpleNamespace(started="2026-11-02T08:00:00+00:00", number=4, datasets=[rows])
    looks = [
        Verification(
            f"2026-11-0{day}T08:00:00+00:00", "real", "members", "parquet", 9, bad, {"level.le": bad} if bad else {}
        )
        for day, bad in ((1, 0), (3, 1))
    ]
    found = standing_of(said, [SimpleNamespace(record=run)], looks, datetime.date(2026, 11, 9))
    assert (found.state, since(found)) == ("broken", "since 2026-11-02, by run 4")
    assert found.why == "1 of 9 rows break level.le"  # as it was seen last


def test_a_sum_of_money_is_told_without_decimals():
    assert [figure(value) for value in (0.7, -15_355.789, None)] == ["0.700", "-15,356", "–"]


def test_it_says_whose_a_dataset_is_and_when_it_is_due(team):
    _, boards = team
    found = dataset(boards["a dummy"])
    assert (found.owner, found.expected, found.days_left) == ("The treasurer", "2026-12-01", 5)
    assert dataset(boards["real"]).days_left is None


def test_a_day_that_has_passed_is_told(club, tmp_path):
    board = sandbox.load(club()).board(tmp_path, today=datetime.date(2026, 12, 3))
    assert dataset(board).days_left == -2
    assert "members is overdue" in headline(board)


def test_it_says_who_waits_and_what_a_swap_would_free(team):
    _, boards = team
    (blocked,) = boards["a dummy"].blocked
    assert (blocked.name, blocked.owner, blocked.by) == ("leaving", "Ann", ("members",))
    swap = boards["a dummy"].swaps[0]
    assert (swap.dataset, swap.frees, swap.gates) == ("members", ("leaving",), ("leaving.roc_auc >= 0.6",))
    assert boards["verified"].blocked  # verified is not used yet
    assert not boards["real"].blocked
    assert boards["broken"].blocked


def test_models_are_told_iteration_by_iteration(team):
    _, boards = team
    (work,) = boards["broken"].works
    assert [each.data for each in work.iterations] == ["dummy", "real"]
    assert work.having("baseline").run == 1
    assert work.having("candidate").run == 2
    assert work.having("champion").run == 2  # what a dummy reaches is nothing to be held against
    assert work.iterations[0].oracle is not None
    assert work.iterations[1].oracle is None


def test_gates_are_told_by_the_latest_run(team):
    _, boards = team
    (before,) = boards["nothing yet"].gates
    assert before.verdict == "not run"
    (after,) = boards["real"].gates
    assert (after.run, after.data) == (2, "real")


def test_runs_are_told_by_sprint(team):
    _, boards = team
    assert [(each.name, each.goals, each.runs) for each in boards["real"].sprints] == [
        ("7", ("On real members",), (2,)),
        ("6", ("A first spike",), (1,)),
    ]


def test_without_a_scenario_the_ledger_tells(team):
    folder, boards = team
    (found,) = boards_of_ledger(folder / "runs", DAY)
    assert found == boards["broken"]


def test_as_markdown_each_table_is_whole(team):
    _, boards = team
    text = markdown(boards["broken"])
    assert "| members | **broken** |" in text
    for block in text.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") - row.count("\\|") for row in rows}) <= 1


def test_the_page_shows_all_of_it_and_loads_nothing(team):
    _, boards = team
    page = board_html([boards["broken"]])
    for words in ("members", "The treasurer", "run 2", "Sprint 7", "leaving.roc_auc &gt;= 0.6", "Ann"):
        assert words in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_what_somebody_else_wrote_among_the_verifications_is_told(club, tmp_path):
    kept = tmp_path / "runs" / "club" / "verified.jsonl"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}\n")
    with pytest.raises(sandbox.InputError, match=r"verified.jsonl:1: is no verification"):
        sandbox.load(club()).board(tmp_path / "runs")


def test_the_verb_speaks_in_all_its_forms(team, command, monkeypatch):
    folder, _ = team
    monkeypatch.chdir(folder)
    said = command("board", "club.yaml", "--out", "runs")
    assert said.code == 0
    assert "members" in said.out
    assert (folder / "board-club.html").exists()
    assert json.loads(command("board", "club.yaml", "--out", "runs", "--format", "json").out)["scenario"] == "club"
    assert command("board", "--out", "runs", "--markdown").out.startswith("# club: the board on ")
    assert "choose one" in command("board", "--markdown", "--format", "json").out
    nobody = command("board", "--out", "nowhere")
    assert (nobody.code, "no runs in nowhere" in nobody.err) == (2, True)


def test_verify_keeps_what_it_found_when_asked(team, command, monkeypatch):
    folder, _ = team
    monkeypatch.chdir(folder)
    kept = folder / "runs" / "club" / "verified.jsonl"
    before = kept.read_text().count("\n")
    command("verify", "club.yaml", "--target", "real", "--out", "runs", "--quiet")
    assert kept.read_text().count("\n") == before
    command("verify", "club.yaml", "--target", "real", "--out", "runs", "--quiet", "--keep")
    assert kept.read_text().count("\n") == before + 1
    assert "member" not in json.dumps(json.loads(kept.read_text().splitlines()[-1])["broken"])  # rules, no rows


def test_what_people_decided_about_a_run_is_told(club, tmp_path):
    path = club(("seed: 3\n", "seed: 3\nstage: MVP\napproval: {by: [Bea, Cem]}\n"))
    run = sandbox.load(path).run(tmp_path / "runs")
    (work,) = sandbox.load(path).board(tmp_path / "runs").works
    assert work.stage == "MVP"
    assert "waits 1 approval by Bea or Cem" in work.release
    approve(run.folder, run.record, "Bea", "good enough")
    (work,) = sandbox.load(path).board(tmp_path / "runs").works
    assert work.release == "Approved by Bea."
    assert "Approved by Bea." in board_html([sandbox.load(path).board(tmp_path / "runs")])
