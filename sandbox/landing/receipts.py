"""What is known of a finished share: enough to go on after being killed without making it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.contract.digests import BlockDigests, digest_file
from sandbox.landing.layout import Layout


@dataclass(frozen=True, slots=True)
class PartEntry:
    """One file: its name below the output folder, rows, size in bytes, and the digest of its bytes."""

    file: str
    rows: int
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One share, landed: rows in = accepted + rejected. `fingerprint` tells of what it was made."""

    fingerprint: str
    index: int
    accepted: int
    rejected: int
    broken: Mapping[str, int]
    parts: tuple[PartEntry, ...]
    rejected_parts: tuple[PartEntry, ...]
    values: BlockDigests = field(default_factory=lambda: BlockDigests(0, 0, {}))
    """Digests of the accepted rows, blocks counted from the part's own beginning."""

    @property
    def rows_in(self) -> int:
        """Rows that came, wherever they went."""
        return self.accepted + self.rejected

    def path(self, layout: Layout, dataset: str) -> Path:
        """Where the receipt lies."""
        return layout.receipts(dataset) / f"{self.index:05d}.json"

    def keep(self, layout: Layout, dataset: str) -> None:
        """Write it down; only now is the share done."""
        layout.write_text(self.path(layout, dataset), json.dumps(asdict(self)))


def part_entry(layout: Layout, place: Path, written: Path, rows: int) -> PartEntry:
    """The entry of a file that will lie at `place` and is still at `written`."""
    return PartEntry(layout.named(place), rows, written.stat().st_size, digest_file(written))


def kept_receipt(layout: Layout, dataset: str, index: int, fingerprint: str) -> Receipt | None:
    """The receipt of a share, if it was made of the same and its files are whole; else None: it is to be made again."""
    path = layout.receipts(dataset) / f"{index:05d}.json"
    try:
        receipt = _receipt(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if receipt.fingerprint != fingerprint:
        return None
    entries = (*receipt.parts, *receipt.rejected_parts)
    return receipt if all(is_whole(layout.out, entry) for entry in entries) else None


def is_whole(out: Path, entry: PartEntry) -> bool:
    """Whether a file is there with just the bytes that it was written with."""
    path = out / entry.file
    try:
        return path.stat().st_size == entry.bytes and digest_file(path) == entry.digest
    except OSError:
        return False


def _receipt(record: dict[str, Any]) -> Receipt:
    values = record["values"]
    columns = {name: tuple(blocks) for name, blocks in values["columns"].items()}
    return Receipt(
        **{
            **record,
            "parts": part_entries(record["parts"]),
            "rejected_parts": part_entries(record["rejected_parts"]),
            "values": BlockDigests(values["first_row"], values["rows"], columns),
        }
    )


def part_entries(records: Sequence[Mapping[str, Any]]) -> tuple[PartEntry, ...]:
    """Entries from JSON."""
    return tuple(PartEntry(**record) for record in records)
