"""Lists and structs: generators inside generators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from sandbox.errors import InputError
from sandbox.scenario.language import Name, Nested
from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.strict import Findings, Path
from sandbox.world.columns.base import decoded, plain
from sandbox.world.columns.selection import require_no_numbering

MOST_ELEMENTS = 50_000_000
"""In one block of 65,536 rows: lists of 762 elements on average."""


class Nest(ColumnPart):
    """Base of the generators that hold others."""

    @abstractmethod
    def inside(self) -> Mapping[Path, ColumnPart]:
        """The generators inside, by the path of the key that holds each."""

    def expressions(self) -> Mapping[Path, str]:
        """Those of the generators inside."""
        return {(*at, *path): sql for at, part in self.inside().items() for path, sql in part.expressions().items()}

    def reads(self) -> Sequence[str]:
        """What the generators inside read."""
        return tuple(dict.fromkeys(name for part in self.inside().values() for name in part.reads()))

    def datasets(self) -> Sequence[str]:
        """Those of the generators inside."""
        return tuple(dict.fromkeys(name for part in self.inside().values() for name in part.datasets()))

    def files(self) -> Sequence[str]:
        """Those of the generators inside."""
        return tuple(dict.fromkeys(name for part in self.inside().values() for name in part.files()))

    def fields_of(self, scope: Scope) -> dict[Path, pa.Field]:
        """Type and nullability of each generator inside. Raises Findings."""
        within, found, fields = inside_scope(scope), [], {}
        for at, part in self.inside().items():
            try:
                require_no_numbering(part)
                fields[at] = pa.field(str(at[-1]), plain(part.yields(within)), is_nullable(part))
            except Findings as error:
                found += [((*at, *path), message) for path, message in error.findings]
            except ValueError as error:
                found.append((at, str(error)))
        if found:
            raise Findings(found)
        return fields


class ListOf(Nest):
    """A list in each row."""

    of: Nested
    """The generator of the elements."""
    length: Nested
    """How many elements: a whole number or a generator of whole numbers; below 0 counts as 0."""

    def inside(self) -> Mapping[Path, ColumnPart]:
        """Elements and length."""
        return {("of",): self.of, ("length",): self.length}

    def yields(self, scope: Scope) -> pa.DataType:
        """A list of what `of` yields."""
        fields = self.fields_of(scope)
        if not pa.types.is_integer(fields["length",].type):
            raise Findings([(("length",), f"gives {fields['length',].type}, must give whole numbers.")])
        return pa.list_(fields["of",].with_name("element"))

    def generate(self, rows: Rows) -> pa.Array:
        """Lengths first, then all elements at once; null where the length is."""
        lengths = rows.within("length", self.length)
        counts = np.maximum(pc.fill_null(lengths.cast(pa.int64()), 0).to_numpy(zero_copy_only=False), 0)
        if counts.sum() > MOST_ELEMENTS:
            raise InputError(f"length: {counts.sum():,} elements in {len(rows):,} rows; make the lists shorter.")
        elements = decoded(rows.within("of", self.of, counts))
        offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
        kind = pa.list_(pa.field("element", elements.type, is_nullable(self.of)))
        missing = lengths.is_null() if lengths.null_count else None
        return pa.ListArray.from_arrays(offsets, elements, type=kind, mask=missing)

    def proves(self, scope: Scope) -> frozenset[str]:
        """A list is there where its length is."""
        return self.length.proves(inside_scope(scope)) & {"not_null"}


class StructOf(Nest):
    """Several values under one name."""

    fields: dict[Name, Nested] = Field(min_length=1)
    """A generator for each field."""

    @classmethod
    def shorthand(cls) -> str:
        """`struct: {city: {fake: city}, zip: {pattern: "[0-9]{5}"}}`."""
        return "fields"

    @classmethod
    def is_bare(cls, value: Mapping[Any, Any]) -> bool:
        """A mapping of fields, unless it is the long way of writing it."""
        return set(value) != {"fields"}

    def inside(self) -> Mapping[Path, ColumnPart]:
        """The fields."""
        return {("fields", name): part for name, part in self.fields.items()}

    def yields(self, scope: Scope) -> pa.DataType:
        """A struct of what the fields yield."""
        return pa.struct(list(self.fields_of(scope).values()))

    def generate(self, rows: Rows) -> pa.Array:
        """Field by field."""
        made = {name: decoded(rows.within(name, part)) for name, part in self.fields.items()}
        fields = [pa.field(name, made[name].type, is_nullable(part)) for name, part in self.fields.items()]
        return pa.StructArray.from_arrays(list(made.values()), fields=fields)


def inside_scope(scope: Scope) -> Scope:
    """What a generator inside another may know: its rows are not those of the dataset."""
    return replace(scope, unique=False, rows=-1)


def is_nullable(part: ColumnPart) -> bool:
    """Whether a generator inside another may give null."""
    return "not_null" not in part.proves(_UNKNOWN)


_UNKNOWN = Scope("", {}, {}, {}, None, -1, folder="")
"""What a generator may know when it makes values: whether they can be null must not depend on more."""
