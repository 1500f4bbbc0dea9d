"""Does a new contract break an old one? Confluent's modes, by Avro's resolution and by what contracts say beyond.

Backward: whoever has the new contract takes rows of the old one; if not, who still writes by the old is hurt, and every
replay of what lies there. Forward: whoever has the old contract takes rows of the new one; if not, who still reads by
it is hurt. The transitive forms look at all versions of the old contract, which are what a replay meets.

Source: Confluent Schema Registry, "Schema evolution and compatibility".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sandbox.contract.canonical import canonical
from sandbox.contract.comparing.columns import column_problems
from sandbox.contract.model import Contract
from sandbox.contract.rules import foreign_key_name
from sandbox.contract.versions import as_of_version

MODES = ("backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive")
Hurt = Literal["producer", "consumer"]


@dataclass(frozen=True, slots=True)
class Break:
    """`rule` decides, such as `nullability`; `column` is empty where the whole dataset is meant.

    `hurt` is the producer whose rows the new contract refuses, or the consumer who meets rows that the old one does not
    know; `version` is that of the old contract.
    """

    dataset: str
    column: str
    rule: str
    said: str
    hurt: Hurt
    version: int


def breaks(old: Contract, new: Contract, mode: str = "full") -> tuple[Break, ...]:
    """Everything that breaks, in the order of columns; each thing once, at the latest version of which it is true.

    Args:
        mode: one of `MODES`.
    """
    versions = range(old.version, 0, -1) if mode.endswith("_transitive") and old.versions else (old.version,)
    every, latest = canonical(new), _as_of(new, new.version)  # who reads meets all versions, who writes has the latest
    found: dict[tuple[str, str, str, Hurt], Break] = {}
    for version in versions:
        before = _as_of(old, version)
        sides: list[tuple[Hurt, Contract, Contract]] = []
        if not mode.startswith("forward"):
            sides.append(("producer", every, before))
        if not mode.startswith("backward"):
            sides.append(("consumer", before, latest))
        for hurt, reader, writer in sides:
            for column, rule, said in _problems(reader, writer):
                found.setdefault((column, rule, said, hurt), Break(new.dataset, column, rule, said, hurt, version))
    return tuple(found.values())


def _as_of(contract: Contract, version: int) -> Contract:
    return canonical(as_of_version(contract, version) if contract.versions else contract)


def _problems(reader: Contract, writer: Contract) -> Iterator[tuple[str, str, str]]:
    """What of the writer's rows the reader does not take: the column, the rule, and why."""
    for column in reader.columns:
        if column.name in writer.names:
            for rule, said in column_problems(column, writer.column(column.name)):
                yield column.name, rule, said
        elif not column.nullable and column.default is None:
            yield column.name, "missing", "is not there, and the reader has neither null nor a default for it"
    yield from _problems_between(reader, writer)


def _problems_between(reader: Contract, writer: Contract) -> Iterator[tuple[str, str, str]]:
    """Promises over several rows or columns; where the writer lacks one of these, it is null, which breaks none."""
    known = frozenset(writer.names)
    if reader.primary_key and reader.primary_key != writer.primary_key:
        was = ", ".join(writer.primary_key) or "none"
        yield "", "key", f"the key is {was}, and the reader's is {', '.join(reader.primary_key)}"
    for group in reader.unique:
        if group not in writer.unique and known.issuperset(group):
            yield "", "uniqueness", f"({', '.join(group)}) may come twice, and the reader wants it once"
    for key in reader.foreign_keys:
        if key not in writer.foreign_keys and known.issuperset(key.columns):
            yield "", "foreign key", f"{foreign_key_name(key)} need not hold, and the reader counts on it"
    for condition in reader.expectations:
        held = condition.sql in {each.sql for each in writer.expectations}
        if not held and known.issuperset(condition.columns):
            yield "", "condition", f"{condition.sql} need not hold, and the reader counts on it"
    for word in ("time", "valid_from", "valid_to"):
        if getattr(reader, word) and getattr(writer, word) and getattr(reader, word) != getattr(writer, word):
            yield "", "time", f"{word} is {getattr(writer, word)}, and the reader's is {getattr(reader, word)}"
