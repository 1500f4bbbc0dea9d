"""Contracts as schemas of Amazon Personalize: interactions, users and items, in its dialect of Avro.

Source: Amazon Personalize Developer Guide, "Creating schema JSON files" and "Custom dataset and schema requirements".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.contract.model import Column, Contract
from sandbox.errors import Problem

Kind = Literal["interactions", "users", "items"]

LEAST_INTERACTIONS, LEAST_USERS, LEAST_OF_A_USER = 1_000, 25, 2
MOST_METADATA: Mapping[Kind, int] = {"interactions": 5, "users": 25, "items": 100}
"""Fields beside those that are required or reserved."""
MOST_OF_INTERACTIONS = 10
"""Optional fields of interactions, and different event types, together."""
MOST_LETTERS = 1_000
"""Of a categorical value."""
_NAMESPACE = "com.amazonaws.personalize.schema"
_RECORDS: Mapping[Kind, str] = {"interactions": "Interactions", "users": "Users", "items": "Items"}
_RESERVED = frozenset(
    {"USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE", "EVENT_VALUE", "IMPRESSION", "RECOMMENDATION_ID"}
    | {"EVENT_ATTRIBUTION_SOURCE", "CREATION_TIMESTAMP"}
)
_TYPES = {"bool": "boolean", "float32": "float", "float64": "double", "decimal": "double"}
_REQUIRED_TYPES = {"TIMESTAMP": "long", "CREATION_TIMESTAMP": "long"}


@dataclass(frozen=True, slots=True)
class PersonalizeSchema:
    """One schema: `fields` says which column each of its fields is of, in their order."""

    kind: Kind
    fields: Mapping[str, str]
    text: str
    lost: tuple[Problem, ...]

    @property
    def has_metadata(self) -> bool:
        """Whether it says more than who or what there is; schemas of users and items must."""
        return any(name not in _RESERVED for name in self.fields)


def personalize_schema(kind: Kind, contract: Contract, required: Mapping[str, str]) -> PersonalizeSchema:
    """A contract as a schema.

    Args:
        kind: of Personalize's datasets.
        contract: of ours.
        required: the fields that Personalize asks for or knows, and the column of each, as `{"USER_ID": "customer"}`.
    Returns:
        The schema; `lost` tells each column that has no field, and what a field says less than its column.
    """
    fields: dict[str, str] = {}
    written: list[dict[str, Any]] = []
    lost: list[Problem] = []
    for name, of in required.items():
        fields[name] = of
        written.append({"name": name, "type": _REQUIRED_TYPES.get(name, "string")})
    room = MOST_METADATA[kind]
    for column in contract.columns:
        path = f"{contract.dataset}.{column.name}"
        if column.name in fields.values():
            continue
        reason = _left_out(column, contract)
        if reason is None and room == 0:
            reason = f"{kind} have at most {MOST_METADATA[kind]} fields of one's own"
        if reason is not None:
            lost.append(Problem(f"is left out: {reason}.", path))
            continue
        room -= 1
        name = _free(_field_name(column.name), fields)
        fields[name] = column.name
        written.append(_field(name, column))
        lost += [Problem(message, path) for message in _weaker(column)]
    record = {"type": "record", "name": _RECORDS[kind], "namespace": _NAMESPACE, "fields": written, "version": "1.0"}
    return PersonalizeSchema(kind, fields, json.dumps(record, indent=2) + "\n", tuple(lost))


def _left_out(column: Column, contract: Contract) -> str | None:
    """Why a column has no field; None if it has one."""
    if column.pii:
        return "it holds personal data"
    if column.parsed.is_nested or column.parsed.name in ("bytes", "time"):
        return f"Personalize has no {column.parsed.name}"
    if column.name in (contract.valid_from, contract.valid_to):
        return "Personalize knows no versions"
    is_key = any(key == (column.name,) for key in contract.keys)
    if is_key or any(column.name in key.columns for key in contract.foreign_keys):
        return "a name of a row tells a model nothing"
    if column.parsed.name in ("string", "uuid") and column.values is None:
        return "a text must be one of few words; list them (`check: {values: […]}`)"
    return None


def _field(name: str, column: Column) -> dict[str, Any]:
    kind = column.parsed
    if kind.is_text:
        avro: Any = "string"
    elif kind.is_integer:
        avro = "int" if kind.name in ("int8", "int16", "int32", "uint8", "uint16") else "long"
    else:
        avro = "long" if kind.is_time else _TYPES[kind.name]
    field = {"name": name, "type": ["null", avro] if column.nullable else avro}
    return {**field, "categorical": True} if kind.is_text else field


def _weaker(column: Column) -> Iterator[str]:
    if column.parsed.name == "decimal":
        yield f"{column.type} is written as a double."
    elif column.parsed.is_time:
        yield f"{column.type} is written as seconds since 1970."
    if any(getattr(column, key) is not None for key in ("ge", "gt", "le", "lt", "pattern")):
        yield "Personalize has no word for its rules."


def _field_name(name: str) -> str:
    plain = re.sub(r"\W", "_", name.upper(), flags=re.ASCII).strip("_") or "FIELD"
    plain = plain if plain[0].isalpha() else f"F_{plain}"
    return f"{plain}_" if plain in _RESERVED else plain


def _free(name: str, taken: Mapping[str, str]) -> str:
    while name in taken:
        name += "_"
    return name
