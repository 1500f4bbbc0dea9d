"""The churn campaign: contacts change the world that lands, and the holdout tells about what was true."""

from pathlib import Path

import pyarrow.compute as pc
import pytest

import sandbox

SCENARIO = Path(__file__).parents[2] / "scenarios/churn_campaign.yaml"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return sandbox.load(SCENARIO, scale=0.4).run(tmp_path_factory.mktemp("campaign"), trials=2)


def test_both_campaigns_move_what_they_are_about(run):
    call, letter = run.record.campaigns
    assert call["true_effect"] < -0.03
    assert letter["true_effect"] > 0.03
    assert letter["effect"]["value"] > 0
    for each in (call, letter):
        width = each["effect"]["high"] - each["effect"]["low"]
        assert abs(each["effect"]["value"] - each["true_effect"]) < 0.9 * width
        best = max(each["thresholds"], key=lambda threshold: threshold["true_profit"])
        assert best["true_profit"] >= each["true_profit"]


def test_contacts_land_as_versions_of_customers(run):
    call, letter = run.record.campaigns
    customers = run.table("customers")
    begun = {each.as_py(): 0 for each in customers["offer"].unique()}
    assert set(begun) == {"none", "repair", "bigger plan"}
    reached = customers.filter(pc.equal(customers["offer"], "repair"))["customer_id"].unique()
    assert len(reached) == call["contacted"]
    letters = customers.filter(pc.equal(customers["offer"], "bigger plan"))["customer_id"].unique()
    assert len(letters) == letter["contacted"]


def test_the_page_shows_whom_to_contact(run):
    page = run.report.read_text(encoding="utf-8")
    assert "Campaign: call" in page
    assert "Whom to contact" in page
    assert not (run.folder.path / "campaigns").exists()
