"""Several datasets together: what they are called, which column is whose key, and which leads where."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.contract.imports import Described, Field
from sandbox.scenario.proposing import patterns
from sandbox.scenario.proposing.words import bearable, singular, snake, words_of

ENTITIES = (
    "user", "customer", "product", "account", "employee", "code", "store", "shop", "device", "person", "client",
    "shoe", "item", "article", "inventory", "stock", "catalog", "category", "region", "country", "receiver", "card",
)  # fmt: skip
EVENTS = (
    "event", "order", "transaction", "purchase", "click", "clickstream", "view", "pageview", "log", "rating", "payment",
    "invoice", "interaction", "finance", "reading", "message", "session", "visit", "sale", "stream", "line", "ticket",
)  # fmt: skip
_PEOPLE = ("user", "customer", "client", "person", "member")
_GOODS = ("product", "item", "article")


@dataclass(frozen=True, slots=True)
class Link:
    """A column that holds another dataset's key; `declared` where the schema says so, not only the names."""

    dataset: str
    declared: bool


@dataclass(slots=True)
class Layout:
    """The datasets by the name that the scenario gives them, in the order of the files."""

    datasets: dict[str, Described] = dataclasses.field(default_factory=dict)
    columns: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    """Of each dataset, the scenario's name of each of its columns."""
    keys: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    declared_keys: set[str] = dataclasses.field(default_factory=set)
    links: dict[str, dict[str, Link]] = dataclasses.field(default_factory=dict)
    """Of each dataset, the columns that lead to others."""

    def key_field(self, dataset: str) -> Field | None:
        """The field of a key of one column."""
        key = self.keys[dataset]
        return self.datasets[dataset].field(key[0]) if len(key) == 1 else None

    def is_referred_to(self, dataset: str) -> bool:
        """Whether another dataset leads to it."""
        return any(link.dataset == dataset for links in self.links.values() for link in links.values())


def laid_out(described: Sequence[Described]) -> Layout:
    """Names, keys and links of datasets; a link that closes a circle is left out, since rows are made in an order."""
    layout = Layout()
    for each in described:
        name = bearable(snake(each.contract.dataset), layout.datasets)
        layout.datasets[name] = each
        taken: dict[str, str] = {}
        for column in each.contract.names:
            taken[column] = bearable(column, set(taken.values()))
        layout.columns[name] = taken
    for name, each in layout.datasets.items():
        layout.keys[name], is_declared = _key(name, each)
        if is_declared:
            layout.declared_keys.add(name)
    for name, each in layout.datasets.items():
        layout.links[name] = {}
        for column, link in links_of(name, each, layout).items():
            if not _reaches(layout, link.dataset, name):
                layout.links[name][column] = link
    return layout


def _key(name: str, described: Described) -> tuple[tuple[str, ...], bool]:
    contract = described.contract
    if contract.primary_key:
        alone = [column for column in contract.primary_key if contract.column(column).unique]
        return ((alone[0],) if alone else contract.primary_key), True
    able = [field for field in described.fields if not field.column.nullable and not field.type.is_nested]
    if described.rows:
        different = [
            each for each in able if len({str(row.get(each.name)) for row in described.rows}) == len(described.rows)
        ]
        return ((different[0].name,) if different else ()), False
    own = {singular(word) for word in words_of(name)}
    for each in able:
        words = words_of(each.name)
        is_own = words in (("id",), ("guid",), ("uuid",), ("key",)) or (
            len(words) > 1 and words[-1] in ("id", "key") and set(map(singular, words[:-1])) & own
        )
        if is_own and _is_small(each):
            is_own = words[0] == "id" or singular(words[-2]) == singular(words_of(name)[-1])
        if each.column.unique or (is_own and not each.hint.options and each.hint.low is None):
            return (each.name,), False
    counted = [each for each in able if each.hint.start is not None and words_of(each.name)[-1:] == ("id",)]
    return ((counted[0].name,) if counted else ()), False


def links_of(name: str, described: Described, layout: Layout) -> dict[str, Link]:
    """Columns that lead to other datasets, by the schema or by their names."""
    return {**_proposed(name, described, layout), **_declared(described, layout)}


def _is_small(field: Field) -> bool:
    """Whether a pattern has so few texts that they are likelier to come again and again than to tell rows apart."""
    pattern = patterns.makeable(field.hint.regex) if field.hint.regex else None
    return pattern is not None and patterns.capacity(pattern) < _FEW


_FEW = 1_000


def _declared(described: Described, layout: Layout) -> Mapping[str, Link]:
    by_contract = {each.contract.dataset: name for name, each in layout.datasets.items()}
    links = {}
    for key in described.contract.foreign_keys:
        parent = by_contract.get(key.dataset)
        if parent is not None and len(key.columns) == 1 and layout.keys[parent] == key.references:
            links[key.columns[0]] = Link(parent, True)
    return links


def _proposed(name: str, described: Described, layout: Layout) -> Mapping[str, Link]:
    links = {}
    for field in described.fields:
        words = words_of(field.name)
        if field.type.is_nested or (field.name,) == layout.keys[name] or words[-1:] not in (("id",), ("key",)):
            continue
        of_values = _by_values(name, field, layout)
        if of_values is not None:
            links[field.name] = Link(of_values, False)
            continue
        for parent in layout.datasets:
            key = layout.key_field(parent)
            if parent == name or key is None or not _alike(field, key, layout.datasets[parent]):
                continue
            thing = singular(words_of(parent)[-1])
            if (len(words) > 1 and words[-2] == thing) or (key.name == field.name and len(words) > 1):
                links[field.name] = Link(parent, False)
        if field.name not in links and (meant := _by_another_word(name, field, layout)):
            links[field.name] = Link(meant, False)
    return links


def _by_another_word(name: str, field: Field, layout: Layout) -> str | None:
    """The only dataset that may be meant by another word for it: `user_id` of customers, `product_id` of shoes."""
    thing = words_of(field.name)[-2:-1]
    means = _are_people if thing and thing[0] in _PEOPLE else _are_goods if thing and thing[0] in _GOODS else None
    meant = [
        parent
        for parent, described in layout.datasets.items()
        if parent != name
        and means is not None
        and means(parent, described)
        and (key := layout.key_field(parent)) is not None
        and _alike(field, key, described)
    ]
    return meant[0] if len(meant) == 1 else None


def _are_people(name: str, described: Described) -> bool:
    return singular(words_of(name)[-1]) in _PEOPLE


def _are_goods(name: str, described: Described) -> bool:
    """Called so, or things with a price that are no events."""
    thing = singular(words_of(name)[-1])
    has_price = any("price" in words_of(field.name) for field in described.fields)
    return thing in _GOODS or (has_price and thing in ENTITIES and thing not in (*EVENTS, *_PEOPLE))


def _by_values(name: str, field: Field, layout: Layout) -> str | None:
    """The dataset whose listed rows have the keys that are this column's options."""
    options = set(map(str, field.hint.options))
    for parent, described in layout.datasets.items():
        key = layout.key_field(parent)
        if parent == name or key is None or not described.rows or not options:
            continue
        if len(options & {str(row.get(key.name)) for row in described.rows}) * 2 >= len(options):
            return parent
    return None


def _alike(child: Field, key: Field, parent: Described) -> bool:
    first, second = child.type, key.type
    if not (first == second or (first.is_integer and second.is_integer) or (first.is_text and second.is_text)):
        return False
    options, rows = set(child.hint.options), {row.get(key.name) for row in parent.rows}
    if options and rows:
        return len(options & rows) * 2 >= len(options)
    mine, theirs = child.hint.regex or child.column.pattern, key.hint.regex or key.column.pattern
    return (mine or "") == (theirs or "") or (not (mine and theirs) and not mine)


def _reaches(layout: Layout, start: str, goal: str) -> bool:
    seen, open_ = {start}, [start]
    while open_:
        name = open_.pop()
        if name == goal:
            return True
        for link in layout.links.get(name, {}).values():
            if link.dataset not in seen:
                seen.add(link.dataset)
                open_.append(link.dataset)
    return False
