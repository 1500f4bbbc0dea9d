"""One dataset and its contract brought together: what the schema says is added; what the scenario denies is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.contract.imports import Described, Field
from sandbox.contract.type_text import parse_type
from sandbox.errors import InputError, Place, Problem
from sandbox.scenario.contracting.nodes import node_of
from sandbox.scenario.contracting.surroundings import brought, key_of, key_written
from sandbox.scenario.document import Node, Path, dotted
from sandbox.scenario.proposing.columns import Around, Drafted, check_of, drafted, with_later
from sandbox.scenario.proposing.words import bearable


@dataclass(slots=True)
class Agreement:
    """A dataset of the scenario as it is written, and what its schema file says of it."""

    name: str
    dataset: Node
    around: Around
    parent_key: tuple[str, ...]
    """Key of the dataset that its rows belong to; it comes along under its own name."""
    leading: Mapping[str, str]
    """Columns that lead to other datasets of the scenario by foreign keys of the contract."""
    problems: list[Problem]

    @property
    def described(self) -> Described:
        """What the schema file says."""
        return self.around.described

    @property
    def place(self) -> Place:
        """Where the scenario names the file."""
        contract = self.dataset.child("contract")
        return contract.place if contract is not None else self.dataset.place

    def reached(self) -> Node:
        """The dataset as if the whole of the contract were written out in it."""
        entries = self._entries(self.dataset)
        values = self.dataset.value()
        columns, kept = self._columns(values)
        contract = self.described.contract
        said: dict[str, Any] = {"about": " ".join(contract.about.split())}
        said |= {"owner": contract.owner, "contact": contract.contact, "unique": list(map(list, contract.unique))}
        key = self._key(values)
        said |= {"key": key[0] if len(key) == 1 else list(key), "expect": dict(kept)}
        for word, value in said.items():
            if value and word not in entries:
                entries[word] = node_of(value, self.place)
        at = self.dataset.child("columns") or replace(self.dataset, key_place=None)
        entries["columns"] = replace(at, content=columns)
        return replace(self.dataset, content=entries)

    def _key(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        written, agreed = key_written(values), key_of(self.described, values)
        if written and agreed and set(written) != set(agreed):
            said = f"the contract's key is {', '.join(agreed)}"
            self._conflict(("key",), said, self.described.place)
        return written or agreed

    def _columns(self, values: Mapping[str, Any]) -> tuple[dict[str, Node], Mapping[str, str]]:
        written = self._entries(self.dataset.child("columns"))
        proposed: list[Drafted] = []
        nodes: dict[str, Node] = {}
        for field in self.described.fields:
            if field.name in brought(values):
                self._check_time(field)
            elif field.name in written:
                nodes[field.name] = self._beside(field, written[field.name])
            elif bearable(field.name) != field.name:
                message = f"column '{field.name}' of the contract ({field.place}) cannot be a name in a scenario"
                mend = "letters, digits and _ after a letter, at most 63; rename it in the file"
                self._tell(("contract",), f"{message}: {mend}.", self.place)
            else:
                proposed.append(self._proposal(field))
        proposed, kept = with_later(proposed, self.described.conditions)
        for column in proposed:
            place = self._place_in_contract(column.name)
            nodes[column.name] = replace(node_of(column.written, self.place), agreed=place)
        in_order = [column for column in self.described.contract.names if column in nodes]
        hidden = [column for column in nodes if column not in in_order]
        more = [column for column in written if column not in nodes]
        return {column: nodes.get(column) or written[column] for column in [*in_order, *hidden, *more]}, kept

    def _proposal(self, field: Field) -> Drafted:
        if field.name in self.parent_key:
            return Drafted(field.name, {"parent": field.name, **self._facts(field)})
        for key in self.described.contract.foreign_keys:
            if key.columns == (field.name,) and field.name not in self.leading:
                place = self.described.key_places.get(key, field.place)
                message = f"by the contract ({place}) it leads to '{key.dataset}', and there is no such dataset here"
                self._tell(("columns", field.name), f"{message}; add it, or say how the values arise.", self.place)
        return drafted(field, self.around)

    def _facts(self, field: Field) -> dict[str, Any]:
        """What the contract says of a column, as options of the scenario."""
        column = field.column
        facts: dict[str, Any] = {"type": column.type}
        key = key_written(self.dataset.value()) or key_of(self.described, self.dataset.value())
        if field.name not in (*key, self.around.knowing.column):
            facts["nullable"] = column.nullable
        if column.unique and key != (field.name,):
            facts["unique"] = True
        if column.pii:
            facts["pii"] = True
        if column.about:
            facts["about"] = " ".join(column.about.split())
        if isinstance(column.default, str | int | float) and not field.type.is_time:
            facts["default"] = column.default
        check = check_of(field)
        return {**facts, "check": check} if check else facts

    def _beside(self, field: Field, written: Node) -> Node:
        """A column that the scenario makes, with what the contract says of it; what they differ in is told."""
        entries = self._entries(written)
        if not entries:  # no mapping: validation says so
            return written
        facts = self._facts(field)
        at = ("columns", field.name)
        for word, value in facts.items():
            told = entries.get(word)
            if told is None:
                entries[word] = node_of(value, written.place)
            elif word == "check":
                entries[word] = self._checked(field, told, value)
            elif word in ("type", "nullable", "unique") and not _same(word, told.value(), value):
                self._conflict((*at, word), f"the contract says {_plain(value)}", field.place)
        nulls = entries.get("nulls")
        if nulls is not None and isinstance(nulls.content, int | float) and nulls.content and not field.column.nullable:
            self._conflict((*at, "nulls"), "by the contract it is never null", field.place)
        self._check_choice(field, entries)
        self._check_reference(field, entries)
        return replace(written, content=entries, agreed=field.place)

    def _checked(self, field: Field, written: Node, agreed: Mapping[str, Any]) -> Node:
        entries = self._entries(written)
        for rule, value in agreed.items():
            told = entries.get(rule)
            if told is None:
                entries[rule] = node_of(value, written.place)
            elif told.value() != value:
                self._conflict(
                    ("columns", field.name, "check", rule), f"the contract says {_plain(value)}", field.place
                )
        return replace(written, content=entries) if entries else written

    def _check_choice(self, field: Field, entries: Mapping[str, Node]) -> None:
        choice = entries.get("choice")
        allowed = field.column.values
        if choice is None or not allowed or "given" in entries:
            return
        value = choice.value()
        strangers = [each for each in value if each not in allowed] if isinstance(value, dict | list) else []
        if strangers:
            said = f"'{strangers[0]}' is none of the contract's values ({', '.join(map(str, allowed[:12]))})"
            self._conflict(("columns", field.name, "choice"), said, field.place)

    def _check_reference(self, field: Field, entries: Mapping[str, Node]) -> None:
        parent = self.leading.get(field.name)
        if parent is None or {"parent", "look_up", "sql"} & entries.keys():
            return
        ref = entries.get("ref")
        into = ref.value() if ref is not None else None
        into = into.get("dataset") if isinstance(into, dict) else into
        if into != parent:
            at = ("columns", field.name, "ref") if ref is not None else ("columns", field.name)
            self._conflict(at, f"by the contract it leads to {parent}: write {{ref: {parent}}}", field.place)

    def _check_time(self, field: Field) -> None:
        if field.type.name != "timestamp":
            said = f"the contract says {field.column.type}, and what comes with the rows is a timestamp"
            self._conflict(("time",), said, field.place)

    def _place_in_contract(self, column: str) -> Place:
        try:
            return self.described.place_of(column)
        except InputError:  # a helper of the proposals, hidden, that no schema knows
            return self.described.place

    def _conflict(self, below: Path, said: str, place: Place) -> None:
        node: Node | None = self.dataset
        for step in below:
            node = node.child(step) if node is not None else None
        self._tell(below, f"conflicts with {place}: {said}; change one of the two.", node.place if node else self.place)

    def _tell(self, below: Path, message: str, place: Place) -> None:
        self.problems.append(Problem(message, dotted(("datasets", self.name, *below)), place))

    def _entries(self, node: Node | None) -> dict[str, Node]:
        return dict(node.content) if node is not None and isinstance(node.content, Mapping) else {}


def _same(word: str, written: Any, agreed: Any) -> bool:
    if word != "type" or not isinstance(written, str):
        return bool(written == agreed)
    try:
        return parse_type(written) == parse_type(agreed)
    except InputError:  # told where types are judged
        return True


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
