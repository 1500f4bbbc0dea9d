"""A folder that is being written to: whole files once each, and lines of files that grow."""

from __future__ import annotations

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.errors import OutsideError
from sandbox.scenario.parts import Unread
from sandbox.sources.files import CsvFiles, JsonLinesFiles, ParquetFiles


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("sandbox.sources.folder_following._QUIET_S", 0.0)
    monkeypatch.setattr("sandbox.sources.folder_following._PAUSE_S", 0.01)


def numbers(source, wait_s=0.0):
    """Everything that is there now."""
    found = []
    while pieces := source.poll(wait_s):
        for piece in pieces:
            found += ["unread"] * len(piece.texts) if isinstance(piece, Unread) else piece.column("n").to_pylist()
    return found


def write(path, *values, changed=None):
    pq.write_table(pa.table({"n": list(values)}), path, row_group_size=2)
    if changed is not None:
        os.utime(path, (changed, changed))


def test_files_are_read_once_each_in_the_order_in_which_they_came(tmp_path):
    source = ParquetFiles(path=".").follow(str(tmp_path), None)
    assert numbers(source) == []
    write(tmp_path / "b.parquet", 1, 2, changed=1_000)
    write(tmp_path / "a.parquet", 3, changed=2_000)
    assert numbers(source) == [1, 2, 3]
    assert numbers(source) == []
    (tmp_path / "2026").mkdir()
    write(tmp_path / "2026" / "c.parquet", 4)
    assert numbers(source) == [4]
    assert source.schema().names == ["n"]


def test_it_goes_on_from_its_position(tmp_path):
    write(tmp_path / "a.parquet", 1, 2)
    source = ParquetFiles(path=".").follow(str(tmp_path), None)
    assert numbers(source) == [1, 2]
    write(tmp_path / "b.parquet", 3)
    again = ParquetFiles(path=".").follow(str(tmp_path), source.position())
    assert numbers(again) == [3]


def test_it_goes_on_in_the_middle_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("sandbox.sources.columnar.SHARE_ROWS", 2)
    write(tmp_path / "a.parquet", *range(20))
    source = ParquetFiles(path=".").follow(str(tmp_path), None)
    first = [n for piece in source.poll(0) for n in piece.column("n").to_pylist()]
    assert 0 < len(first) < 20
    again = ParquetFiles(path=".").follow(str(tmp_path), source.position())
    assert first + numbers(again) == list(range(20))


def test_what_is_written_aside_or_is_not_whole_yet_is_left_alone(tmp_path):
    write(tmp_path / ".a.parquet", 1)
    write(tmp_path / "_temporary.parquet", 1)
    write(tmp_path / "b.parquet.new", 2)
    whole = (tmp_path / "b.parquet.new").read_bytes()
    (tmp_path / "c.parquet").write_bytes(whole[:-20])
    source = ParquetFiles(path=".").follow(str(tmp_path), None)
    assert numbers(source) == []
    (tmp_path / "b.parquet.new").rename(tmp_path / "b.parquet")
    (tmp_path / "c.parquet").write_bytes(whole)
    assert numbers(source) == [2, 2]


def test_a_file_that_stays_broken_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("sandbox.sources.folder_following._PATIENCE_S", 0.0)
    (tmp_path / "c.parquet").write_bytes(b"no parquet")
    source = ParquetFiles(path=".").follow(str(tmp_path), None)
    with pytest.raises(OutsideError, match=r"c\.parquet"):
        source.poll(0)


def test_a_text_file_is_taken_when_it_has_been_quiet(tmp_path, monkeypatch):
    monkeypatch.setattr("sandbox.sources.folder_following._QUIET_S", 0.15)
    (tmp_path / "a.csv").write_text("n\n1\n", encoding="utf-8")
    source = CsvFiles(path="*.csv").follow(str(tmp_path), None)
    assert source.poll(0) == []
    assert numbers(source, 0.5) == ["1"]


def test_lines_are_read_while_their_file_grows(tmp_path):
    path = tmp_path / "a.jsonl"
    source = JsonLinesFiles(path=".").follow(str(tmp_path), None)
    path.write_text('{"n": 1}\n{"n": 2}\n{"n": ', encoding="utf-8")
    assert numbers(source) == ["1", "2"]
    assert numbers(source) == []
    with path.open("a", encoding="utf-8") as file:
        file.write('3}\n\n{"n": "é"}\nno json\n')
    assert numbers(source) == ["3", "é", "unread"]
    position = source.position()
    with path.open("a", encoding="utf-8") as file:
        file.write('{"n": 4}\n')
    assert numbers(JsonLinesFiles(path=".").follow(str(tmp_path), position)) == ["4"]


def test_a_file_that_was_begun_anew_is_read_from_its_beginning(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 1}\n{"n": 2}\n', encoding="utf-8")
    source = JsonLinesFiles(path=".").follow(str(tmp_path), None)
    assert numbers(source) == ["1", "2"]
    path.write_text('{"n": 9}\n', encoding="utf-8")
    assert numbers(source) == ["9"]
    path.unlink()
    assert numbers(source) == []
    assert source.position() == {}
