"""Tables that are the dummy's but for one thing, which is the real data's: what attribution trains on.

A table is taken for three assumptions, and each may come from either side:

- **timing**: which entities there are, how many rows each has, and when;
- **dependence**: what goes together in a row, and from row to row of an entity;
- **marginals**: which values a column has, and how often.

A mixture has the rows, keys and times of one side; into these go the rows of the other, entity for entity and in the
order of time; and each column is given the values of one side by rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address
from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.gap.coupling import coupled
from sandbox.gap.identities import Entities, Rows, entities_of, kinds_of, leading
from sandbox.scenario.plan import Plan

Assumption = Literal["timing", "dependence", "marginals"]
ASSUMPTIONS: tuple[Assumption, ...] = ("marginals", "dependence", "timing")


@dataclass(frozen=True, eq=False)
class World:
    """One side: the tables of what is real in the target, and the entities that they name."""

    tables: Mapping[str, pa.Table]
    """With the envelope as the last column."""
    entities: Mapping[str, Entities]

    @classmethod
    def of(cls, plan: Plan, tables: Mapping[str, pa.Table]) -> World:
        """Number the entities of some tables."""
        return cls(tables, entities_of(plan, tables))


def mixture(plan: Plan, dummy: World, real: World, swapped: Assumption, dataset: str, seed: int) -> pa.Table:
    """A dataset of the dummy with one assumption of the real data in its place.

    Args:
        plan: which columns name entities and tell time.
        dummy, real: both sides.
        swapped: what is real.
        dataset: which.
        seed: of the lots that ties draw.
    Returns:
        A table as the dummy's, the envelope included.
    """
    frame = real if swapped == "timing" else dummy
    filling = real if swapped == "dependence" else dummy
    contract = plan.datasets[dataset].contract
    table, other = frame.tables[dataset], filling.tables[dataset]
    names = kinds_of(plan, dataset)
    lead = leading(plan, dataset)
    rows = None if frame is filling else _aligned(contract, lead, names, (frame, filling), dataset)
    like = {"marginals": real, "dependence": dummy, "timing": None}[swapped]
    kept = {lead, contract.time, contract.valid_from, contract.valid_to, ENVELOPE, *_keys(contract)}
    columns = []
    for name in table.column_names:
        if name in kept:
            columns.append(table[name])
            continue
        address = Address(("gap", "mixture", seed, dataset, name))
        values = _taken(_flat(other[name]), rows)
        if name in names:
            columns.append(_renamed(values, (frame, filling, like), (dataset, name, names[name]), address))
        else:
            columns.append(
                _placed(contract, name, values, (table, other, rows), like and like.tables[dataset], address)
            )
    return pa.table(columns, schema=table.schema)


def _renamed(
    values: pa.Array, sides: tuple[World, World, World | None], of: tuple[str, str, str], address: Address
) -> pa.Array:
    """Names of entities of the filling as such of the frame, as popular as `like` says: marginals of their ranks."""
    (frame, filling, like), (dataset, column, kind) = sides, of
    ours = frame.entities[kind]
    number = filling.entities[kind].among(values, ours)
    if like is not None:
        number = coupled(number, like.entities[kind].among(_flat(like.tables[dataset][column]), ours), address)
    return ours.ids.take(number).cast(values.type)


def _placed(
    contract: Contract,
    name: str,
    values: pa.Array,
    sides: tuple[pa.Table, pa.Table, Rows | None],
    like: pa.Table | None,
    address: Address,
) -> pa.Array:
    """Values with the marginals of `like`; moments follow the time of their row, so that is what is moved for them."""
    base = contract.time or contract.valid_from
    if base is None or not kinds.is_timestamp(values.type):
        return values if like is None else coupled(values, _flat(like[name]), address)
    table, other, rows = sides
    since = _microseconds(other[base])
    after = pc.subtract(_microseconds(values), _taken(since, rows))
    if like is not None:
        after = coupled(after, pc.subtract(_microseconds(like[name]), _microseconds(like[base])), address)
    return pc.add(_microseconds(table[base]), after).cast(values.type)


def _aligned(
    contract: Contract, lead: str | None, names: Mapping[str, str], sides: tuple[World, World], dataset: str
) -> Rows:
    """For each row of the frame, the row of the filling that goes into it: of the matched entity, as far in its story.

    Where that entity has no rows, and where nobody is named, the row as far in the whole table is taken.
    """
    frame, filling = (side.tables[dataset] for side in sides)
    if not filling.num_rows:
        return np.full(frame.num_rows, -1, np.int64)
    base = contract.time or contract.valid_from
    here, there = (_numbers(side, lead, names, dataset) for side in sides)
    order, others = (_in_time(table, numbers, base) for table, numbers in ((frame, here), (filling, there)))
    here, there = here[order], there[others]
    match = _match(sides, lead, names)
    matched = match[here + 1]
    begins = np.searchsorted(there, np.arange(-1, int(match.max()) + 3))
    of = begins[matched + 2] - begins[matched + 1]
    first = np.flatnonzero(np.diff(here, prepend=-2))
    length = np.diff(np.append(first, len(here)))
    place = (np.arange(len(here)) - np.repeat(first, length) + 0.5) / np.repeat(length, length)
    whole = (np.arange(len(here)) + 0.5) / len(here)
    inside = begins[matched + 1] + (place * of).astype(np.int64)
    picked = np.where(of > 0, inside, (whole * len(there)).astype(np.int64))
    rows = np.empty(len(here), np.int64)
    rows[order] = others[picked]
    return rows


def _match(sides: tuple[World, World], lead: str | None, names: Mapping[str, str]) -> Rows:
    """By number of an entity of the frame and one, that of the filling: who is not known (-1) meets who is not."""
    if lead is None:
        return np.array([-1], np.int64)
    frame, filling = (side.entities[names[lead]] for side in sides)
    return np.append(-1, frame.match(filling))


def _numbers(side: World, lead: str | None, names: Mapping[str, str], dataset: str) -> Rows:
    table = side.tables[dataset]
    if lead is None:
        return np.full(table.num_rows, -1, np.int64)
    return side.entities[names[lead]].numbers(_flat(table[lead]))


def _in_time(table: pa.Table, numbers: Rows, base: str | None) -> Rows:
    """Rows by entity and time."""
    if base is None:
        return np.argsort(numbers, kind="stable")
    return np.lexsort((np.asarray(_microseconds(table[base]).fill_null(0)), numbers))


def _taken(values: pa.Array, rows: Rows | None) -> pa.Array:
    """The values at some rows; null at a row of -1."""
    return values if rows is None else values.take(pa.array(rows, mask=rows < 0))


def _keys(contract: Contract) -> set[str]:
    """Columns that tell rows apart by themselves."""
    return {key[0] for key in contract.keys if len(key) == 1}


def _microseconds(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    plain = _flat(values)
    return plain if pa.types.is_int64(plain.type) else plain.cast(pa.timestamp("us", plain.type.tz)).cast(pa.int64())


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole.dictionary_decode() if kinds.is_dictionary(whole.type) else whole
