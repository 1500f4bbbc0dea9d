"""Records of Avro as columns, by the schema that they were written in: of messages, and of files.

fastavro reads one record at a time. Times, dates and the like are read as the numbers that they are in Avro, which
Arrow takes as they are; of Python's objects, some could not hold them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from sandbox import registry
from sandbox.contract.imports.avro import read_avro
from sandbox.contract.imports.json_text import read_json
from sandbox.contract.imports.notes import Notes
from sandbox.contract.types import Type
from sandbox.errors import InputError, OutsideError


@dataclass(frozen=True, slots=True)
class Written:
    """A schema that records were written in."""

    parsed: Any
    """As fastavro has it, without the logical types that would make objects."""
    names: tuple[str, ...]
    """Of its fields, in Avro."""
    columns: tuple[tuple[str, Type], ...]
    """What each field is to a contract: its name there, and its type."""

    @property
    def arrow(self) -> pa.Schema:
        """The columns that records become."""
        return pa.schema([(name, _arrow(kind)) for name, kind in self.columns])

    def batch(self, rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
        """Records as columns."""
        columns = [
            _column([row[name] for row in rows], kind) for name, (_, kind) in zip(self.names, self.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.arrow)


def written(schema: Any, where: str) -> Written:
    """How records of a schema, which stands at `where`, are read. Raises OutsideError: it is none of records."""
    fastavro = registry.from_extra("fastavro", "kafka")
    try:
        (contract,) = read_avro(read_json(json.dumps(schema), where), Notes(where)).contracts
    except InputError as error:
        raise OutsideError(f"{where}: {error.problems[0].message}") from None
    names = tuple(each["name"] for each in schema["fields"])
    kinds = tuple((column.name, column.parsed) for column in contract.columns)
    return Written(fastavro.parse_schema(_plain(schema)), names, kinds)


def _plain(schema: Any) -> Any:
    """The schema without logical types, but for decimals: their bytes are nothing to Arrow."""
    if isinstance(schema, list):
        return [_plain(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    is_decimal = schema.get("logicalType") == "decimal"
    return {key: _plain(value) for key, value in schema.items() if key != "logicalType" or is_decimal}


def _column(values: list[Any], kind: Type) -> pa.Array:
    return pa.array([_told(value, kind) for value in values] if _has_union(kind) else values, _arrow(kind))


def _arrow(kind: Type) -> pa.DataType:
    return pa.string() if kind.name == "enum" else kind.arrow()


def _has_union(kind: Type) -> bool:
    return kind.name == "union" or any(_has_union(part.type) for part in kind.parts)


def _told(value: Any, kind: Type) -> Any:
    """A value with the branch named that it is of, wherever a union is: the first whose values it could be."""
    if value is None:
        return None
    if kind.name == "union":
        branch = next(part for part in kind.parts if isinstance(value, _python_type(part.type)))
        return {branch.name: _told(value, branch.type)}
    if kind.name == "list":
        return [_told(item, kind.parts[0].type) for item in value]
    if kind.name == "map":
        return [(key, _told(item, kind.parts[1].type)) for key, item in value.items()]
    if kind.name == "struct":
        return {part.name: _told(item, part.type) for part, item in zip(kind.parts, value.values(), strict=True)}
    return value


def _python_type(kind: Type) -> type | tuple[type, ...]:
    if kind.is_integer or kind.is_time:
        return int
    made = {"bool": bool, "float32": float, "float64": float, "bytes": bytes, "decimal": Decimal, "list": list}
    return made.get(kind.name, dict if kind.is_nested else str)
