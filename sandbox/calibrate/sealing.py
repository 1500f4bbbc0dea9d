"""A sealed profile: what calibrating looks at, as sums over people; no row, no key, nobody's own data, no free text.

Made where the data may not leave. Whatever stands in it is a count or a mean over at least ten people: categories that
fewer have are only counted together, and numbers are bins of ten people and more, each with its mean. A digest over the
whole tells whether it was changed on its way. `unsealing` makes observations of it that nobody ever made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.calibrate.families import FEW
from sandbox.calibrate.hazard_cells import sealed_moves
from sandbox.calibrate.hazards import history_seen
from sandbox.calibrate.observed import Observed
from sandbox.calibrate.predictors import rows_above
from sandbox.gap.coded import is_ordered, numbers
from sandbox.scenario.plan import DatasetPlan, Plan

VERSION = 1
_MOST_BINS = 256
_MOST_DECIMALS = 6
_HOUR_US = 3_600_000_000
LEAST_LATE_S = 1e-6
"""A row that arrives as it happens counts as this late, so that there is a logarithm."""

Floats = npt.NDArray[np.float64]
People = npt.NDArray[np.int32]


def sealed(plan: Plan, seen: Mapping[str, Observed]) -> dict[str, Any]:
    """The profile of what was observed, as plain values.

    Args:
        plan: says which columns are keys or somebody's own, and what tells the time.
        seen: observations by dataset.
    """
    datasets = {
        name: {**_dataset(plan, name, found), **_fan_out(plan, name, seen), **_moves(plan, name, seen)}
        for name, found in seen.items()
    }
    profile = {"profile": VERSION, "scenario": plan.name, "least_people": FEW, "datasets": datasets}
    return {**profile, "digest": digest_of(profile)}


def digest_of(profile: Mapping[str, Any]) -> str:
    """SHA-256 over a profile without its digest, whatever its layout."""
    plain = {key: value for key, value in profile.items() if key != "digest"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _dataset(plan: Plan, name: str, seen: Observed) -> dict[str, Any]:
    columns, withheld = {}, []
    ranks: dict[str, Floats] = {}
    for column in seen.table.column_names:
        values = _flat(seen.table[column])
        found = None if _is_withheld(plan, name, column) else _column(values, seen.entities)
        if found is None:
            withheld.append(column)
            continue
        columns[column] = found
        ranks[column] = _ranks(values, found)
    rows = np.bincount(seen.entities).astype(np.float64)
    time = plan.datasets[name].contract.time
    told: dict[str, Any] = {
        "rows": seen.rows,
        "looked_at": seen.table.num_rows,
        "people": seen.people,
        "entity": seen.entity,
        "rows_of_a_person": _bins(rows[rows > 0], np.arange(seen.people, dtype=np.int32)),
        "columns": columns,
        "rank_correlations": _correlations(_by_help(ranks, columns, seen.table)),
        "withheld": withheld,
    }
    if time in columns:
        told["hours_of_the_week"] = _hours(seen.table[time], seen.entities, plan.clock.zone)
    if seen.late_s is not None:
        known = np.isfinite(seen.late_s)
        late = np.log(np.maximum(seen.late_s[known], LEAST_LATE_S))
        told["logs_of_seconds_late"] = _bins(late, seen.entities[known])
    return told


def _fan_out(plan: Plan, name: str, seen: Mapping[str, Observed]) -> dict[str, Any]:
    """How many rows each row of the parent has, where both are seen and the scenario says it by a fan-out."""
    planned = plan.datasets[name]
    above = planned.parent
    if planned.spec.fan_out is None or above is None or above not in seen:
        return {}
    rows = rows_above(plan, name, above, seen)
    if rows is None:
        return {}
    counts = np.bincount(rows[rows >= 0], minlength=seen[above].table.num_rows).astype(np.float64)
    return {"rows_of_a_parent": _bins(counts, seen[above].entities)}


def _moves(plan: Plan, name: str, seen: Mapping[str, Observed]) -> dict[str, Any]:
    """What happens to the entities of a history, as sums."""
    history, heard = history_seen(plan, name, seen)
    return {} if history is None else {"moves": sealed_moves(history, heard)}


def _is_withheld(plan: Plan, dataset: str, column: str) -> bool:
    """Whether a column is somebody's own, or names rows: of this dataset, or, by the same name, of any other."""
    planned = plan.datasets[dataset]
    written = planned.spec.columns.get(column)
    if written is not None and written.options.pii:
        return True
    return column in planned.contract.pii or any(column in _keys(each) for each in plan.datasets.values())


def _keys(planned: DatasetPlan) -> set[str]:
    contract, key = planned.contract, planned.spec.key
    alone = {each[0] for each in contract.keys if len(each) == 1}
    named = {key} if isinstance(key, str) else set(key or ())
    return alone | named | {name for link in contract.foreign_keys for name in link.columns}


def _column(values: pa.Array, people: People) -> dict[str, Any] | None:
    """What may be told of a column; None where that is nothing."""
    there = np.asarray(pc.is_valid(values))
    known, whose = values.drop_null(), people[there]
    told: dict[str, Any] = {"nulls": round(1 - float(there.mean()), 6) if len(there) else 0.0}
    if is_ordered(values.type):
        plain = numbers(known)
        finite = np.isfinite(plain)
        bins = _bins(plain[finite], whose[finite])
        kind = "time" if kinds.is_temporal(values.type) else "whole" if kinds.is_integer(values.type) else "number"
        return {**told, "kind": kind, "decimals": _decimals(plain[finite]), "bins": bins} if bins else None
    if kinds.is_string(values.type) or kinds.is_boolean(values.type):
        counts = _categories(known, whose)
        kind = "flag" if kinds.is_boolean(values.type) else "category"
        return {**told, "kind": kind, "counts": counts, "others": len(known) - sum(counts.values())} if counts else None
    return None


def _categories(values: pa.Array, people: People) -> dict[str, int]:
    """Rows of each category that enough people have, the commonest first."""
    coded = values.cast(pa.string()).dictionary_encode()
    codes, size = np.asarray(coded.indices, np.int64), int(people.max(initial=0)) + 1
    had_by = np.bincount(np.unique(codes * size + people) // size, minlength=len(coded.dictionary))
    times = np.bincount(codes, minlength=len(coded.dictionary))
    names = coded.dictionary.to_pylist()
    return {names[code]: int(times[code]) for code in np.argsort(-times, kind="stable") if had_by[code] >= FEW}


def _bins(values: Floats, people: People) -> list[tuple[int, float]]:
    """Bins of neighbouring values, each of at least `FEW` people: how many values, and their mean."""
    different = len(np.unique(people))
    if different < FEW:
        return []
    order = np.argsort(values, kind="stable")
    values, people = values[order], people[order]
    wanted = max(min(_MOST_BINS, len(values) // FEW), 1)
    number = (np.arange(len(values)) * wanted) // len(values)
    number = number[np.searchsorted(values, values)]  # equal values are in one bin
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    kept: list[tuple[int, int]] = []
    begin = 0
    for end in [*starts[1:].tolist(), len(values)]:
        if len(np.unique(people[begin:end])) >= FEW:
            kept.append((begin, end))
            begin = end
    if begin < len(values):  # what is left joins the last
        kept[-1:] = [(kept[-1][0], len(values))]
    return [(end - start, float(f"{values[start:end].mean():.17g}")) for start, end in kept]


def _decimals(values: Floats) -> int | None:
    """To how many places nearly all values are written."""
    for places in range(_MOST_DECIMALS + 1):
        if (np.abs(np.round(values, places) - values) < 1e-9 * np.maximum(np.abs(values), 1)).mean() > 0.999:
            return places
    return None


def _ranks(values: pa.Array, found: Mapping[str, Any]) -> Floats:
    """Where each row stands among all, from -1 to 1; 0 for null. Categories stand as `counts` names them."""
    if "counts" in found:
        place = pc.index_in(values.cast(pa.string()), pa.array(list(found["counts"]), pa.string()))
        plain = np.asarray(place.cast(pa.float64()).fill_null(np.nan))
    else:
        plain = numbers(values)
    ranks, known = np.zeros(len(plain)), np.isfinite(plain)
    _, code, count = np.unique(plain[known], return_inverse=True, return_counts=True)
    ranks[known] = ((np.cumsum(count) - count / 2) / max(len(code), 1) * 2 - 1)[code]
    return ranks


def _by_help(ranks: dict[str, Floats], columns: dict[str, Any], table: pa.Table) -> dict[str, Floats]:
    """Ranks in which categories are put in the order of the ordered column that they tell most of, so that a rank
    correlation can hold what they have to do with it; their `counts` are put in that order too."""
    ordered = [name for name, found in columns.items() if "bins" in found]
    for name, found in columns.items():
        if "counts" not in found or not ordered:
            continue
        values = _flat(table[name]).cast(pa.string())
        code = np.asarray(pc.index_in(values, pa.array(list(found["counts"]), pa.string())).fill_null(-1), np.int64) + 1
        size = np.maximum(np.bincount(code, minlength=len(found["counts"]) + 1), 1)
        means = {other: np.bincount(code, ranks[other], len(size))[1:] / size[1:] for other in ordered}
        told = max(ordered, key=lambda other: float((size[1:] * means[other] ** 2).sum()))
        names = list(found["counts"])
        found["counts"] = {names[at]: found["counts"][names[at]] for at in np.argsort(means[told], kind="stable")}
        ranks[name] = _ranks(values, found)
    return ranks


def _correlations(ranks: Mapping[str, Floats]) -> list[list[float]]:
    if not ranks:
        return []
    table = np.stack([column - column.mean() for column in ranks.values()])
    spread = np.sqrt((table**2).mean(axis=1))
    table = table / np.where(spread > 0, spread, 1)[:, None]
    return [[round(float(each), 3) for each in row] for row in table @ table.T / table.shape[1]]


def _hours(times: pa.ChunkedArray, people: People, zone: str) -> list[int]:
    """Rows by hour of the local week, from Monday's first; none where fewer than `FEW` people have any."""
    local = pc.local_timestamp(_flat(times).cast(pa.timestamp("us", zone), safe=False))
    there = np.asarray(pc.is_valid(local))
    hours = np.asarray(local.drop_null().cast(pa.int64()), np.int64) // _HOUR_US
    hour = (hours + 72) % 168  # 1 January 1970 was a Thursday
    size = int(people.max(initial=0)) + 1
    had_by = np.bincount(np.unique(hour * size + people[there]) // size, minlength=168)
    return [int(rows) for rows in np.where(had_by >= FEW, np.bincount(hour, minlength=168), 0)]


def withheld_of(profile: Mapping[str, Any]) -> Iterator[str]:
    """The columns of which a profile tells nothing, each with its dataset."""
    for name, told in profile["datasets"].items():
        yield from (f"{name}.{column}" for column in told["withheld"])


def _flat(values: pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks()
    return whole.dictionary_decode() if kinds.is_dictionary(whole.type) else whole
