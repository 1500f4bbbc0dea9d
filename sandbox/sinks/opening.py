"""Sinks by name: formats of files, which `--as` names, and live sinks by their addresses, which `--to` names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox import registry
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.addressed import STREAM, part_at, split_address
from sandbox.scenario.outlets import OutletPart
from sandbox.scenario.parts import SinkPart
from sandbox.sinks.jsonl import JsonLinesFile
from sandbox.sinks.lines import LinesFile
from sandbox.sinks.rolling import RollingFiles

GROUP = "sandbox.sinks"


def outlet_at(address: str, stream: str = "") -> OutletPart:
    """The live sink that an address names, such as `kafka://localhost:9092/web?format=avro`.

    Args:
        address: of one kind of sink; `{stream}` in it stands for the stream's name.
        stream: whose rows are sent there; below a folder of files it has a folder of its own, unless the address says
            where its name stands.
    Raises:
        InputError: there is no such sink, it is none that can be sent to, or a field of it is wrong.
    """
    is_named = STREAM in address
    kind, location, fields = split_address(address.replace(STREAM, stream) if stream else address)
    if kind not in registry.names(GROUP):
        raise InputError(f"{address}: unknown sink '{kind}'.{did_you_mean(kind, registry.names(GROUP))}")
    part = registry.load(GROUP, kind)
    if issubclass(part, SinkPart):
        return _files_at(part, address, location, fields, "" if is_named else stream)
    if not issubclass(part, OutletPart):
        raise InputError(f"{address}: '{kind}' is no sink that rows can be sent to.")
    try:
        addressed = part.addressed(location)
        own = part.own_query(address.partition("?")[2])
    except ValueError as error:
        raise InputError(f"{address.partition('?')[0]}: {error}") from None
    if own:
        addressed = {**addressed, "query": own}
        fields = {name: value for name, value in fields.items() if name not in dict(own)}
    return part_at(part, address, addressed, fields)


def format_named(name: str) -> SinkPart:
    """The format of files of this name, as it is without options.

    Raises:
        InputError: there is none, with the nearest name; or it is a sink that is sent to.
    """
    part = registry.load(GROUP, name)
    if not issubclass(part, SinkPart):
        raise InputError(f"'{name}' is no format of files; rows are sent there by `sandbox replay --to {name}:…`.")
    return part()


def _files_at(part: type[SinkPart], address: str, location: str, fields: Mapping[str, Any], below: str) -> OutletPart:
    """A format of files as a live sink: files that roll, or a file of JSON lines that grows.

    What is a field of the format itself, such as `compression`, goes to it.
    """
    if not location:
        raise InputError(f"{address}: names no folder; write one behind the colon, such as {address}out.")
    if issubclass(part, JsonLinesFile) and location.lower().endswith((".jsonl", ".ndjson")):
        return part_at(LinesFile, address, {"path": location}, fields)
    own = {name: value for name, value in fields.items() if name in part.model_fields}
    rolling = {name: value for name, value in fields.items() if name not in own}
    path = f"{location.rstrip('/')}/{below}" if below else location
    return part_at(RollingFiles, address, {"path": path, "format": part_at(part, address, {}, own)}, rolling)
