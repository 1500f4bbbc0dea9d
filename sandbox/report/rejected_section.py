"""The report's part on rows that were set aside: how many, by which rule, and the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.contract.masking import MASK, masked
from sandbox.contract.model import Contract
from sandbox.contract.rejected import REASONS
from sandbox.contract.rules import rules_of
from sandbox.report.page import Html, table, text
from sandbox.runs.folder import RunFolder
from sandbox.runs.record import DatasetRecord

SHOWN = 5


def rejected_card(item: DatasetRecord, contract: Contract, run: RunFolder, show_pii: bool) -> Html:
    """Rows that break the contract, by rule, with the first of them; empty where all conform."""
    if not item.rejected:
        return ""
    about = {rule.name: rule.about for rule in rules_of(contract)}
    rules = sorted(item.broken_rules.items(), key=lambda rule: (-rule[1], rule[0]))
    rows = [
        [
            f'<code class="words">{text(name)}</code>',
            f'<span class="words">{text(about.get(name, ""))}</span>',
            f"{count:,}",
            _share(count, item.rows_in),
        ]
        for name, count in rules
    ]
    broken = table(["rule", "what it asks", "rows", "share"], rows, numbers=(2, 3))
    return (
        f'<div class="card"><p><b>{item.rejected:,} of {item.rows_in:,} rows were set aside</b> '
        f"({_share(item.rejected, item.rows_in)}), each with its reasons; a row may break several rules.</p>{broken}"
        f"<details><summary>The first of them</summary>{_first(item, contract, run, show_pii)}</details></div>"
    )


def _first(item: DatasetRecord, contract: Contract, run: RunFolder, show_pii: bool) -> Html:
    found = masked(_first_rows(run.rejected / item.name), contract, show_pii)
    names = [name for name in found.column_names if name != REASONS]
    careful = bool(contract.pii) and not show_pii
    rows = [[_reasons(row), *(_raw(name, row, careful) for name in names)] for row in found.to_pylist()]
    return table(["why", *names], rows, name="sample")


def _first_rows(folder: Path) -> pa.Table:
    for part in sorted(folder.rglob("*.parquet")):
        with pq.ParquetFile(part) as file:
            if file.metadata.num_rows:
                batch = next(file.iter_batches(batch_size=SHOWN))
                names = [name for name in batch.schema.names if not name.startswith("_")]
                return pa.Table.from_batches([batch]).select([REASONS, *names])
    return pa.table({REASONS: pa.array([], pa.list_(pa.string()))})


def _reasons(row: Mapping[str, Any]) -> Html:
    return "<br>".join(f"<code>{text(reason)}</code>" for reason in row[REASONS])


def _raw(name: str, row: Mapping[str, Any], careful: bool) -> Html:
    """A value as it came.

    Where a dataset holds personal data, a row with a value that cannot be read as its column's type may have slipped
    by a column: what it says then may be personal anywhere, and only the shape of its values is shown.
    """
    value = row[name]
    if value is None:
        return '<span class="soft">null</span>'
    if value == MASK:
        return f'<span class="soft">{MASK}</span>'
    if careful and any(reason.endswith(".type") for reason in row[REASONS]):
        return f'<span class="soft">{text(shape_of(str(value)))}</span>'
    return text(value)


def shape_of(value: str) -> str:
    """What a text looks like without what it says: `Ann 7` is `Aaa 9`; long ones are cut."""
    kinds = (
        "A" if sign.isupper() else "a" if sign.isalpha() else "9" if sign.isdigit() else sign for sign in value[:24]
    )
    return "".join(kinds) + ("…" if len(value) > 24 else "")


def _share(rows: int, of: int) -> str:
    share = rows / of
    return f"{share:.2%}" if share >= 0.0001 else "< 0.01%"
