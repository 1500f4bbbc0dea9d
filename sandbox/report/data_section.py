"""The report's part on data: each dataset with its columns and its first rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.contract.masking import MASK, masked
from sandbox.contract.model import Column, Contract
from sandbox.report.page import Html, facts, table, text
from sandbox.report.pictures import how_many, percent, picture
from sandbox.report.profiles import ColumnProfile, profile, sample
from sandbox.report.rejected_section import rejected_card
from sandbox.runs.folder import RunFolder
from sandbox.runs.record import DatasetRecord, RunRecord


def data_section(record: RunRecord, run: RunFolder, show_pii: bool) -> Html:
    """Every dataset of a run."""
    return f'<div class="card">{_overview(record)}</div>' + "".join(
        _dataset(item, run, show_pii) for item in record.datasets
    )


def _overview(record: RunRecord) -> Html:
    """All datasets in one table; whom to ask and when the real one is due, where the scenario says so."""
    written = record.values.get("datasets", {})
    due = {name: spec.get("expected") for name, spec in written.items() if isinstance(spec, dict)}
    rows = [
        [
            f'<a href="#data-{text(item.name)}">{text(item.name)}</a>',
            _words(item.contract.get("about", "")),
            text(item.source),
            _owner(item.contract),
            f'<span class="whole">{text(due[item.name])}</span>' if due.get(item.name) else "",
            f"{item.accepted:,}",
            f"{item.rejected:,}",
        ]
        for item in record.datasets
    ]
    header = ["dataset", "what it is", "source", "owner", "real one due", "rows", "set aside"]
    kept = [place for place in range(len(header)) if place not in (1, 3, 4) or any(row[place] for row in rows)]
    numbers = [at for at, place in enumerate(kept) if place >= 5]
    return table([header[place] for place in kept], [[row[place] for place in kept] for row in rows], numbers=numbers)


def _words(sentence: str) -> Html:
    return f'<span class="words">{text(sentence)}</span>' if sentence else ""


def _owner(contract: Any) -> Html:
    owner, contact = contract.get("owner", ""), contract.get("contact", "")
    return text(owner) + (f'<br><span class="soft">{text(contact)}</span>' if contact else "")


def _dataset(item: DatasetRecord, run: RunFolder, show_pii: bool) -> Html:
    contract = Contract.from_dict(item.contract)
    parts = sorted((run.landing / item.name).rglob("*.parquet"))
    profiles = profile(contract, parts, show_pii)
    first = masked(sample(contract, parts), contract, show_pii)
    rows = [[cell(value) for value in row.values()] for row in first.to_pylist()]
    told = {"rows": f"{item.accepted:,}", "time": _time(contract), "arrived at": item.arrival, "source": item.source}
    if contract.primary_key:
        told["key"] = ", ".join(contract.primary_key)
    if item.ignored:
        told["columns left out"] = ", ".join(item.ignored)
    about = f'<p class="about">{text(contract.about)}</p>' if contract.about else ""
    first_rows = f"<details><summary>The first rows</summary>{table(first.column_names, rows, name='sample')}</details>"
    return (
        f'<h3 id="data-{text(item.name)}">{text(item.name)}</h3>{about}{facts(told)}'
        f'<div class="columns">{"".join(_column(item.name, contract, found, show_pii) for found in profiles)}</div>'
        + (first_rows if rows else "")
        + rejected_card(item, contract, run, show_pii)
    )


def _column(dataset: str, contract: Contract, found: ColumnProfile, show_pii: bool) -> Html:
    column = found.column
    tags = "".join(f'<span class="tag">{tag}</span>' for tag in _tags(contract, found))
    if column.pii and not show_pii:
        drawn = '<p class="none">personal data, masked</p>'
    elif found.rows and _tells_apart(contract, column):
        drawn = '<p class="none">no value comes twice</p>'
    elif found.rows and _points(contract, column):
        drawn = f'<p class="none">{how_many(found)}</p>'
    else:
        drawn = picture(found, f"how {dataset}.{column.name} is distributed")
    about = f'<p class="soft">{text(column.about)}</p>' if column.about else ""
    kind = f'<p class="kind">{text(column.type)}{" or null" if column.nullable else ""}{tags}</p>'
    return f'<div class="column"><h4>{text(column.name)}</h4>{kind}{about}{drawn}</div>'


def _tags(contract: Contract, found: ColumnProfile) -> list[Html]:
    column = found.column
    tags = ["personal"] if column.pii else []
    tags += ["key"] if column.name in contract.primary_key else []
    tags += [f"→ {text(key.dataset)}" for key in contract.foreign_keys if column.name in key.columns]
    if found.nulls:
        tags.append(f"{percent(found.null_share)} null")
    return tags


def _tells_apart(contract: Contract, column: Column) -> bool:
    """Whether a column alone tells the rows apart, so that a picture of it would say nothing."""
    return column.unique or (column.name,) in contract.keys


def _points(contract: Contract, column: Column) -> bool:
    """Whether a column says who or what a row is about, where only the number of them tells something."""
    return column.name in contract.primary_key or any(column.name in key.columns for key in contract.foreign_keys)


def _time(contract: Contract) -> str:
    if contract.time:
        return f"events, by {contract.time}"
    if contract.valid_from:
        return f"a history, by {contract.valid_from} and {contract.valid_to}"
    return "static"


def cell(value: Any) -> Html:
    """A value of a sample as markup."""
    if value is None:
        return '<span class="soft">null</span>'
    if value == MASK:
        return f'<span class="soft">{MASK}</span>'
    return text(_written(value))


def _written(value: Any) -> str:
    if isinstance(value, float):
        return repr(value) if len(repr(value)) <= 8 else f"{value:.6g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    return str(value)
