"""A scenario's data for Amazon Personalize: its three schemas, their CSV files, and whether there is enough of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.exports.personalize import (
    LEAST_INTERACTIONS,
    LEAST_OF_A_USER,
    LEAST_USERS,
    MOST_OF_INTERACTIONS,
    PersonalizeSchema,
    personalize_schema,
)
from sandbox.errors import Problem
from sandbox.landing import accepted_batches
from sandbox.runs.recommending import interactions
from sandbox.scenario.plan import Plan
from sandbox.sinks.csv import CsvFile
from sandbox.whole import all_whole

if TYPE_CHECKING:
    from sandbox.world.world import World


@dataclass
class ForPersonalize:
    """What was written: rows by dataset, what got lost on the way, and which of its minima do not hold."""

    rows: dict[str, int] = field(default_factory=dict)
    lost: list[Problem] = field(default_factory=list)
    short: list[str] = field(default_factory=list)


def export_personalize(plan: Plan, out: Path, world: World | None = None, events: str | None = None) -> ForPersonalize:
    """Write `interactions`, `users` and `items` as schemas (`.json`) and rows (`.csv`) below a folder.

    Args:
        plan: whose rows; those that keep the contract.
        out: the folder.
        world: of the plan, if there is one already.
        events: the stream of interactions, where there are several.
    Raises:
        InputError: no stream tells which customer met which item.
        OutsideError: a source cannot be read, or the disk does not take it.
    """
    source = interactions(plan, events)
    column = {meaning: name for name, meaning in source.columns.items()}
    stream = plan.datasets[source.dataset].contract
    needed = {"USER_ID": column["customer"], "ITEM_ID": column["item"], "TIMESTAMP": str(stream.time)}
    needed |= {"EVENT_TYPE": column["event"]} if "event" in column else {}
    schemas = {source.dataset: personalize_schema("interactions", stream, needed)}
    for kind, name, key in (("users", source.customers, "USER_ID"), ("items", source.items, "ITEM_ID")):
        contract = plan.datasets[name].contract
        schema = personalize_schema(kind, contract, {key: contract.primary_key[0]})  # type: ignore[arg-type]
        if schema.has_metadata:
            schemas[name] = schema
    found = ForPersonalize(lost=[problem for schema in schemas.values() for problem in schema.lost])
    for name in {source.customers, source.items} - set(schemas):
        found.lost.append(Problem("is left out: Personalize wants a field beside the key.", name))
    with all_whole(out) as place:
        for name, schema in schemas.items():
            (place / f"{schema.kind}.json").write_text(schema.text, encoding="utf-8")
            _write(plan, name, schema, place, world, found)
    return found


def _write(
    plan: Plan, dataset: str, schema: PersonalizeSchema, out: Path, world: World | None, found: ForPersonalize
) -> None:
    of_users: Counter[str] = Counter()
    types: set[str] = set()
    rows = left = 0
    writer = None
    try:
        for batch in _current(plan, dataset, accepted_batches(plan, dataset, world)):
            whole = pa.RecordBatch.from_arrays(
                [_plain(batch.column(name)) for name in schema.fields.values()], names=list(schema.fields)
            )
            ids = [name for name in ("USER_ID", "ITEM_ID", "EVENT_TYPE") if name in schema.fields]
            kept = whole.filter(_all_there(whole, ids))
            left += whole.num_rows - kept.num_rows
            rows += kept.num_rows
            writer = writer or CsvFile().open(str(out / f"{schema.kind}.csv"), kept.schema)
            writer.write(kept)
            if schema.kind == "interactions":
                for each in kept.column("USER_ID").value_counts().to_pylist():
                    of_users[each["values"]] += each["counts"]
                types |= set(kept.column("EVENT_TYPE").unique().to_pylist()) if "EVENT_TYPE" in ids else set()
    finally:
        if writer is not None:
            writer.close()
    found.rows[schema.kind] = rows
    if left:
        found.lost.append(Problem(f"{left:,} rows are left out: they name no customer, item or event.", dataset))
    if schema.kind == "interactions":
        optional = len(schema.fields) - 3 + len(types)
        found.short += _short(rows, of_users, optional)


def _short(rows: int, of_users: Counter[str], optional: int) -> Iterator[str]:
    users = sum(count >= LEAST_OF_A_USER for count in of_users.values())
    if rows < LEAST_INTERACTIONS:
        yield f"{rows:,} interactions; Personalize wants at least {LEAST_INTERACTIONS:,}"
    if users < LEAST_USERS:
        yield f"{users:,} users with {LEAST_OF_A_USER} interactions; Personalize wants at least {LEAST_USERS}"
    if optional > MOST_OF_INTERACTIONS:
        yield f"{optional} optional fields and event types together; Personalize takes at most {MOST_OF_INTERACTIONS}"


def _current(plan: Plan, dataset: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows; of a history each entity as it was last, since Personalize knows no versions."""
    contract = plan.datasets[dataset].contract
    if contract.valid_from is None:
        yield from batches
        return
    whole = pa.Table.from_batches(list(batches), contract.schema)
    order = whole.sort_by([(contract.primary_key[0], "ascending"), (contract.valid_from, "ascending")])
    keys = order[contract.primary_key[0]].combine_chunks()
    if len(keys):
        last = pc.not_equal(keys[:-1], keys[1:])
        is_last = pa.concat_arrays(
            [last.combine_chunks() if isinstance(last, pa.ChunkedArray) else last, pa.array([True])]
        )
        yield from order.filter(is_last).to_batches()


def _all_there(batch: pa.RecordBatch, names: list[str]) -> pa.Array:
    kept = pa.array([True] * batch.num_rows)
    for name in names:
        kept = pc.and_(kept, pc.is_valid(batch.column(name)))
    return kept


def _plain(values: pa.Array) -> pa.Array:
    """Values as Personalize reads them: moments as seconds since 1970, all else as text has it."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        zoned = values.cast(pa.timestamp("us")) if pa.types.is_date(values.type) else values
        plain = zoned.cast(pa.timestamp("us", tz="UTC"), safe=False) if zoned.type.tz is not None else zoned
        return pc.floor_temporal(plain, unit="second").cast(pa.timestamp("s", tz=plain.type.tz)).cast(pa.int64())
    return values
