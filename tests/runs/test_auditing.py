"""Groups of a run's test: told in record and report, and held against each other by gates."""

import pytest

import sandbox

BANDS = "fairness: {by: {band: \"case when level < 5 then 'low' else 'high' end\", level: 'level'}, least: 20}"
GATES = """\
done:
  - leaving.roc_auc >= 0.6
  - leaving.band.equalized_odds_difference.high < 0.99
  - leaving.band.demographic_parity_difference < 0.0001
  - leaving.level.demographic_parity_ratio.low > 0.999
"""


@pytest.fixture
def run(club, tmp_path):
    file = club(
        ("    bootstrap: 200\n", f"    bootstrap: 200\n    {BANDS}\n"), ("done:\n  - leaving.roc_auc >= 0.6\n", GATES)
    )
    return sandbox.load(file).run(tmp_path / "runs")


def test_groups_are_told_and_gates_go_by_their_intervals(run):
    [model] = run.record.models
    by_band, by_level = model.fairness
    assert [group["name"] for group in by_band["groups"]] == ["high", "low"]
    assert sum(group["examples"] for group in by_band["groups"]) == model.card["sides"]["test"]
    assert {each["name"] for each in by_level["groups"]} <= {str(level) for level in range(10)}
    quality, odds, parity, ratio = run.record.gates
    assert quality.verdict == "holds"
    assert (odds.verdict, odds.low) == ("holds", None)
    assert parity.verdict == "undetermined"
    assert parity.low < 0.0001 < parity.high
    assert ratio.verdict == "fails"


def test_pages_tell_of_them(run):
    page = run.report.read_text(encoding="utf-8")
    assert "Fairness by group" in page
    assert "rates of leaving by band" in page
    card = (run.folder.path / "model-card-leaving.md").read_text(encoding="utf-8")
    assert "| equalized odds difference |" in card


def test_a_group_of_someone_without_a_value_is_named(club, tmp_path):
    nulls = (
        "mood: {normal: {mean: 0, sd: 1}}",
        "mood: {normal: {mean: 0, sd: 1}}\n      team: {choice: [a], nulls: 0.5}",
    )
    file = club(nulls, ("    bootstrap: 200\n", "    bootstrap: 200\n    fairness: [team]\n"))
    [model] = sandbox.load(file).run(tmp_path / "runs").record.models
    assert [group["name"] for group in model.fairness[0]["groups"]] == ["(none)", "a"]


def test_parity_alone_is_no_gate(club):
    file = club(
        ("    bootstrap: 200\n", "    bootstrap: 200\n    fairness: [level]\n"),
        ("leaving.roc_auc >= 0.6", "leaving.parity.equalized_odds_difference.high < 0.2"),
    )
    assert "proves nothing alone" in " ".join(map(str, sandbox.load(file).check()))


def test_a_review_is_told_and_gates_go_by_it(club, tmp_path):
    reviewed = """\
    fairness: {by: {band: "case when level < 5 then 'low' else 'high' end"}, least: 20}
    review: {band: [0.2, 0.8], reviewers: 9, within: 4 days, costs: {missed: 50, false_alarm: 5, hour: 1}}
"""
    gates = """\
done:
  - leaving.review.reached >= 0.99
  - leaving.review.saved.low > 0
  - leaving.review.balanced_accuracy >= 0.999
  - leaving.review.band.equalized_odds_difference <= 1
"""
    file = club(
        ("    bootstrap: 200\n", f"    bootstrap: 200\n{reviewed}"), ("done:\n  - leaving.roc_auc >= 0.6\n", gates)
    )
    run = sandbox.load(file).run(tmp_path / "runs")
    assert [gate.verdict for gate in run.record.gates] == ["holds", "holds", "fails", "holds"]
    [model] = run.record.models
    assert model.review["reviewed"] == model.review["in_band"]
    assert model.review["after"]["cost"] < model.review["before"]["cost"]
    assert "What review changed" in run.report.read_text(encoding="utf-8")
