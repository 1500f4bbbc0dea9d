"""Amazon Kinesis by boto3: the client, a stream's shards, and what errors mean.

The client never tries again by itself: who uses it counts attempts and knows which records they were about.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from sandbox.clients.amazon import client_of
from sandbox.errors import OutsideError

THROTTLED = frozenset(["ProvisionedThroughputExceededException", "LimitExceededException", "ThrottlingException"])
_PASSING = THROTTLED | {"InternalFailure", "InternalFailureException", "ServiceUnavailable", "KMSThrottlingException"}
_MENDS = {
    "AccessDeniedException": "the keys in use may not do that; look at their policy",
    "ExpiredTokenException": "the session's keys are too old; log in again",
    "UnrecognizedClientException": "AWS does not know the keys; look at AWS_ACCESS_KEY_ID",
    "InvalidSignatureException": "the secret key is wrong, or the machine's clock is",
    "ResourceNotFoundException": "look at the stream's name and region",
}
_MOST_READ_S, _CONNECT_S = 30, 5
_READY_S = 120.0
DEFAULT_RECORD_KIB = 1024


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard of a stream: where it came from, and which keys are its own."""

    name: str
    parents: tuple[str, ...]
    first_hash: int
    """The least MD5 of a key that is put there, as a number of 128 bits."""
    first_number: str
    """The sequence number with which it began."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that is there."""

    name: str
    record_bytes: int
    """A record may have so many, its key included."""
    shards: tuple[Shard, ...]
    """By name, closed ones too while they hold records."""
    looked_at: dt.datetime
    """By AWS's clock, in whole seconds."""


def client(region: str | None, stream: str, connections: int = 10) -> Any:
    """A boto3 client of Kinesis.

    Raises:
        InputError: boto3 is not installed, or the region or keys are missing.
    """
    return client_of(
        "kinesis",
        "kinesis",
        f"kinesis://{stream}",
        region=region,
        no_region="names no region; add ?region=REGION",
        connect_s=_CONNECT_S,
        read_s=_MOST_READ_S,
        connections=connections,
    )


def look_at(kinesis: Any, stream: str, patience_s: float = _READY_S) -> Stream | None:
    """What there is of a stream, once it is ready; None where there is no such stream.

    Raises:
        OutsideError: AWS does not answer, may not be asked, or the stream does not get ready.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    end = time.monotonic() + patience_s
    while True:
        try:
            answer = kinesis.describe_stream_summary(StreamName=stream)
            summary = answer["StreamDescriptionSummary"]
            if summary["StreamStatus"] in ("ACTIVE", "UPDATING"):
                kib = summary.get("MaxRecordSizeInKiB", DEFAULT_RECORD_KIB)
                return Stream(stream, kib * 1024, shards_of(kinesis, stream), _date_of(answer))
            reason = f"the stream is {summary['StreamStatus']}"
        except (ClientError, BotoCoreError) as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            reason = told(error)
            if not passes(error):
                raise OutsideError(f"kinesis://{stream}: {reason}.") from error
        if time.monotonic() > end:
            raise OutsideError(f"kinesis://{stream}: {reason}, after {patience_s:g} s.")
        time.sleep(0.5)


def missing(kinesis: Any, stream: str, mend: str = "") -> OutsideError:
    """The error of a stream that is not there."""
    region = kinesis.meta.region_name
    return OutsideError(f"kinesis://{stream}: there is no such stream in {region}; look at its name and region{mend}.")


def make(kinesis: Any, stream: str, shards: int) -> None:
    """Make a stream; somebody else's that was made just before is as good. Raises OutsideError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        kinesis.create_stream(StreamName=stream, ShardCount=shards)
    except (ClientError, BotoCoreError) as error:
        if code_of(error) != "ResourceInUseException":
            raise OutsideError(f"kinesis://{stream}: cannot be made; {told(error)}.") from error


def code_of(error: Exception) -> str:
    """AWS's name of an error; empty where AWS did not answer."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def passes(error: Exception) -> bool:
    """Whether the same call may succeed in a while."""
    from botocore import exceptions as known

    if isinstance(error, known.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code_of(error) in _PASSING or status >= 500
    return isinstance(error, known.HTTPClientError | known.ResponseStreamingError)


def told(error: Exception) -> str:
    """What went wrong, in words, with what to do."""
    code = code_of(error)
    if not code:
        return str(error)
    said = f"{code}: {getattr(error, 'response', {})['Error'].get('Message', '')}".rstrip(": .")
    return f"{said}; {_MENDS[code]}" if code in _MENDS else said


def shards_of(kinesis: Any, stream: str) -> tuple[Shard, ...]:
    """The shards of a stream, by name. Raises botocore's errors."""
    found: list[Shard] = []
    asked: dict[str, Any] = {"StreamName": stream}
    while asked:
        answer = kinesis.list_shards(**asked)
        for shard in answer["Shards"]:
            parents = (shard.get("ParentShardId"), shard.get("AdjacentParentShardId"))
            found.append(
                Shard(
                    shard["ShardId"],
                    tuple(parent for parent in parents if parent),
                    int(shard["HashKeyRange"]["StartingHashKey"]),
                    shard["SequenceNumberRange"]["StartingSequenceNumber"],
                    "EndingSequenceNumber" not in shard["SequenceNumberRange"],
                )
            )
        asked = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else {}
    return tuple(sorted(found, key=lambda shard: shard.name))


def _date_of(answer: Any) -> dt.datetime:
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(date) if date else dt.datetime.now(dt.UTC)
