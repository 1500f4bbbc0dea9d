"""S3, by pyarrow's own client: files that roll there and come back as a source, with AWS_ENDPOINT_URL honoured."""

from __future__ import annotations

import boto3
import pyarrow as pa
import pytest

from sandbox.checks import check_outlet
from sandbox.checks.outlet_subject import OutletSample, rows_of
from sandbox.contract.envelope import split_envelope
from sandbox.errors import OutsideError
from sandbox.sinks.jsonl import JsonLinesFile
from sandbox.sinks.opening import outlet_at
from sandbox.sinks.parquet import ParquetFile
from sandbox.sinks.rolling import RollingFiles
from sandbox.sources.files import JsonLinesFiles, ParquetFiles
from tests.sinks.sent_rows import errand, numbered


@pytest.fixture
def bucket(aws):
    client = boto3.client("s3")
    client.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield client
    client.close()


def keys(bucket):
    """Of all objects: there are no empty ones that only stand for a folder."""
    return [found["Key"] for found in bucket.list_objects_v2(Bucket="lake").get("Contents", [])]


def send(address, *batches):
    outlet = outlet_at(address).connect(errand())
    try:
        outlet.held()
        for batch in batches:
            outlet.send(batch)
        outlet.flush()
    finally:
        outlet.close()


def read(source):
    found = source.open(".")
    batches = [batch for share in found.shares() for batch in found.batches(share)]
    found.close()
    return pa.Table.from_batches([split_envelope(batch)[0] for batch in batches])


def test_parquet_rolls_into_a_bucket_and_is_read_from_it(bucket):
    send("parquet:s3://lake/out?rows=100", numbered(0, 150), numbered(150, 250))
    assert len(keys(bucket)) == 3
    assert all(key.startswith("out/") and key.endswith(".parquet") for key in keys(bucket))
    table = read(ParquetFiles(path="s3://lake/out/"))
    assert table.column("n").to_pylist() == list(range(250))
    assert table.column("page")[9].as_py() == '/sale "9" é'


def test_json_lines_lie_in_a_bucket_as_lakes_are_partitioned(bucket):
    send("jsonl:s3://lake/out?partition=dt", numbered(0, 50))
    assert all("/dt=2026-01-01/" in key for key in keys(bucket))
    assert read(JsonLinesFiles(path="s3://lake/out/")).column("n").to_pylist() == [str(n) for n in range(50)]


@pytest.mark.parametrize(
    ("sink", "source", "lost"),
    [(ParquetFile(), ParquetFiles, frozenset()), (JsonLinesFile(), JsonLinesFiles, frozenset({"bytes"}))],
)
def test_files_in_a_bucket_keep_what_every_live_sink_must_keep(bucket, sink, source, lost):
    def prefix(folder):
        return f"s3://lake/{folder.name}"

    def rows(folder, contract):
        if any(key.startswith(f"{folder.name}/") for key in keys(bucket)):
            yield from rows_of(source(path=f"{prefix(folder)}/"), folder)

    sample = OutletSample(
        lambda folder: RollingFiles(format=sink, path=prefix(folder), rows=50), rows, lost, most_pending=100
    )
    check_outlet(sample, "s3")


def test_a_bucket_that_is_not_there_is_told(aws):
    with pytest.raises(OutsideError, match="s3://lake/out"):
        send("parquet:s3://lake/out", numbered(0, 5))
    with pytest.raises(OutsideError, match="s3://lake/out"):
        ParquetFiles(path="s3://lake/out/").open(".")
