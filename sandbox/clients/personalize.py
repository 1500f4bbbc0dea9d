"""A client of Amazon Personalize Runtime: who pays, how long is waited, and what went wrong in words."""

from __future__ import annotations

from typing import Any

from sandbox.clients.amazon import client_of


def runtime(where: str, region: str | None, endpoint: str | None, timeout_s: float, connections: int) -> Any:
    """A boto3 client of Personalize Runtime, which asks once and gives up.

    Args:
        where: the campaign or recommender, for messages.
        endpoint: a URL in the place of the service's; None: the service's, or what the environment says.
    Raises:
        InputError: boto3 is not installed, or the region or keys are missing.
    """
    return client_of(
        "personalize-runtime",
        "serve",
        where,
        region=region,
        no_region="there is no region; say `region:`",
        connect_s=timeout_s,
        read_s=timeout_s,
        connections=connections,
        endpoint=endpoint,
    )
