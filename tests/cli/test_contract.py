"""`sandbox contract`: in, out, and side by side, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DDL = "CREATE TABLE orders (id bigint PRIMARY KEY, amount decimal(9, 2) CHECK (amount >= 0), note varchar(5));"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.sql"
    path.write_text(DDL, encoding="utf-8")
    return path


def test_what_is_imported_is_read_again(command, orders: Path, tmp_path: Path) -> None:
    said = command("contract", "import", orders)
    assert (said.code, said.err) == (0, "")
    (tmp_path / "own.yaml").write_text(said.out, encoding="utf-8")
    assert command("contract", "import", tmp_path / "own.yaml").out == said.out
    assert command("contract", "diff", orders, tmp_path / "own.yaml").code == 0


def test_an_export_tells_what_is_lost(command, orders: Path, tmp_path: Path) -> None:
    said = command("contract", "export", orders, "--as", "avro", "--out", tmp_path / "o.avsc")
    assert said.code == 0
    assert "not held: orders.amount: Avro has no word for ge 0.00." in said.err
    assert json.loads((tmp_path / "o.avsc").read_text())["name"] == "orders"


@pytest.mark.parametrize("format_", ["odcs", "avro", "json-schema", "ddl"])
def test_a_scenario_is_exported_by_dataset(command, club, format_: str) -> None:
    said = command("contract", "export", f"{club()}#visits", "--as", format_)
    assert said.code == 0
    assert "visited_at" in said.out


def test_several_datasets_go_into_one_file_where_the_format_has_room(command, club) -> None:
    assert command("contract", "export", club(), "--as", "odcs").code == 0
    said = command("contract", "export", club(), "--as", "avro")
    assert said.code == 2
    assert "pick one with #NAME: members, visits." in said.err


def test_a_break_ends_with_1_and_names_who_is_hurt(command, orders: Path, tmp_path: Path) -> None:
    (tmp_path / "new.sql").write_text(DDL.replace("varchar(5)", "varchar(3)"), encoding="utf-8")
    said = command("contract", "diff", orders, tmp_path / "new.sql")
    assert said.code == 1
    assert "orders.note: length: may be of 5, and the reader wants at most 3. Hurt is the producer" in said.out
    assert command("contract", "diff", orders, tmp_path / "new.sql", "--mode", "forward").code == 0
    said = command("contract", "diff", orders, tmp_path / "new.sql", "--format", "json")
    assert json.loads(said.out)["breaks"][0]["rule"] == "length"
    said = command("contract", "diff", orders, tmp_path / "new.sql", "--format", "github")
    assert said.out.startswith("::error file=")


def test_what_is_not_there(command, orders: Path) -> None:
    assert "no dataset 'order'. Did you mean 'orders'" in command("contract", "diff", f"{orders}#order", orders).err
    assert "has versions 1 to 1; got '2'" in command("contract", "diff", f"{orders}#orders@2", orders).err
