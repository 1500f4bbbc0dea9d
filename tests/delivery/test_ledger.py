"""The ledger of a delivery: every sum agrees, whatever the cut, and with what landed and what the truth keeps."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pyarrow.compute as pc
import pytest

import sandbox
from sandbox.scenario.span import in_span
from sandbox.sources.opening import open_source
from tests.delivery.conftest import landing, lateness_s, moments

ROUGH = """\
{
  late: 20min,
  log: {partitions: 3, latency: 2s, retries: 0.02},
  bridge: {every: 40s, batch: 4, loss: 0.01, outages: [{at: day 2, for: 20h}]},
  stream: {capacity: 0.4, retries: {share: 0.05, after: 2h}, corrupt: {truncated: 0.01, oversized: 0.02}},
  job: {every: 10min, loss: 0.02}
}"""


@pytest.fixture
def run(feed, tmp_path):
    return feed(ROUGH).run(tmp_path / "runs", workers=2)


def test_the_sums_are_those_of_what_landed(feed, run, tmp_path):
    [told] = run.record.delivery
    sums, [web] = told.sums, [each for each in run.record.datasets if each.name == "web"]
    assert sums["sent"] == feed("").table("web").num_rows
    assert sums["arrived"] + sums["damaged"] == web.rows_in
    assert sums["damaged"] == web.rejected
    assert sums["sent"] + sums["repeated"] == sums["arrived"] + sums["damaged"] + sums["lost"] + sums["pending"]
    assert all(sums[name] for name in ("repeated", "lost", "pending", "late", "reordered", "damaged"))
    for name, stage in sums["stages"].items():
        assert (
            stage["carried"] + stage["came"] + stage["repeated"] == stage["left"] + stage["lost"] + stage["pending"]
        ), name
    assert sum(told.arrived) == web.rows_in
    assert sum(told.sent) == sums["sent"]
    manifest = json.loads((run.folder.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["datasets"]["web"]["delivery"] == sums
    assert "delivery" not in manifest["datasets"]["customers"]


def test_late_and_reordered_rows_are_just_those(feed, run):
    landed = landing(feed(ROUGH.replace(", corrupt: {truncated: 0.01, oversized: 0.02}", "")))
    [told] = run.record.delivery
    late = lateness_s(landed)
    assert told.sums["late"] == (late > 20 * 60).sum()
    happened = moments(landed, "seen_at")
    assert told.sums["reordered"] == (happened < np.maximum.accumulate(happened)).sum()
    for level, found in told.sums["lateness_s"].items():
        assert found == pytest.approx(np.quantile(late, float(level.rstrip("%")) / 100, method="higher"), rel=0.05)


def test_each_sending_has_a_fate(run):
    fates, [told] = run.fates("web"), run.record.delivery
    assert fates.num_rows == told.sums["sent"] + told.sums["repeated"]
    assert len(set(zip(fates["event_id"].to_pylist(), fates["attempt"].to_pylist(), strict=True))) == fates.num_rows
    assert pc.sum(pc.is_valid(fates["lost_at"])).as_py() == told.sums["lost"]
    open_ = pc.and_(pc.is_null(fates["lost_at"]), pc.is_null(fates["arrived_at"]))
    assert pc.sum(open_).as_py() == told.sums["pending"]
    assert set(fates["lost_at"].drop_null().to_pylist()) == {"bridge", "job"}
    landed = run.table("web")["_sandbox"].combine_chunks()
    whole = fates.filter(pc.and_(pc.is_valid(fates["arrived_at"]), pc.is_null(fates["fault"])))
    kept = pc.is_in(whole["event_id"], landed.field("event_id"))
    assert pc.all(kept).as_py()
    with pytest.raises(sandbox.InputError, match="did not deliver 'customers'"):
        run.fates("customers")


def test_outages_are_told(run):
    [told] = run.record.delivery
    assert told.outages == [
        {"stage": "bridge", "starts": "2026-03-22T00:00:00+00:00", "ends": "2026-03-22T20:00:00+00:00"}
    ]
    down = slice(told.starts.index("2026-03-22T02:00:00+00:00"), told.starts.index("2026-03-22T20:00:00+00:00"))
    assert sum(told.arrived[down]) < 20 < min(told.sent[down])  # some are sent again hours later
    assert dt.datetime.fromisoformat(told.starts[1]) - dt.datetime.fromisoformat(told.starts[0]) == dt.timedelta(
        hours=2
    )


def test_ledgers_of_spans_add_up(feed):
    plan = feed(ROUGH).plan
    spans = [(None, "day 2 11:00"), ("day 2 11:00", "day 5"), ("day 5", None)]
    told = [open_source(in_span(plan, *span), "web").delivery() for span in spans]
    whole = open_source(plan, "web").delivery()
    for name in ("sent", "repeated", "arrived", "damaged", "lost", "late", "reordered"):
        assert sum(each[name] for each in told) == whole[name]
    assert [each["carried"] for each in told] == [0, told[0]["pending"], told[1]["pending"]]
    assert told[0]["pending"] > 1_000 > told[2]["pending"] == whole["pending"]


def test_the_report_draws_it(run):
    page = run.report.read_text(encoding="utf-8")
    assert 'id="delivery-web"' in page
    assert "bridge is down" in page
