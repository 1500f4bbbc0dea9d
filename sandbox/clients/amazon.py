"""boto3 clients that ask once and give up: whoever calls knows better what to ask again."""

from __future__ import annotations

from typing import Any

from sandbox import registry
from sandbox.errors import InputError


def client_of(
    service: str,
    extra: str,
    where: str,
    *,
    region: str | None,
    no_region: str,
    connect_s: float,
    read_s: float,
    connections: int,
    endpoint: str | None = None,
) -> Any:
    """A client of one of Amazon's services.

    Args:
        service: as boto3 calls it.
        extra: what brings boto3.
        where: what is to be reached, for messages.
        no_region: what to say where nothing names a region, with the mend.
        endpoint: a URL in the place of the service's; None: the service's, or what the environment says.
    Raises:
        InputError: boto3 is not installed, or the region or keys are missing.
    """
    boto3 = registry.from_extra("boto3", extra)
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    settings = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=connect_s,
        read_timeout=read_s,
        max_pool_connections=connections,
    )
    try:
        session = boto3.Session(region_name=region)
        if session.region_name is None:
            raise InputError(f"{where}: {no_region}, or set AWS_REGION.")
        if session.get_credentials() is None:
            raise InputError(
                f"{where}: there are no keys to AWS; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."
            )
        return session.client(service, endpoint_url=endpoint, config=settings)
    except BotoCoreError as error:
        raise InputError(f"{where}: {error}") from None
