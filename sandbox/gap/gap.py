"""Measure how far the dummy is from the real data: the story of one comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address, words
from sandbox.behaviour.roles import roles_of
from sandbox.contract.model import Contract
from sandbox.errors import InputError, did_you_mean
from sandbox.gap.behaviour import behaviour_gaps, event_column
from sandbox.gap.coded import CodedColumn, coded
from sandbox.gap.columns import column_gap
from sandbox.gap.delivery import delivery_gaps
from sandbox.gap.figures import Compared, DatasetGap, Gap, with_chance
from sandbox.gap.floor import SPLITS, Splits, splits_of
from sandbox.gap.keys import key_gaps
from sandbox.gap.masking import without_personal
from sandbox.gap.overhearing import overheard
from sandbox.gap.pairs import PairGap, pair_gaps
from sandbox.gap.privacy import privacy_gap
from sandbox.gap.rows import row_gap
from sandbox.gap.sharing import shared
from sandbox.gap.side import MOST_ROWS
from sandbox.gap.sides import Dummy, Sides, dummy_plan, sides_of
from sandbox.gap.use import use_gaps
from sandbox.scenario.loader import Loaded
from sandbox.scenario.plan import Plan
from sandbox.verify.promised import promised

Tell = Callable[[str], None]
_MOST_TEXTS = 50
"""A text column with more different values than that, and in more than half of its rows, is compared by length."""
_OWNED = 0.8
"""So is one of which a larger share of the values belongs to one entity each."""
_MOST_PAIRED = 100
_MOST_NAMED = 20


def measure_gap(
    loaded: Loaded,
    datasets: Sequence[str] | None = None,
    *,
    whole_rows: bool = True,
    models: bool = True,
    workers: int = 1,
    tell: Tell = lambda what: None,
    dummy: Plan | None = None,
) -> Gap:
    """Compare the real datasets of a scenario with their dummies, and what its models learn from either.

    Args:
        loaded: the scenario, with a target.
        datasets: which; by default all that are real.
        whole_rows: ask a classifier about whole rows.
        models: fit every model of the scenario on both sides; takes longer than all else.
        workers: threads to land with.
        tell: told what is being done.
        dummy: a plan that binds data of another generator, to be judged in the place of the scenario's own dummy.
    Raises:
        InputError: nothing is real, no such dataset, or no real row keeps the contract.
        OutsideError: a source cannot be read, or the disk is full.
    """
    names = _chosen(loaded.plan, datasets)
    bound = [] if dummy is None else [name for name in names if name in dummy.bindings]
    others = {name: Dummy(sides_of(dummy, name).real, promised(loaded.plan, name)) for name in bound if dummy}
    found = gaps(loaded.plan, names, whole_rows=whole_rows, dummies=others, tell=tell)
    return Gap(found, use_gaps(loaded, workers, tell, dummy) if models else [])


def gaps(
    plan: Plan,
    datasets: Sequence[str] | None = None,
    *,
    whole_rows: bool = True,
    most_rows: int = MOST_ROWS,
    dummies: Mapping[str, Dummy] | None = None,
    tell: Tell = lambda what: None,
) -> list[DatasetGap]:
    """Compare the real datasets of a plan with their dummies.

    Args:
        plan: binds them.
        datasets: which; by default all that are real.
        whole_rows: ask a classifier too, which takes longer than all else.
        most_rows: of each side of a dataset that are looked at, whole entities.
        dummies: those that were made before, by dataset.
        tell: told what is being done.
    Raises:
        InputError: nothing is real, no such dataset, or no real row keeps the contract.
        OutsideError: a source cannot be read.
    """
    made = dummies or {}
    return [dataset_gap(plan, name, whole_rows, most_rows, tell, made.get(name)) for name in _chosen(plan, datasets)]


def dataset_gap(
    plan: Plan, dataset: str, whole_rows: bool, most_rows: int, tell: Tell, dummy: Dummy | None = None
) -> DatasetGap:
    """Compare one dataset."""
    tell(f"{dataset}: reading both sides")
    heard = overheard(plan, dataset)
    sides = sides_of(plan, dataset, most_rows, dummy.side if dummy else None, heard)
    columns, left_out = comparable(sides)
    splits = splits_of(sides.real.entities, plan.seed)
    tell(f"{dataset}: columns")
    single = shared(lambda column: column_gap(column, splits), columns)
    tell(f"{dataset}: pairs")
    pairs, unpaired = _pairs(columns, splits, plan.seed)
    rows = None
    if whole_rows and columns:
        tell(f"{dataset}: whole rows")
        rows = row_gap(columns, (sides.dummy.entities, sides.real.entities), plan.seed)
    tell(f"{dataset}: behaviour, keys and delivery")
    events, items = _told(plan, dataset, sides)
    behaviour = behaviour_gaps(sides, plan.clock.zone, events, items, plan.seed)
    keys, of_keys = key_gaps(plan, dummy_plan(plan), sides, plan.seed)
    delivery, of_delivery = delivery_gaps(sides, plan.seed)
    tell(f"{dataset}: privacy")
    privacy = privacy_gap(columns, sides.real.entities, plan.seed)
    found = DatasetGap(
        dataset=dataset,
        compared=_compared(sides),
        likely=heard.causes(dummy.promised if dummy else None),
        columns=single,
        pairs=pairs,
        behaviour=behaviour,
        keys=keys,
        delivery=delivery,
        rows=rows,
        privacy=privacy,
        left_out=[*_lacking(heard.lacking), *left_out, *unpaired, *of_keys, *of_delivery],
    )
    return without_personal(with_chance(found), sides.contract.pii)


def _lacking(names: Sequence[str]) -> list[str]:
    told = [f"{name}: the source has no such column" for name in names[:_MOST_NAMED]]
    more = len(names) - len(told)
    return [*told, f"nor has it {more:,} others"] if more else told


def _pairs(columns: Sequence[CodedColumn], splits: Splits, seed: int) -> tuple[list[PairGap], list[str]]:
    """The gaps of all pairs; of very many columns, of all pairs of some, drawn by their names."""
    if len(columns) <= _MOST_PAIRED:
        return pair_gaps(columns, splits), []
    drawn = {column.name: int(words(Address(("gap", "paired", seed, column.name)), 0, 1)[0]) for column in columns}
    some = set(sorted(drawn, key=drawn.__getitem__)[:_MOST_PAIRED])
    told = f"pairs: those of {_MOST_PAIRED} columns drawn out of {len(columns):,} stand for all"
    return pair_gaps([column for column in columns if column.name in some], splits), [told]


def _told(plan: Plan, dataset: str, sides: Sides) -> tuple[str | None, str | None]:
    """The columns that say what happened, and with which item: what the scenario's stream tells of them."""
    roles = roles_of(plan, dataset)
    parent = plan.datasets[dataset].parent
    leads_to = [
        key.columns[0] for key in sides.contract.foreign_keys if key.dataset != parent and len(key.columns) == 1
    ]
    items = [column for column in leads_to if column != sides.entity]
    happened = [roles.stop] if roles and roles.stop in sides.contract.names else []
    return event_column(sides, happened), next(iter(items), None)


def comparable(sides: Sides) -> tuple[list[CodedColumn], list[str]]:
    """The columns that can be compared, coded; and those that cannot, with the reason."""
    asked: list[tuple[str, pa.Array, pa.Array]] = []
    left_out = []
    keys = _keys(sides.contract) | ({sides.entity} if sides.entity else set())
    for column in sides.contract.columns:
        if column.name in keys:
            left_out.append(f"{column.name}: a key; see keys")
        else:
            whose = sides.real.entities
            asked += _parts(column.name, sides.dummy.table[column.name], sides.real.table[column.name], whose)
    return shared(lambda part: coded(*part), asked), left_out


def _parts(
    name: str, dummy: pa.ChunkedArray, real: pa.ChunkedArray, whose: npt.NDArray[np.int32]
) -> Iterator[tuple[str, pa.Array, pa.Array]]:
    """A column as columns that can be compared: each field of a struct, the length of a list, free text or a name."""
    left, right = dummy.combine_chunks(), real.combine_chunks()
    if kinds.is_struct(left.type):
        for at, field in enumerate(left.type):
            one, other = (pa.chunked_array([pc.struct_field(side, [at])]) for side in (left, right))
            yield from _parts(f"{name}.{field.name}", one, other, whose)
    elif kinds.is_map(left.type) or kinds.is_list(left.type) or kinds.is_large_list(left.type):
        yield f"length of {name}", pc.list_value_length(left), pc.list_value_length(right)
    elif kinds.is_string(left.type) and (_is_free_text(right) or _is_name(right, whose)):
        yield f"length of {name}", pc.utf8_length(left), pc.utf8_length(right)
    elif kinds.is_binary(left.type):
        yield f"length of {name}", pc.binary_length(left), pc.binary_length(right)
    else:
        yield name, left, right


def _is_free_text(values: pa.Array) -> bool:
    different = pc.count_distinct(values).as_py()
    return bool(different > max(_MOST_TEXTS, len(values) / 2))


def _is_name(values: pa.Array, whose: npt.NDArray[np.int32]) -> bool:
    """Whether nearly every text is one entity's alone, such as the number of an order: no two sides have the same."""
    coded = values.dictionary_encode()
    known = np.asarray(coded.is_valid())
    codes, owners = np.asarray(coded.indices.fill_null(0))[known], whose[known]
    first, last = np.full(len(coded.dictionary), np.iinfo(np.int32).max), np.full(len(coded.dictionary), -1)
    np.minimum.at(first, codes, owners)
    np.maximum.at(last, codes, owners)
    return len(first) > _MOST_TEXTS and bool((first == last).mean() > _OWNED)


def _keys(contract: Contract) -> set[str]:
    """Columns that tell rows apart or lead elsewhere: their values are names, of which no distance tells anything."""
    alone = {key[0] for key in contract.keys if len(key) == 1}
    return alone | {name for key in contract.foreign_keys for name in key.columns}


def _compared(sides: Sides) -> Compared:
    both = (sides.dummy, sides.real)
    dummy, real = (len(np.unique(side.entities[side.known] if side.known.any() else side.entities)) for side in both)
    return Compared(
        rows=(sides.dummy.rows, sides.real.rows),
        looked_at=(sides.dummy.table.num_rows, sides.real.table.num_rows),
        entities=(dummy, real),
        entity=sides.entity,
        splits=SPLITS,
    )


def _chosen(plan: Plan, datasets: Sequence[str] | None) -> list[str]:
    real = [name for name in plan.datasets if name in plan.bindings]
    if not real:
        raise InputError("nothing is real here: name a target, as in `sandbox gap SCENARIO --target real`.")
    unknown = [name for name in datasets or () if name not in real]
    if unknown:
        raise InputError(
            f"'{unknown[0]}' is no real dataset of the target '{plan.target}'.{did_you_mean(unknown[0], real)}"
        )
    return [name for name in real if datasets is None or name in datasets]
