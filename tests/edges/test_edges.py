"""Edge cases are valid and told apart; invalid rows break the rule that they are said to break, and no other."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sandbox
from sandbox.contract import RowCheck, broken_keys
from sandbox.edges import writing
from sandbox.errors import InputError, OutsideError

TILL = """
sandbox: 1
name: till
seed: 5
clock: {start: 2026-01-01, days: 20, zone: Europe/London}
datasets:
  shops:
    rows: 30
    static: true
    key: shop_id
    columns:
      shop_id: {serial: "S{:03d}"}
      code: {pattern: "[A-Z]{2}[0-9]{4}", unique: true}
      size: {choice: [small, large], type: enum}
      opened: {date: [1990-01-01, 2020-01-01], nulls: 0.2}
  sales:
    rows: 200
    time: sold_at
    key: sale_id
    columns:
      sale_id: {uuid: true}
      shop_id: {ref: shops}
      sold_at: {times: evening}
      price: {uniform: [1, 90], decimals: 2, type: "decimal(8, 2)", check: {gt: 0, le: 100}}
      paid: {sql: "price * 0.9", decimals: 2, type: "decimal(8, 2)"}
      note: {fake: word, nulls: 0.3, check: {min_length: 1, max_length: 40}}
      amount: {integer: [1, 9]}
    expect: {paid_at_most_price: paid <= price}
  items:
    of: sales
    fan_out: 2
    static: true
    key: item_id
    columns: {item_id: {serial: 1}, flag: {bernoulli: 0.5}}
  visitors:
    of: shops
    time: came_at
    key: event_id
    visits: {per_day: 1}
    columns: {event_id: {visit: event_id}, pace: {exponential: 2, check: {ge: 0}}}
"""
FORMATS = ("parquet", "arrow", "csv", "jsonl")


@pytest.fixture
def till(tmp_path: Path) -> sandbox.Scenario:
    (tmp_path / "till.yaml").write_text(TILL, encoding="utf-8")
    return sandbox.load(tmp_path / "till.yaml")


def test_edge_cases_keep_the_contract_and_reach_its_ends(till):
    for dataset in till.datasets:
        rows = till.edge_cases(dataset)
        contract = till.plan.datasets[dataset].contract
        assert rows.schema.equals(contract.schema)
        assert not len(RowCheck(contract)(rows.combine_chunks().to_batches()[0]).rejected)
    sales, shops = till.edge_cases("sales"), till.edge_cases("shops")
    prices, notes = sales["price"].to_pylist(), sales["note"].to_pylist()
    assert max(prices) == 90 or max(prices) == 100
    assert {len(note) for note in notes if note} >= {1, 40}
    assert None in notes
    assert set(shops["size"].to_pylist()) == {"small", "large"}
    assert {None} < set(shops["opened"].to_pylist())
    assert set(till.edge_cases("items")["flag"].to_pylist()) == {True, False}


def test_streams_have_edges_and_wrong_rows_too(till):
    events = till.table("visitors")
    edges = till.edge_cases("visitors")
    assert edges.num_rows > 0
    assert not set(edges["event_id"].to_pylist()) & set(events["event_id"].to_pylist())
    assert {"pace.range", "event_id.not_null"} <= set(till.invalid("visitors", 20))


@pytest.mark.parametrize("format", FORMATS)
def test_they_land_in_files_of_their_own_and_are_counted_apart(till, tmp_path, format):
    plain = till.generate(tmp_path / "plain", format=format).manifest
    one, two = (
        till.generate(tmp_path / str(workers), format=format, edge_cases=True, workers=workers) for workers in (1, 2)
    )
    assert one.manifest == two.manifest
    for name, entry in one.manifest.datasets.items():
        edges = entry.edge_cases
        assert entry.rejected == 0
        assert edges["rows"] == len(edges["cases"]) == len(till.edge_cases(name)) > 0
        assert entry.accepted == plain.datasets[name].accepted + edges["rows"]
        assert plain.datasets[name].edge_cases == {}
        own = [part for part in entry.parts if part.file not in edges["files"]]
        assert [(part.file, part.rows) for part in own] == [
            (part.file, part.rows) for part in plain.datasets[name].parts
        ]
        if format == "parquet":  # others wait until keys are judged, and are written in other batches then
            assert [part.digest for part in own] == [part.digest for part in plain.datasets[name].parts]
    assert till.generate(tmp_path / "1", format=format, edge_cases=True).already_done


def test_a_row_breaks_exactly_the_rule_that_it_is_for(till):
    for dataset in till.datasets:
        contract = till.plan.datasets[dataset].contract
        found = till.invalid(dataset, 60)
        assert 30 <= sum(len(rows) for rows in found.values()) <= 60
        across = {"primary_key", "code.unique", "shop_id → shops.shop_id", "sale_id → sales.sale_id"}
        for rule, rows in found.items():
            for row in range(len(rows)):
                broken = RowCheck(contract)(rows.slice(row, 1).combine_chunks().to_batches()[0]).counts
                assert set(broken) == (set() if rule in across else {rule}), rule
    assert {
        "price.range",
        "paid_at_most_price",
        "note.length",
        "sale_id.format",
        "sold_at.not_null",
        "paid.type",
    } <= set(till.invalid("sales", 60))


def test_rules_across_rows_are_broken_beside_the_dataset(till, tmp_path):
    landed = till.generate(tmp_path / "out")
    till.write_invalid(tmp_path / "wrong", 40)
    told = json.loads((tmp_path / "wrong" / "rules.json").read_text())
    seen = set()
    for file in told["files"]:
        name, path = file["dataset"], tmp_path / "wrong" / file["file"]
        contract = till.plan.datasets[name].contract
        if pq.read_schema(path).types != contract.schema.types or file["rule"].endswith(("not_null", "_id.type")):
            continue
        parts = [*landed.parts(name), path]
        parents = {other: landed.parts(other) for other in till.datasets}
        offenders = broken_keys(contract, parts, parents, spill=tmp_path)
        rules = set(offenders["reason"].to_pylist())
        is_across = file["rule"] == "primary_key" or "→" in file["rule"] or file["rule"].endswith(".unique")
        assert rules == ({file["rule"]} if is_across else set()), file
        assert set(offenders["part"].to_pylist()) <= {len(parts) - 1}
        seen |= rules
    assert seen == {"primary_key", "code.unique", "shop_id → shops.shop_id", "sale_id → sales.sale_id"}


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_tells_what_it_could_not_break(till, tmp_path, format):
    told = till.write_invalid(tmp_path / "wrong", 50, format=format)
    assert {(each["dataset"], each["rule"]) for each in told["unbroken"]} >= {("shops", "shop_id.type")}
    assert all(each["why"] for each in told["unbroken"])
    files = sorted(path.relative_to(tmp_path / "wrong").as_posix() for path in (tmp_path / "wrong").rglob("*.*"))
    assert files == sorted([*(file["file"] for file in told["files"]), "rules.json"])
    if format == FORMATS[0]:  # which rows are wrong, and how, is decided before a format is asked
        assert till.write_invalid(tmp_path / "again", 50, format=format) == told


def test_a_folder_of_something_else_is_left_alone(till, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        till.write_invalid(tmp_path / "mine", 5)


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        (KeyboardInterrupt(), pytest.raises(KeyboardInterrupt)),
        (OSError(errno.ENOSPC, "No space"), pytest.raises(OutsideError, match=r"wrong: cannot be written: No space\.")),
    ],
)
def test_stopped_on_the_way_it_leaves_all_as_it_was(till, tmp_path, monkeypatch, stop, told):
    rules = till.write_invalid(tmp_path / "wrong", 40)
    before = sorted(path.as_posix() for path in tmp_path.rglob("*"))

    def stops(path, *rest):
        if "not_null" in path.name:
            raise stop
        return written(path, *rest)

    written = writing._written
    with monkeypatch.context() as broken:
        broken.setattr(writing, "_written", stops)
        with told:
            till.write_invalid(tmp_path / "wrong", 50)
    assert sorted(path.as_posix() for path in tmp_path.rglob("*")) == before
    assert json.loads((tmp_path / "wrong" / "rules.json").read_text()) == rules
    assert till.write_invalid(tmp_path / "wrong", 50, format="csv")["format"] == "csv"
    assert not list((tmp_path / "wrong").rglob("*.parquet")), "what an earlier call wrote is replaced"


def test_the_verb_writes_both_and_says_where(command, till, tmp_path):
    words = ("generate", tmp_path / "till.yaml", "--out", tmp_path / "out", "--edge-cases", "--invalid", "30")
    said = command(*words)
    assert said.code == 0
    assert "edge cases in shops/part-00001.parquet" in said.out
    assert " rows in " in said.out
    assert "not broken: shop_id.type of shops" in said.out
    assert not list((tmp_path / "out").rglob("*range*"))
    assert json.loads(command(*words, "--format", "json").out)["datasets"]["sales"]["edge_cases"] > 0
    assert pa.__version__
