"""Both sides of a dataset: rows of the dummy and of the real data, of as many entities as there is room for.

Whether an entity is in the sample follows from its name alone, so all of its rows are in or out together, on both sides
and at every reading.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address, hash_columns
from sandbox.contract.envelope import ENVELOPE_TYPE, split_envelope
from sandbox.contract.model import Contract
from sandbox.errors import InputError
from sandbox.gap.overhearing import Overheard, overheard
from sandbox.gap.sharing import shared
from sandbox.landing.reading import accepted_batches
from sandbox.models.split import hash_entities
from sandbox.scenario.plan import Plan
from sandbox.verify.promised import Promised, promised
from sandbox.world.columns.references import Parent
from sandbox.world.columns.visits import Visit

MOST_ROWS = 1_000_000
_WORDS = 2.0**64
_ALONE = Address(("gap", "row"))


@dataclass(frozen=True, eq=False)
class Side:
    """Rows of one side, and how many of all these are."""

    table: pa.Table
    entities: npt.NDArray[np.int32]
    """Which entity each row is of, numbered from 0; shape (rows,)."""
    known: npt.NDArray[np.bool_]
    """Whether it is told of a row whose it is; shape (rows,)."""
    rows: int
    """Rows that the side has in all."""
    arrived_us: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """When each row arrived, microseconds since 1970, 0 where nothing tells it; empty without envelopes."""
    event_id: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    """Which event each row is, twice the same if it was delivered twice; empty as above."""

    @property
    def is_whole(self) -> bool:
        """Whether all rows are looked at."""
        return bool(self.table.num_rows == self.rows)

    @property
    def sampled(self) -> float:
        """The share of its rows that are looked at."""
        return self.table.num_rows / self.rows if self.rows else 1.0


@dataclass(frozen=True, eq=False)
class Dummy:
    """The dummy of a dataset, made once for several comparisons."""

    side: Side
    promised: Promised


@dataclass(frozen=True, eq=False)
class Sides:
    """A dataset, twice."""

    contract: Contract
    entity: str | None
    """The column whose equal values make rows belong together; None: each row is alone."""
    dummy: Side
    real: Side


def sides_of(
    plan: Plan,
    dataset: str,
    most_rows: int = MOST_ROWS,
    dummy: Side | None = None,
    heard: Overheard | None = None,
) -> Sides:
    """Read a dataset from its real source, and make it anew as the dummy.

    Args:
        plan: binds the dataset to a real source.
        dataset: which.
        most_rows: of each side; beyond it entities are left out.
        dummy: where it was made before.
        heard: the real dataset, where it is open already.
    Raises:
        InputError: the dataset is not real in this plan, or no real row keeps the contract.
        OutsideError: the source cannot be read.
    """
    if dataset not in plan.bindings:
        raise InputError(f"'{dataset}' is not real in the target '{plan.target}': there is nothing to compare it with.")
    heard = heard or overheard(plan, dataset)
    told = whose_of(plan, dataset)
    contract, whose = heard.contract, told.without(heard.lacking)
    if whose != told:
        dummy = None

    def read(which: str) -> Side:
        if which == "real":
            return side_of(heard.rows(), contract, whose, most_rows)
        return dummy or _made(plan, dataset, whose, most_rows)

    made, real = shared(read, ("dummy", "real"))
    if not real.rows:
        raise InputError(f"no row of the real {dataset} keeps the contract; see `sandbox verify`.")
    return Sides(contract, whose.entity, made, real)


def dummy_of(plan: Plan, dataset: str, most_rows: int = MOST_ROWS) -> Dummy:
    """What the scenario makes, whatever stands in its place."""
    return Dummy(_made(plan, dataset, whose_of(plan, dataset), most_rows), promised(plan, dataset))


def _made(plan: Plan, dataset: str, whose: Whose, most_rows: int) -> Side:
    rows = accepted_batches(dummy_plan(plan), dataset, envelope=True)
    return side_of(rows, plan.datasets[dataset].contract, whose, most_rows)


def dummy_plan(plan: Plan) -> Plan:
    """The plan with nothing real in it."""
    return replace(plan, bindings={}, target=None)


def entity_of(plan: Plan, dataset: str) -> str | None:
    """The column that says whose a row is.

    The key of the parent, or the entity that a model of this dataset names, or the only foreign key.
    """
    found = plan.datasets[dataset]
    keys = [key for key in found.contract.foreign_keys if len(key.columns) == 1]
    of_parent = [key.columns[0] for key in keys if key.dataset == found.parent]
    of_models = [model.entity for model in plan.models.values() if model.of == dataset and model.entity]
    of_history = [found.contract.primary_key[0]] if found.contract.valid_from and found.contract.primary_key else []
    only = [keys[0].columns[0]] if len(keys) == 1 else []
    return next(iter([*of_parent, *of_models, *of_history, *only]), None)


@dataclass(frozen=True, slots=True)
class Whose:
    """The columns by which rows belong together."""

    entity: str | None
    """That of whom each row is; None: each row is alone."""
    occasion: str | None = None
    """That of the order or visit that a row of nobody known is part of; None: each of these is alone."""

    def without(self, names: Collection[str]) -> Whose:
        """Those of the columns that are there."""
        return Whose(*(None if name in names else name for name in (self.entity, self.occasion)))


def whose_of(plan: Plan, dataset: str) -> Whose:
    """The columns by which the rows of a dataset belong together.

    Lines of one invoice without a customer are no more alone than those with one: halves of the data that have some of
    them each know each other by it, and the floor would be too low.
    """
    entity, found = entity_of(plan, dataset), plan.datasets[dataset]
    above = plan.datasets[found.parent].spec if found.parent is not None else None
    if entity is None or above is None:
        return Whose(entity)
    key = above.columns.get(above.key) if isinstance(above.key, str) else None
    told = [key.options.told_by] if key is not None else []
    handed_on = [
        column.name
        for column in found.columns
        if (isinstance(column.generator, Parent) and column.generator.column == above.key)
        or (isinstance(column.generator, Visit) and column.generator.what == "id")
    ]
    tells = (name for name in (*told, *handed_on) if name in found.contract.names and name != entity)
    return Whose(entity, next(tells, None))


def side_of(batches: Iterator[pa.RecordBatch], contract: Contract, whose: Whose, most_rows: int) -> Side:
    """Rows of a source, whole entities, as many as there is room for.

    Args:
        batches: in the contract's columns and types, with or without the envelope.
        contract: of the dataset.
        whose: the columns whose equal values make rows belong together.
        most_rows: beyond it entities are left out; where one entity alone has more rows, rows are.
    """
    kept: list[_Part] = []
    rows = held = 0
    limit = _WORDS
    for batch in batches:
        data, told = split_envelope(batch)
        numbers = np.arange(rows, rows + batch.num_rows)
        part = _Part(data, told, _hashes(data, whose, numbers), numbers).thinned(limit)
        rows += batch.num_rows
        kept.append(part)
        held += len(part.entity)
        while held > most_rows:
            limit /= 2
            thinned = [part.thinned(limit) for part in kept]
            if not any(len(part.entity) for part in thinned):  # one entity with more rows than there is room for
                kept = [replace(part, entity=hash_columns(_ALONE, part.row)) for part in kept]
                thinned = [part.thinned(limit) for part in kept]
            kept = thinned
            held = sum(len(part.entity) for part in kept)
    return _joined(kept, contract, whose.entity, rows)


@dataclass(frozen=True, eq=False)
class _Part:
    """Rows of one batch, each with a word for whose it is and its number."""

    data: pa.RecordBatch
    told: pa.StructArray | None
    entity: npt.NDArray[np.uint64]
    row: npt.NDArray[np.int64]

    def thinned(self, limit: float) -> _Part:
        """The rows of entities whose word is below a limit."""
        if limit >= _WORDS:
            return self
        inside = self.entity < np.uint64(limit)
        mask = pa.array(inside)
        told = None if self.told is None else self.told.filter(mask)
        return _Part(self.data.filter(mask), told, self.entity[inside], self.row[inside])


def _joined(kept: Sequence[_Part], contract: Contract, entity: str | None, rows: int) -> Side:
    table = pa.Table.from_batches([part.data for part in kept], contract.schema)
    words = np.concatenate([part.entity for part in kept]) if kept else np.zeros(0, np.uint64)
    numbers = np.asarray(pa.array(words).dictionary_encode().indices, np.int32)
    known = np.ones(len(words), np.bool_)
    if entity is not None:
        known = np.asarray(pc.is_valid(table[entity]).combine_chunks())
    told = [part.told for part in kept if part.told is not None]
    arrived = _envelopes(told, "arrived_at").cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return Side(table, numbers, known, rows, np.asarray(arrived), np.asarray(_envelopes(told, "event_id")))


def _envelopes(told: Sequence[pa.StructArray], field: str) -> pa.Array:
    """A field of all envelopes, one after the other."""
    return pa.concat_arrays([each.field(field) for each in told] or [pa.array([], ENVELOPE_TYPE.field(field).type)])


def _hashes(batch: pa.RecordBatch, whose: Whose, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """A word for the entity of each row; one of nobody known goes by its occasion, and without that is alone."""
    words = hash_columns(_ALONE, numbers)
    for name, column in (("occasion", whose.occasion), ("entity", whose.entity)):
        if column is not None and batch.column(column).null_count < batch.num_rows:
            values = batch.column(column)
            plain = values.dictionary_decode() if kinds.is_dictionary(values.type) else values
            coded = plain.dictionary_encode()
            known = np.flatnonzero(np.asarray(plain.is_valid()))
            of = np.asarray(coded.indices.fill_null(0), np.int64)[known]
            words[known] = hash_entities(Address(("gap", name)), coded.dictionary)[of]
    return words
