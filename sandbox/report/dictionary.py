"""The data dictionary of a run as Markdown, for a wiki."""

from __future__ import annotations

from sandbox.contract.model import Contract
from sandbox.contract.rules import rules_of
from sandbox.runs.record import RunRecord


def data_dictionary(record: RunRecord) -> str:
    """Every dataset with its keys, its columns and its rules."""
    lines = [f"# Data dictionary: {record.scenario}", "", record.about, ""]
    for item in record.datasets:
        contract = Contract.from_dict(item.contract)
        lines += [f"## {item.name}", "", contract.about, ""] if contract.about else [f"## {item.name}", ""]
        lines += [f"- {fact}" for fact in _facts(contract, item.source, item.accepted)]
        lines += ["", "| column | type | null | personal | about |", "|---|---|---|---|---|"]
        for column in contract.columns:
            about = column.about or (f"one of {', '.join(map(str, column.values))}" if column.values else "")
            cells = (
                column.name,
                f"`{column.type}`",
                "yes" if column.nullable else "no",
                "yes" if column.pii else "",
                about,
            )
            lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
        lines += ["", "Rules:", "", *[f"- `{rule.name}`: {rule.about}" for rule in rules_of(contract)], ""]
    return "\n".join(lines)


def _facts(contract: Contract, source: str, rows: int) -> list[str]:
    facts = [f"{rows:,} rows, {source}"]
    if contract.primary_key:
        facts.append(f"key: {', '.join(contract.primary_key)}")
    facts += [
        f"{', '.join(key.columns)} refers to {key.dataset} ({', '.join(key.references)})"
        for key in contract.foreign_keys
    ]
    if contract.time:
        facts.append(f"time: {contract.time}")
    if contract.valid_from:
        facts.append(f"history: {contract.valid_from} to {contract.valid_to}")
    if contract.owner:
        facts.append(f"owner: {contract.owner}{f' ({contract.contact})' if contract.contact else ''}")
    return facts
