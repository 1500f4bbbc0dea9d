"""Open a sealed profile: observations of people who never were, alike in all that the profile tells.

Rows of a person, the spread of each column, how columns hang together by rank, and hours of the week come out as they
went in; what goes from row to row of a person does not, and keys and what is withheld are not there at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address, words
from sandbox.calibrate.observed import Observed
from sandbox.calibrate.sealing import VERSION, digest_of
from sandbox.errors import InputError, OutsideError
from sandbox.scenario.plan import Plan

MOST_ROWS = 200_000
_DAY_US = 86_400_000_000

Floats = npt.NDArray[np.float64]


def read_profile(path: Path) -> dict[str, Any]:
    """The profile in a file.

    Raises:
        InputError: it is none, or was changed after it was sealed.
        OutsideError: it cannot be read.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideError(f"{path}: cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise InputError(f"{path}: is no profile: {error}.") from error
    if not isinstance(found, dict) or found.get("profile") != VERSION or "datasets" not in found:
        raise InputError(
            f"{path}: is no profile of version {VERSION}; make one by `sandbox profile SCENARIO --target …`."
        )
    if digest_of(found) != found.get("digest"):
        raise InputError(f"{path}: was changed after it was sealed: its digest is another. Ask for it again.")
    return found


def unsealed(plan: Plan, profile: Mapping[str, Any]) -> dict[str, Observed]:
    """Observations as a profile tells of them, by dataset.

    Args:
        plan: the scenario; datasets that it does not know are left out.
        profile: of `read_profile`.
    Raises:
        InputError: the profile tells of no dataset of the scenario.
    """
    seen = {name: _observed(plan, name, told) for name, told in profile["datasets"].items() if name in plan.datasets}
    if not seen:
        raise InputError(f"the profile is of {', '.join(profile['datasets'])}; the scenario has none of these.")
    return seen


def _observed(plan: Plan, dataset: str, told: Mapping[str, Any]) -> Observed:
    entities = _entities(told)
    count = len(entities)
    address = Address(("profile", dataset))
    places = _places(np.array(told["rank_correlations"], np.float64), count, address)
    contract = plan.datasets[dataset].contract
    table = {}
    for (name, column), place in zip(told["columns"].items(), places, strict=True):
        values = _values(column, place)
        if name == contract.time and "hours_of_the_week" in told:
            lot = _uniform(address.of(name, "hour"), count)
            values = _at_hours(values, np.array(told["hours_of_the_week"], np.float64), lot, plan.clock.zone)
        missing = _uniform(address.of(name, "null"), count) < column["nulls"]
        values = pc.if_else(pa.array(missing), pa.scalar(None, values.type), values)
        table[name] = values.cast(contract.column(name).arrow, safe=False) if name in contract.names else values
    of_parents, late_s = _counts(told.get("rows_of_a_parent", ())), _late_s(told, count, address)
    return Observed(pa.table(table), entities, told["entity"], told["rows"], of_parents, late_s, told.get("moves"))


def _late_s(told: Mapping[str, Any], count: int, address: Address) -> Floats | None:
    """How late as many rows arrive; None where nothing tells it."""
    bins = told.get("logs_of_seconds_late")
    if not bins:
        return None
    size, mean = (np.array(each, np.float64) for each in zip(*bins, strict=True))
    middle = (np.cumsum(size) - size / 2) / size.sum()
    return np.exp(np.interp(_uniform(address.of("late"), count), middle, mean))


def _entities(told: Mapping[str, Any]) -> npt.NDArray[np.int32]:
    """Whose each row is: as many people with as many rows each."""
    counts = _counts(told["rows_of_a_person"])
    counts = np.ones(told["looked_at"], np.int64) if counts is None else counts
    share = MOST_ROWS / max(int(counts.sum()), 1)
    if share < 1:
        counts = counts[:: int(np.ceil(1 / share))]
    return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


def _counts(bins: Sequence[tuple[int, float]]) -> npt.NDArray[np.int64] | None:
    """Whole numbers that come to each bin's mean; None without bins."""
    return np.concatenate([_spread(mean, how_many) for how_many, mean in bins]) if bins else None


def _spread(mean: float, people: int) -> npt.NDArray[np.int64]:
    """So many whole numbers around a mean that they come to it together."""
    reached = np.floor(np.arange(people + 1) * mean + 1e-9).astype(np.int64)
    return np.asarray(np.diff(reached))


def _places(correlations: Floats, count: int, address: Address) -> Floats:
    """Where each row stands in each column, 0 to 1; shape (columns, rows): a Gaussian copula of these correlations."""
    if not len(correlations):
        return np.zeros((0, count))
    normal = 2 * np.sin(np.pi * correlations / 6)  # of a rank correlation
    value, vector = np.linalg.eigh((normal + normal.T) / 2)
    root = vector * np.sqrt(np.maximum(value, 0))
    drawn: Floats = root @ np.stack([_normal(address.of("row", at), count) for at in range(len(correlations))])
    places = np.empty_like(drawn)
    for at, column in enumerate(drawn):
        places[at, np.argsort(column, kind="stable")] = (np.arange(count) + 0.5) / max(count, 1)
    return places


def _values(column: Mapping[str, Any], place: Floats) -> pa.Array:
    if "counts" in column:
        shares = np.cumsum(list(column["counts"].values()))
        code = np.minimum(np.searchsorted(shares / shares[-1], place, side="right"), len(shares) - 1)
        names = pa.array(list(column["counts"]), pa.string()).take(pa.array(code))
        return pc.equal(names, "true") if column["kind"] == "flag" else names
    count, mean = (np.array(each, np.float64) for each in zip(*column["bins"], strict=True))
    reached = np.cumsum(count) / count.sum()
    few = column["kind"] == "whole" and bool((np.round(mean) == mean).all())  # a bin for each value
    if few:
        values = mean[np.minimum(np.searchsorted(reached, place, side="right"), len(mean) - 1)]
    else:
        values = np.interp(place, reached - count / count.sum() / 2, mean)
    if column["decimals"] is not None:
        values = np.round(values, column["decimals"])
    if column["kind"] == "time":
        return pa.array(values.astype(np.int64), pa.timestamp("us", "UTC"))
    return pa.array(values.astype(np.int64) if column["kind"] == "whole" else values)


def _at_hours(times: pa.Array, hours: Floats, lot: Floats, zone: str) -> pa.Array:
    """Times of the same local days, at hours as the days of their week have them."""
    local = np.asarray(pc.local_timestamp(times.cast(pa.timestamp("us", zone))).cast(pa.int64()), np.int64)
    day = local // _DAY_US
    by_day = hours.reshape(7, 24) + 1e-9
    reached = np.cumsum(by_day / by_day.sum(axis=1, keepdims=True), axis=1)[(day + 3) % 7]
    hour = np.minimum((lot[:, None] >= reached).sum(axis=1), 23)
    inside = local % (_DAY_US // 24)
    moved = pa.array(day * _DAY_US + hour * (_DAY_US // 24) + inside).cast(pa.timestamp("us"))
    return pc.assume_timezone(moved, zone, ambiguous="earliest", nonexistent="earliest").cast(pa.timestamp("us", "UTC"))


def _normal(address: Address, count: int) -> Floats:
    """Standard normal numbers. Source: Box and Muller (1958)."""
    radius = np.sqrt(-2 * np.log1p(-_uniform(address.of("radius"), count)))
    return np.asarray(radius * np.cos(2 * np.pi * _uniform(address.of("angle"), count)))


def _uniform(address: Address, count: int) -> Floats:
    return (words(address, 0, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53
