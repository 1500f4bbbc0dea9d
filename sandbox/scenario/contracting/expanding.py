"""The scenario in which each dataset with a `contract:` says all that its schema file says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.contract.imports import Described
from sandbox.errors import InputError, Problem
from sandbox.scenario.assumptions import unwrapped
from sandbox.scenario.contracting.agreeing import Agreement
from sandbox.scenario.contracting.files import named_by, read_named
from sandbox.scenario.contracting.surroundings import key_written, knows_time, layout_of, leads_to
from sandbox.scenario.document import Document, Node
from sandbox.scenario.proposing.columns import Around


def with_contracts(document: Document, main: str | Path, allow: Iterable[str | Path] = ()) -> Document:
    """`document` with the contracts that its datasets name written out in it.

    Columns that the scenario gives no generator get the one that `sandbox init` would propose; what no schema says of
    them counts as assumed. What is not so in both is a problem of the document, with both places.

    Args:
        main: the scenario file; schema files lie in its folder.
        allow: further folders, named by whoever runs the scenario.
    Raises:
        InputError: a schema file is not there, or wrong, with its place in that file.
        OutsideError: a schema file is there and cannot be read.
    """
    datasets = _mappings(document.node(("datasets",)))
    named = named_by(datasets, Path(main))
    if not named:
        return document
    try:
        described = read_named(named, Path(main), allow)
    except InputError as error:
        raise InputError([*document.problems, *error.problems]) from None
    problems: list[Problem] = []
    written = {name: node.value() for name, node in datasets.items()}
    layout = layout_of(described, written)
    for name, each in described.items():
        around = Around(name, each, layout, knows_time(each, written[name]), "", "", {})
        agreement = Agreement(
            name=name,
            dataset=datasets[name],
            around=around,
            parent_key=_parent_key(written[name], written, layout.keys),
            leading=_leading(each, described, written),
            problems=problems,
        )
        document = document.with_node(("datasets", name), agreement.reached())
    root = unwrapped(document.root, problems)
    return replace(document, root=root, problems=(*document.problems, *problems))


def _mappings(node: Node | None) -> dict[str, Node]:
    content = node.content if node is not None else None
    return (
        {key: each for key, each in content.items() if isinstance(each.content, Mapping)}
        if (isinstance(content, Mapping))
        else {}
    )


def _parent_key(
    values: Mapping[str, Any], written: Mapping[str, Mapping[str, Any]], keys: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    parent = values.get("of")
    if not isinstance(parent, str) or parent not in written:
        return ()
    return keys.get(parent) or key_written(written[parent])


def _leading(
    each: Described, described: Mapping[str, Described], written: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    found = {}
    for key in each.contract.foreign_keys:
        parent = leads_to(key, described, written)
        if parent is not None and len(key.columns) == 1:
            found[key.columns[0]] = parent
    return found
