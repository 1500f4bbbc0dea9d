"""JSON Schema, 2020-12 and draft-07: an object is a dataset, or a list of objects, or one of several kinds of objects.

What a keyword asks of a value that a contract cannot ask is noted, never dropped in silence. `$ref` is followed inside
of the file only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.contract.imports.fields import Field, Hint, list_of, map_of, struct, union_of
from sandbox.contract.imports.imported import Described, Imported, describe
from sandbox.contract.imports.json_rules import TEXT_BOUNDS, facts_of, hint_of, type_of_format
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.streams import merged
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError
from sandbox.strict import show

MOST_FIELDS = 20_000
DEEPEST = 12
_KNOWN = (
    "$schema", "$id", "$ref", "$defs", "definitions", "$comment", "title", "description", "type", "properties",
    "required", "additionalProperties", "items", "enum", "const", "default", "examples", "oneOf", "anyOf", "allOf",
    "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "minItems", "maxItems", "nullable", "contentEncoding", *(keyword for keyword, _ in TEXT_BOUNDS),
)  # fmt: skip
_TYPES = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool"}


def read_json_schema(root: Marked, notes: Notes, name: str) -> Imported:
    """Read a schema; `name` is what its dataset is called where it has no title.

    Raises:
        InputError: everything that is wrong, each with its place.
    """
    reader = _Reader(root, notes)
    described: Described | None = None
    try:
        described = reader.topic(name)
    except InputError as error:
        notes.catch(error)
    notes.check()
    return Imported(notes.file, "JSON Schema", (described,) if described else (), notes.all_lost())


@dataclass(slots=True)
class _Reader:
    root: Marked
    notes: Notes
    open: list[str] = field(default_factory=list)
    """The references that are being followed, from the outside in."""
    built: int = 0

    def topic(self, name: str) -> Described:
        """The dataset of the whole schema."""
        schema = self._resolved(self.root)
        if _types(schema) == ["array"]:
            schema = self._resolved(schema.require("items"))
        name = schema.text_of("title") or self.root.text_of("title") or name
        branches = schema.get("oneOf") or schema.get("anyOf")
        if branches is not None and schema.get("properties") is None:
            kinds = []
            before = list(self.open)
            for number, written in enumerate(branches.items()):
                self.open = list(before)
                branch = self._resolved(written)
                kinds.append(self._dataset(branch, branch.text_of("title") or _last(written) or f"kind_{number + 1}"))
            return merged(kinds, name, schema, self.notes)
        return self._dataset(schema, name)

    def _dataset(self, schema: Marked, name: str) -> Described:
        properties = schema.get("properties")
        if properties is None or not properties.entries():
            raise schema.error("describes no object with `properties`, so there are no columns to import.")
        self.notes.lose_keys(schema, _KNOWN)
        parts = self._parts(schema, 0)
        self.notes.check()
        contract = Contract(name, (), about=schema.text_of("description"))
        return describe(contract, parts, schema.place, self.notes)

    def _parts(self, schema: Marked, depth: int) -> list[Field]:
        """The properties of an object. One that is not required may be missing, which a table calls null."""
        required = schema.get("required")
        needed = {item.content for item in required.items()} if required is not None and required.is_list else set()
        parts = []
        properties = schema.require("properties").entries()
        for name, written in properties.items():
            try:
                part = self.field(name, written, depth + 1)
                parts.append(part.with_column(nullable=part.column.nullable or name not in needed))
            except InputError as error:
                self.notes.catch(error)
        for item in required.items() if required is not None and required.is_list else ():
            if item.content not in properties:
                self.notes.catch(item.error(f"{show(item.value())} is required, and is none of the properties."))
        return parts

    def field(self, name: str, written: Marked, depth: int) -> Field:
        """What a schema says of the value that is called `name`. Raises InputError."""
        self.built += 1
        if self.built > MOST_FIELDS:
            raise written.error(f"more than {MOST_FIELDS:,} fields, those of references counted at each use.")
        if depth > DEEPEST:
            raise written.error(f"nested more than {DEEPEST} deep.")
        if isinstance(written.content, bool):
            self.notes.lose("says nothing of the value; kept as text.", written.place, written.path)
            return Field(Column(name, nullable=True), written.place)
        before = len(self.open)
        schema = self._resolved(written)
        self.notes.lose_keys(schema, _KNOWN)
        made = self._typed(name, schema, depth)
        del self.open[before:]
        about = written.text_of("description") or schema.text_of("description") or schema.text_of("title")
        return replace(made.with_column(about=about), place=written.place)

    def _typed(self, name: str, schema: Marked, depth: int) -> Field:
        types = _types(schema)
        nullable = "null" in types or bool(schema.get("nullable") and schema.require("nullable").content is True)
        kinds = [kind for kind in types if kind != "null"]
        branches = schema.get("oneOf") or schema.get("anyOf")
        if branches is not None and schema.get("properties") is None:
            made = self._one_of(name, schema, branches, kinds, depth)
        elif len(kinds) > 1:
            made = union_of(name, [self._of_kind(name, schema, kind, depth) for kind in kinds], schema.place)
        else:
            made = self._of_kind(name, schema, kinds[0] if kinds else "", depth)
        return made.with_column(nullable=made.column.nullable or nullable)

    def _of_kind(self, name: str, schema: Marked, kind: str, depth: int) -> Field:
        if kind == "object" or (not kind and schema.get("properties") is not None):
            return self._object(name, schema, depth)
        if kind == "array" or (not kind and schema.get("items") is not None):
            return self._array(name, schema, depth)
        if kind and kind not in _TYPES:
            raise schema.require("type").error(
                f"unknown type '{kind}'; known: {', '.join([*_TYPES, 'object', 'array', 'null'])}."
            )
        type_name = _TYPES.get(kind, "")
        if type_name in ("string", "float64", "int64"):
            type_name = type_of_format(kind, schema.text_of("format")) or type_name
        if schema.text_of("contentEncoding") == "base64":
            type_name = "bytes"
        facts = facts_of(schema, type_name, self.notes)
        return Field(Column(name, **facts), schema.place, hint=hint_of(schema))

    def _object(self, name: str, schema: Marked, depth: int) -> Field:
        more = schema.get("additionalProperties")
        if schema.get("properties") is not None and schema.require("properties").entries():
            if more is not None and more.is_mapping:
                self.notes.lose("further properties have no place in a struct.", more.place, more.path)
            parts = self._parts(schema, depth)
            if not parts:
                self.notes.check()
            return struct(name, parts, schema.place)
        if more is not None and more.is_mapping:
            return map_of(name, Field(Column("key"), schema.place), self.field("value", more, depth + 1), schema.place)
        self.notes.lose("an object of unknown properties; kept as text that holds JSON.", schema.place, schema.path)
        return Field(Column(name), schema.place, hint=Hint(format="json"))

    def _array(self, name: str, schema: Marked, depth: int) -> Field:
        items = schema.get("items")
        if items is None or not items.is_mapping:
            self.notes.lose("the elements have no type; kept as text that may be null.", schema.place, schema.path)
            made = list_of(name, Field(Column("element", nullable=True), schema.place), schema.place)
        else:
            made = list_of(name, self.field("element", items, depth + 1), schema.place)
        sizes = {key: schema.get(keyword) for key, keyword in (("min_length", "minItems"), ("max_length", "maxItems"))}
        facts = {key: size.whole() for key, size in sizes.items() if size is not None}
        return replace(made.with_column(**facts), hint=hint_of(schema))

    def _one_of(self, name: str, schema: Marked, branches: Marked, kinds: Sequence[str], depth: int) -> Field:
        made, nullable = [], False
        for branch in branches.items():
            if _types(branch) == ["null"] or (
                branch.is_mapping and "const" in branch.entries() and branch.get("const") is None
            ):
                nullable = True
                continue
            inherits = kinds and branch.get("type") is None and branch.get("$ref") is None
            written = (
                replace(branch, content={**branch.entries(), "type": schema.require("type")}) if inherits else branch
            )
            made.append(self.field(name, written, depth + 1))
        if not made:
            raise branches.error("needs at least one branch beside null.")
        listed = [value for branch in made for value in branch.column.values or ()]
        whole = union_of(name, made, schema.place)
        if len(made) > 1 and not whole.column.type.startswith("union"):
            if all(branch.column.values for branch in made) and not whole.type.is_nested:
                kind = "enum" if whole.type.name == "string" else whole.column.type
                whole = whole.with_column(type=kind, values=tuple(dict.fromkeys(listed)))
            else:
                message = f"several branches are {whole.column.type} to a contract; they become one."
                self.notes.lose(message, schema.place, schema.path)
        return whole.with_column(nullable=nullable or any(branch.column.nullable for branch in made))

    def _resolved(self, written: Marked) -> Marked:
        """The schema that is meant: references followed, `allOf` folded together. Raises InputError."""
        at = written.get("$ref")
        if at is not None:
            target = self._target(at)
            beside = {key: value for key, value in written.entries().items() if key != "$ref"}
            written = replace(target, content={**target.entries(), **beside})
            return self._resolved(written)
        every = written.get("allOf")
        if every is None:
            written.entries()
            return written
        whole: dict[str, Any] = {}
        before, opened = list(self.open), []
        for part in every.items():  # two parts may well refer to the same thing
            self.open = list(before)
            whole = _folded(whole, self._resolved(part).entries())
            opened += self.open[len(before) :]
        self.open = before + opened
        own = {key: value for key, value in written.entries().items() if key != "allOf"}
        return replace(written, content=_folded(whole, own))

    def _target(self, at: Marked) -> Marked:
        pointer = at.text()
        if not pointer.startswith("#"):
            raise at.error(f"'{pointer}' leads out of the file; put what it means under `$defs`.")
        if pointer in self.open:
            circle = " → ".join([*self.open[self.open.index(pointer) :], pointer])
            raise at.error(f"refers to itself ({circle}); a contract's types have an end. Cut it, or keep it as text.")
        node: Marked | None = self.root
        for step in pointer.lstrip("#").strip("/").split("/") if pointer.strip("#/") else []:
            step = step.replace("~1", "/").replace("~0", "~")
            if node is not None and node.is_list and step.isdigit() and int(step) < len(node.items()):
                node = node.items()[int(step)]
            else:
                node = node.get(step) if node is not None else None
        if node is None:
            raise at.error(f"'{pointer}' leads to nothing in this file.")
        self.open.append(pointer)
        return node


def _types(schema: Marked) -> list[str]:
    written = schema.get("type")
    if written is None:
        return []
    return [item.text() for item in written.items()] if written.is_list else [written.text()]


def _last(written: Marked) -> str:
    at = written.get("$ref")
    return at.text().rpartition("/")[2] if at is not None else ""


def _folded(first: Mapping[str, Marked], second: Mapping[str, Marked]) -> dict[str, Marked]:
    """Two schemas that both hold: properties and what is required together, of all else what the second says."""
    whole = {**first, **second}
    for key in ("properties", "required"):
        one, other = first.get(key), second.get(key)
        if one is not None and other is not None:
            both: Any = {**one.entries(), **other.entries()} if key == "properties" else (*one.items(), *other.items())
            whole[key] = replace(one, content=both)
    return whole
