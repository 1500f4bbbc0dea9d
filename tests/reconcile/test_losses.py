"""Where rows were lost: by a stage of the scenario's delivery, by the sink of the replay, or by the pipeline."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sandbox
from sandbox.contract.envelope import ENVELOPE
from sandbox.errors import InputError
from sandbox.reconcile.findings import BEHIND
from sandbox.reconcile.losses import UNDER_WAY
from sandbox.reconcile.sent import FromScenario
from sandbox.sources.opening import open_source
from tests.reconcile.test_faulty_consumers import ended
from tests.reconcile.views import WEB, faults

LOSSY = WEB.replace("kafka: {}", "kafka: {loss: 0.02}").replace("connector: {", "connector: {loss: 0.01, ")
LOSSY = LOSSY.replace("kinesis: {}", "kinesis: {corrupt: {truncated: 0.01}}")


@pytest.fixture(scope="module")
def lossy(tmp_path_factory):
    path = tmp_path_factory.mktemp("lossy") / "web.yaml"
    path.write_text(LOSSY, encoding="utf-8")
    scenario = sandbox.load(path)
    rows = {
        order: pa.Table.from_batches(list(FromScenario(scenario.plan, "views", order).batches()))
        for order in ("event", "arrival")
    }
    return path, scenario, rows


def parted(scenario):
    """Of the events that never came whole: how many the ledger calls lost, and how many there are."""
    source = open_source(scenario.plan, "views")
    told = [row for share in source.shares() for row in source.fates(share).to_pylist()]
    events: dict[int, list[dict]] = {}
    for row in [*told, *source.open_fates().to_pylist()]:
        events.setdefault(row["event_id"], []).append(row)
    gone = [sent for sent in events.values() if not any(row["arrived_at"] and not row["fault"] for row in sent)]
    return sum(any(row["lost_at"] for row in sent) for sent in gone), len(gone)


@pytest.mark.parametrize("match", ["ids", "keys"])
def test_what_the_ledger_lost_is_told_by_its_stage(lossy, tmp_path, match):
    """A copy that came through the delivery, held against all that happened."""
    _, scenario, rows = lossy
    table = rows["arrival"]
    kept = table.filter(pa.array(np.arange(table.num_rows) % 97 != 96))
    pq.write_table(kept if match == "ids" else kept.drop_columns([ENVELOPE]), tmp_path / "landed.parquet")
    found = scenario.reconcile("views", f"parquet:{tmp_path}", order="event")
    told = {loss.where: loss.rows for loss in found.losses}
    lost, gone = parted(scenario)
    assert set(told) <= {"kafka", "connector", "damaged, truncated", UNDER_WAY, BEHIND}
    assert told["kafka"] > told["connector"] > 30
    assert told["kafka"] + told["connector"] == lost
    assert told["damaged, truncated"] > 20
    assert sum(rows for where, rows in told.items() if where != BEHIND) == gone
    assert told[BEHIND] == pytest.approx(table.num_rows / 97, abs=2)
    assert sum(told.values()) == found.counts["lost"] + found.counts["late"]
    by_window = [window.lost_at for window in found.windows]
    assert {where: sum(each.get(where, 0) for each in by_window) for where in told} == told


def test_a_pipeline_that_had_the_events_as_they_happened_is_blamed_alone(lossy, tmp_path):
    _, scenario, rows = lossy
    sent = rows["event"]
    pq.write_table(sent.filter(pa.array(np.arange(sent.num_rows) % 50 != 7)), tmp_path / "landed.parquet")
    found = scenario.reconcile("views", f"parquet:{tmp_path}", order="event")
    assert [(loss.where, loss.rows) for loss in found.losses] == [(BEHIND, found.counts["lost"])]


def test_what_was_lost_before_it_was_sent_is_missed_by_nobody(lossy, tmp_path, capsys):
    path, scenario, rows = lossy
    pq.write_table(rows["arrival"], tmp_path / "landed.parquet")
    command = ["reconcile", str(path), "views", "--order", "arrival", "--against", f"parquet:{tmp_path}"]
    assert ended(command) == 0
    told = capsys.readouterr().out
    stages = scenario.reconcile("views", f"parquet:{tmp_path}", order="arrival").lost_before
    assert set(stages) == {"kafka", "connector"}
    assert f"so never sent, are not missed: kafka {stages['kafka']}, connector {stages['connector']}." in told


def test_a_partition_that_nobody_read_is_told(lossy, tmp_path, capsys):
    path, scenario, rows = lossy
    partitions = np.asarray(rows["arrival"][ENVELOPE].combine_chunks().field("partition"))
    pq.write_table(rows["arrival"].filter(pa.array(partitions != 2)), tmp_path / "landed.parquet")
    found = scenario.reconcile("views", f"parquet:{tmp_path}", order="arrival")
    assert [each.lost == 0 for each in found.partitions] == [True, True, False, True]
    assert found.partitions[2].lost == found.counts["lost"]
    assert ended(["reconcile", str(path), "views", "--order", "arrival", "--against", f"parquet:{tmp_path}"]) == 1
    assert "lost by the partition in which they were sent: 2 (" in capsys.readouterr().out


@pytest.fixture
def replayed(lossy, tmp_path):
    """A replay as its receipt tells it: the sink refused three rows, and of the copy two more are missing."""
    _, scenario, rows = lossy
    sent, refused, lost = rows["event"], [3, 40, 41], [7, 90]
    home = tmp_path / "replay"
    home.mkdir()
    lines = [json.dumps({"row": row, "reason": "too large"}) for row in refused]
    (home / "refused-views.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    stream = {"asked": sent.num_rows, "refused": 3, "refused_in": "elsewhere/refused-views.jsonl"}
    receipt = {"done": True, "streams": {"views": stream}}
    (home / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    kept = np.setdiff1d(np.arange(sent.num_rows), [*refused, *lost])
    pq.write_table(sent.take(pa.array(kept)), tmp_path / "landed.parquet")
    return scenario, f"parquet:{tmp_path}/landed.parquet", home, receipt


def test_rows_that_a_sink_refused_are_not_the_pipelines_loss(replayed):
    scenario, against, home, _ = replayed
    assert faults(scenario.reconcile("views", against)) == {"lost": 5}
    found = scenario.reconcile("views", against, receipt=home, tolerance=["lost=2"])
    assert faults(found) == {"lost": 2, "refused": 3}
    assert found.holds
    assert [offender.sent_as for offender in found.first["refused"]] == [3, 40, 41]
    assert not scenario.reconcile("views", against, receipt=home, tolerance=["lost=2", "refused=1"]).holds


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"done": False}, "stopped before its end"),
        ({"streams": {"clicks": {}}}, "the replay sent no 'views'"),
        ({"streams": {"views": {"asked": 7, "refused": 0}}}, "the replay was of 7 rows of 'views'"),
        ({"streams": 3}, "is no receipt of a replay"),
        ({"streams": {"views": {"asked": 7}}}, "does not tell what became of 'views'"),
    ],
)
def test_a_receipt_of_other_rows_is_told(replayed, change, said):
    scenario, against, home, receipt = replayed
    (home / "receipt.json").write_text(json.dumps(receipt | change), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        scenario.reconcile("views", against, receipt=home)


def test_a_receipt_that_is_not_there_is_told(replayed, tmp_path):
    scenario, against, *_ = replayed
    with pytest.raises(InputError, match="name the folder that the replay told"):
        scenario.reconcile("views", against, receipt=tmp_path / "nowhere")


def test_refused_rows_that_cannot_be_read_are_told(replayed):
    scenario, against, home, _ = replayed
    kept = next(path for path in home.iterdir() if path.name != "receipt.json")
    kept.write_text('{"line": 3}\n', encoding="utf-8")
    with pytest.raises(InputError, match="is no list of the rows"):
        scenario.reconcile("views", against, receipt=home)
