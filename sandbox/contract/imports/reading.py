"""Read a schema file of any format that is known: by its content, not by its ending."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.contract.imports import formats
from sandbox.contract.imports.imported import Imported, check_links
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.errors import InputError, OutsideError, Place, Problem, did_you_mean

MOST_BYTES = 16 * 2**20
_AVRO_TYPES = ("record", "error", "enum", "array", "map", "fixed")


def read_schema(path: str | Path) -> Imported:
    """Read one schema file.

    Args:
        path: an Avro schema, a JSON Schema, SQL with `CREATE TABLE`, an Open Data Contract, contracts as
            `write_own` writes them, or a sample of rows in Parquet, Arrow or CSV. Places name it as it is given here.
    Returns:
        A contract for each dataset that it describes; the places of their columns; and what no contract can hold.
    Raises:
        InputError: everything that is wrong with it, each with its place in the file.
        OutsideError: the file cannot be read.
    """
    return read_schemas([path])[0]


def read_unlinked(path: str | Path) -> Imported:
    """Read one file whose foreign keys may lead to what others describe. Raises as `read_schema` does."""
    return _read(Path(path))


def read_schemas(paths: Sequence[str | Path]) -> tuple[Imported, ...]:
    """Read several files whose foreign keys may lead from one to another. Raises as `read_schema` does."""
    found: list[Imported] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found.append(_read(Path(path)))
        except InputError as error:
            problems += error.problems
    if not problems:
        problems = _same_names(found)
    if problems:
        raise InputError(problems)
    check_links(found)
    return tuple(found)


def _same_names(imports: Sequence[Imported]) -> list[Problem]:
    """Foreign keys go by the names of datasets: two may share a name only if no key leads to them."""
    places: dict[str, Place] = {}
    linked = {key.dataset for imported in imports for contract in imported.contracts for key in contract.foreign_keys}
    problems = []
    for described in (each for imported in imports for each in imported.datasets):
        name = described.contract.dataset
        if name in places and name in linked:
            problems.append(
                Problem(f"'{name}' is described at {places[name]} too, and keys lead to it.", name, described.place)
            )
        places.setdefault(name, described.place)
    return problems


def _read(path: Path) -> Imported:
    raw = _bytes_of(path)
    carrier = formats.carrier(raw, path)
    notes = Notes(str(path))
    if carrier in (formats.PARQUET, formats.ARROW, formats.CSV):
        from sandbox.contract.imports.samples import read_sample

        return read_sample(path, carrier, notes)
    if carrier == formats.AVRO_DATA:
        message = "is an Avro data file, not a schema; save its schema (key avro.schema of its header) as .avsc."
        raise InputError(Problem(message, "", Place(str(path))))
    if len(raw) > MOST_BYTES:
        raise InputError(
            Problem(f"larger than {MOST_BYTES // 2**20} MiB; a schema is a text of some pages.", "", Place(str(path)))
        )
    text = _decoded(raw, str(path))
    if carrier == formats.SQL:
        from sandbox.contract.imports.sql import read_sql

        return read_sql(text, notes)
    return _tree(_parsed(text, carrier, str(path)), notes, path)


def _parsed(text: str, carrier: str, file: str) -> Marked:
    if carrier == formats.JSON:
        from sandbox.contract.imports.json_text import read_json

        return read_json(text, file)
    from sandbox.contract.imports.yaml_text import read_yaml

    return read_yaml(text, file)


def _tree(root: Marked, notes: Notes, path: Path) -> Imported:
    """What JSON or YAML holds: a data contract, an Avro schema or a JSON Schema."""
    if root.get("sandbox_contract") is not None:
        from sandbox.contract.imports.own import read_own

        return read_own(root, notes)
    kind = root.get("type")
    is_avro = root.is_list or (kind is not None and (kind.content in _AVRO_TYPES or kind.is_mapping))
    if root.get("apiVersion") is not None or (root.get("kind") is not None and root.get("schema") is not None):
        from sandbox.contract.imports.odcs import read_odcs

        return read_odcs(root, notes)
    if is_avro and (root.get("properties") is None and root.get("$schema") is None) and not _is_plain_array(root):
        from sandbox.contract.imports.avro import read_avro

        return read_avro(root, notes)
    keywords = ("$schema", "properties", "$defs", "definitions", "$ref", "allOf", "anyOf", "oneOf", "items", "type")
    if root.is_mapping and any(root.get(keyword) is not None for keyword in keywords):
        from sandbox.contract.imports.json_schema import read_json_schema

        return read_json_schema(root, notes, path.name.partition(".")[0])
    message = "is no schema that is read: Avro (type: record), JSON Schema (properties), a data contract (apiVersion)."
    raise InputError(Problem(message, "", root.place))


def _is_plain_array(root: Marked) -> bool:
    """An array of JSON Schema: its items are a schema with properties, or a reference."""
    items = root.get("items")
    return items is not None and items.is_mapping and items.get("fields") is None


def _bytes_of(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: not a file; name a schema file.")
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        near = [each.name for each in path.parent.glob("*") if each.is_file()] if path.parent.is_dir() else []
        raise InputError(f"{path}: no such file.{did_you_mean(path.name, near)}") from None
    except OSError as error:
        raise OutsideError(f"{path}: cannot be read: {error.strerror or error}.") from None


def _decoded(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", errors="replace")
        place = Place(file, before.count("\n") + 1, error.start - before.rfind("\n"))
        raise InputError(
            Problem(f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8.", "", place)
        ) from None
