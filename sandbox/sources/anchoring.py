"""Mixed swaps: where a dataset is real and others are simulated, these refer to the real rows.

The world goes on as it would, with as many rows of the real dataset as this has keys: row number i of it is the i-th
real key in their order, so the same addresses lead to real keys. What real rows say stands in the place of what
the world would have drawn, as far as others ask for it; what only the world knows (hidden columns) is drawn.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import InstanceOf

from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.model import Contract
from sandbox.scenario.expressions import columns_in
from sandbox.scenario.parts import ColumnPart, Rows, Scope
from sandbox.scenario.plan import ColumnPlan, DatasetPlan, Plan
from sandbox.world.columns.references import Parent
from sandbox.world.columns.visits import Visit

_OF_PARENT = re.compile(r"\bparent\.(\w+)")
_MAKING = ("of", "fan_out", "every", "rate", "visits", "journey", "choice")
"""What makes rows of a child out of its parent."""


@dataclass(eq=False)
class RealRows:
    """The rows of a real dataset that keep the rules of their own, in the order of their keys; read when asked for."""

    plan: Plan
    dataset: str
    _kept: dict[str, pa.Array] = field(default_factory=dict)
    _lock: Any = field(default_factory=RLock)

    @property
    def key(self) -> str:
        """The column of the key."""
        return self._contract.primary_key[0]

    @property
    def keys(self) -> pa.Array:
        """Every key once, in their order; all that is kept of a dataset of which only keys are asked for."""
        return self.column(self.key)

    def column(self, name: str) -> pa.Array:
        """A column, in the order of the keys; of a key that comes again, its first row counts.

        Raises:
            OutsideError: the source cannot be read.
        """
        with self._lock:
            if name not in self._kept:
                self._kept[name] = self._read(name)
            return self._kept[name]

    @property
    def digest(self) -> str:
        """Of the keys: what references of simulated rows hang on."""
        state = hashlib.blake2b(digest_size=16)
        for chunk in pa.chunked_array([self.keys]).cast(pa.large_string()).chunks:
            for buffer in pa.concat_arrays([chunk]).buffers()[1:]:
                state.update(memoryview(buffer) if buffer is not None else b"")
        return state.hexdigest()

    @property
    def _contract(self) -> Contract:
        return self.plan.datasets[self.dataset].contract

    def _read(self, name: str) -> pa.Array:
        names = list(dict.fromkeys([self.key, name]))
        parts = [pa.table({each: _plain(batch.column(each)) for each in names}) for batch in self._batches()]
        if not parts:
            return pa.array([], _plain_type(self._contract.column(name).arrow))
        whole = pa.concat_tables(parts).combine_chunks()
        whole = whole.filter(pc.is_valid(whole[self.key]))
        first = whole.select([self.key]).append_column("_row", pa.array(np.arange(whole.num_rows)))
        rows = first.group_by(self.key, use_threads=False).aggregate([("_row", "min")]).sort_by(self.key)["_row_min"]
        return whole[name].take(rows.combine_chunks()).combine_chunks()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        from sandbox.sources.opening import open_source

        source = open_source(self.plan, self.dataset)
        check = RowCheck(source.contract, source.proven)
        try:
            for share in source.shares():
                for batch in source.batches(share):
                    yield (batch if isinstance(batch, Checked) else check(batch)).accepted
        finally:
            source.close()


class RealColumn(ColumnPart):
    """A column of a real dataset, as the world gives it to those that refer to its rows."""

    rows: InstanceOf[RealRows]
    name: str

    def yields(self, scope: Scope) -> pa.DataType:
        """The contract's type."""
        return self.rows.column(self.name).type

    def generate(self, rows: Rows) -> pa.Array:
        """The real values of these rows."""
        return self.rows.column(self.name).slice(rows.start, len(rows))

    def at(self, rows: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Array:
        """The real values at any rows; shape (n,)."""
        return self.rows.column(self.name).take(pa.array(rows))


def anchored(plan: Plan) -> Plan:
    """The plan for a world whose simulated rows refer to the rows of real datasets.

    Only keys are read here. Nothing changes where nothing simulated refers to anything real.

    Raises:
        InputError: a real source does not fit its contract.
        OutsideError: it cannot be read.
    """
    referred = {need for name, found in plan.datasets.items() if name not in plan.bindings for need in found.needs}
    real = [name for name in plan.bindings if name in referred and _can_be(plan, plan.datasets[name])]
    if not real:
        return plan
    rows = {name: RealRows(plan, name) for name in real}
    datasets = {name: _anchored(plan.datasets[name], rows[name]) for name in real}
    anchors = {name: each.digest for name, each in rows.items()}
    return replace(plan, datasets={**plan.datasets, **datasets}, anchors=anchors)


def _can_be(plan: Plan, found: DatasetPlan) -> bool:
    """Whether the real rows tell all that simulated ones ask of them, each by a key of its own."""
    if len(found.contract.primary_key) != 1:
        return False
    return found.parent is None or _asked_of(plan, found.name) <= {column.name for column in _by_itself(found)}


def _asked_of(plan: Plan, dataset: str) -> set[str]:
    """Columns that the children of a dataset read of it."""
    children = [found for found in plan.datasets.values() if found.parent == dataset]
    parts = (column.generator for child in children for column in child.columns)
    handed_on = {part.column for part in parts if isinstance(part, Parent)}
    # Wherever SQL may stand: columns, rates, visits, journeys.
    return handed_on | {name for child in children for name in _OF_PARENT.findall(repr(child.spec))}


def _by_itself(found: DatasetPlan) -> list[ColumnPlan]:
    """The columns that the real rows have, and hidden ones that hang on nothing but these."""
    kept: list[ColumnPlan] = []
    for column in found.columns:
        part, known = column.generator, {each.name for each in kept}
        used = {name for text in part.expressions().values() for name in columns_in(text)} | set(part.reads())
        hangs = isinstance(part, (Parent, Visit)) or not known.issuperset(used)
        if column.name in found.contract.names or not hangs:
            kept.append(column)
    return kept


def _anchored(found: DatasetPlan, rows: RealRows) -> DatasetPlan:
    if found.parent is not None:
        # Whose children they are is told by the real rows; how the world would have made them is of no account.
        alone = found.spec.model_copy(update=dict.fromkeys(_MAKING))
        found = replace(found, spec=alone, parent=None, columns=tuple(_by_itself(found)), needs=(), items=None)
    # A history's versions are the world's own; only who they are of is real.
    real = {rows.key} if found.spec.history else set(found.contract.names)
    columns = tuple(
        ColumnPlan(each.name, RealColumn(rows=rows, name=each.name), each.type) if each.name in real else each
        for each in found.columns
    )
    return replace(found, columns=columns, rows=len(rows.keys), pins=None)


def _plain(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
