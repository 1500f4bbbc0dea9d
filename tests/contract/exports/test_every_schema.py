"""Schemas that real teams use: written in their own format and read again, each says what it said before."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.contract.canonical import canonical
from sandbox.contract.exports import export_avro, export_odcs
from sandbox.contract.imports import read_schema
from sandbox.errors import InputError

SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "schemas"
ODCS = sorted(SCHEMAS.glob("odcs/*.yaml"))
AVRO = sorted(SCHEMAS.glob("*avro/*")) + sorted(SCHEMAS.glob("confluent_datagen/*"))


@pytest.mark.parametrize("file", AVRO, ids=lambda file: file.name)
def test_avro(file: Path, tmp_path: Path) -> None:
    (contract,) = read_schema(file).contracts
    exported = export_avro(contract)
    assert exported.lost == ()
    (tmp_path / "again.avsc").write_text(exported.text, encoding="utf-8")
    assert [canonical(each) for each in read_schema(tmp_path / "again.avsc").contracts] == [canonical(contract)]


@pytest.mark.parametrize("file", ODCS, ids=lambda file: file.name)
def test_odcs(file: Path, tmp_path: Path) -> None:
    try:
        imported = read_schema(file)
    except InputError:  # those without columns; see tests/contract/imports/test_every_schema.py
        return
    contracts = [described.whole for described in imported.datasets]
    exported = export_odcs(contracts, "again", imported.servers)
    (tmp_path / "again.yaml").write_text(exported.text, encoding="utf-8")
    again = read_schema(tmp_path / "again.yaml")
    assert [canonical(each.whole) for each in again.datasets] == [canonical(contract) for contract in contracts]
    assert again.servers == imported.servers
