"""The report's part on data: each dataset with its columns, its first rows, and the rows that were set aside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.contract.masking import MASK, masked
from sandbox.contract.model import Contract
from sandbox.contract.rules import rules_of
from sandbox.report.charts import distribution
from sandbox.report.page import Html, Page, paragraphs, table, text
from sandbox.report.profiles import ColumnProfile, profile, sample
from sandbox.runs.folder import RunFolder
from sandbox.runs.record import DatasetRecord, RunRecord

REJECTED_SHOWN = 5


def data_section(page: Page, record: RunRecord, run: RunFolder, show_pii: bool) -> Html:
    """Every dataset of a run."""
    rows = [
        [
            f'<a href="#data-{text(item.name)}">{text(item.name)}</a>',
            text(item.contract.get("about", "")),
            text(item.source),
            f"{item.accepted:,}",
            f"{item.rejected:,}" if item.rejected else "",
        ]
        for item in record.datasets
    ]
    overview = table(["dataset", "what it is", "source", "rows", "rejected"], rows, numbers=(3, 4))
    return f'<div class="card">{overview}</div>' + "".join(
        _dataset(page, item, run, show_pii) for item in record.datasets
    )


def _dataset(page: Page, item: DatasetRecord, run: RunFolder, show_pii: bool) -> Html:
    contract = Contract.from_dict(item.contract)
    parts = sorted((run.landing / item.name).rglob("*.parquet"))
    profiles = profile(contract, parts, show_pii)
    first = masked(sample(contract, parts), contract, show_pii)
    rows = [[_cell(value) for value in row.values()] for row in first.to_pylist()]
    title = f'<h3 id="data-{text(item.name)}">{text(item.name)} <span class="tag">{text(item.source)}</span></h3>'
    told = [f"{item.accepted:,} rows.", contract.about, _times(contract), item.arrival, _owned(contract)]
    return (
        title
        + f'<p class="about">{text(" ".join(sentence for sentence in told if sentence))}</p>'
        + f'<div class="columns">{"".join(_column(page, item.name, found) for found in profiles)}</div>'
        + f'<details><summary>The first rows</summary><div class="card">{table(first.column_names, rows, name="sample")}</div></details>'
        + _rejected(item, contract, run, show_pii)
    )


def _column(page: Page, dataset: str, found: ColumnProfile) -> Html:
    column = found.column
    tags = "".join(f'<span class="tag">{tag}</span>' for tag in _tags(found))
    kind = f"{column.type}{', may be null' if column.nullable else ''}"
    picture = page.figure(distribution(found), f"distribution of {dataset}.{column.name}")
    if column.pii and found.distinct is None:
        picture = '<p class="mask">personal data, masked</p>'
    ends = ""
    if found.low is not None and found.histogram:
        ends = f'<div class="range"><span>{text(_end(found.low))}</span><span>{text(_end(found.high))}</span></div>'
    about = f'<p class="kind">{text(column.about)}</p>' if column.about else ""
    return f'<div class="column"><h4>{text(column.name)}{tags}</h4><p class="kind">{text(kind)}</p>{about}{picture}{ends}</div>'


def _tags(found: ColumnProfile) -> list[str]:
    tags = ["personal"] if found.column.pii else []
    if found.nulls:
        tags.append(f"{found.null_share:.1%} null")
    if found.distinct is not None and not found.frequent and not found.histogram:
        tags.append(f"about {found.distinct:,} values")
    return tags


def _rejected(item: DatasetRecord, contract: Contract, run: RunFolder, show_pii: bool) -> Html:
    """Rows that break the contract, by rule, with the first of them."""
    if not item.rejected:
        return ""
    about = {rule.name: rule.about for rule in rules_of(contract)}
    rules = sorted(item.broken_rules.items(), key=lambda rule: (-rule[1], rule[0]))
    rows = [
        [text(name), text(about.get(name, "")), f"{count:,}", f"{count / item.rows_in:.2%}"] for name, count in rules
    ]
    body = table(["rule", "what it asks", "rows", "share"], rows, numbers=(2, 3))
    shown = masked(_first_rejected(run.path / "rejected" / item.name), contract, show_pii)
    cells = [[_cell(value) for value in row.values()] for row in shown.to_pylist()]
    return (
        f'<div class="card"><p><b>{item.rejected:,} of {item.rows_in:,} rows were set aside</b>, each with its reasons. '
        f"A row may break several rules.</p>{body}<details><summary>The first of them</summary>"
        f"{table(shown.column_names, cells, name='sample')}</details></div>"
    )


def _first_rejected(folder: Path) -> pa.Table:
    for part in sorted(folder.rglob("*.parquet")):
        with pq.ParquetFile(part) as file:
            if file.metadata.num_rows:
                batch = next(file.iter_batches(batch_size=REJECTED_SHOWN))
                names = ["_reasons", *[name for name in batch.schema.names if not name.startswith("_")]]
                return pa.Table.from_batches([batch]).select(names)
    return pa.table({})


def _times(contract: Contract) -> str:
    if contract.time:
        return f"Events, by {contract.time}."
    if contract.valid_from:
        return f"A history: versions from {contract.valid_from} to {contract.valid_to}."
    return "Static."


def _owned(contract: Contract) -> str:
    contact = f" ({contract.contact})" if contract.contact else ""
    return f"Owned by {contract.owner}{contact}." if contract.owner else ""


def _cell(value: Any) -> Html:
    if value is None:
        return '<span class="mask">null</span>'
    if value == MASK:
        return f'<span class="mask">{MASK}</span>'
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return text(value)


def _end(value: Any) -> str:
    written = str(value).removesuffix("+00").removesuffix(" 00:00:00")
    if "." in written and ":" not in written:
        try:
            return f"{float(written):,.4g}"
        except ValueError:
            return written
    return written.split(".")[0] if ":" in written else written


def warnings_list(sentences: Sequence[str]) -> Html:
    """Warnings as a card; empty for none."""
    return f'<div class="card"><p><b>Mind</b></p>{paragraphs(sentences)}</div>' if sentences else ""
