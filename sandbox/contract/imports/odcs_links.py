"""Relationships of the Open Data Contract Standard as foreign keys."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.model import ForeignKey
from sandbox.errors import InputError, Place


def links_of(written: Marked, objects: Sequence[Marked], notes: Notes) -> dict[ForeignKey, Place]:
    """The foreign keys of a schema object, each with its place.

    A relationship may lead to another contract; such a one, and one that leads to nothing here, is noted as lost.
    """
    properties = written.get("properties")
    found: dict[ForeignKey, Place] = {}
    for each in properties.items() if properties is not None else ():
        for relation in _relations(each):
            _add(found, written, (each.text_of("name"),), relation, objects, notes)
    for relation in _relations(written):
        columns = tuple(name.rpartition(".")[2] for name in _names(relation, "from"))
        _add(found, written, columns, relation, objects, notes)
    return found


def _relations(written: Marked) -> Sequence[Marked]:
    relations = written.get("relationships")
    return relations.items() if relations is not None else ()


def _names(relation: Marked, key: str) -> tuple[str, ...]:
    found = relation.require(key)
    return tuple(item.text() for item in found.items()) if found.is_list else (found.text(),)


def _add(
    found: dict[ForeignKey, Place],
    written: Marked,
    columns: tuple[str, ...],
    relation: Marked,
    objects: Sequence[Marked],
    notes: Notes,
) -> None:
    try:
        targets = _names(relation, "to")
    except InputError as error:
        notes.catch(error)
        return
    dataset = targets[0].rpartition(".")[0].rpartition(".")[2]
    references = tuple(target.rpartition(".")[2] for target in targets)
    known = {each.text_of("name"): each for each in objects}
    parent = known.get(dataset) or next((each for each in objects if each.text_of("physicalName") == dataset), None)
    if parent is None or "/" in targets[0]:
        message = f"leads to '{targets[0]}', which is not in this file; no foreign key is made of it."
        notes.lose(message, relation.place, relation.path)
        return
    found[ForeignKey(columns, parent.text_of("name"), references)] = relation.place
