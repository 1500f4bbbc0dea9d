"""Folders by the values of columns, as readers of such folders expect them."""

import datetime

import pyarrow as pa
import pyarrow.dataset
import pytest

from sandbox.errors import InputError
from sandbox.sinks.hive import MOST_FOLDERS, NULL_FOLDER, HiveWriter
from sandbox.sinks.parquet import ParquetFile


def test_rows_lie_in_the_folder_of_their_values(tmp_path):
    batch = pa.record_batch(
        {
            "n": pa.array([1, 2, 3, 4]),
            "plan": pa.array(["a/b", "basic", None, "basic"]).dictionary_encode(),
            "day": pa.array([datetime.date(2026, 1, day) for day in (1, 1, 2, 1)]),
        }
    )
    writer = HiveWriter(ParquetFile(), tmp_path, "part-00000.parquet", batch.schema, ["plan", "day"])
    writer.write(batch.slice(0, 3))
    writer.write(batch.slice(3))
    writer.close()
    assert writer.rows == {
        f"plan={NULL_FOLDER}/day=2026-01-02/part-00000.parquet": 1,
        "plan=a%2Fb/day=2026-01-01/part-00000.parquet": 1,
        "plan=basic/day=2026-01-01/part-00000.parquet": 2,
    }
    found = pyarrow.dataset.dataset(tmp_path, partitioning="hive").to_table().sort_by("n")
    assert found["plan"].to_pylist() == ["a/b", "basic", None, "basic"]


def test_too_many_folders_are_refused(tmp_path):
    batch = pa.record_batch({"n": pa.array(range(MOST_FOLDERS + 1))})
    writer = HiveWriter(ParquetFile(), tmp_path, "part", batch.schema, ["n"])
    writer.write(batch)
    with pytest.raises(InputError, match="choose a column with fewer"):
        writer.close()
