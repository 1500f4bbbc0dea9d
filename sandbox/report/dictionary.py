"""The data dictionary of a run as Markdown, for a wiki."""

from __future__ import annotations

from sandbox.contract.model import Column, Contract
from sandbox.contract.rules import rules_of
from sandbox.runs.record import DatasetRecord, RunRecord

_MOST_VALUES = 12


def data_dictionary(record: RunRecord) -> str:
    """Every dataset with its keys, its columns and its rules."""
    lines = [f"# Data dictionary: {record.scenario}", "", record.about, ""]
    for item in record.datasets:
        contract = Contract.from_dict(item.contract)
        lines += [f"## {item.name}", "", contract.about, ""] if contract.about else [f"## {item.name}", ""]
        lines += [f"- {fact}" for fact in _facts(contract, item)]
        lines += ["", "| column | type | null | personal | about |", "|---|---|---|---|---|"]
        for column in contract.columns:
            null, personal = ("yes" if flag else "no" for flag in (column.nullable, column.pii))
            cells = (column.name, f"`{column.type}`", null, personal, column.about or _values(column))
            lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
        lines += ["", "Rules:", "", *[f"- `{rule.name}`: {rule.about}" for rule in rules_of(contract)], ""]
    return "\n".join(lines)


def _values(column: Column) -> str:
    """Which values a column may have; of a personal one only how many."""
    if not column.values:
        return ""
    if column.pii:
        return f"one of {len(column.values):,} values"
    shown = ", ".join(map(str, column.values[:_MOST_VALUES]))
    return f"one of {shown}" + (
        f" and {len(column.values) - _MOST_VALUES:,} more" if len(column.values) > _MOST_VALUES else ""
    )


def _facts(contract: Contract, item: DatasetRecord) -> list[str]:
    facts = [f"{item.accepted:,} rows, {item.source}"]
    if item.rejected:
        facts.append(f"{item.rejected:,} rows more were set aside")
    if contract.primary_key:
        facts.append(f"key: {', '.join(contract.primary_key)}")
    facts += [
        f"{', '.join(key.columns)} refers to {key.dataset} ({', '.join(key.references)})"
        for key in contract.foreign_keys
    ]
    facts += [f"version {number} from {begins} on" for number, begins in enumerate(contract.versions, start=2)]
    if contract.time:
        facts.append(f"time: {contract.time}")
    if contract.valid_from:
        facts.append(f"history: {contract.valid_from} to {contract.valid_to}")
    if item.ignored:
        facts.append(f"columns of the source that are left out: {', '.join(item.ignored)}")
    if contract.owner:
        facts.append(f"owner: {contract.owner}{f' ({contract.contact})' if contract.contact else ''}")
    return facts
