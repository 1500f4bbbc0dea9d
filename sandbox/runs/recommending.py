"""Recommend from a scenario's events: which stream tells what customers did with items, and a recommender of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.models.recommend.base import Suggestion
    from sandbox.models.recommend.recommender import LeaveOut, Recommender
    from sandbox.runs.folder import RunFolder
    from sandbox.scenario.plan import DatasetPlan, Plan
    from sandbox.world.world import World

MOST_EVENTS = 5_000_000
"""Events that are simulated to learn from; a landed run is learnt from whole."""
SALE = "purchase"
"""The event that counts as a sale, where a journey emits it; else everything does."""


@dataclass(frozen=True, slots=True)
class Interactions:
    """A stream in which customers meet items, and the columns that tell so: `{"customer_id": "customer", …}`."""

    dataset: str
    items: str
    customers: str
    columns: dict[str, str]
    events: tuple[str, ...]

    def goal(self, asked: str | None) -> str | None:
        """The event that is a sale. Raises InputError: the journey emits none of this name."""
        if asked is None:
            return SALE if SALE in self.events and "event" in self.columns.values() else None
        if asked not in self.events:
            raise InputError(f"{self.dataset}: no event '{asked}'.{did_you_mean(asked, self.events)}")
        return asked

    def renamed(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The batches with the columns that count, by what they mean; texts plain."""
        for batch in batches:
            yield batch.select(list(self.columns)).rename_columns(list(self.columns.values())).cast(schema)

    def schema(self, contract: pa.Schema) -> pa.Schema:
        """Of the renamed batches."""
        import pyarrow as pa

        return pa.schema([(meaning, _plain(contract.field(name).type)) for name, meaning in self.columns.items()])


def interactions(plan: Plan, dataset: str | None = None) -> Interactions:
    """Find the stream to learn from; a user names it where there are several.

    Raises:
        InputError: there is none, the one named is not one, or there are several.
    """
    found = {name: each for name, each in plan.datasets.items() if not each.spec.hidden and _meanings(each)}
    if dataset is not None and dataset not in found:
        said = f"'{dataset}' is no stream in which customers meet items."
        raise InputError(f"{plan.file}: {said}{did_you_mean(dataset, found) if found else _MEND}")
    if not found:
        raise InputError(f"{plan.file}: no stream tells which customer did what with which item.{_MEND}")
    if dataset is None and len(found) > 1:
        raise InputError(f"{plan.file}: several streams could be learnt from; name one: {', '.join(found)}.")
    chosen = found[dataset or next(iter(found))]
    assert chosen.items is not None
    assert chosen.parent is not None
    states = chosen.spec.journey.states.values() if chosen.spec.journey is not None else ()
    emitted = [state.emits for state in states] + [state.shows.emits for state in states if state.shows is not None]
    events = tuple(dict.fromkeys(event for event in emitted if event is not None))
    return Interactions(chosen.name, chosen.items, chosen.parent, _meanings(chosen), events)


@dataclass(frozen=True, eq=False)
class Recommenders:
    """The recommenders of a plan: each learns when it is first asked."""

    plan: Plan
    world: World
    _made: dict[Any, Recommender] = field(default_factory=dict)

    def recommend(
        self,
        customer: Any,
        n: int,
        item: Any,
        run: RunFolder | None,
        events: str | None,
        goal: str | None,
        leave_out: LeaveOut,
    ) -> list[Suggestion]:
        """A list as `Scenario.recommend` tells."""
        if n < 1:
            raise InputError(f"n: got {n}, must be >= 1.")
        source = interactions(self.plan, events)
        who = None if customer is None else identifier(self.plan, source.customers, customer)
        what = None if item is None else identifier(self.plan, source.items, item)
        recommender = self._recommender(source, run, source.goal(goal))
        if what is not None and not recommender.knows(what):
            check_item(self.plan, source, what, self.world)
        return recommender.recommend(who, n, item=what, leave_out=leave_out)

    def _recommender(self, source: Interactions, run: RunFolder | None, goal: str | None) -> Recommender:
        asked = (source.dataset, goal, None if run is None else run.path)
        if asked not in self._made:
            self._made[asked] = (
                learnt(self.plan, source, self.world, goal)
                if run is None
                else learnt_from_run(self.plan, source, run, goal)
            )
        return self._made[asked]


def learnt(plan: Plan, source: Interactions, world: World, goal: str | None) -> Recommender:
    """A recommender of the scenario's events, the first `MOST_EVENTS` of them."""
    from sandbox.landing import accepted_batches

    def some() -> Iterator[pa.RecordBatch]:
        left = MOST_EVENTS
        for batch in accepted_batches(plan, source.dataset, world):
            yield batch.slice(0, left)
            left -= len(batch)
            if left <= 0:
                return

    return _trained(plan, source, some(), goal)


def learnt_from_run(plan: Plan, source: Interactions, run: RunFolder, goal: str | None) -> Recommender:
    """A recommender of all events that landed in a run. Raises InputError: the run has no such dataset."""
    import pyarrow.dataset as ds

    folder = run.landing / source.dataset
    if not folder.is_dir():
        known = sorted(path.name for path in run.landing.glob("*"))
        raise InputError(f"the run {run.name} has no '{source.dataset}'.{did_you_mean(source.dataset, known)}")
    landed = ds.dataset(folder, format="parquet", partitioning="hive")
    return _trained(plan, source, landed.to_batches(columns=list(source.columns)), goal)


def identifier(plan: Plan, dataset: str, value: Any) -> Any:
    """An id of a dataset's rows as its key has it, from a text or a number.

    Raises:
        InputError: it is not of the key's type.
    """
    import pyarrow as pa

    contract = plan.datasets[dataset].contract
    key = contract.column(contract.primary_key[0])
    try:
        return pa.scalar(value).cast(key.arrow).as_py()
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        raise InputError(f"got {value!r}, but {dataset}.{key.name} is {key.type}.") from None


def check_item(plan: Plan, source: Interactions, item: Any, world: World) -> None:
    """Raises InputError: there is no such item."""
    from sandbox.landing import accepted_batches

    contract = plan.datasets[source.items].contract
    if plan.datasets[source.items].spec.hidden:
        return
    known: list[Any] = []
    for batch in accepted_batches(plan, source.items, world):
        known += batch.column(contract.primary_key[0]).to_pylist()
    if item not in known:
        raise InputError(f"{source.items} has no '{item}'.{did_you_mean(str(item), map(str, known))}")


def _trained(plan: Plan, source: Interactions, batches: Iterable[pa.RecordBatch], goal: str | None) -> Recommender:
    from sandbox.models.recommend.recommender import train

    schema = source.schema(plan.datasets[source.dataset].contract.schema)
    return train(schema, source.renamed(batches, schema), goal)


_MEND = " Give a dataset a journey with an `item:`, and columns {visit: item} and {visit: customer}."


def _meanings(dataset: DatasetPlan) -> dict[str, str]:
    """What the columns of a stream mean to a recommender; empty where it does not say who did what with which item."""
    from sandbox.world.columns.visits import Visit

    contract, meanings = dataset.contract, {"customer", "visitor", "item", "event"}
    visits = {c.generator.what: c.name for c in dataset.columns if isinstance(c.generator, Visit) and not c.hidden}
    found = {name: what for what, name in visits.items() if what in meanings}
    if "item" not in found.values() or not {"customer", "visitor"} & set(found.values()) or contract.time is None:
        return {}
    return {**found, contract.time: "happened_at"}


def _plain(kind: Any) -> Any:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind
