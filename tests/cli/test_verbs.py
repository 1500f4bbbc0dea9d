"""Each verb, as somebody types it."""

import json

import click
import pytest

from sandbox.cli.messages import tell_table


def test_check_says_what_there_is_and_what_a_target_touches(command, club):
    path = club(
        (
            "models:\n",
            "env: [FEED, SECRET]\ntargets:\n  real:\n    visits: {csv: '${FEED:-/feeds}/visits.csv'}\n"
            "    members: {parquet: 's3://ann:${SECRET:-hush}@lake/members/'}\nmodels:\n",
        )
    )
    said = command("check", path)
    assert said.code == 0
    assert "nothing is wrong (2 datasets, 1 model, 1 gate)" in said.out
    assert "members   simulated   600 entities" in said.out
    assert "Target real touches:" in said.out
    assert "visits: variable FEED" in said.out
    real = command("check", path, "--target", "real")
    assert "visits: file /feeds/visits.csv" in real.out
    assert "members: host s3://lake/members/" in real.out
    assert "hush" not in real.out + real.err + said.out


def test_check_warns_of_gates_that_prove_nothing(command, club):
    path = club(("leaving.roc_auc >= 0.6", "leaving.accuracy >= 0.2"))
    said = command("check", path)
    assert said.code == 0
    assert "proves nothing: giving everybody the same answer" in said.err
    assert json.loads(command("check", path, "--format", "json").out)["warnings"]


def test_check_judges_features_without_data(command, club):
    said = command("check", club(("mood from members", "moood from members")))
    assert said.code == 2
    assert "moood" in said.err
    assert "mood" in said.err


def test_check_can_be_quiet(command, club):
    assert command("check", club(), "--quiet").out == ""


def test_common_options_reach_the_plan(command, club):
    path = club()
    sizes = json.loads(command("check", path, "--scale", "0.5", "--format", "json").out)["datasets"]
    assert sizes == {"members": 300, "visits": -1}
    said = command("check", path, "--set", "datasets.members.rows=70", "--format", "json")
    assert json.loads(said.out)["datasets"]["members"] == 70
    said = command("check", path, "--target", "rael")
    assert said.code == 2
    assert command("check", path, "--scale", "-1").code == 2
    assert command("check", path, "--set", "nonsense").code == 2


def test_a_seed_makes_another_world(command, club):
    path = club()
    shown = [command("preview", path, "members", "--seed", seed, "--format", "json").out for seed in (1, 1, 2)]
    assert shown[0] == shown[1] != shown[2]


def test_preview_shows_rows_and_masks_people(command, club):
    said = command("preview", club(), "members", "-n", "3")
    assert said.code == 0
    assert "members: 3 rows of 600 entities" in said.out
    assert "•••" in said.out
    assert "--show-pii" in said.err
    shown = command("preview", club(), "members", "--show-pii")
    assert "•••" not in shown.out
    assert command("preview", club(), "mebers").code == 2


def test_preview_makes_no_more_than_it_shows(command, club):
    """Of a billion members nobody could count the visits in the time that a test has."""
    few = command("preview", club(), "--format", "json")
    many = command("preview", club(), "--set", "datasets.members.rows=1_000_000_000", "--format", "json")
    assert few.out == many.out


def test_generate_writes_and_says_so_and_goes_on(command, club, tmp_path):
    out = tmp_path / "fixtures"
    said = command("generate", club(), "--out", out, "--as", "csv", "--workers", "1")
    assert said.code == 0
    assert (out / "visits" / "part-00000.csv").exists()
    assert str(out / "manifest.json") in said.out
    assert "is there already" in command("generate", club(), "--out", out, "--as", "csv").out
    other = command("generate", club(), "--out", out, "--as", "csv", "--seed", "9")
    assert other.code == 2
    assert "seed 3" in other.err
    told = json.loads(command("generate", club(), "--out", out, "--seed", "9", "--force", "--format", "json").out)
    assert told["datasets"]["members"]["accepted"] > 400
    assert not command("generate", club(), "--out", out, "--seed", "9", "--quiet").out
    assert command("generate", club(), "--out", tmp_path / "x", "--as", "exel").code == 2
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("gate", "code", "strict"),
    [("roc_auc >= 0.6", 0, 0), ("roc_auc >= 0.99", 1, 1), ("roc_auc >= 0.77", 0, 1)],
    ids=["holds", "fails", "undetermined"],
)
def test_the_exit_code_tells_how_the_gates_ended(command, club, tmp_path, gate, code, strict):
    path = club(("roc_auc >= 0.6", gate))
    said = command("run", path, "--out", tmp_path / "runs", "--workers", "1")
    assert said.code == code, said.err
    assert f"leaving.{gate}" in said.out
    assert str(tmp_path / "runs" / "club" / "0001" / "report.html") in said.out
    assert command("run", path, "--out", tmp_path / "runs", "--strict-gates", "--quiet").code == strict


def test_a_run_in_json_is_all_that_it_says(command, club, tmp_path):
    said = command("run", club(), "--out", tmp_path / "runs", "--format", "json", "--trials", "1")
    told = json.loads(said.out)
    assert said.err == ""
    assert told["run"] == "club/0001"
    assert told["done"] is True
    assert told["datasets"]["members"]["broken"] == {"level.range": told["datasets"]["members"]["rejected"]}
    assert told["models"]["leaving"]["metrics"]["roc_auc"]["value"] > 0.6
    assert told["gates"][0]["verdict"] == "holds"


def test_a_feature_that_does_not_fit_leaves_nothing(command, club, tmp_path):
    said = command(
        "run", club(("mood from members", "cast(full_name as int) as mood from members")), "--out", tmp_path / "runs"
    )
    assert said.code == 2
    assert not list((tmp_path / "runs").glob("*"))


def test_the_ledger(command, club_runs):
    folder, _ = club_runs
    out = ["--out", folder / "runs"]
    assert "club/0001" in command("runs", *out).out
    assert command("runs", *out, "list", "--quiet").out.split() == ["club/0001", "club/0002"]
    assert command("runs", "list", "club", *out).code == 0
    assert "no runs of nobody" in command("runs", "list", "nobody", *out).out
    listed = json.loads(command("runs", "--format", "json", *out).out)
    assert [entry["state"] for entry in listed] == ["ended", "ended"]
    shown = command("runs", "show", "club/1", *out)
    assert "leaving.roc_auc >= 0.6: holds" in shown.out
    assert "club/0001" in command("runs", *out, "show", "1").out
    missing = command("runs", "show", "clbu/1", *out)
    assert missing.code == 2
    assert "Did you mean 'club/0001'?" in missing.err


def test_comparing_says_what_changed_and_why(command, club_runs):
    folder, _ = club_runs
    said = command("runs", "compare", "club/1", "club/2", "--out", folder / "runs")
    assert said.code == 0
    assert "leaving.mood" in said.out
    assert "worse" in said.out
    assert "Why:" in said.out
    told = json.loads(command("runs", "compare", "1", "2", "--out", folder / "runs", "--format", "json").out)
    assert told["models"][0]["difference"]["better"] == "a"
    assert "nothing changed" in command("runs", "compare", "1", "1", "--out", folder / "runs").out


def test_purge_takes_everything_away(command, club, tmp_path):
    out = tmp_path / "runs"
    command("run", club(), "--out", out, "--quiet")
    assert command("purge", "club/1", "--out", out).code == 0
    assert not list(out.rglob("*"))
    assert command("purge", "club/1", "--out", out).code == 2


def test_purge_never_takes_a_folder_that_no_run_made(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "photos").write_text("dear")
    assert command("purge", "2024").code == 2
    assert (tmp_path / "2024" / "photos").exists()


def test_schema_is_a_schema(command):
    assert json.loads(command("schema").out)["$schema"].startswith("https://json-schema.org")


def test_a_table_far_wider_than_the_terminal_is_told_line_by_line(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    tell_table(["value", "from", "to"], [["datasets.a.columns.b.given", None, "x" * 40]])
    assert click.unstyle(capsys.readouterr().out).splitlines() == ["datasets.a.columns.b.given", "  to: " + "x" * 40]
    tell_table(["arm", "conversions", "difference"], [["recommender", "0.46 (0.41 to 0.51)", "-0.1 (-0.2 to 0.0)"]])
    assert "arm          conversions" in click.unstyle(capsys.readouterr().out)  # closer, and words whole
    tell_table(["value", "to"], [["a", "b"]])
    assert "──" in capsys.readouterr().out
