"""`sandbox init`: what it writes, what it refuses, and what it says."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from sandbox.cli import main

SCHEMA = {"type": "record", "name": "orders", "fields": [{"name": "id", "type": "long", "aliases": ["x"]}]}


def call(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert isinstance(stop.value.code, int)
    return stop.value.code


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.avsc").write_text(json.dumps(SCHEMA))
    return tmp_path


def test_a_starter_without_a_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("init", "-o", "deep/mine.yaml") == 0
    assert "Next: sandbox check deep/mine.yaml" in capsys.readouterr().out
    assert "name: mine" in (folder / "deep" / "mine.yaml").read_text()
    assert (folder / "deep" / "features" / "buys_again.sql").is_file()
    assert call("check", "deep/mine.yaml") == 0


def test_a_file_without_an_option_is_asked_after(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("init", "shop.yaml") == 2
    told = capsys.readouterr().err
    assert "`--from shop.yaml` drafts a scenario" in told
    assert "`-o shop.yaml` writes a starter there" in told
    assert not (folder / "shop.yaml").exists()


def test_from_a_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("init", "--from", "orders.avsc") == 0
    said = capsys.readouterr()
    assert "orders.avsc: Avro, 1 dataset (orders)." in said.out
    assert "aliases are not kept" in said.err
    assert call("check", "scenario.yaml", "--quiet") == 0


def test_nothing_is_overwritten_without_force(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "features").mkdir()
    (folder / "features" / "buys_again.sql").write_text("mine")
    assert call("init") == 2
    assert "features/buys_again.sql: is there already" in capsys.readouterr().err
    assert not (folder / "scenario.yaml").exists()
    assert (folder / "features" / "buys_again.sql").read_text() == "mine"
    assert call("init", "--force") == 0


def test_what_is_wrong_with_a_schema_is_told_and_nothing_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.avsc").write_text('{"type": "record",\n "name": "x", "fields": [')
    assert call("init", "--from", "bad.avsc", "--from", "nothing.avsc") == 2
    said = capsys.readouterr().err
    assert "bad.avsc:2:26:" in said
    assert "nothing.avsc: no such file" in said
    assert not (folder / "scenario.yaml").exists()


def test_on_a_full_disk_nothing_is_left_half_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there, opened = {each.name for each in folder.iterdir()}, os.open

    def full(path: str, flags: int, mode: int = 0o777) -> int:
        handle = opened(path, flags, mode)
        if "buys_again" in str(path):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return handle

    monkeypatch.setattr(os, "open", full)
    assert call("init") == 3
    assert "buys_again.sql: cannot be written: No space left on device." in capsys.readouterr().err
    assert {each.name for each in folder.rglob("*") if each.is_file()} == there


def test_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("init", "--from", "orders.avsc", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == ["scenario.yaml"]
    assert told["lost"][0]["line"] == 1


def test_servers_of_a_data_contract_become_targets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "shop.odcs.yaml").write_text("""apiVersion: v3.1.0
servers:
- {server: prod, type: postgres, host: db.example, port: 5432, database: shop, schema: sales}
- {server: files, type: local, path: './data/{model}/*.parquet', format: parquet}
- {server: lake, type: snowflake, account: a, database: b, schema: c}
- {server: live, type: kafka, host: 'broker.example:9092', format: json}
- {server: avro, type: kafka, host: 'broker.example:9092', format: avro}
- {server: bucket, type: s3, location: 's3://shop/{model}/*.parquet', format: parquet}
schema:
- name: Orders
  properties:
  - {name: Order Id, logicalType: integer, required: true}
""")
    assert call("init", "--from", "shop.odcs.yaml") == 0
    text = (folder / "scenario.yaml").read_text()
    assert "# The server 'lake' (snowflake) says too little for a source here" in text
    assert "# The server 'avro' (kafka) says too little for a source here" in text
    assert 'kafka: {servers: "broker.example:9092", topic: Orders}' in text
    assert "s3://shop/Orders/*.parquet" in text
    assert call("check", "scenario.yaml") == 0
    said = capsys.readouterr().out
    assert "postgresql://db.example:5432/shop" in said
    assert "data/Orders/*.parquet" in said
