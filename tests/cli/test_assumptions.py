"""`sandbox assumptions`, as somebody types it."""

import json

ROWS = ("rows: 600", 'rows: {value: 600, assumed: {by: Ann, low: 300, ask: "How many members?"}}')
NOTED = ("rate: 0.1", "rate: {value: 0.1, assumed: {}}")


def test_it_lists_questions(command, club):
    said = command("assumptions", club(ROWS, NOTED))
    assert said.code == 0
    assert "## The treasurer\n\n1. **How many members?**" in said.out
    assert "## Whoever knows" in said.out
    told = json.loads(command("assumptions", club(ROWS), "--format", "json").out)
    assert [(each["path"], each["low"], each["question"]) for each in told] == [
        ("datasets.members.rows", "300", "How many members?")
    ]


def test_an_answer_leaves_no_question(command, club):
    assert "Nothing in it" in command("assumptions", club(ROWS), "--set", "datasets.members.rows=700").out


def test_vary_ranks_and_remembers(command, club, tmp_path):
    path, out = club(ROWS, NOTED), tmp_path / "runs"
    said = command("assumptions", path, "--vary", "--out", out, "--workers", "1")
    assert said.code == 0
    assert "datasets.members.rows" in said.out
    assert "2 runs at scale 1. What matters most stands first." in said.out
    assert "Not varied, having no other `low` or `high`: datasets.visits.rate." in said.out
    again = json.loads(command("assumptions", path, "--vary", "--out", out, "--format", "json").out)
    assert again["cached"] == again["runs"] == 2
    small = command("assumptions", path, "--vary", "--out", out, "--scale", "0.5", "--workers", "1")
    assert "2 runs at scale 0.5." in small.out


def test_vary_says_what_there_is_not(command, club, tmp_path):
    said = command("assumptions", club(NOTED), "--vary", "--out", tmp_path / "runs")
    assert said.code == 0
    assert "Nothing to vary" in said.out
    bare = club(ROWS).read_text()
    path = tmp_path / "bare.yaml"
    path.write_text(bare[: bare.index("models:")])
    said = command("assumptions", path, "--vary")
    assert said.code == 2
    assert "has no models" in said.err


def test_runs_show_tells_the_balance(command, club, tmp_path):
    command("run", club(ROWS), "--out", tmp_path / "runs")
    said = command("runs", "show", "club", "--out", tmp_path / "runs")
    assert (
        "Of 16 statements of the scenario on its clock, datasets, columns and models: 1 assumed, 15 declared"
        in said.out
    )
    assert json.loads(command("runs", "show", "club", "--out", tmp_path / "runs", "--format", "json").out)["known"]
