"""Live sinks by address: what `--to` names."""

from __future__ import annotations

from sandbox import registry
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.addressed import part_at, split_address
from sandbox.scenario.outlets import OutletPart

GROUP = "sandbox.sinks"


def outlet_at(address: str) -> OutletPart:
    """The live sink that an address names, such as `kafka://localhost:9092/web?format=avro`.

    Raises:
        InputError: there is no such sink, it is none that can be sent to, or a field of it is wrong.
    """
    kind, location, fields = split_address(address)
    if kind not in registry.names(GROUP):
        raise InputError(f"{address}: unknown sink '{kind}'.{did_you_mean(kind, registry.names(GROUP))}")
    part = registry.load(GROUP, kind)
    if not issubclass(part, OutletPart):
        raise InputError(f"{address}: '{kind}' is no sink that rows can be sent to.")
    try:
        addressed = part.addressed(location)
    except ValueError as error:
        raise InputError(f"{address}: {error}") from None
    return part_at(part, address, addressed, fields)
