"""The manifest: what was landed, from what, by which versions, with digests that tell two landings apart.

It holds no time and no path outside its folder, so that two landings of one scenario have equal manifests.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sandbox.addresses import BLOCK_ROWS
from sandbox.contract.digests import merge
from sandbox.errors import InputError
from sandbox.landing.claim import Identity
from sandbox.landing.layout import MANIFEST
from sandbox.landing.receipts import PartEntry, Receipt, is_whole, part_entries

MANIFEST_VERSION = 1
BY_PARTS_PREFIX = "v1-parts:"
"""Of values whose parts do not end between blocks: a digest of the parts' own, which follows where the parts end."""
_PACKAGES = ("sandbox", "duckdb", "faker", "numpy", "pyarrow", "tzdata")


@dataclass(frozen=True)
class DatasetEntry:
    """What landed of one dataset. `rows_in` = `accepted` + `rejected`."""

    origin: str
    """`simulated`, or the kind of the real source."""
    arrival: str
    """How it is known when a row arrived."""
    generators: Mapping[str, str]
    """What made each column, of a simulated dataset."""
    contract: Mapping[str, Any]
    rows_in: int
    accepted: int
    rejected: int
    broken: Mapping[str, int]
    """Rows that broke each rule, by its name; a row may break several."""
    columns: Mapping[str, str]
    """The digest of each column's values."""
    parts: tuple[PartEntry, ...]
    rejected_parts: tuple[PartEntry, ...]
    edge_cases: Mapping[str, Any] = field(default_factory=dict)
    """Rows that were added at the contract's boundaries and are among the accepted: `rows`, `files` and `cases`."""
    delivery: Mapping[str, Any] = field(default_factory=dict)
    """Of a stream that was delivered: how many events were sent, repeated, lost …, and what each stage did."""


@dataclass(frozen=True)
class Manifest:
    """A finished landing."""

    identity: Mapping[str, Any]
    """As `Identity.record` gives it: `scenario`, `versions`, `sink` and `layout`."""
    datasets: Mapping[str, DatasetEntry]

    @property
    def scenario(self) -> Mapping[str, Any]:
        """Name, digest, seed, engine, target, form of histories, and digests of files that the data were made from."""
        return self.identity["scenario"]  # type: ignore[no-any-return]

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions of what made the data."""
        return self.identity["versions"]  # type: ignore[no-any-return]

    def text(self) -> str:
        """The manifest as JSON, in a stable order."""
        record = {
            "manifest": MANIFEST_VERSION,
            **self.identity,
            "datasets": {name: _told(entry) for name, entry in self.datasets.items()},
        }
        return json.dumps(record, indent=2, ensure_ascii=False, default=str) + "\n"


def _told(entry: DatasetEntry) -> dict[str, Any]:
    """An entry as JSON has it; of a dataset that is not delivered, nothing is said of that."""
    return {name: value for name, value in asdict(entry).items() if value or name != "delivery"}


@cache
def versions() -> dict[str, str]:
    """Versions of the packages that decide what is written."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def dataset_entry(about: Mapping[str, Any], receipts: Sequence[Receipt]) -> DatasetEntry:
    """Add up the receipts of a dataset's shares; `about` holds the entry's other fields."""
    broken: Counter[str] = Counter()
    for receipt in receipts:
        broken.update(receipt.broken)
    accepted, rejected = sum(each.accepted for each in receipts), sum(each.rejected for each in receipts)
    return DatasetEntry(
        rows_in=accepted + rejected,
        accepted=accepted,
        rejected=rejected,
        broken=dict(sorted(broken.items())),
        columns=column_digests(receipts),
        parts=tuple(entry for receipt in receipts for entry in receipt.parts),
        rejected_parts=tuple(entry for receipt in receipts for entry in receipt.rejected_parts),
        **about,
    )


def column_digests(receipts: Sequence[Receipt]) -> dict[str, str]:
    """The digest of each column over all parts, in order."""
    filled = [receipt.values for receipt in receipts if receipt.values.rows] or [receipts[0].values]
    if all(values.rows % BLOCK_ROWS == 0 for values in filled[:-1]):
        first, moved = 0, []
        for values in filled:
            moved.append(replace(values, first_row=first))
            first += values.rows
        return merge(moved)
    joined: dict[str, Any] = {}
    for values in filled:
        for name, digest in merge([values]).items():
            state = joined.setdefault(name, hashlib.blake2b(digest_size=16))
            state.update(f"{values.rows} {digest};".encode())
    return {name: BY_PARTS_PREFIX + state.hexdigest() for name, state in joined.items()}


def manifest_of(identity: Identity, datasets: Mapping[str, DatasetEntry]) -> Manifest:
    """The manifest of a landing. What it holds is what JSON gives back."""
    return _manifest(json.loads(Manifest(identity.record(), datasets).text()))


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a finished landing.

    Raises:
        InputError: there is none, or it is not one.
    """
    path = Path(folder) / MANIFEST
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["manifest"] != MANIFEST_VERSION:
            raise InputError(f"{path}: is of version {record['manifest']}; this sandbox reads {MANIFEST_VERSION}.")
        return _manifest(record)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no manifest; nothing was landed here, or not all of it.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: is no manifest that can be read ({error}).") from error


def verify_manifest(folder: Path) -> list[str]:
    """Compare the files of a landing with their digests: one line for each that is missing or was changed."""
    entries = [entry for dataset in read_manifest(folder).datasets.values() for entry in _all_parts(dataset)]
    return [
        f"{entry.file}: {'was changed' if (Path(folder) / entry.file).exists() else 'is missing'}."
        for entry in entries
        if not is_whole(Path(folder), entry)
    ]


def _all_parts(entry: DatasetEntry) -> Iterable[PartEntry]:
    return (*entry.parts, *entry.rejected_parts)


def _manifest(record: Mapping[str, Any]) -> Manifest:
    identity = {key: record[key] for key in ("scenario", "versions", "sink", "layout")}
    datasets = {
        name: DatasetEntry(
            **{
                **entry,
                "parts": part_entries(entry["parts"]),
                "rejected_parts": part_entries(entry["rejected_parts"]),
            }
        )
        for name, entry in record["datasets"].items()
    }
    return Manifest(identity, datasets)
