"""What the datasets of a scenario are to each other, as far as contracts go: keys, and which column leads where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.contract.imports import Described
from sandbox.contract.model import ForeignKey
from sandbox.scenario.proposing.layout import Layout, Link, links_of
from sandbox.scenario.proposing.moments import Knowing, derived
from sandbox.scenario.proposing.words import snake

VERSION_TIMES = ("valid_from", "valid_to")
_PROCESSES = ("every", "rate", "visits")


def layout_of(described: Mapping[str, Described], written: Mapping[str, Mapping[str, Any]]) -> Layout:
    """Keys and links of the datasets that have a contract, by their names in the scenario.

    Args:
        described: by dataset, what its schema file says.
        written: all datasets of the scenario, as plain values.
    """
    layout = Layout(dict(described))
    for name, each in described.items():
        layout.columns[name] = {column: column for column in each.contract.names}
        layout.keys[name] = key_written(written[name]) or key_of(each, written[name])
        layout.declared_keys.add(name)
    needs = {name: _needs(values) for name, values in written.items()}
    for name, each in described.items():
        layout.links[name] = {}
        links = {**links_of(name, each, layout), **_by_name(each, layout, written)}
        for column, link in links.items():
            if column not in _columns(written[name]) and not _leads(needs, link.dataset, name):
                layout.links[name][column] = link
                needs[name].add(link.dataset)
    return layout


def key_written(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The key that the scenario gives a dataset; empty where it gives none, or none that could be one."""
    key = values.get("key")
    listed = [key] if isinstance(key, str) else key if isinstance(key, list) else []
    return tuple(each for each in listed if isinstance(each, str))


def key_of(described: Described, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The key by the contract; that of a history names the entity, without the times of its versions."""
    dropped = VERSION_TIMES if values.get("history") is True else ()
    return tuple(column for column in described.contract.primary_key if column not in dropped)


def brought(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns that the scenario does not make, since they come with the rows: times of processes and of versions."""
    time = values.get("time")
    if values.get("history") is True:
        return VERSION_TIMES
    return (time,) if isinstance(time, str) and any(values.get(each) is not None for each in _PROCESSES) else ()


def knows_time(described: Described, values: Mapping[str, Any]) -> Knowing:
    """How the scenario says that the dataset knows time, for those of its columns that follow from that time."""
    time = values.get("time")
    if not isinstance(time, str):
        return Knowing(None, False, {}, "")
    return Knowing(time, time not in described.contract.names, derived(described, time), "", is_entity=False)


def leads_to(
    key: ForeignKey, described: Mapping[str, Described], written: Mapping[str, Mapping[str, Any]]
) -> str | None:
    """The dataset of the scenario that a foreign key of a contract means."""
    by_contract = [name for name, each in described.items() if each.contract.dataset == key.dataset]
    by_name = [name for name in written if snake(name) == snake(key.dataset.rpartition(".")[2])]
    return next(iter([*by_contract, *by_name]), None)


def _by_name(described: Described, layout: Layout, written: Mapping[str, Mapping[str, Any]]) -> dict[str, Link]:
    """Foreign keys into datasets that the scenario describes itself."""
    links = {}
    for key in described.contract.foreign_keys:
        parent = leads_to(key, layout.datasets, written)
        if parent is not None and parent not in layout.datasets and len(key.columns) == 1:
            links[key.columns[0]] = Link(parent, True)
    return links


def _columns(values: Mapping[str, Any]) -> Mapping[str, Any]:
    columns = values.get("columns")
    return columns if isinstance(columns, Mapping) else {}


def _needs(values: Mapping[str, Any]) -> set[str]:
    """The datasets that one is made from, as far as it is written out."""
    needs = {values.get("of")}
    for column in _columns(values).values():
        into = column.get("ref") if isinstance(column, Mapping) else None
        needs.add(into.get("dataset") if isinstance(into, Mapping) else into)
    return {name for name in needs if isinstance(name, str)}


def _leads(needs: Mapping[str, set[str]], start: str, goal: str) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        new = needs.get(name, set()) - seen
        seen |= new
        waiting += sorted(new)
    return False
