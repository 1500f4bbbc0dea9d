"""What comes of writing a contract in another format: the text, the contract that it says, and what is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, dataclass, fields, replace
from typing import Any

from sandbox.contract.canonical import canonical
from sandbox.contract.model import Column, Contract
from sandbox.contract.rules import foreign_key_name
from sandbox.errors import Problem


@dataclass(frozen=True, slots=True)
class Exported:
    """`kept` are the contracts that reading `text` gives again; `lost` is every difference from those that went in."""

    format: str
    text: str
    kept: tuple[Contract, ...]
    lost: tuple[Problem, ...]


Reduce = Callable[[Contract], Contract]


def reduced(contracts: Sequence[Contract], reduce: Reduce) -> tuple[Contract, ...]:
    """The contracts as a format can say them, in canonical form."""
    return tuple(reduce(canonical(contract)) for contract in contracts)


def losses(format_: str, contracts: Sequence[Contract], kept: Sequence[Contract]) -> tuple[Problem, ...]:
    """Each difference between contracts and what is kept of them, as a sentence with its path."""
    return tuple(
        problem
        for before, after in zip(contracts, kept, strict=True)
        for problem in _losses(format_, canonical(before), after)
    )


def without(of: Any, said: frozenset[str]) -> Any:
    """A column or contract with all but what is said at its default; a column that came later may be null instead."""
    silent = {field.name: field.default for field in fields(of) if field.name not in said and field.default != MISSING}
    return replace(of, **silent)


def _losses(format_: str, before: Contract, after: Contract) -> Iterator[Problem]:
    for field in fields(Contract):
        was, is_ = getattr(before, field.name), getattr(after, field.name)
        if field.name != "columns" and was != is_:
            yield Problem(_said(format_, field, was, is_), before.dataset)
    for old, new in zip(before.columns, after.columns, strict=True):
        for field in fields(Column):
            was, is_ = getattr(old, field.name), getattr(new, field.name)
            if was != is_:
                yield Problem(_said(format_, field, was, is_), f"{before.dataset}.{old.name}")


def _said(format_: str, field: Field[Any], was: Any, is_: Any) -> str:
    if is_ == field.default and field.name not in ("type", "nullable"):
        return f"{format_} has no word for {_shown(field.name, was)}."
    return f"{_shown(field.name, was)} comes back as {_shown(field.name, is_)}."


def _shown(name: str, value: Any) -> str:
    if name == "foreign_keys":
        return f"foreign key {', '.join(foreign_key_name(key) for key in value)}" if value else "no foreign key"
    if name == "unique" and isinstance(value, tuple):
        return f"unique ({'), ('.join(', '.join(group) for group in value)})"
    if name == "expectations":
        return f"expect {', '.join(condition.sql for condition in value)}"
    if isinstance(value, tuple):
        return f"{name} {', '.join(str(item) for item in value[:6])}{' …' if len(value) > 6 else ''}"
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name} {value}" if value not in (None, "") else f"no {name}"
