"""A client of Amazon Personalize Runtime: who pays, how long is waited, and what went wrong in words."""

from __future__ import annotations

from typing import Any

from sandbox import registry
from sandbox.errors import InputError


def runtime(where: str, region: str | None, endpoint: str | None, timeout_s: float, connections: int) -> Any:
    """A boto3 client of Personalize Runtime, which asks once and gives up.

    Args:
        where: the campaign or recommender, for messages.
        endpoint: a URL in the place of the service's; None: the service's, or what the environment says.
    Raises:
        InputError: boto3 is not installed, or the region or keys are missing.
    """
    boto3 = registry.from_extra("boto3", "serve")
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    settings = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=timeout_s,
        read_timeout=timeout_s,
        max_pool_connections=connections,
    )
    try:
        session = boto3.Session(region_name=region)
        if session.region_name is None:
            raise InputError(f"{where}: there is no region; say `region:`, or set AWS_REGION.")
        if session.get_credentials() is None:
            raise InputError(
                f"{where}: there are no keys to AWS; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."
            )
        return session.client("personalize-runtime", endpoint_url=endpoint, config=settings)
    except BotoCoreError as error:
        raise InputError(f"{where}: {error}") from None
