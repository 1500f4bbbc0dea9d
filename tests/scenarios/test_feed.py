"""The clickstream on its way: its outage is seen in what lands, in the report and in the ages of what is known."""

from __future__ import annotations

from pathlib import Path

import sandbox

FEED = Path(__file__).parents[2] / "scenarios" / "feed.yaml"


def test_the_outage_is_told_and_the_gate_is_judged(tmp_path):
    run = sandbox.load(FEED, scale=0.2).run(tmp_path / "runs")
    [told] = run.record.delivery
    announced = [each for each in told.outages if each["starts"].startswith("2026-03-26T08:00")]
    assert [each["stage"] for each in announced] == ["connector"]
    assert told.sums["lateness_s"]["50%"] < 400 < 18 * 3_600 < told.sums["lateness_s"]["100%"]
    rejected = sum(item.rejected for item in run.record.datasets)
    assert told.sums["damaged"] < rejected <= told.sums["damaged"] + told.sums["repeated"]
    assert run.record.gates[0].value > 0.6
    assert run.record.gates[0].trivial_value == 0.5
