"""Who may be chosen as a shopper: customers with what is known of them, personal data masked."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.landing.reading import accepted_table
from sandbox.scenario.forms import AsOf, contract_of, in_form

if TYPE_CHECKING:
    from sandbox.contract.model import Contract
    from sandbox.scenario.plan import Plan
    from sandbox.world.world import World

FIRST = 24
"""How many are read at once, before all others are there."""
MOST_TRAITS = 5
_NAMES = ("full_name", "name", "first_name")


@dataclass(frozen=True, slots=True)
class Shopper:
    """Somebody who may be chosen."""

    id: str
    name: str
    traits: Mapping[str, Any]
    """What else is known of them, by column."""


@dataclass(eq=False)
class Shoppers:
    """The customers of a scenario, by id; those who are there first, then all."""

    plan: Plan
    dataset: str
    show_pii: bool = False
    _table: pa.Table = field(init=False)

    def __post_init__(self) -> None:
        self._table = self._contract.schema.empty_table()

    @property
    def take_time(self) -> bool:
        """Whether even the first of them are not known before everybody has lived through all that they do."""
        return bool(self.plan.datasets[self.dataset].spec.recent) and self.dataset not in self.plan.bindings

    def read_first(self, world: World | None) -> None:
        """Read the first of them."""
        self._table = accepted_table(self._plan, self.dataset, world, FIRST)

    def read_all(self, world: World | None) -> None:
        """Read everybody."""
        self._table = accepted_table(self._plan, self.dataset, world)

    def __len__(self) -> int:
        return len(self._table)

    def first(self, many: int = FIRST) -> list[Shopper]:
        """The first of them, in the dataset's order."""
        return self._told(self._table.slice(0, many))

    def of(self, ids: Sequence[str]) -> list[Shopper]:
        """Those of some ids, in their order; unknown ones are left out."""
        rows = self._table.filter(pc.is_in(self._ids, pa.array(ids, pa.string())))
        found = {each.id: each for each in self._told(rows)}
        return [found[each] for each in ids if each in found]

    def starting(self, words: str, many: int = FIRST) -> list[Shopper]:
        """Those whose id starts with what somebody types."""
        return self._told(self._table.filter(pc.starts_with(self._ids, words)).slice(0, many))

    @property
    def _key(self) -> str:
        return str(self._contract.primary_key[0])

    @property
    def _ids(self) -> pa.ChunkedArray:
        return self._table[self._key].cast(pa.string())

    @property
    def _plan(self) -> Plan:
        """Histories as they stand at the clock's end."""
        dataset = self.plan.datasets[self.dataset]
        if not dataset.spec.history or self.dataset in self.plan.bindings:
            return self.plan
        return in_form(self.plan, AsOf(self.plan.clock.end_us))

    @property
    def _contract(self) -> Contract:
        return contract_of(self._plan, self.dataset)

    def _told(self, rows: pa.Table) -> list[Shopper]:
        contract = self._contract
        named = next((name for name in _NAMES if name in contract.names), None) if self.show_pii else None
        secret = set() if self.show_pii else set(contract.pii)
        traits = [name for name in contract.names if name not in {*contract.primary_key, named, *secret}]
        return [
            Shopper(
                str(row[self._key]),
                str(row[named]) if named is not None and row[named] is not None else self._called(row[self._key]),
                dict(itertools.islice(((n, row[n]) for n in traits if row[n] is not None), MOST_TRAITS)),
            )
            for row in rows.to_pylist()
        ]

    def _called(self, id_: Any) -> str:
        """`Customer 7` of the dataset `customers`."""
        return f"{self.dataset.removesuffix('s').replace('_', ' ').capitalize()} {id_}"
