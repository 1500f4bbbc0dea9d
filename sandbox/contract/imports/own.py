"""Contracts as `sandbox contract import` prints them: YAML that holds all of each, after `sandbox_contract: 1`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.contract.imports.fields import Field, field_of
from sandbox.contract.imports.imported import Described, Imported, describe
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.model import Contract
from sandbox.errors import InputError, Problem

KEY = "sandbox_contract"
VERSION = 1
_KEYS = (KEY, "contracts", "servers")


def read_own(root: Marked, notes: Notes) -> Imported:
    """Read what `write_own` wrote. Raises InputError: everything that is wrong, each with its place."""
    if root.require(KEY).content != VERSION:
        raise root.require(KEY).error(f"got {root.require(KEY).value()}, read is version {VERSION}.")
    notes.lose_keys(root, _KEYS)
    described = []
    for written in root.require("contracts").items():
        try:
            described.append(_described(written, notes))
        except InputError as error:
            notes.catch(error)
    notes.check()
    servers = root.get("servers")
    kept = tuple(server.value() for server in servers.items() if server.is_mapping) if servers is not None else ()
    return Imported(notes.file, "sandbox contract", tuple(described), notes.all_lost(), kept)


def write_own(contracts: Sequence[Contract], servers: Sequence[Mapping[str, Any]] = ()) -> str:
    """The contracts as YAML, a line a column."""
    import yaml

    document: dict[str, Any] = {KEY: VERSION, "contracts": [contract.to_dict() for contract in contracts]}
    if servers:
        document["servers"] = [dict(server) for server in servers]
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=None, width=10_000)
    return text


def _described(written: Marked, notes: Notes) -> Described:
    columns = written.require("columns").items()
    try:
        contract = Contract.from_dict(written.value())
        fields: list[Field] = [
            field_of(column, each.place) for column, each in zip(contract.columns, columns, strict=True)
        ]
    except InputError as error:
        path = written.text_of("dataset") or written.path
        raise InputError([Problem(each.message, each.path or path, written.place) for each in error.problems]) from None
    conditions = {condition.name: condition.sql for condition in contract.expectations}
    return describe(replace(contract, columns=()), fields, written.place, notes, conditions=conditions)
