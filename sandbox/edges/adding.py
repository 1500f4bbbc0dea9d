"""A dataset's edge cases: rows that each have one value at a boundary, in a share of their own beside its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address, words
from sandbox.contract import RowCheck, rules_of
from sandbox.contract.checks import Checked
from sandbox.contract.conform import Conformed
from sandbox.contract.envelope import envelope
from sandbox.contract.model import Contract
from sandbox.contract.versions import versions_of
from sandbox.edges.boundaries import boundaries
from sandbox.edges.templates import new_rows
from sandbox.scenario.parts import Share, Source
from sandbox.scenario.plan import Plan
from sandbox.world.world import World


@dataclass(frozen=True)
class EdgeRows:
    """Rows at a contract's boundaries, in its types; `cases` says of each which: `price: largest`."""

    rows: pa.Table
    cases: tuple[str, ...]


def edge_rows(plan: Plan, world: World, dataset: str) -> EdgeRows:
    """A dataset's edge cases: each valid by the contract, keys new, references leading somewhere.

    Columns that a key or a reference is made of keep the value that they have, or are null where they may be.
    """
    contract = plan.datasets[dataset].contract
    wanted = [(column.name, name, value) for column in contract.columns for name, value in boundaries(column)]
    fixed = {name for group in contract.keys for name in group}
    fixed |= {name for key in contract.foreign_keys for name in key.columns}
    wanted = [each for each in wanted if each[0] not in fixed or (each[1] == "null")]
    nullable = [column.name for column in contract.columns if column.nullable]
    templates = new_rows(plan, world, dataset, len(wanted) + 1) if wanted else contract.schema.empty_table()
    check = RowCheck(contract)
    rows, cases = [], []
    for place in range(min(len(templates), len(wanted) + 1)):
        row = templates.slice(place, 1)
        if place < len(wanted):
            name, case, value = wanted[place]
            row, told = _changed(row, contract, {name: value}), f"{name}: {case}"
        else:
            row = _changed(row, contract, {name: pa.scalar(None) for name in nullable})
            told = "null wherever allowed"
        if not nullable and place == len(wanted):
            continue
        batch = row.combine_chunks().to_batches()[0]
        if not len(check(batch).rejected):
            rows.append(row)
            cases.append(told)
    return EdgeRows(pa.concat_tables(rows) if rows else contract.schema.empty_table(), tuple(cases))


def _changed(row: pa.Table, contract: Contract, values: Mapping[str, pa.Scalar]) -> pa.Table:
    """One row with other values in some columns."""
    for name, value in values.items():
        field = contract.column(name).field
        made = pa.nulls(1, field.type) if not value.is_valid else pa.array([value.as_py()], value.type)
        if made.type != field.type:  # an enum's word
            listed = pa.array(contract.column(name).values, pa.string())
            codes = pc.index_in(made, listed).cast(field.type.index_type)
            made = pa.DictionaryArray.from_arrays(codes, listed)
        row = row.set_column(row.schema.get_field_index(name), field.with_nullable(True), made)
    return row.cast(contract.schema)


class WithEdgeCases:
    """A simulated source, and after its own shares one of edge cases."""

    def __init__(self, source: Source, edges: EdgeRows, arrived_us: int, address: Address) -> None:
        self.contract = source.contract
        # Whether keys come twice is known of the dataset's own rows only.
        across = {rule.name for rule in rules_of(source.contract) if rule.kind in ("unique", "primary_key")}
        self.proven = source.proven - across
        self.arrival = source.arrival
        self._source = source
        self._edges = edges
        self._arrived_us = arrived_us
        self._address = address

    def shares(self) -> Sequence[Share]:
        """The source's own, and one more if there are edge cases."""
        own = list(self._source.shares())
        rows = len(self._edges.cases)
        apart = Share(len(own), "edge cases", 0, rows, rows, "edge cases", self._edges.cases)
        return [*own, apart] if rows else own

    def batches(self, share: Share) -> Iterator[pa.RecordBatch | Conformed | Checked]:
        """A share's rows."""
        if not share.apart:
            yield from self._source.batches(share)
            return
        [batch] = self._edges.rows.combine_chunks().to_batches()
        versions = versions_of(self.contract, batch)
        enveloped = envelope(words(self._address, 0, len(batch)), self._arrived_us, contract_version=versions)
        names = [*batch.schema.names, "_sandbox"]
        yield pa.RecordBatch.from_arrays([*batch.columns, enveloped], names=names)

    def delivery(self) -> Mapping[str, Any]:
        """Of the source's own rows."""
        return self._source.delivery()

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()


def with_edge_cases(plan: Plan, world: World, sources: Mapping[str, Source]) -> dict[str, Source]:
    """The sources, simulated ones with a share of edge cases."""
    found: dict[str, Source] = {}
    for name, source in sources.items():
        if name in plan.bindings:
            found[name] = source
        else:
            address = Address((plan.seed, name, 0, "edge cases"), plan.engine)
            found[name] = WithEdgeCases(source, edge_rows(plan, world, name), plan.clock.start_us, address)
    return found
