"""Open Data Contract Standard 3.x: each schema object is a dataset, its properties are the columns.

Source: bitol-io/open-data-contract-standard, v3.1.0. What the standard says for people and platforms (prices, roles,
service levels) says nothing to a contract here; servers are kept as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sandbox.contract.imports.fields import Field
from sandbox.contract.imports.imported import Described, Imported, describe
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.odcs_custom import own_facts, own_promises
from sandbox.contract.imports.odcs_links import links_of
from sandbox.contract.imports.odcs_quality import Quality, least_rows, read_quality
from sandbox.contract.imports.odcs_types import field_of
from sandbox.contract.model import Contract
from sandbox.errors import InputError

_ROOT_KEYS = (
    "apiVersion", "kind", "id", "name", "version", "status", "schema", "servers", "description", "team", "support",
    "tags", "domain", "dataProduct", "tenant",
)  # fmt: skip
_OBJECT_KEYS = (
    "id", "name", "logicalType", "physicalType", "description", "businessName", "properties", "quality",
    "relationships", "tags", "physicalName", "customProperties",
)  # fmt: skip
_PERSONAL = {"pii", "personal", "sensitive", "confidential", "restricted", "gdpr", "phi", "secret"}


def read_odcs(root: Marked, notes: Notes) -> Imported:
    """Read a data contract.

    Raises:
        InputError: everything that is wrong, each with its place; it has no schema, or one without properties.
    """
    version = root.text_of("apiVersion")
    if version and not version.startswith("v3"):
        raise root.require("apiVersion").error(
            f"got '{version}'; read are data contracts of version 3 (v3.0.0 to v3.1.0)."
        )
    schema = root.get("schema")
    if schema is None:
        raise root.error("this data contract has no schema section, so there are no columns to import.")
    objects = schema.items()
    if not objects:
        raise schema.error("the schema section of this data contract is empty, so there are no columns to import.")
    notes.lose_keys(root, _ROOT_KEYS)
    datasets = []
    for written in objects:
        try:
            datasets.append(_dataset(written, root, objects, notes))
        except InputError as error:
            notes.catch(error)
    notes.check()
    servers = root.get("servers")
    kept = tuple(server.value() for server in servers.items() if server.is_mapping) if servers is not None else ()
    return Imported(notes.file, "Open Data Contract Standard", tuple(datasets), notes.all_lost(), kept)


def _dataset(written: Marked, root: Marked, objects: Sequence[Marked], notes: Notes) -> Described:
    name = written.require("name").text()
    properties = written.get("properties")
    if properties is None or not properties.items():
        raise written.error(f"the schema object '{name}' has no properties, so there are no columns to import.")
    notes.lose_keys(written, _OBJECT_KEYS)
    dialect = _dialect(root)
    fields: list[Field] = []
    positions: list[tuple[int, str]] = []
    quality = Quality(notes)
    for each in properties.items():
        try:
            field = _with_meaning(field_of(each.require("name").text(), each, notes, dialect), each)
        except InputError as error:
            notes.catch(error)
            continue
        if _is_true(each, "primaryKey"):
            at = each.get("primaryKeyPosition")
            positions.append((at.whole(-1) if at is not None else len(positions), field.name))
            if each.get("required") is not None and not _is_true(each, "required"):
                notes.lose("says required: false, and a primary key is never null.", each.place, each.path)
        fields.append(read_quality(field, each, quality))
    links = links_of(written, objects, notes)
    contract = Contract(
        name,
        (),
        primary_key=tuple(column for _, column in sorted(positions)),
        foreign_keys=tuple(links),
        version=_version(root, notes),
        about=written.text_of("description") or written.text_of("businessName"),
        owner=_owner(root),
        contact=_contact(root),
    )
    placed = {each.text_of("name"): each for each in properties.items() if each.is_mapping}
    fields = [own_facts(quality.changed(field), placed[field.name], notes) for field in fields]
    least = least_rows(written, quality)
    contract = own_promises(replace(contract, unique=tuple(quality.unique)), written, notes)
    conditions = {each.name: each.sql for each in contract.expectations} or quality.conditions
    told = {"conditions": conditions, "least_rows": least, "key_places": links}
    return describe(contract, fields, written.place, notes, **told, physical=written.text_of("physicalName") or "")


def _with_meaning(field: Field, written: Marked) -> Field:
    """What a property says beside its type: what it means, whether it may be missing, is unique, is personal."""
    examples = written.get("examples")
    shown = tuple(item.value() for item in examples.items()) if examples is not None and examples.is_list else ()
    meant = field.with_column(
        about=written.text_of("description") or written.text_of("businessName"),
        nullable=not _is_true(written, "required"),
        unique=_is_true(written, "unique"),
        pii=_is_personal(written),
    )
    return replace(meant, hint=replace(meant.hint, examples=shown))


def _is_personal(written: Marked) -> bool:
    tags = written.get("tags")
    words = [str(tag.content) for tag in tags.items()] if tags is not None and tags.is_list else []
    words += [str(written.require(key).content) for key in ("classification",) if written.get(key) is not None]
    return any(word.lower() in _PERSONAL for word in words)


def _is_true(written: Marked, key: str) -> bool:
    found = written.get(key)
    if found is not None and not isinstance(found.content, bool):
        raise found.error("must be true or false.")
    return found is not None and found.content is True


def _version(root: Marked, notes: Notes) -> int:
    """A contract counts its versions in whole numbers: the first of `1.4.2`."""
    found = root.get("version")
    first = str(found.content).lstrip("v").partition(".")[0] if found is not None else ""
    if found is not None and str(found.content) != first:
        notes.lose(f"version {found.content} becomes {max(int(first), 1) if first.isdigit() else 1}.", found.place)
    return max(int(first), 1) if first.isdigit() else 1


def _owner(root: Marked) -> str:
    team = root.get("team")
    if team is None:
        return ""
    if team.is_mapping:
        return team.text_of("name")
    owners = [each for each in team.items() if each.text_of("role").lower() == "owner"]
    return owners[0].text_of("username") if owners else ""


def _contact(root: Marked) -> str:
    support = root.get("support")
    channels: Sequence[Any] = support.items() if support is not None and support.is_list else ()
    named = [each.text_of("url") or each.text_of("channel") for each in channels if each.is_mapping]
    return str(named[0]).removeprefix("mailto:") if named else ""


def _dialect(root: Marked) -> str:
    """The dialect of the first server that sqlglot knows, to read physical types by."""
    known = (
        "postgres",
        "mysql",
        "snowflake",
        "bigquery",
        "redshift",
        "databricks",
        "oracle",
        "trino",
        "duckdb",
        "sqlite",
    )
    servers = root.get("servers")
    kinds = (
        [each.text_of("type") for each in servers.items() if each.is_mapping]
        if servers is not None and servers.is_list
        else []
    )
    return next((kind for kind in kinds if kind in known), "postgres")
