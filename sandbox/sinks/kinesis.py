"""An Amazon Kinesis data stream: each row is a record, put in calls of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from sandbox import registry
from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.scenario.outlets import Errand, Outlet, OutletPart


class KinesisStream(OutletPart):
    """Records of a stream, in JSON: `kinesis://clicks?region=eu-west-1&key=customer_id`.

    Keys to AWS come from where its tools take them (AWS_ACCESS_KEY_ID, AWS_PROFILE …), and AWS_ENDPOINT_URL is
    honoured. Records with the same key keep their order: no call holds two of them, and one that failed is put again
    before any later one.
    """

    needs: ClassVar[str | None] = "kinesis"

    stream: str = Field(pattern=r"[a-zA-Z0-9_.-]{1,128}")
    """The name of the stream."""
    region: str | None = Field(default=None, pattern=r"[a-z]{2,}(-[a-z0-9]+)+")
    """Where it is; else as AWS_REGION, AWS_DEFAULT_REGION or the profile says."""
    key: str | None = None
    """The column whose value is the partition key.

    Without it, changes of entities have the entity's key. Rows without a key are spread by their event's id.
    """
    envelope: bool = False
    """Whether each object has the envelope (event id, arrival …) as its last key, `_sandbox`."""
    shards: int | None = Field(default=None, ge=1, le=10_000)
    """Make the stream, with so many shards, where it is not there."""
    paced: bool = True
    """Whether no shard is given more than it takes: 1,000 records and 1 MiB a second."""

    @classmethod
    def addressed(cls, location: str) -> Mapping[str, str]:
        """`//STREAM`."""
        name = location.removeprefix("//")
        if not name or "/" in name:
            raise ValueError("names no stream; write kinesis://STREAM?region=REGION.")
        return {"stream": name}

    def takes_json(self) -> bool:
        """They are what is sent."""
        return True

    def touches(self) -> Mapping[str, Sequence[str]]:
        """The stream."""
        return {"host": [f"kinesis://{self.stream}"]}

    def connect(self, errand: Errand) -> Outlet:
        """Look at the stream's shards; make it first, if that is asked for and needed."""
        if self.key is not None and self.key not in errand.contract.names:
            what = f"no column of {errand.contract.dataset}.{did_you_mean(self.key, errand.contract.names)}"
            raise InputError(Problem(f"'{self.key}' is {what}", f"kinesis://{self.stream}: key"))
        registry.from_extra("boto3", "kinesis")
        from sandbox.sinks.kinesis_puts import opened

        return opened(self, errand)
