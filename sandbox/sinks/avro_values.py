"""Values of a column as fastavro takes them for the schema of its contract: numbers, texts, lists and dictionaries.

Times are counts since 1970 in their own unit and dates are days, since that is what stands in Avro's bytes; fastavro
would make them of Python's objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.exports.avro import avro_type, legal_names
from sandbox.contract.types import Type


def avro_values(array: pa.Array, kind: Type, schema: Any) -> list[Any]:
    """The values of a column.

    Args:
        array: of the contract's type, shape (n,).
        kind: that type.
        schema: what `export_avro` writes for it.
    """
    schema = _without_null(schema)
    if not kind.is_nested:
        return list(_plain(array).to_pylist())
    if kind.name == "list":
        return _lists(array, avro_values(array.values, kind.parts[0].type, schema["items"]))
    if kind.name == "map":
        return _maps(array, kind, schema)
    if kind.name == "union":
        return _unions(array, kind, schema)
    return _structs(array, kind, schema)


def _structs(array: pa.StructArray, kind: Type, schema: Any) -> list[Any]:
    columns = [
        avro_values(child, part.type, field["type"])
        for child, part, field in zip(array.flatten(), kind.parts, schema["fields"], strict=True)
    ]
    names = legal_names([part.name for part in kind.parts])
    made = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    return _nulled(array, made)


def _lists(array: pa.Array, items: Sequence[Any]) -> list[Any]:
    return _nulled(array, [items[start:stop] for start, stop in pairwise(array.offsets.to_pylist())])


def _maps(array: pa.MapArray, kind: Type, schema: Any) -> list[Any]:
    key, value = kind.parts
    if "values" in schema:
        pairs = list(zip(array.keys.to_pylist(), avro_values(array.items, value.type, schema["values"]), strict=True))
        return [None if each is None else dict(each) for each in _lists(array, pairs)]
    fields = schema["items"]["fields"]
    keys = avro_values(array.keys, key.type, fields[0]["type"])
    values = avro_values(array.items, value.type, fields[1]["type"])
    return _lists(array, [{"key": one, "value": other} for one, other in zip(keys, values, strict=True)])


def _unions(array: pa.StructArray, kind: Type, schema: Any) -> list[Any]:
    """A value names its branch, where Avro has branches; else the record has them, or there is but one type."""
    written = avro_type(kind)
    if written.name == "struct":
        return _structs(array, kind, schema)
    candidates = [each for each in schema if each != "null"] if written.name == "union" else [schema]
    wanted = list(dict.fromkeys(avro_type(part.type) for part in kind.parts))
    made: list[Any] = [None] * len(array)
    for child, part in zip(array.flatten(), kind.parts, strict=True):
        candidate = candidates[wanted.index(avro_type(part.type))]
        name = candidate if isinstance(candidate, str) else candidate.get("name")
        for at, value in enumerate(avro_values(child, part.type, candidate)):
            if value is not None:
                made[at] = (name, value) if name is not None and len(candidates) > 1 else value
    return made


def _plain(array: pa.Array) -> pa.Array:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return array.dictionary_decode()
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return array.cast(pa.int64())
    if pa.types.is_date(kind):
        return array.cast(pa.int32())
    return array.cast(pa.decimal128(20, 0)) if kind == pa.uint64() else array


def _nulled(array: pa.Array, made: list[Any]) -> list[Any]:
    if not array.null_count:
        return made
    valid = pc.is_valid(array).to_pylist()
    return [value if is_there else None for value, is_there in zip(made, valid, strict=True)]


def _without_null(schema: Any) -> Any:
    """What a union of one type and null is beside null."""
    if not isinstance(schema, list):
        return schema
    rest = [branch for branch in schema if branch != "null"]
    return rest[0] if len(rest) == 1 else rest
