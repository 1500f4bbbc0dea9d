"""moto's server is found by the variables that boto3 and pyarrow read."""

from __future__ import annotations

import boto3
import pyarrow.fs as pafs


def test_boto3_and_pyarrow_find_it(aws):
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName="events", ShardCount=2)
    assert kinesis.list_streams()["StreamNames"] == ["events"]
    kinesis.close()
    boto3.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    lake = pafs.S3FileSystem(endpoint_override=aws.url)
    with lake.open_output_stream("lake/a.txt") as file:
        file.write(b"there")
    assert lake.get_file_info("lake/a.txt").size == 5


def test_it_forgets_between_tests(aws):
    assert boto3.client("kinesis").list_streams()["StreamNames"] == []
