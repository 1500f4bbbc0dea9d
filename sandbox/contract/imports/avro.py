"""Avro schemas, as `.avsc` files and as Confluent's data generator has them: JSON, one record a dataset.

Source: Apache Avro 1.12 specification. A union of records at the top is a topic that carries several kinds of events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sandbox.contract.imports.avro_defaults import with_default
from sandbox.contract.imports.avro_hints import HINTS, TIME_FORMAT, read_hint
from sandbox.contract.imports.avro_types import NAME, PRIMITIVES, full_name, plain_type
from sandbox.contract.imports.fields import Field, list_of, map_of, struct, union_of
from sandbox.contract.imports.imported import Described, Imported, describe
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.imports.streams import merged
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError, Place, did_you_mean
from sandbox.strict import show

MOST_FIELDS = 20_000
DEEPEST = 12
_TYPE_KEYS = (
    "type", "name", "namespace", "doc", "fields", "items", "values", "symbols", "size", "default", "aliases",
    "logicalType", "precision", "scale", "order", NAME, HINTS, TIME_FORMAT,
)  # fmt: skip
_FIELD_KEYS = ("name", "type", "doc", "default", "aliases", "order", NAME, HINTS, TIME_FORMAT)


def read_avro(root: Marked, notes: Notes) -> Imported:
    """Read a schema: a record, or a union of records.

    Raises:
        InputError: everything that is wrong, each with its place.
    """
    reader = _Reader(notes)
    described: Described | None = None
    try:
        described = reader.topic(root)
    except InputError as error:
        notes.catch(error)
    notes.check()
    return Imported(notes.file, "Avro", (described,) if described else (), notes.all_lost())


@dataclass(slots=True)
class _Reader:
    notes: Notes
    named: dict[str, tuple[Marked, str]] = field(default_factory=dict)
    """Each named type by its full name: its definition and the namespace around it."""
    open: list[str] = field(default_factory=list)
    """The names of the records that are being read, from the outside in."""
    built: int = 0

    def topic(self, root: Marked) -> Described:
        """The dataset of a whole schema."""
        branches = root.items() if root.is_list else (root,)
        records = [branch for branch in branches if branch.content != "null"]
        kinds = [self._event(record) for record in records]
        if len(kinds) == 1:
            return kinds[0]
        if not kinds:
            raise root.error("is a union without branches.")
        return merged(kinds, _common(kinds), root, self.notes)

    def _event(self, schema: Marked) -> Described:
        """A record at the top."""
        if isinstance(schema.content, str) and schema.content in self.named:
            schema = self.named[schema.content][0]
        kind = schema.get("type")
        if kind is not None and kind.is_mapping and schema.get("fields") is None:
            schema, kind = kind, kind.get("type")
        if kind is None or kind.content not in ("record", "error"):
            said = schema.content if kind is None or kind.is_mapping or kind.is_list else kind.content
            raise schema.error(
                f"got {show(said)}; a dataset is made of records, so the schema must be one or a union of them."
            )
        whole = self.record(schema, "", "", 0)
        name = schema.text_of(NAME) or schema.require("name").text().rpartition(".")[2]
        hint = read_hint(schema, self.notes)
        contract = Contract(name, (), about=schema.text_of("doc"))
        rows = tuple(row for row in hint.options if isinstance(row, dict))
        return describe(contract, whole.parts, schema.place, self.notes, rows=rows)

    def field(self, name: str, schema: Marked, namespace: str, depth: int) -> Field:
        """What a type says of the value that is called `name`. Raises InputError."""
        self.built += 1
        if self.built > MOST_FIELDS:
            raise schema.error(f"more than {MOST_FIELDS:,} fields, those of named types counted at each use.")
        if depth > DEEPEST:
            raise schema.error(f"nested more than {DEEPEST} deep.")
        if schema.is_list:
            return self._union(name, schema, namespace, depth)
        if isinstance(schema.content, str):
            return self._by_name(name, schema, schema.content, namespace, depth)
        kind = schema.require("type")
        if not isinstance(kind.content, str):
            return self.field(name, kind, namespace, depth)
        self.notes.lose_keys(schema, _TYPE_KEYS)
        made = self._complex(name, schema, kind.content, namespace, depth)
        return replace(made, hint=read_hint(schema, self.notes))

    def _complex(self, name: str, schema: Marked, kind: str, namespace: str, depth: int) -> Field:
        if kind in ("record", "error"):
            return self.record(schema, name, namespace, depth)
        if kind == "enum":
            return self._enum(name, schema, namespace)
        if kind == "array":
            return list_of(name, self.field("element", schema.require("items"), namespace, depth + 1), schema.place)
        if kind == "map":
            value = self.field("value", schema.require("values"), namespace, depth + 1)
            return map_of(name, Field(Column("key"), schema.place), value, schema.place)
        if kind == "fixed":
            self._define(schema, namespace)
            size = schema.require("size").whole()
            made = plain_type(schema, kind, self.notes)
            whole = Field(Column(name, str(made)), schema.place)
            return whole.with_column(min_length=size, max_length=size) if made.name == "bytes" else whole
        if kind in PRIMITIVES:
            return Field(Column(name, str(plain_type(schema, kind, self.notes))), schema.place)
        return self._by_name(name, schema.require("type"), kind, namespace, depth)

    def _by_name(self, name: str, at: Marked, kind: str, namespace: str, depth: int) -> Field:
        if kind in PRIMITIVES:
            return Field(Column(name, PRIMITIVES[kind]), at.place)
        if kind == "null":
            self.notes.lose("is always null; kept as text that may be null.", at.place, at.path)
            return Field(Column(name, nullable=True), at.place)
        known = next((each for each in (f"{namespace}.{kind}", kind) if each in self.named), None)
        if known is None:
            raise at.error(f"unknown type '{kind}'.{did_you_mean(kind, [*PRIMITIVES, *self.named])}")
        if known in self.open:
            circle = " → ".join([*self.open[self.open.index(known) :], known])
            raise at.error(f"refers to itself ({circle}); a contract's types have an end. Cut it, or keep it as text.")
        schema, around = self.named[known]
        return self._complex(name, schema, str(schema.require("type").content), around, depth)

    def _define(self, schema: Marked, namespace: str) -> tuple[str, str]:
        known, inside = full_name(schema, namespace)
        before = self.named.setdefault(known, (schema, namespace))
        if before[0] is not schema:
            raise schema.error(f"'{known}' is defined at {before[0].place} already; refer to it by its name.")
        if schema.get("aliases") is not None:
            self.notes.lose("aliases are not kept; a contract has one name.", schema.require("aliases").place)
        return known, inside

    def record(self, schema: Marked, name: str, namespace: str, depth: int) -> Field:
        """A record as a struct."""
        known, inside = self._define(schema, namespace)
        self.open.append(known)
        parts = []
        seen: dict[str, Place] = {}
        for written in schema.require("fields").items():
            try:
                part = self._part(written, inside, depth)
                if part.name in seen:
                    raise written.error(f"the field '{part.name}' is there twice, first at {seen[part.name]}.")
                seen[part.name] = part.place
                parts.append(part)
            except InputError as error:
                self.notes.catch(error)
        self.open.pop()
        if not parts:
            self.notes.check()
            raise schema.error(f"the record '{known}' has no fields.")
        return struct(name or known, parts, schema.place)

    def _part(self, written: Marked, namespace: str, depth: int) -> Field:
        """A field of a record. One place where a field and its type differ: hints may stand beside either."""
        self.notes.lose_keys(written, _FIELD_KEYS)
        name, schema = written.require("name"), written.require("type")
        made = self.field(written.text_of(NAME) or name.text(), schema, namespace, depth + 1)
        if HINTS in written.entries() or TIME_FORMAT in written.entries():
            made = replace(made, hint=read_hint(written, self.notes))
        if written.get("aliases") is not None:
            self.notes.lose("aliases are not kept; a contract has one name.", written.require("aliases").place)
        made = replace(made.with_column(about=written.text_of("doc") or made.column.about), place=written.place)
        default = written.entries().get("default")
        millis = "time-millis" in str(schema.value())
        return with_default(made, default, self.notes, "ms" if millis else "us") if default is not None else made

    def _enum(self, name: str, schema: Marked, namespace: str) -> Field:
        self._define(schema, namespace)
        symbols = [symbol.text() for symbol in schema.require("symbols").items()]
        if not symbols:
            raise schema.require("symbols").error("an enum needs at least one symbol.")
        default = schema.get("default")
        if default is not None and default.content not in symbols:
            raise default.error(
                f"{show(default.value())} is no symbol of this enum.{did_you_mean(str(default.content), symbols)}"
            )
        return Field(Column(name, "enum", values=tuple(symbols), about=schema.text_of("doc")), schema.place)

    def _union(self, name: str, schema: Marked, namespace: str, depth: int) -> Field:
        branches: Sequence[Marked] = schema.items()
        kept = [branch for branch in branches if branch.content != "null"]
        if not kept:
            if not branches:
                raise schema.error("a union needs at least one branch.")
            return self._by_name(name, branches[0], "null", namespace, depth)
        made = [self.field(name, branch, namespace, depth + (len(kept) > 1)) for branch in kept]
        whole = union_of(name, made, schema.place)
        if len(kept) > 1 and not whole.column.type.startswith("union"):
            self.notes.lose(
                f"several branches are {whole.column.type} to a contract; they become one.", schema.place, schema.path
            )
        return whole.with_column(nullable=len(kept) < len(branches) or whole.column.nullable)


def _common(kinds: Sequence[Described]) -> str:
    """What a topic of these records may be called: the beginning that all names share, or the first with `_events`."""
    names = [described.contract.dataset for described in kinds]
    shared = names[0]
    while shared and not all(name.startswith(shared) for name in names):
        shared = shared[:-1]
    shared = shared.rstrip("_")
    return f"{shared if len(shared) > 2 else names[0]}_events"
