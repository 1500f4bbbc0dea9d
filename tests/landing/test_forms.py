"""Histories land in each form as ordinary datasets: contract, manifest, digests, resuming, in every format."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pytest

import sandbox
from sandbox.errors import InputError
from sandbox.landing import read_manifest, verify_manifest

LIFE = """
sandbox: 1
name: life
clock: {start: 2026-01-01, days: 40}
datasets:
  members:
    rows: 200
    history: true
    key: id
    partition_by: [plan]
    columns: {id: {serial: 1}, plan: {choice: [basic, plus]}, name: {fake: name, pii: true}}
    leave: {hazard: 0.02 per day}
    returns: {hazard: 0.1 per day}
    transitions: {up: {at: day 12, share: 0.5, when: "plan = 'basic'", set: {plan: "'plus'"}}}
  visits: {of: members, rate: 0.1, time: at, columns: {minutes: {poisson: 9}}}
"""


@pytest.fixture
def life(tmp_path):
    path = tmp_path / "life.yaml"
    path.write_text(LIFE, encoding="utf-8")
    return path


@pytest.mark.parametrize("how", [{"history": "changes"}, {"as_of": "day 20"}])
@pytest.mark.parametrize("format", ["parquet", "arrow", "csv", "jsonl"])
def test_every_format_holds_a_form_with_its_manifest(life, tmp_path, how, format):
    found = sandbox.load(life)
    landed = found.generate(tmp_path / "out", format=format, **how)
    assert verify_manifest(tmp_path / "out") == []
    entry = read_manifest(tmp_path / "out").datasets["members"]
    wanted = found.changes("members") if "history" in how else found.table("members", as_of="day 20")
    assert entry.accepted == wanted.num_rows > 0
    assert entry.rejected == 0
    assert found.generate(tmp_path / "out", format=format, **how).already_done
    if format == "csv" and "history" in how:
        flat = pyarrow.csv.read_csv(landed.parts("members")[0])
        assert flat.column_names[:6] == ["changed_at", "sequence", "operation", "id", "before_id", "before_plan"]
        assert flat["after_plan"].to_pylist() == [(row and row["plan"]) or "" for row in wanted["after"].to_pylist()]
    elif format == "parquet":
        whole = ds.dataset(tmp_path / "out" / "members", partitioning="hive").to_table()
        assert whole.num_rows == wanted.num_rows
        if "as_of" in how:
            assert {part.parent.name for part in landed.parts("members")} == {"plan=basic", "plan=plus"}


def test_a_form_is_the_same_bytes_for_any_workers_and_another_one_is_another_landing(life, tmp_path):
    found = sandbox.load(life)
    one, two = (found.generate(tmp_path / str(n), history="changes", workers=n) for n in (1, 2))
    assert one.manifest.text() == two.manifest.text()
    with pytest.raises(InputError, match="holds a landing of the same scenario with history changes"):
        found.generate(tmp_path / "1", as_of="day 3")
    found.generate(tmp_path / "1", as_of="day 3", force=True)
    assert read_manifest(tmp_path / "1").scenario["history"] == "as of 2026-01-04 00:00:00 UTC"


def test_personal_data_stays_personal_in_the_row_before_and_after(life, tmp_path):
    entry = sandbox.load(life).generate(tmp_path / "out", history="changes").manifest.datasets["members"]
    pii = [column["name"] for column in entry.contract["columns"] if column.get("pii")]
    assert pii == ["before", "after"]


def test_nothing_points_at_entities_that_a_table_as_of_a_time_may_lack(life, tmp_path):
    entries = sandbox.load(life).generate(tmp_path / "out", as_of="day 20").manifest.datasets
    assert "foreign_keys" not in entries["visits"].contract
    assert entries["visits"].rejected == 0
    assert entries["members"].contract["static"]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"history": "cdc"}, r"unknown form 'cdc'"),
        ({"history": "changes", "as_of": "day 3"}, "ask for one of the two"),
        ({"as_of": "day 41"}, "lies after the clock's end"),
        ({"as_of": "soon"}, "got 'soon', must be such as day 30"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(life, tmp_path, how, told):
    with pytest.raises(InputError, match=told):
        sandbox.load(life).generate(tmp_path / "out", **how)
    assert not (tmp_path / "out").exists()


def test_what_is_no_history_or_real_has_no_forms(life, tmp_path):
    found = sandbox.load(life)
    with pytest.raises(InputError, match="'visits' is no history"):
        found.changes("visits")
    with pytest.raises(InputError, match="'visits' is no history"):
        found.table("visits", as_of="day 3")
    plain = tmp_path / "plain.yaml"
    plain.write_text(LIFE.split("  members")[0] + "  t: {rows: 1, static: true, columns: {a: {serial: 1}}}\n", "utf-8")
    with pytest.raises(InputError, match="has no history"):
        sandbox.load(plain).generate(tmp_path / "out", history="changes")
    real = tmp_path / "real.yaml"
    real.write_text(LIFE + "targets: {real: {members: {csv: members.csv}}}\n", encoding="utf-8")
    with pytest.raises(InputError, match="'members': comes from the target 'real'"):
        sandbox.load(real, target="real").generate(tmp_path / "out", history="changes")


def test_the_key_of_a_history_may_not_take_a_name_of_its_change_stream(tmp_path):
    path = tmp_path / "life.yaml"
    path.write_text(LIFE.replace("key: id", "key: sequence").replace("{id:", "{sequence:"), encoding="utf-8")
    with pytest.raises(InputError, match=r"datasets\.members\.columns\.sequence: its change stream has a column"):
        sandbox.load(path).changes("members")


def test_the_command_line_writes_each_form(life, tmp_path, command):
    out = tmp_path / "out"
    assert command("generate", life, "--out", out, "--history", "changes", "--as", "jsonl", "--quiet").code == 0
    first = json.loads(next((out / "members").glob("*.jsonl")).read_text().splitlines()[0])
    assert first["operation"] == "insert"
    assert first["before"] is None
    assert first["after"]["id"] == first["id"]
    said = command("generate", life, "--out", out, "--as-of", "day 12", "--force", "--format", "json")
    assert json.loads(said.out)["datasets"]["members"]["rejected"] == 0
    assert command("generate", life, "--out", out, "--as-of", "day 12", "--history", "changes").code == 2
    assert "as of" in command("generate", life, "--as-of", "twelve").err


def test_in_python_changes_come_in_their_order_and_a_table_as_of_a_time_has_no_ends(life):
    found = sandbox.load(life)
    changes = found.changes("members")
    at = changes["changed_at"].cast(pa.int64()).to_pylist()
    assert at == sorted(at)
    assert {"insert", "update", "delete"} == set(changes["operation"].to_pylist())
    table = found.table("members", as_of="2026-01-21")
    assert table.column_names == ["id", "plan", "name"]
    assert len(found.frame("members", as_of="day 20")) == table.num_rows
