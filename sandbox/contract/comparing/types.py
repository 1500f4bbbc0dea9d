"""Whether a reader's type takes every value of a writer's: Avro's promotions, and those that lose nothing either.

Source: Apache Avro 1.12 specification, schema resolution.
"""

from __future__ import annotations

from sandbox.contract.types import Part, Type

_AVRO = {"int64": ("float32", "float64"), "float32": ("float64",), "string": ("bytes",), "bytes": ("string",)}
_INTEGERS = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}


def type_problem(reader: Type, writer: Type, path: str = "") -> str | None:
    """Why the reader's type does not take all of the writer's values; None where it does."""
    where = f" in {path}" if path else ""
    if writer.name == "union":
        problems = (type_problem(reader, part.type, path) for part in writer.parts)
        return next((problem for problem in problems if problem), None)
    if reader.name == "union":
        fits = any(type_problem(part.type, writer, path) is None for part in reader.parts)
        return None if fits else f"no branch of {reader} takes {writer}{where}"
    if reader.name == writer.name == "timestamp":
        return _timestamp_problem(reader, writer, where)
    if reader == writer or _is_promoted(reader, writer):
        return None
    if reader.name == writer.name and reader.name in ("list", "map", "struct"):
        return _problem_inside(reader, writer, path)
    return f"{writer} is not read as {reader}{where}"


def _timestamp_problem(reader: Type, writer: Type, where: str) -> str | None:
    if (reader.zone is None) != (writer.zone is None):
        return f"a local time and an instant are not the same: {writer} is not read as {reader}{where}"
    if reader.parameters[0] != writer.parameters[0]:
        return f"{writer.parameters[0]} would be taken for {reader.parameters[0]}: the unit of time changed{where}"
    return None  # instants are the same in any zone


def _is_promoted(reader: Type, writer: Type) -> bool:
    if writer.is_integer:
        low, high = _INTEGERS[writer.name]
        if reader.is_integer:
            least, most = _INTEGERS[reader.name]
            return bool(least <= low and high <= most)
        if reader.name == "decimal":
            return bool(high < 10 ** (int(reader.parameters[0]) - int(reader.parameters[1])))
        return reader.name in ("float32", "float64")  # as Avro has it, though large ones are rounded
    if reader.name == writer.name == "decimal":
        (wide, scale), (digits, after) = reader.parameters, writer.parameters
        return int(scale) >= int(after) and int(wide) - int(scale) >= int(digits) - int(after)
    return reader.name in _AVRO.get(writer.name, ()) or (reader.name == "string" and writer.name == "uuid")


def _problem_inside(reader: Type, writer: Type, path: str) -> str | None:
    written = {part.name: part for part in writer.parts}
    for part in reader.parts:
        inside = f"{path}.{part.name}" if path else part.name
        if part.name not in written:
            if not part.nullable:
                return f"{inside} is missing, and may not be"
        elif problem := _part_problem(part, written[part.name], inside):
            return problem
    return None


def _part_problem(reader: Part, writer: Part, path: str) -> str | None:
    if writer.nullable and not reader.nullable:
        return f"{path} may be null, and the reader allows none"
    return type_problem(reader.type, writer.type, path)
