"""Types of Avro as types of a contract: primitives, logical types, and the names that a schema defines."""

from __future__ import annotations

from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.types import LOCAL, Type, decimal_type
from sandbox.errors import InputError

NAME = "sandboxName"
"""The attribute that keeps a name which Avro does not allow."""
PRIMITIVES = {
    "boolean": "bool",
    "int": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "bytes": "bytes",
    "string": "string",
}
_LOGICAL: dict[str, tuple[tuple[str, ...], Type]] = {
    "uuid": (("string", "fixed"), Type("uuid")),
    "date": (("int",), Type("date")),
    "time-millis": (("int",), Type("time")),
    "time-micros": (("long",), Type("time")),
    **{
        f"{prefix}timestamp-{word}": (("long",), Type("timestamp", (unit, zone)))
        for prefix, zone in (("", "UTC"), ("local-", LOCAL))
        for word, unit in (("millis", "ms"), ("micros", "us"), ("nanos", "ns"))
    },
}


def plain_type(schema: Marked, base: str, notes: Notes) -> Type:
    """The type of a primitive or a `fixed` with its logical type.

    A logical type that is unknown, or stands on a base that Avro does not allow, is ignored as Avro says, and noted.
    Raises InputError: a decimal whose digits make no sense.
    """
    logical = schema.get("logicalType")
    beneath = Type(PRIMITIVES.get(base, "bytes"))
    if logical is None:
        return beneath
    name = logical.text()
    if name == "decimal" and base in ("bytes", "fixed"):
        return _decimal(schema)
    bases, made = _LOGICAL.get(name, ((), beneath))
    if base in bases:
        return made
    why = f"is for {' or '.join(bases)}, not {base}" if bases else "is unknown to contracts"
    notes.lose(f"the logical type '{name}' {why}; values are read as {beneath}.", logical.place, logical.path)
    return beneath


def _decimal(schema: Marked) -> Type:
    precision = schema.require("precision").whole(1)
    scale = schema.get("scale")
    try:
        return decimal_type(precision, scale.whole() if scale is not None else 0)
    except InputError as error:
        raise schema.require("precision").error(error.problems[0].message) from None


def full_name(schema: Marked, namespace: str) -> tuple[str, str]:
    """The full name that a named type defines, and the namespace in force inside of it. Raises InputError."""
    name = schema.require("name").text()
    if "." in name:
        return name, name.rpartition(".")[0]
    space = schema.text_of("namespace") or namespace
    return (f"{space}.{name}" if space else name), space
