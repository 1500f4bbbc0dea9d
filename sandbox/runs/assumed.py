"""How much of a scenario is assumed, declared and measured, and each assumption in words: for record and report."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.contract.masking import MASK
from sandbox.runs.record import AssumptionRecord
from sandbox.runs.secrets import is_personal
from sandbox.scenario.assumptions import Assumption, assumptions_of
from sandbox.scenario.document import Document, Node, Path
from sandbox.scenario.loader import Loaded
from sandbox.scenario.plan import Plan

KINDS = ("assumed", "declared", "measured")
_LONGEST = 100
_FOR_PEOPLE = ("about", "owner", "contact", "expected")


def assumption_records(loaded: Loaded) -> list[AssumptionRecord]:
    """Every assumption of a scenario in the order of its datasets; what may be a person's is masked."""
    return [_record(each, loaded.plan) for each in assumptions_of(loaded.as_written)]


def how_known(loaded: Loaded) -> dict[str, int]:
    """How many statements of a scenario are assumed, declared and measured.

    A statement is a key of the clock or of a dataset, a column, a change, or a model. It is assumed if an
    assumption stands in it; a column is measured if its values come out of a file, or its dataset out of a real source.
    """
    assumed = {each.path for each in assumptions_of(loaded.as_written)}
    counts = dict.fromkeys(KINDS, 0)
    for path in _statements(loaded.as_written):
        if any(each[: len(path)] == path or path[: len(each)] == each for each in assumed):
            kind = "assumed"
        else:
            kind = "measured" if _is_measured(path, loaded.plan) else "declared"
        counts[kind] += 1
    return counts


def _record(found: Assumption, plan: Plan) -> AssumptionRecord:
    dataset = str(found.path[1]) if found.path[0] == "datasets" and len(found.path) > 1 else ""
    spec = plan.scenario.datasets[dataset] if dataset else None
    contract = plan.datasets[dataset].contract if dataset else None
    said, hide = found.said, is_personal(found.path, plan)
    shown = {end: MASK if hide else written(node) for end, node in found.ends.items()}
    file, line = found.place.file.replace("\\", "/").rpartition("/")[2], getattr(found.place, "line", 1)
    return AssumptionRecord(
        path=found.name,
        place=f"{file}:{line}" if not file.startswith("--set") else "--set",
        value=MASK if hide else written(found.node),
        low=shown.get("low"),
        high=shown.get("high"),
        by=said.by,
        on=str(said.on or ""),
        ask=said.ask,
        dataset=dataset,
        owner=(spec.owner if spec else "") or (contract.owner if contract else ""),
        contact=(spec.contact if spec else "") or (contract.contact if contract else ""),
    )


def written(node: Node) -> str:
    """A value as a person would write it in one line."""
    text = _number(node.content) if isinstance(node.content, int | float) else _flow(node.value())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _number(value: int | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 1_000 else f"{value}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else " ".join(str(value).split())


def _statements(document: Document) -> Iterator[Path]:
    """The paths of all statements; an assumption above several of them makes each of them one."""
    for section, node in document.root.children():
        if section == "clock":
            yield from ((section, key) for key, _ in node.children())
        elif section in ("models", "changes", "delivery"):
            yield from ((section, name) for name, _ in node.children())
        elif section == "datasets":
            for name, dataset in node.children():
                yield from _of_dataset((section, name), dataset)


def _of_dataset(path: Path, dataset: Node) -> Iterator[Path]:
    for key, node in dataset.children():
        if key == "columns":
            yield from ((*path, key, column) for column, _ in node.children())
        elif key not in _FOR_PEOPLE:
            yield (*path, key)


def _is_measured(path: Path, plan: Plan) -> bool:
    if path[0] != "datasets" or len(path) < 4:
        return False
    dataset, column = str(path[1]), str(path[3])
    generator = plan.scenario.datasets[dataset].columns[column].generator
    return dataset in plan.bindings or any(True for _ in generator.files())
