"""Lists, structs, maps and unions, read part by part; one part that cannot be read spoils its whole value."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.parse import Parse
from sandbox.contract.readings import Mask, Reading, present, true_where, unread
from sandbox.contract.types import Type, quoted

# Reads an array of any kind; handed in, since what is nested and what is not read each other.
Reader = Callable[[pa.Array, Type, Parse], Reading]


def read_nested(array: pa.Array, kind: Type, parse: Parse, read: Reader) -> Reading:
    """Read Arrow lists, structs and maps; a struct's fields are found by name, and missing ones are null."""
    if pa.types.is_map(array.type):
        entries = pa.struct([pa.field("key", array.type.key_type), pa.field("value", array.type.item_type)])
        array = array.cast(pa.list_(entries))
    if pa.types.is_struct(array.type) and kind.name in ("struct", "union"):
        return _read_fields(array, kind, parse, read)
    if pa.types.is_list(array.type) and kind.name in ("list", "map"):
        return _read_elements(array, kind, parse, read)
    return unread(array, kind.arrow())


def read_union(array: pa.Array, kind: Type, parse: Parse, read: Reader) -> Reading:
    """Each value goes to the first branch that can read it; a struct of the branches is taken as it is."""
    if pa.types.is_struct(array.type):
        return _read_fields(array, kind, parse, read)
    left, branches = array, []
    for part in kind.parts:
        branch = read(left, part.type, parse).values
        branches.append(branch)
        left = pc.if_else(branch.is_valid(), pa.scalar(None, left.type), left)
    return _struct(branches, kind, present(array), present(left))


def parsed_json(text: pa.Array, kind: Type) -> pa.Array:
    """The outermost level of JSON text as Arrow, its parts as text; null where it is no JSON of that shape."""
    from sandbox.contract.duck import evaluate

    if kind.name == "list":
        shape, parts = "ARRAY", "json_extract_string(x, '$[*]')"
    elif kind.name == "map":
        keys, values = "json_keys(x)", "json_extract_string(x, '$.*')"
        shape, parts = "OBJECT", f"list_transform(list_zip({keys}, {values}), lambda e: {{'key': e[1], 'value': e[2]}})"
    else:
        fields = ", ".join(f"{quoted(part.name, always=True)} := {_extracted(part.name)}" for part in kind.parts)
        shape, parts = "OBJECT", f"struct_pack({fields})"
    return evaluate(f"CASE WHEN json_valid(x) THEN CASE WHEN json_type(x) = '{shape}' THEN {parts} END END", text)


def _extracted(name: str) -> str:
    path = f'$."{name}"'.replace("'", "''")
    return f"json_extract_string(x, '{path}')"


def _read_fields(array: pa.Array, kind: Type, parse: Parse, read: Reader) -> Reading:
    names = [child.name for child in array.type.fields]
    missing = pa.nulls(len(array))
    children = [array.field(names.index(part.name)) if part.name in names else missing for part in kind.parts]
    readings = [read(child, part.type, parse) for child, part in zip(children, kind.parts, strict=True)]
    unreadable = np.zeros(len(array), np.bool_)
    for part_reading in readings:
        if part_reading.unreadable is not None:
            unreadable |= part_reading.unreadable
    there = present(array)
    return _struct([part.values for part in readings], kind, there, unreadable & there)


def _struct(children: Sequence[pa.Array], kind: Type, there: Mask, unreadable: Mask) -> Reading:
    gone = pa.array(unreadable | ~there)
    values = pa.StructArray.from_arrays(children, fields=list(kind.arrow()), mask=gone)
    return Reading(values, unreadable if unreadable.any() else None)


def _read_elements(array: pa.Array, kind: Type, parse: Parse, read: Reader) -> Reading:
    element = kind.parts[0].type if kind.name == "list" else Type("struct", parts=kind.parts)
    parents = pc.list_parent_indices(array).to_numpy()
    inner = read(pc.list_flatten(array), element, parse)
    unreadable = np.zeros(len(array), np.bool_)
    if inner.unreadable is not None:
        unreadable[parents[inner.unreadable]] = True
    if kind.name == "map":
        # An entry without a key has no meaning; Arrow holds none.
        unreadable[parents[true_where(inner.values.field(0).is_null())]] = True
    kept = present(array) & ~unreadable
    elements = inner.values.filter(pa.array(kept[parents]))
    lengths = np.where(kept, pc.list_value_length(array).fill_null(0).to_numpy(), 0)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return Reading(_list(offsets, elements, kind, pa.array(~kept)), unreadable if unreadable.any() else None)


def _list(offsets: pa.Array, elements: pa.Array, kind: Type, gone: pa.Array) -> pa.Array:
    if kind.name == "list":
        return pa.ListArray.from_arrays(offsets, elements, type=kind.arrow(), mask=gone)
    return pa.MapArray.from_arrays(offsets, elements.field(0), elements.field(1), type=kind.arrow(), mask=gone)
