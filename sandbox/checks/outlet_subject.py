"""A live sink in use: where it is opened, what is sent to it, and how the other side is read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from sandbox.checks.check import Broken
from sandbox.checks.hard_values import hard_batch, hard_contract
from sandbox.contract.conform import Conform
from sandbox.contract.envelope import envelope, split_envelope, with_envelope
from sandbox.contract.model import Column, Contract
from sandbox.errors import SandboxError
from sandbox.scenario.outlets import Errand, Outlet, OutletPart
from sandbox.scenario.parts import SourcePart, Unread

Read = Callable[[Path, Contract], Iterator[pa.RecordBatch]]
"""What the other side has, read back: rows in its own names and types, those of each key in their order."""
_NOON_US = 1_767_268_800_000_000


@dataclass(frozen=True, slots=True)
class OutletSample:
    """A live sink to check: each check has a fresh, empty folder, and may expect a fresh, empty sink for it."""

    part: Callable[[Path], OutletPart]
    """The sink of a folder; asked twice for the same folder, it is the same sink."""
    read: Read
    lost: frozenset[str] = frozenset()
    """Types whose values the sink is known not to bring back, such as `bytes`."""
    plain_names: bool = False
    """Whether columns must be named by letters and figures."""
    refusing: Callable[[], tuple[Contract, pa.RecordBatch, Collection[int]]] | None = None
    """Rows of which the sink must refuse some, and the numbers of those; None: it never refuses one."""
    most_pending: int = 100_000
    """Rows that may be under way at once."""
    unreachable: Callable[[Path], OutletPart] | None = None
    """The sink where nobody answers; None: it is always there."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that the sink reads its secrets from, with values to look for."""


@dataclass(frozen=True, eq=False)
class Place:
    """A fresh sink of one check."""

    subject: OutletSubject
    folder: Path
    _open: list[Outlet] = field(default_factory=list)

    def open(self, contract: Contract) -> Outlet:
        """Open it; whoever was left without a word is closed at the end of the check."""
        errand = Errand(contract, "check-0123456789", str(self.folder), patience_s=20.0)
        outlet = self.subject.part_at(self.folder).connect(errand)
        self._open.append(outlet)
        return outlet

    @contextmanager
    def opened(self, contract: Contract, ask_held: bool = True) -> Iterator[Outlet]:
        """Open it as a replay does, and close it."""
        outlet = self.open(contract)
        try:
            if ask_held:
                outlet.held()
            yield outlet
        finally:
            self._open.remove(outlet)
            outlet.close()

    def read(self, contract: Contract) -> list[str]:
        """The rows at the other side, each as text that compares."""
        return self.subject.texts(contract, [self.table(contract)])

    def table(self, contract: Contract) -> pa.RecordBatch:
        """The rows at the other side, as the contract has them."""
        conform = Conform(contract)
        batches = [conform(batch).batch for batch in self.subject.sample.read(self.folder, contract)]
        whole = pa.Table.from_batches(
            [split_envelope(batch)[0].cast(contract.schema) for batch in batches], contract.schema
        )
        return pa.RecordBatch.from_arrays([column.combine_chunks() for column in whole.columns], schema=contract.schema)

    def close(self) -> None:
        """Close what is still open."""
        for outlet in self._open:
            outlet.close()


@dataclass(frozen=True, eq=False)
class OutletSubject:
    """A live sink under check."""

    name: str
    sample: OutletSample

    def part_at(self, folder: Path) -> OutletPart:
        """The sink of a folder."""
        return self.sample.part(folder)

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A fresh sink."""
        with tempfile.TemporaryDirectory(prefix="sandbox-check-") as folder, self._secrets():
            place = Place(self, Path(folder))
            try:
                yield place
            finally:
                place.close()

    def hard(self) -> tuple[Contract, pa.RecordBatch]:
        """A column for each type that comes back, and its hard values."""
        contract, batch = hard_contract(self.sample.lost), hard_batch(self.sample.lost)
        if self.sample.plain_names:
            names = [f"c{at}" for at in range(len(contract.columns))]
            columns = [replace(column, name=name) for column, name in zip(contract.columns, names, strict=True)]
            contract = replace(contract, columns=tuple(columns))
            batch = batch.rename_columns(names)
        return contract, enveloped(batch)

    def texts(self, contract: Contract, batches: Sequence[pa.RecordBatch]) -> list[str]:
        """Rows as texts that compare."""
        return [repr(row) for batch in batches for row in split_envelope(batch)[0].to_pylist()]

    def unreachable_error(self) -> Exception | None:
        """What is raised where nobody answers."""
        assert self.sample.unreachable is not None
        contract, batch = numbered(3)
        with tempfile.TemporaryDirectory(prefix="sandbox-check-") as folder, self._secrets():
            outlet: Outlet | None = None
            try:
                errand = Errand(contract, "check-0123456789", folder, patience_s=1.0)
                outlet = self.sample.unreachable(Path(folder)).connect(errand)
                outlet.send(batch)
                outlet.flush()
            except SandboxError as error:
                return error
            finally:
                if outlet is not None:
                    outlet.close()
        return None

    @contextmanager
    def _secrets(self) -> Iterator[None]:
        before = {name: os.environ.get(name) for name in self.sample.secrets}
        os.environ.update(self.sample.secrets)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def enveloped(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows with an envelope, as a replay sends them."""
    ids = np.arange(batch.num_rows, dtype=np.uint64)
    return with_envelope(batch, envelope(ids, _NOON_US + ids.astype(np.int64) * 1_000_000))


def numbered(rows: int) -> tuple[Contract, pa.RecordBatch]:
    """Rows of seven customers by turns, each with its number among all."""
    contract = Contract(
        "numbered",
        (Column("customer", "int64"), Column("number", "int64"), Column("happened_at", "timestamp")),
        primary_key=("customer", "number"),
        time="happened_at",
    )
    numbers = np.arange(rows)
    happened = pa.array(_NOON_US + numbers * 1_000_000).cast(contract.schema.field("happened_at").type)
    arrays = [pa.array(numbers % 7), pa.array(numbers), happened]
    return contract, enveloped(pa.RecordBatch.from_arrays(arrays, schema=contract.schema))


def in_sequence(found: pa.RecordBatch, rows: int) -> Broken | None:
    """Whether all of `numbered` rows are there once, those of each customer in their order."""
    numbers = found.column("number").to_numpy()
    if len(numbers) != rows or len(np.unique(numbers)) != rows:
        return Broken(f"{len(numbers)} rows, {len(np.unique(numbers))} different ones", f"{rows} of each")
    for customer in range(7):
        own = numbers[found.column("customer").to_numpy() == customer]
        if (np.diff(own) < 0).any():
            at = int(np.flatnonzero(np.diff(own) < 0)[0])
            return Broken(f"row {own[at + 1]} behind row {own[at]} of the same key", "the order of sending")
    return None


def rows_of(source: SourcePart, folder: Path) -> Iterator[pa.RecordBatch]:
    """What a source reads, for samples whose sink has one: all shares in their order.

    Raises:
        ValueError: something there cannot even be taken apart.
    """
    raw = source.open(str(folder))
    try:
        for share in raw.shares():
            for found in raw.batches(share):
                if isinstance(found, Unread):
                    raise ValueError(f"{len(found.texts)} rows that cannot be read: {found.texts[0][:100]}")
                yield found
    finally:
        raw.close()
