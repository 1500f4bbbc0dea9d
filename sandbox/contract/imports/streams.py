"""A stream of several kinds of events as one dataset: a column for the kind, and the columns of all kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.contract.imports.fields import Field
from sandbox.contract.imports.imported import Described, describe
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.model import Column, Contract

_TYPE_COLUMNS = ("event_type", "kind_of_event", "sandbox_event_type")


def merged(kinds: Sequence[Described], name: str, at: Marked, notes: Notes) -> Described:
    """One dataset of several kinds of rows.

    A column that every kind has, never null in any, stays so; every other may be null. Columns of one name and of
    different types are told apart by the kind in front of their names.
    """
    words = [kind.contract.dataset for kind in kinds]
    for word in sorted({word for word in words if words.count(word) > 1}):
        notes.wrong(f"two branches are called '{word}'.", at.place, at.path)
    taken = {field.name for kind in kinds for field in kind.fields}
    type_column = next(each for each in _TYPE_COLUMNS if each not in taken)
    columns: dict[str, Field] = {}
    holders: dict[str, list[str]] = {}
    for kind in kinds:
        for field in kind.fields:
            known = columns.get(field.name)
            if known is not None and _facts(known) != _facts(field):
                field = field.named(f"{kind.contract.dataset}_{field.name}")
                notes.lose(f"has another type in another branch, so it becomes the column '{field.name}'.", field.place)
            elif known is not None:
                field = known.with_column(nullable=known.column.nullable or field.column.nullable)
            columns[field.name] = field
            holders.setdefault(field.name, []).append(kind.contract.dataset)
    always = {column for column, held in holders.items() if len(held) == len(kinds)}
    fields = [
        field if column in always else field.with_column(nullable=True, default=None)
        for column, field in columns.items()
    ]
    about = f"Which kind of event the row is: {', '.join(words)}."
    told_apart = Field(Column(type_column, "enum", values=tuple(dict.fromkeys(words)), about=about), at.place)
    partly = len(fields) - len(always)
    notes.lose(
        f"a union of {len(kinds)} records becomes one dataset with the column '{type_column}'; "
        f"{partly} columns that not every branch has may be null.",
        at.place,
    )
    held = {word: tuple(column for column in columns if word in holders[column]) for word in words}
    return describe(Contract(name, ()), [told_apart, *fields], at.place, notes, type_column=type_column, kinds=held)


def _facts(field: Field) -> Column:
    return replace(field.column, nullable=False, about="", default=None)
