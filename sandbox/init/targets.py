"""Where a data contract says its data lie, as targets of a scenario, as far as a source can read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.contract.imports import Imported
from sandbox.init.yaml_text import comment, flow
from sandbox.scenario.proposing.layout import Layout

_PLACES = {"local": "path", "file": "path", "s3": "location", "gcs": "location"}
"""Servers of files, and what says where."""
_FILES = {"csv": "csv", "json": "jsonl", "jsonl": "jsonl", "parquet": "parquet", "arrow": "arrow"}


def target_lines(imports: Sequence[Imported], layout: Layout) -> list[str]:
    """The scenario's `targets:`, one for each server whose kind a source reads; the others are told in comments."""
    bound: list[str] = []
    left: list[str] = []
    taken: set[str] = set()
    for imported in imports:
        own = {id(described) for described in imported.datasets}
        datasets = {name: each for name, each in layout.datasets.items() if id(each) in own}
        for number, server in enumerate(imported.servers, 1):
            name = _name(server, number)
            name = f"{name}_{number}" if name in taken else name
            taken.add(name)
            named = {dataset: each.physical or each.contract.dataset for dataset, each in datasets.items()}
            sources = {dataset: _source(server, name) for dataset, name in named.items()}
            if not sources or None in sources.values():
                kind = comment(str(server.get("type")))
                left.append(f"# The server '{name}' ({kind}) says too little for a source here; name a target by hand.")
                continue
            bound.append(f"  {name}:")
            for dataset, source in sources.items():
                renamed = {old: new for old, new in layout.columns[dataset].items() if old != new}
                bound.append(f"    {dataset}: {flow({**(source or {}), **({'rename': renamed} if renamed else {})})}")
    return [*([""] if bound or left else []), *left, *(["targets:", *bound] if bound else [])]


def _name(server: Mapping[str, Any], number: int) -> str:
    words = str(server.get("server") or server.get("environment") or f"server_{number}").lower()
    name = "".join(letter if letter.isalnum() else "_" for letter in words).strip("_")
    return name if name[:1].isalpha() else f"server_{name or number}"


def _source(server: Mapping[str, Any], dataset: str) -> dict[str, Any] | None:
    """How a scenario writes the source of what is called so there; None where no source reads such a server."""
    kind = str(server.get("type", "")).lower()
    if kind in _PLACES:
        path = str(server.get(_PLACES[kind]) or "")
        format_ = _FILES.get(str(server.get("format", "")).lower())
        if not path or format_ is None:
            return None
        delimiter = {"delimiter": server["delimiter"]} if format_ == "csv" and server.get("delimiter") else {}
        return {format_: {"path": _at(path, dataset), **delimiter}}
    if kind == "kafka" and server.get("host"):
        kafka = _kafka(server, dataset)
        return None if kafka is None else {"kafka": kafka}
    if kind in ("postgres", "postgresql"):
        place = {"host": server.get("host"), "port": server.get("port"), "database": server.get("database")}
        said = {key: value for key, value in place.items() if value}
        return {"postgresql": {**said, "table": _table(server, dataset)}}
    if kind in ("duckdb", "sqlite") and server.get("database"):
        return {kind: {"path": server["database"], "table": _table(server, dataset)}}
    if kind == "kinesis" and server.get("stream"):
        region = {"region": server["region"]} if server.get("region") else {}
        return {"kinesis": {"stream": server["stream"], **region}}
    return None


def _kafka(server: Mapping[str, Any], dataset: str) -> dict[str, Any] | None:
    """A broker; the topic is what the schema is called there."""
    servers = str(server["host"]) + (f":{server['port']}" if server.get("port") else "")
    said = {"servers": servers, "topic": str(server.get("topic") or dataset)}
    if str(server.get("format", "")).lower() != "avro":
        return said
    registry = server.get("schemaRegistryUrl")
    return {**said, "format": "avro", "registry": str(registry)} if registry else None


def _table(server: Mapping[str, Any], dataset: str) -> str:
    return f"{server['schema']}.{dataset}" if server.get("schema") else dataset


def _at(path: str, dataset: str) -> str:
    for mark in ("{model}", "{object}", "{schema}"):
        path = path.replace(mark, dataset)
    return path
