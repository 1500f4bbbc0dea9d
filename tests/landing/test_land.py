"""A landing: what lies there afterwards, and that every row is accounted for."""

import json
import os
import stat

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from sandbox.errors import InputError, OutsideError
from sandbox.landing import Shape, accepted_batches, compare, land, read_manifest, verify_manifest
from sandbox.scenario.loader import Options, load
from sandbox.sinks.arrow import ArrowFile
from sandbox.sinks.csv import CsvFile
from sandbox.sinks.jsonl import JsonLinesFile

SHOP = """
sandbox: 1
name: shop
seed: 5
clock: {start: 2026-01-01, days: 30, zone: Europe/London}
datasets:
  customers:
    rows: 3000
    key: customer_id
    static: true
    columns:
      customer_id: {serial: 1}
      plan: {choice: {basic: 3, plus: 1}}
      fee: {lognormal: {median: 20, sigma: 1}, decimals: 2, check: {le: 60}}
      email: {sql: "'c' || customer_id || '@example.com'", pii: true}
  orders:
    of: customers
    rate: 0.1
    time: at
    columns:
      total: {gamma: {shape: 2, mean: 30}, decimals: 2}
"""


@pytest.fixture
def planned(tmp_path):
    def plan(text=SHOP, **options):
        path = tmp_path / "scenario" / "shop.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return load(path, Options(**options), {}).plan

    return plan


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def table(paths):
    return pa.concat_tables([pq.read_table(path) for path in paths])


def test_rows_in_are_rows_accepted_and_rejected(planned, tmp_path):
    out = tmp_path / "out"
    landed = land(planned(), out)
    customers = landed.manifest.datasets["customers"]
    assert customers.rows_in == 3000 == customers.accepted + customers.rejected
    assert customers.rejected == customers.broken["fee.range"] > 0
    rows = table(landed.parts("customers"))
    assert rows.num_rows == customers.accepted
    assert pc.max(rows["fee"]).as_py() <= 60
    refused = table(landed.rejected("customers"))
    assert refused.num_rows == customers.rejected
    assert {reason for reasons in refused["_reasons"].to_pylist() for reason in reasons} == {"fee.range"}
    assert sorted(path.name for path in out.iterdir()) == ["customers", "manifest.json", "orders", "rejected"]
    assert verify_manifest(out) == []


def test_children_of_refused_parents_are_refused_too(planned, tmp_path):
    landed = land(planned(), tmp_path / "out")
    orders = landed.manifest.datasets["orders"]
    assert orders.broken == {"customer_id → customers.customer_id": orders.rejected}
    assert orders.rejected > 0
    parents = table(landed.parts("customers"))["customer_id"]
    assert pc.all(pc.is_in(table(landed.parts("orders"))["customer_id"], parents.combine_chunks())).as_py()
    refused = table(landed.rejected("orders"))
    assert refused.num_rows == orders.rejected
    assert landed.rejected("orders")[0].name == "part-00000-keys.parquet"


@pytest.mark.parametrize("sink", [CsvFile(), JsonLinesFile(), ArrowFile()])
def test_values_are_the_same_in_every_format(planned, tmp_path, sink):
    parquet = land(planned(), tmp_path / "parquet").manifest
    other = land(planned(), tmp_path / "other", sink=sink)
    assert compare(parquet, other.manifest) == []
    assert [part.rows for part in other.manifest.datasets["orders"].parts] == [parquet.datasets["orders"].accepted]
    assert {path.suffix for path in other.parts("orders")} == {sink.suffix()}
    assert not (tmp_path / "other" / ".landing").exists()


def test_any_number_of_workers_gives_the_same_bytes(planned, tmp_path):
    land(planned(), tmp_path / "one")
    land(planned(), tmp_path / "two", workers=3)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_manifest_tells_neither_time_nor_place(planned, tmp_path):
    land(planned(), tmp_path / "out")
    text = (tmp_path / "out" / "manifest.json").read_text()
    assert str(tmp_path) not in text
    assert "seconds" not in text
    record = json.loads(text)
    assert record["scenario"]["name"] == "shop"
    assert record["scenario"]["seed"] == 5
    assert set(record["versions"]) == {"sandbox", "duckdb", "faker", "numpy", "pyarrow", "tzdata"}
    assert record["datasets"]["orders"]["arrival"] == "its own at"
    assert read_manifest(tmp_path / "out").text() == text


def test_the_mart_gets_the_envelope(planned, tmp_path):
    landed = land(planned(), tmp_path / "run", shape=Shape("landing", envelope=True))
    part = landed.parts("orders")[0]
    assert part == tmp_path / "run" / "landing" / "orders" / "part-00000.parquet"
    rows = pq.read_table(part)
    assert pc.all(pc.equal(pc.struct_field(rows["_sandbox"], "arrived_at"), rows["at"])).as_py()


def test_hive_folders(planned, tmp_path):
    text = SHOP.replace(
        "    columns:\n      total:",
        "    partition_by: [day]\n    columns:\n      day: {sql: \"date_trunc('day', at)::date\"}\n      total:",
    )
    landed = land(planned(text), tmp_path / "out")
    entry = landed.manifest.datasets["orders"]
    assert entry.parts[0].file.startswith("orders/day=2026-01-01/part-00000")
    assert len(entry.parts) >= 30
    rows = pyarrow.dataset.dataset(tmp_path / "out" / "orders", partitioning="hive").to_table()
    assert rows.num_rows == entry.accepted == sum(part.rows for part in entry.parts)
    plain = land(planned(text), tmp_path / "run", shape=Shape("landing", envelope=True))
    assert [path.name for path in plain.parts("orders")] == ["part-00000.parquet"]
    assert compare(landed.manifest, plain.manifest) == []


def test_a_finished_landing_is_not_done_again(planned, tmp_path):
    out = tmp_path / "out"
    first = land(planned(), out)
    before = files(out)
    again = land(planned(), out)
    assert again.already_done
    assert again.manifest == first.manifest
    assert files(out) == before
    next(iter(again.parts("orders"))).unlink()
    assert verify_manifest(out) == ["orders/part-00000.parquet: is missing."]
    mended = land(planned(), out)
    assert not mended.already_done
    assert files(out) == before


def test_a_changed_file_is_found(planned, tmp_path):
    landed = land(planned(), tmp_path / "out")
    part = landed.parts("orders")[0]
    octets = bytearray(part.read_bytes())
    octets[100] ^= 1
    part.write_bytes(octets)
    assert verify_manifest(tmp_path / "out") == ["orders/part-00000.parquet: was changed."]


def test_another_scenario_is_refused_unless_forced(planned, tmp_path):
    out = tmp_path / "out"
    land(planned(), out)
    before = files(out)
    with pytest.raises(
        InputError, match="a landing of the same scenario with seed 5; choose another folder, or --force"
    ):
        land(planned(seed=6), out)
    assert files(out) == before
    forced = land(planned(seed=6), out, force=True)
    assert forced.manifest.scenario["seed"] == 6
    land(planned(seed=6), tmp_path / "fresh")
    assert files(out) == files(tmp_path / "fresh")


def test_strangers_files_are_never_touched(planned, tmp_path):
    out = tmp_path / "out"
    (out / "orders").mkdir(parents=True)
    (out / "orders" / "mine.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(InputError, match="'orders' is there already, and no landing tells of it"):
            land(planned(), out, force=force)
    assert files(out) == {"orders/mine.txt": b"mine"}


def test_a_folder_in_use_is_refused(planned, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    out = tmp_path / "out"
    out.mkdir()
    handle = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(OutsideError, match="another landing is at work there"):
            land(planned(), out)
    finally:
        os.close(handle)
    assert not list(out.iterdir())


def test_a_folder_that_cannot_be_written(planned, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutsideError, match="cannot be written"):
        land(planned(), tmp_path / "file" / "out")


def test_a_full_disk_leaves_no_half_written_file(planned, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sandbox.sinks.parquet._ParquetWriter._write_group", full)
    with pytest.raises(OutsideError, match=r"No space left on device.*the same command goes on"):
        land(planned(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    land(planned(), tmp_path / "out")


def test_broken_off_it_keeps_what_is_done(planned, tmp_path, monkeypatch):
    import sandbox.landing.landing as module

    real, landed = module.land_share, []

    def once(task, meter, stop):
        if landed:
            raise KeyboardInterrupt
        landed.append(task)
        return real(task, meter, stop)

    monkeypatch.setattr(module, "land_share", once)
    out = tmp_path / "out"
    with pytest.raises(OutsideError, match="interrupted; what is done is kept"):
        land(planned(), out)
    monkeypatch.undo()
    assert not (out / "manifest.json").exists()
    with pytest.raises(InputError, match="holds an unfinished landing of the same scenario with seed 5"):
        land(planned(seed=6), out)
    resumed = land(planned(), out)
    assert (resumed.kept, resumed.redone) == (1, 1)
    land(planned(), tmp_path / "whole")
    assert files(out) == files(tmp_path / "whole")


def test_progress_comes_to_the_end(planned, tmp_path):
    told = {}
    land(planned(), tmp_path / "out", progress=lambda dataset, done, total: told.update({dataset: (done, total)}))
    assert told["customers"] == (3000, 3000)
    assert told["orders"][0] == told["orders"][1] > 0


def test_only_some_datasets(planned, tmp_path):
    landed = land(planned(), tmp_path / "out", datasets=["orders"])
    assert set(landed.manifest.datasets) == {"orders"}
    assert landed.manifest.datasets["orders"].rejected == 0
    with pytest.raises(InputError, match=r"unknown dataset 'order'\. Did you mean 'orders'"):
        land(planned(), tmp_path / "other", datasets=["order"])


def test_rows_without_a_landing(planned):
    plan = planned()
    rows = pa.Table.from_batches(accepted_batches(plan, "customers"))
    assert rows.schema.equals(plan.datasets["customers"].contract.schema)
    assert 0 < rows.num_rows < 3000


def test_a_dummy_may_be_read_by_all(planned, tmp_path):
    land(planned(), tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out" / "manifest.json").stat().st_mode) & 0o444
