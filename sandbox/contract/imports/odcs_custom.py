"""What a contract says beyond the Open Data Contract Standard: the custom property `sandbox` of what it is about."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from sandbox.contract.imports.fields import Field, field_of
from sandbox.contract.imports.marked import Marked
from sandbox.contract.imports.notes import Notes
from sandbox.contract.model import Column, Contract
from sandbox.errors import InputError, Problem, did_you_mean

CUSTOM = "sandbox"
_FACTS = tuple(field.name for field in fields(Column) if field.name != "name")


def own_facts(column: Field, written: Marked, notes: Notes) -> Field:
    """The field with what its property says under `sandbox`, which counts more than what the standard's words say."""
    own = _own(written, notes)
    if own is None:
        return column
    facts: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in own.value().items()
    }
    for key in facts:
        if key not in _FACTS:
            notes.wrong(f"unknown key '{key}'.{did_you_mean(key, _FACTS)}", own.place, own.path)
            return column
    told = replace(column.column, **facts)
    try:
        return replace(field_of(told, column.place) if "type" in facts else column, column=told, hint=column.hint)
    except InputError as error:
        notes.catch(own.error(error.problems[0].message))
        return column


def own_promises(contract: Contract, written: Marked, notes: Notes) -> Contract:
    """The contract with what its object says under `sandbox`."""
    own = _own(written, notes)
    if own is None:
        return contract
    facts: dict[str, Any] = {"dataset": contract.dataset, "columns": (), **own.value()}
    try:
        told = Contract.from_dict(facts)
    except InputError as error:
        notes.problems += [Problem(each.message, own.path, own.place) for each in error.problems]
        return contract
    return replace(contract, **{key: getattr(told, key) for key in own.value() if key not in ("dataset", "columns")})


def _own(written: Marked, notes: Notes) -> Marked | None:
    custom = written.get("customProperties")
    found = None
    for each in custom.items() if custom is not None and custom.is_list else ():
        value = each.get("value")
        if each.text_of("property") == CUSTOM and value is not None and value.is_mapping:
            found = value
        elif each.get("property") is not None:
            notes.lose(f"the custom property '{each.text_of('property')}' says nothing to a contract.", each.place)
    return found
