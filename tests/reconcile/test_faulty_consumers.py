"""Consumers that do one thing wrong each: every fault is found and named, and an honest copy is clean."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import sandbox
from sandbox.cli import main
from sandbox.contract.envelope import ENVELOPE
from sandbox.errors import InputError
from sandbox.reconcile.sent import FromScenario
from tests.reconcile.views import HOUR_US, WEB, faults


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    path = tmp_path_factory.mktemp("web") / "web.yaml"
    path.write_text(WEB, encoding="utf-8")
    scenario = sandbox.load(path)
    sent = pa.Table.from_batches(list(FromScenario(scenario.plan, "views").batches()))
    return path, scenario, sent


@pytest.fixture(params=["ids", "keys"])
def consumer(request, web, tmp_path):
    """Land a table as a consumer would, with event ids or without, and reconcile."""
    _, scenario, _ = web

    def land(table, **options):
        if request.param == "keys":
            table = table.drop_columns([ENVELOPE])
        pq.write_table(table, tmp_path / "landed.parquet")
        return scenario.reconcile("views", order="arrival", against=f"parquet:{tmp_path}", **options)

    return land


def ended(words):
    """The exit code of a command."""
    try:
        return main(words) or 0
    except SystemExit as end:
        return end.code or 0


def changed(table, name, column):
    return table.set_column(table.schema.get_field_index(name), name, column)


def times(table):
    return table["viewed_at"].cast(pa.int64()).to_numpy()


def test_an_honest_copy_is_clean(web, consumer):
    found = consumer(web[2])
    assert faults(found) == {}
    assert found.holds
    assert found.sent == found.landed == web[2].num_rows > 5_000
    assert found.windows == []


def test_one_that_drops_every_97th(web, consumer):
    sent = web[2]
    number = np.arange(sent.num_rows)
    found = consumer(sent.filter(pa.array(number % 97 != 96)), tolerance=["lost=0.5%"])
    assert faults(found) == {"lost": sent.num_rows // 97}
    assert [offender.sent_as for offender in found.first["lost"]] == [96, 193, 290]
    assert sum(window.faults["lost"] for window in found.windows) == sent.num_rows // 97
    assert len(found.windows) == 6
    assert len(found.beyond) == 1
    assert "tolerated is 0.500%" in found.beyond[0]
    assert consumer(sent.filter(pa.array(number % 97 != 96)), tolerance=["lost=1.1%"]).holds


def test_one_that_doubles(web, consumer):
    sent = web[2]
    found = consumer(pa.concat_tables([sent, sent.slice(100, 50), sent.slice(100, 1)]))
    assert faults(found)["duplicated"] == 51
    assert set(faults(found)) <= {"duplicated", "reordered"}


def test_one_that_cuts_texts(web, consumer):
    sent = web[2]
    pages = sent["page"].cast(pa.string())
    found = consumer(changed(sent, "page", pc.utf8_slice_codeunits(pages, 0, 22)))
    rows = pc.sum(pc.greater(pc.utf8_length(pages), 22)).as_py()
    assert faults(found) == {"altered": rows}
    (alteration,) = found.altered
    assert (alteration.column, alteration.rows, alteration.how) == ("page", rows, "cut to 22 characters")
    assert alteration.first == {"sent": "product page with pictures", "landed": "product page with pict"}


def test_one_that_rounds_and_one_that_loses_a_column_of_people(web, consumer):
    sent = web[2]
    rounded = changed(sent, "paid", pc.round(sent["paid"], 2))
    found = consumer(changed(rounded, "buyer", pa.nulls(sent.num_rows, pa.string())))
    told = {each.column: each for each in found.altered}
    assert told["paid"].how == "rounded to 2 decimals"
    assert told["buyer"].how == "became null"
    assert told["buyer"].first == {"sent": "•••", "landed": None}


def test_one_that_drops_what_is_late(web, consumer):
    sent = web[2]
    delay = sent[ENVELOPE].combine_chunks().field("arrived_at").cast(pa.int64()).to_numpy() - times(sent)
    late = delay > HOUR_US
    assert late.sum() > 50
    found = consumer(sent.filter(pa.array(~late)))
    ids = sent[ENVELOPE].combine_chunks().field("event_id").to_numpy()
    missing = set(ids[late]) - set(ids[~late])  # an event that came twice may have been late only once
    assert faults(found) == {"late": len(missing)}
    told = next(each for each in found.lateness if each.looks_allowed)
    assert told.measure == "delay"
    assert told.looks_allowed.startswith(("0:5", "1:00"))
    assert told.lost_by_allowed["1h"] == pytest.approx(late.mean(), rel=0.05)
    assert told.lost_by_allowed["6h"] == 0


def test_one_that_only_reorders(web, consumer):
    sent = web[2]
    order = np.random.default_rng(1).permutation(sent.num_rows)
    found = consumer(sent.take(pa.array(order)))
    assert set(faults(found)) == {"reordered"}
    assert found.holds
    assert not consumer(sent.take(pa.array(order)), tolerance=["reordered=1%"]).holds


def test_one_that_shifts_the_time_zone_is_named_where_ids_travel(web, tmp_path):
    _, scenario, sent = web
    moved = changed(sent, "viewed_at", pa.array(times(sent) - HOUR_US).cast(sent["viewed_at"].type))
    pq.write_table(moved, tmp_path / "landed.parquet")
    found = scenario.reconcile("views", order="arrival", against=f"parquet:{tmp_path}")
    assert faults(found) == {"altered": sent.num_rows}
    assert [(each.column, each.how) for each in found.altered] == [("viewed_at", "moved by -1:00:00")]


def test_rows_that_nobody_sent(web, tmp_path):
    _, scenario, sent = web
    other = changed(sent.slice(0, 3), "customer_id", pa.array([9_001, 9_002, 9_003]))
    other = other.drop_columns([ENVELOPE]).cast(sent.drop_columns([ENVELOPE]).schema)
    pq.write_table(pa.concat_tables([sent.drop_columns([ENVELOPE]), other]), tmp_path / "landed.parquet")
    assert faults(scenario.reconcile("views", order="arrival", against=f"parquet:{tmp_path}"))["unknown"] == 3


def test_ids_travel_in_json_and_what_is_no_json_is_counted(web, tmp_path):
    _, scenario, sent = web
    rows = sent.slice(0, 2_000)
    lines = []
    for row in rows.to_pylist():
        row["viewed_at"] = row["viewed_at"].isoformat()
        row[ENVELOPE] = {"event_id": row[ENVELOPE]["event_id"], "operation": "insert"}
        lines.append(json.dumps(row))
    lines[7] = lines[7][:30]
    (tmp_path / "landed.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = scenario.reconcile("views", order="arrival", against=f"jsonl:{tmp_path}")
    assert found.matched_by == "event id"
    ids = sent[ENVELOPE].combine_chunks().field("event_id").to_numpy()
    missing = set(ids) - set(np.delete(ids[:2_000], 7))
    assert faults(found) == {"lost": len(missing), "unreadable": 1}


def test_columns_under_other_names(web, tmp_path):
    _, scenario, sent = web
    names = ["seite" if name == "page" else name for name in sent.schema.names]
    pq.write_table(sent.rename_columns(names), tmp_path / "landed.parquet")
    with pytest.raises(InputError, match="page"):
        scenario.reconcile("views", order="arrival", against=f"parquet:{tmp_path}")
    assert scenario.reconcile("views", order="arrival", against=f"parquet:{tmp_path}", rename={"seite": "page"}).holds


def test_what_a_run_landed_is_what_was_sent(web, tmp_path, capsys):
    path, scenario, _ = web
    scenario.generate(tmp_path / "out")
    command = ["reconcile", str(path), "views", "--order", "arrival", "--run", str(tmp_path / "out")]
    assert ended([*command, "--against", f"parquet:{tmp_path}/out/views"]) == 0
    assert "within tolerance." in capsys.readouterr().out


def test_a_run_may_be_named_in_the_place_of_the_scenario(web, tmp_path, monkeypatch, capsys):
    _, scenario, _ = web
    monkeypatch.chdir(tmp_path)
    run = scenario.run("data")
    command = ["reconcile", run.folder.name, "views", "--against"]
    assert ended([*command, f"parquet:{run.folder.landing}/views"]) == 0
    shorter = run.table("views").slice(3)
    pq.write_table(shorter, tmp_path / "landed.parquet")
    assert ended([*command, f"parquet:{tmp_path}/landed.parquet"]) == 1
    assert "beyond tolerance: lost: 3 of" in capsys.readouterr().out
    assert ended(["reconcile", "nosuch/3", "views", "--against", "parquet:x"]) == 2


def test_the_command_ends_with_1_beyond_the_tolerance(web, tmp_path, capsys):
    path, _, sent = web
    pq.write_table(sent.slice(10), tmp_path / "landed.parquet")
    command = ["reconcile", str(path), "views", "--order", "arrival", "--against", f"parquet:{tmp_path}"]
    assert ended(command) == 1
    told = capsys.readouterr().out
    assert "beyond tolerance: lost: 10 of" in told
    assert ended([*command, "--tolerance", "lost=10", "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["counts"]["lost"] == 10
    assert record["holds"] is True


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--against", "parket:x"], "unknown source 'parket'. Did you mean 'parquet'"),
        (["--against", "parquet:nowhere"], "nowhere: no such file"),
        (["--against", "parquet:x", "--tolerance", "lots=1%"], "unknown kind 'lots'. Did you mean 'lost'"),
        (["--against", "parquet:x", "--tolerance", "lost"], "must be as lost=0.1% or duplicated=5"),
        (["--against", "parquet:x", "--rename", "page"], "must be as THEIRS=OURS"),
    ],
)
def test_what_is_asked_wrong_is_told(web, capsys, options, said):
    assert ended(["reconcile", str(web[0]), "views", *options]) in (2, 3)
    assert said in capsys.readouterr().err


def test_what_was_sent_may_be_a_span(web, tmp_path):
    """A replay of two days, landed whole, is whole; and nothing of the other days is missed."""
    _, scenario, _ = web
    scenario.replay("views", to=f"parquet:{tmp_path}/lake", since="day 1", until="day 3", out=tmp_path)
    days = {"since": "day 1", "until": "day 3"}
    found = scenario.reconcile("views", f"parquet:{tmp_path}/lake/views", **days)
    assert faults(found) == {}
    assert 500 < found.sent == found.landed < 3_000
    assert scenario.reconcile("views", f"parquet:{tmp_path}/lake/views").counts["lost"] > 2_000


def test_a_span_and_what_else_is_wrong_is_told_at_once(web, tmp_path):
    _, scenario, _ = web
    with pytest.raises(InputError) as told:
        scenario.reconcile("views", "parquet:x", since="dya 1", tolerance=["lots=1"])
    assert len(told.value.problems) == 2
    with pytest.raises(InputError, match="what landed in a run was sent as it is"):
        scenario.reconcile("views", "parquet:x", run=tmp_path, until="day 1")
