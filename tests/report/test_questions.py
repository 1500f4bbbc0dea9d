"""Assumptions as questions that can be sent to whoever knows."""

from sandbox.report.questions import questions
from sandbox.runs.record import AssumptionRecord

ROWS = AssumptionRecord(
    "datasets.people.rows", "shop.yaml:7", "5,000", "1,000", "9,000", "Ann", "2026-11-01", "How many?", "people",
    "CRM", "crm@example.com",
)  # fmt: skip
ZONE = AssumptionRecord("clock.zone", "shop.yaml:3", "UTC")
HIGH = AssumptionRecord("datasets.visits.rate", "shop.yaml:9", "0.1", None, "0.2", dataset="visits")


def test_they_are_grouped_by_whom_to_ask():
    assert questions("shop", [ZONE, ROWS, HIGH]).splitlines()[4:] == [
        "## CRM (crm@example.com)",
        "",
        "1. **How many?**",
        "   For now `datasets.people.rows` is `5,000`, from `1,000` to `9,000` (shop.yaml:7)."
        " Assumed by Ann on 2026-11-01.",
        "",
        "## Whoever knows",
        "",
        "1. **What should `clock.zone` be?**",
        "   For now `clock.zone` is `UTC` (shop.yaml:3).",
        "2. **What should `datasets.visits.rate` be?**",
        "   For now `datasets.visits.rate` is `0.1`, perhaps `0.2` (shop.yaml:9).",
    ]


def test_nothing_assumed_is_said_so():
    assert "Nothing in it is marked as assumed." in questions("shop", [])
