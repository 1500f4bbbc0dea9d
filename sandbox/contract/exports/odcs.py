"""Contracts as one Open Data Contract (version 3.1): each dataset a schema object, its columns the properties.

What the standard has no word for, such as maps, versions and how a dataset knows time, goes into the custom property
`sandbox`, which the standard leaves to its users. Which that is, is not a list kept here: what is written in the
standard's words is read again, and what then differs from the contract is written there.

Source: bitol-io/open-data-contract-standard, v3.1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sandbox.contract.canonical import canonical
from sandbox.contract.exports.exported import Exported
from sandbox.contract.exports.odcs_columns import as_property, as_rule
from sandbox.contract.imports.imported import Imported
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.odcs import read_odcs
from sandbox.contract.imports.odcs_custom import CUSTOM
from sandbox.contract.imports.sql_conditions import is_simple
from sandbox.contract.imports.yaml_text import read_yaml
from sandbox.contract.model import Column, Contract, ForeignKey, plain

_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def export_odcs(contracts: Sequence[Contract], name: str, servers: Sequence[Mapping[str, Any]] = ()) -> Exported:
    """The contracts as the text of a `.odcs.yaml` file.

    Args:
        contracts: at least one, each of another name.
        name: of the data contract.
        servers: where the data lie, as `Imported.servers` has them.
    """
    import yaml

    whole = [canonical(contract) for contract in contracts]
    document = _document(whole, name, servers)
    _say_the_rest(document, whole)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    return Exported("Open Data Contract Standard", text, tuple(whole), ())


def _document(contracts: Sequence[Contract], name: str, servers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    owners = {contract.owner for contract in contracts}
    contacts = {contract.contact for contract in contracts}
    document: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": name,
        "name": name,
        "version": str(max(contract.version for contract in contracts)),
        "status": "active",
    }
    if servers:
        document["servers"] = [dict(server) for server in servers]
    if owners != {""} and len(owners) == 1:
        document["team"] = {"name": owners.pop()}
    if contacts != {""} and len(contacts) == 1:
        contact = contacts.pop()
        tool = {"tool": "email", "url": f"mailto:{contact}"} if "@" in contact else {}
        document["support"] = [{"channel": contact, **tool}]
    document["schema"] = [_object(contract) for contract in contracts]
    return document


def _object(contract: Contract) -> dict[str, Any]:
    written: dict[str, Any] = {"name": contract.dataset, "logicalType": "object"}
    if contract.about:
        written["description"] = contract.about
    links = {key.columns[0]: key for key in contract.foreign_keys if len(key.columns) == 1 and _is_plain(key)}
    written["properties"] = [_property(column, contract, links.get(column.name)) for column in contract.columns]
    groups = [key for key in contract.foreign_keys if len(key.columns) > 1 and _is_plain(key)]
    if groups:
        written["relationships"] = [
            {
                "type": "foreignKey",
                "from": [f"{contract.dataset}.{column}" for column in key.columns],
                "to": [f"{key.dataset}.{column}" for column in key.references],
            }
            for key in groups
        ]
    rules = [_unique_rule(group) for group in contract.unique]
    rules += [as_rule(each, contract.dataset) for each in contract.expectations if not is_simple(each.sql)]
    return written | ({"quality": rules} if rules else {})


def _property(column: Column, contract: Contract, link: ForeignKey | None) -> dict[str, Any]:
    written = as_property(column)
    if column.name in contract.primary_key:
        written |= {"primaryKey": True, "primaryKeyPosition": contract.primary_key.index(column.name) + 1}
    if link is not None:
        written["relationships"] = [{"type": "foreignKey", "to": f"{link.dataset}.{link.references[0]}"}]
    return written


def _unique_rule(group: Sequence[str]) -> dict[str, Any]:
    arguments = {"properties": list(group)}
    return {"type": "library", "metric": "duplicateValues", "arguments": arguments, "mustBe": 0}


def _is_plain(key: ForeignKey) -> bool:
    """Whether the standard can name what the key is made of."""
    return all(_REFERENCE.fullmatch(name) for name in (*key.columns, key.dataset, *key.references))


def _say_the_rest(document: dict[str, Any], contracts: Sequence[Contract]) -> None:
    """Add what reading the document does not give again."""
    read = _read(document)
    for described, written, contract in zip(read.datasets, document["schema"], contracts, strict=True):
        again = canonical(described.whole)
        _custom(written, _differences(again, contract, but=("dataset", "columns")))
        for column, property_ in zip(contract.columns, written["properties"], strict=True):
            _custom(property_, _differences(again.column(column.name), column))


def _read(document: dict[str, Any]) -> Imported:
    import yaml

    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return read_odcs(read_yaml(text, "contract.odcs.yaml"), Notes("contract.odcs.yaml"))


def _differences(read: Any, meant: Any, but: Sequence[str] = ()) -> dict[str, Any]:
    values = {field.name: (getattr(read, field.name), getattr(meant, field.name)) for field in fields(meant)}
    return {name: plain(new) for name, (old, new) in values.items() if name not in but and old != new}


def _custom(written: dict[str, Any], facts: dict[str, Any]) -> None:
    if facts:
        written["customProperties"] = [{"property": CUSTOM, "value": facts}]
