"""A contract as an Avro schema: one record, its columns the fields.

What Avro has no type for is kept in one that holds every value: unsigned 64-bit numbers as decimals, maps whose keys
are no text as lists of pairs, enums whose values are no names as text, and unions whose branches Avro cannot tell apart
as records of which one field is set. A column that came with a later version of the contract may be null and is so by
default, so that readers of either version read rows of both. A name that Avro does not allow is written with
underscores, and kept beside it.

Source: Apache Avro 1.12 specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.contract.canonical import plain_value
from sandbox.contract.exports.avro_defaults import is_writable, written_default
from sandbox.contract.exports.exported import Exported, losses, reduced, without
from sandbox.contract.exports.nesting import with_text_keys
from sandbox.contract.imports.avro_types import NAME
from sandbox.contract.model import Column, Contract
from sandbox.contract.types import LOCAL, Part, Type, decimal_type, union_type

_PLAIN: dict[str, Any] = {
    "bool": "boolean", "int32": "int", "int64": "long", "float32": "float", "float64": "double",
    "string": "string", "bytes": "bytes",
    "uuid": {"type": "string", "logicalType": "uuid"},
    "date": {"type": "int", "logicalType": "date"},
    "time": {"type": "long", "logicalType": "time-micros"},
}  # fmt: skip
_WIDER = {"int8": "int32", "int16": "int32", "uint8": "int32", "uint16": "int32", "uint32": "int64"}
_UNITS = {"ms": "millis", "us": "micros", "ns": "nanos"}
_LEGAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_COLUMN_FACTS = frozenset({"name", "type", "nullable", "about", "default"})
_CONTRACT_FACTS = frozenset({"dataset", "columns", "about"})


def export_avro(contract: Contract) -> Exported:
    """The contract as the text of an `.avsc` file."""
    kept = reduced([contract], _reduced)
    text = json.dumps(avro_schema(contract), indent=2, ensure_ascii=False) + "\n"
    return Exported("Avro", text, kept, losses("Avro", [contract], kept))


def avro_schema(contract: Contract) -> dict[str, Any]:
    """The schema of the contract's rows, without the envelope: one record, named as the dataset."""
    (said,) = reduced([contract], _reduced)
    writer = _Writer()
    name = writer.named(said.dataset)
    fields = [writer.field(column, name) for column in said.columns]
    schema = {"type": "record", "name": name, **_kept_name(said.dataset, legal(said.dataset))}
    return {**schema, **_doc(said.about), "fields": _with_legal_names(fields)}


def avro_type(kind: Type) -> Type:
    """The type of a contract that reading the Avro type for `kind` gives: it holds each of its values."""
    if kind.name in _WIDER:
        return Type(_WIDER[kind.name])
    if kind.name == "uint64":
        return decimal_type(20, 0)
    if kind.name == "timestamp":
        return Type("timestamp", (kind.parameters[0], "UTC" if kind.zone else LOCAL))
    parts = tuple(replace(part, type=avro_type(part.type)) for part in kind.parts)
    if kind.name == "map":
        return with_text_keys(*parts)
    if kind.name == "union":
        return _union(parts)
    return replace(kind, parts=parts)


def legal(name: str) -> str:
    """The name as Avro allows it."""
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return cleaned if _LEGAL.fullmatch(cleaned) else f"_{cleaned}"


def legal_names(names: Sequence[str]) -> list[str]:
    """Names as Avro allows them, each once; those that are legal stay."""
    made = [name if _LEGAL.fullmatch(name) else "" for name in names]
    for at, name in enumerate(names):
        number = 1
        while not made[at]:
            candidate = legal(name) if number == 1 else f"{legal(name)}_{number}"
            made[at] = candidate if candidate not in made else ""
            number += 1
    return made


def _reduced(contract: Contract) -> Contract:
    said: Contract = without(contract, _CONTRACT_FACTS)
    return replace(said, columns=tuple(_reduced_column(column) for column in contract.columns))


def _reduced_column(column: Column) -> Column:
    kind, facts = column.parsed, _COLUMN_FACTS
    if kind.name == "enum" and not all(_LEGAL.fullmatch(value) for value in column.values or ()):
        kind = Type("string")
    if kind.name == "enum":
        facts |= {"values"}
    if kind.name == "bytes" and column.min_length and column.min_length == column.max_length:
        facts |= {"min_length", "max_length"}  # a fixed
    said: Column = without(replace(column, type=str(avro_type(kind))), facts)
    if said.default is None or kind.is_nested or not is_writable(said.default):
        return replace(said, default=None)
    return replace(said, default=plain_value(said.default, said))


def _union(branches: tuple[Part, ...]) -> Type:
    """A union of what can be told apart; else a record of its branches, which are then read by their names."""
    kinds = tuple(dict.fromkeys(part.type for part in branches))
    if len(kinds) == 1:
        return kinds[0]
    bases = [_base(kind) for kind in kinds if kind.name != "struct"]
    if len(set(bases)) == len(bases) and "union" not in bases:
        return union_type(kinds)
    return Type("struct", parts=branches)


def _base(kind: Type) -> str:
    written = {"decimal": "bytes", "timestamp": "long"}.get(kind.name) or _PLAIN.get(kind.name, kind.name)
    return str(written["type"] if isinstance(written, dict) else written)


@dataclass(slots=True)
class _Writer:
    """Writes one schema; each named type in it has a name of its own."""

    taken: set[str] = field(default_factory=set)

    def named(self, name: str) -> str:
        """A name for a type: this one, or with a number where it is taken."""
        made, number = legal(name), 2
        while made in self.taken:
            made, number = f"{legal(name)}_{number}", number + 1
        self.taken.add(made)
        return made

    def field(self, column: Column, record: str) -> dict[str, Any]:
        path = f"{record}_{column.name}"
        kind = column.parsed
        if kind.name == "enum":
            written: Any = {"type": "enum", "name": self.named(path), "symbols": list(column.values or ())}
        elif kind.name == "bytes" and column.min_length and column.min_length == column.max_length:
            written = {"type": "fixed", "name": self.named(path), "size": column.min_length}
        else:
            written = self.type(kind, path)
        told = {"name": column.name, "type": written, **_doc(column.about)}
        if column.default is not None:
            # The default of a union is a value of its first branch.
            told["default"] = written_default(column.default, kind)
            told["type"] = _branches(written, at_end=True) if column.nullable else written
        elif column.nullable:
            told["type"], told["default"] = _branches(written), None
        return told

    def type(self, kind: Type, path: str) -> Any:
        """A type as Avro writes it; `path` names the records in it."""
        if kind.name in _PLAIN:
            return _PLAIN[kind.name]
        if kind.name == "decimal":
            precision, scale = kind.parameters
            return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}
        if kind.name == "timestamp":
            prefix = "timestamp" if kind.zone else "local-timestamp"
            return {"type": "long", "logicalType": f"{prefix}-{_UNITS[str(kind.parameters[0])]}"}
        if kind.name == "list":
            return {"type": "array", "items": self.part(kind.parts[0], path)}
        if kind.name == "map":
            return {"type": "map", "values": self.part(kind.parts[1], path)}
        if kind.name == "union":
            return [self.type(part.type, f"{path}_{part.name}") for part in kind.parts]
        name = self.named(path)
        fields = [self.part_field(part, name) for part in kind.parts]
        return {"type": "record", "name": name, "fields": _with_legal_names(fields)}

    def part(self, part: Part, path: str) -> Any:
        written = self.type(part.type, path)
        return _branches(written) if part.nullable else written

    def part_field(self, part: Part, record: str) -> dict[str, Any]:
        told = {"name": part.name, "type": self.part(part, f"{record}_{part.name}")}
        return {**told, "default": None} if part.nullable else told


def _branches(written: Any, at_end: bool = False) -> list[Any]:
    """A type that may be null."""
    branches = written if isinstance(written, list) else [written]
    return [*branches, "null"] if at_end else ["null", *branches]


def _with_legal_names(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = legal_names([each["name"] for each in fields])
    return [
        {"name": name, **_kept_name(each["name"], name), **{key: value for key, value in each.items() if key != "name"}}
        for name, each in zip(names, fields, strict=True)
    ]


def _kept_name(name: str, written: str) -> dict[str, str]:
    return {} if name == written else {NAME: name}


def _doc(about: str) -> dict[str, str]:
    return {"doc": about} if about else {}
