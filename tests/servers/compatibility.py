"""Whether one Avro schema reads what another wrote, by the resolution rules of the Avro specification."""

from __future__ import annotations

from typing import Any

_PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}


def reads(reader: Any, writer: Any) -> str | None:
    """None where the reader's schema resolves everything of the writer's, else the first thing that it does not."""
    return _problem(reader, writer, _named(reader, {}), _named(writer, {}), ())


def _problem(
    reader: Any, writer: Any, readers: dict[str, Any], writers: dict[str, Any], path: tuple[str, ...]
) -> str | None:
    reader, writer = _resolved(reader, readers), _resolved(writer, writers)
    where = ".".join(path) or "the top"
    if isinstance(writer, list):
        found = (_problem(reader, branch, readers, writers, path) for branch in writer)
        return next((problem for problem in found if problem), None)
    if isinstance(reader, list):
        fits = any(_problem(branch, writer, readers, writers, path) is None for branch in reader)
        return None if fits else f"{where}: no branch of the reader's union takes {_kind(writer)}"
    read, written = _kind(reader), _kind(writer)
    if read != written:
        return None if read in _PROMOTIONS.get(written, ()) else f"{where}: {written} cannot be read as {read}"
    if read == "record":
        return _problem_of_fields(reader, writer, readers, writers, path)
    if read in ("array", "map"):
        inner = "items" if read == "array" else "values"
        return _problem(reader[inner], writer[inner], readers, writers, (*path, inner))
    if read == "enum" and "default" not in reader and (lost := set(writer["symbols"]) - set(reader["symbols"])):
        return f"{where}: the reader's enum lacks {sorted(lost)[0]}"
    if read == "fixed" and reader["size"] != writer["size"]:
        return f"{where}: fixed of {writer['size']} bytes cannot be read as one of {reader['size']}"
    return None


def _problem_of_fields(
    reader: Any, writer: Any, readers: dict[str, Any], writers: dict[str, Any], path: tuple[str, ...]
) -> str | None:
    written = {field["name"]: field for field in writer["fields"]}
    for field in reader["fields"]:
        found = next((written[name] for name in (field["name"], *field.get("aliases", ())) if name in written), None)
        inside = (*path, field["name"])
        if found is None:
            if "default" not in field:
                return f"{'.'.join(inside)}: a field without default that the writer does not have"
        elif problem := _problem(field["type"], found["type"], readers, writers, inside):
            return problem
    return None


def _kind(schema: Any) -> str:
    return str(schema["type"] if isinstance(schema, dict) else schema)


def _resolved(schema: Any, named: dict[str, Any]) -> Any:
    if isinstance(schema, dict) and isinstance(schema["type"], dict | list):
        return _resolved(schema["type"], named)
    return named.get(schema, schema) if isinstance(schema, str) else schema


def _named(schema: Any, found: dict[str, Any]) -> dict[str, Any]:
    """Every named type of a schema, under its short name and its full one."""
    if isinstance(schema, list):
        for branch in schema:
            _named(branch, found)
    elif isinstance(schema, dict):
        if "name" in schema and schema.get("type") in ("record", "enum", "fixed"):
            found[schema["name"]] = schema
            if "namespace" in schema:
                found[f"{schema['namespace']}.{schema['name']}"] = schema
        for inner in (schema.get("type"), schema.get("items"), schema.get("values")):
            if isinstance(inner, dict | list):
                _named(inner, found)
        for field in schema.get("fields", ()):
            _named(field["type"], found)
    return found
