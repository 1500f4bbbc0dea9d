"""How the values of each column are distributed: weights of categories, numbers, and how many are missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from sandbox.addresses import Address, words
from sandbox.calibrate.categories import Categories, categories_of, distance
from sandbox.calibrate.families import nice
from sandbox.calibrate.fitted import Evidence, Fitted
from sandbox.calibrate.numbers import Numbers, Shape, by_chance, shape_of
from sandbox.gap.coded import coded
from sandbox.gap.columns import column_distance
from sandbox.scenario.language import Column
from sandbox.world.columns.base import Distribution

CATEGORICAL = ("choice", "bernoulli")
NUMERIC = (
    "beta", "choice", "exponential", "gamma", "geometric", "histogram", "integer", "lognormal", "negative_binomial",
    "normal", "poisson", "uniform", "zipf",
)  # fmt: skip
"""Generators of values that stand for themselves, and so may be taken from what was seen."""
WHOLE = ("choice", "geometric", "integer", "negative_binomial", "poisson", "zipf")
"""Those that give whole numbers where whole numbers were seen."""
_MAY_BE_MISSING = (*CATEGORICAL, *NUMERIC, "fake", "given", "look_up", "pattern", "ref")
_DRAWN = 20_000


def fit_columns(evidence: Evidence) -> Iterator[Fitted]:
    """The distribution of every column that the scenario draws by itself."""
    for name, column in told_columns(evidence):
        values = evidence.observed.table[name].combine_chunks()
        there = np.asarray(pc.is_valid(values))
        fitted = _fitted(evidence, name, column, values.filter(pa.array(there)), there) if there.any() else None
        if fitted is not None:
            yield from fitted


def fit_nulls(evidence: Evidence) -> Iterator[Fitted]:
    """The share of missing values, where the scenario says it as a number or not at all."""
    for name, column in evidence.planned.spec.columns.items():
        said = column.options.nulls
        if name not in evidence.observed.table.column_names or isinstance(said, str):
            continue
        if column.options.hidden:  # what is told of it only here and there is not missing elsewhere
            continue
        if column.kind not in _MAY_BE_MISSING or _is_key(evidence, name):
            continue
        seen = evidence.observed.table[name].null_count / evidence.observed.table.num_rows
        if seen == (said or 0.0):
            continue
        path = (*evidence.path, "columns", name, "nulls")
        off, deviation = abs(seen - (said or 0.0)), float(np.sqrt(seen * (1 - seen) / evidence.observed.people))
        interval = f"{nice(max(seen - 1.96 * deviation, 0.0))} to {nice(seen + 1.96 * deviation)}"
        agrees = said is not None and off <= 1.96 * deviation
        yield Fitted(path, nice(seen), evidence.observed.told(), interval, off, agrees)


def told_columns(evidence: Evidence) -> Iterator[tuple[str, Column]]:
    """The columns that were seen, and that may be told: neither keys nor anybody's own data."""
    for name, column in evidence.planned.spec.columns.items():
        if name in evidence.observed.table.column_names and not column.options.pii and not _is_key(evidence, name):
            yield name, column


def _is_key(evidence: Evidence, name: str) -> bool:
    contract = evidence.planned.contract
    return name in contract.primary_key or any(name in key.columns for key in contract.foreign_keys)


def _fitted(evidence: Evidence, name: str, column: Column, values: pa.Array, there: Any) -> Iterator[Fitted]:
    people = evidence.observed.entities[there]
    path = (*evidence.path, "columns", name, column.key)
    told = evidence.observed.told(len(values), len(np.unique(people)))
    if is_number(values.type) and column.kind in NUMERIC:
        numbers = numbers_of(values, people)
        shape = shape_of(numbers)
        if shape is not None:
            off = how_far(column, values)
            agrees = off is not None and off <= by_chance(people)
            yield Fitted(path, written(shape), told, shape.interval, off, agrees, shape.kind)
            yield from how_written(evidence, name, column, shape, told)
    elif column.kind in CATEGORICAL:
        found = categories_of(_plain(values), people)
        if found is not None:
            yield _of_categories(column, path, found, told, by_chance(people))


def _of_categories(column: Column, path: Any, found: Categories, told: str, chance: float) -> Fitted:
    said: Any = column.generator
    evidence = "; ".join(filter(None, (told, found.said())))
    if column.kind == "bernoulli":
        share = found.shares.get(True, 0.0)
        off = None if said.p is None or isinstance(said.p, str) else abs(said.p - share)
        interval = _of_yes(found, share)
        return Fitted(path, nice(share), evidence, interval, off, off is not None and off <= chance / 2)
    weights = {str(value): share for value, share in found.shares.items()}
    order = [*(value for value in map(str, said.options) if value in weights), *weights]
    off = distance(dict(zip(map(str, said.options), said.shares, strict=True)), weights)
    agrees = weights.keys() <= set(map(str, said.options)) and off <= chance / 2
    return Fitted(path, {value: weights[value] for value in order}, evidence, found.interval, off, agrees)


def _of_yes(found: Categories, share: float) -> str:
    """The interval of a share of true, whichever is the commoner."""
    return f"{nice(max(share - found.deviation, 0), 3)} to {nice(min(share + found.deviation, 1), 3)}"


def how_written(evidence: Evidence, name: str, column: Column, shape: Shape, told: str) -> Iterator[Fitted]:
    """The type and the decimals that values have beside their generator, where that alone would not give them."""
    contract = evidence.planned.contract
    type_ = contract.column(name).type if name in contract.names else "float64"
    path, is_whole = (*evidence.path, "columns", name), type_.startswith(("int", "uint"))
    if is_whole and shape.kind not in WHOLE and column.options.type is None:
        yield Fitted((*path, "type"), type_, told)
    if column.options.decimals is None and shape.decimals is not None and type_.startswith("float"):
        yield Fitted((*path, "decimals"), shape.decimals, told)


def written(shape: Shape) -> Any:
    """A distribution as a scenario has it; keys of a mapping are text there, so numbers stand in lists."""
    if shape.kind == "choice":
        return {"values": list(shape.written), "weights": list(shape.written.values())}
    return shape.written


def numbers_of(values: pa.Array, people: Any) -> Numbers:
    """A column of numbers, without nulls."""
    whole = kinds.is_integer(values.type)
    plain = values.cast(pa.float64(), safe=False)
    return Numbers(np.asarray(plain, np.float64), people, whole)


def is_number(type_: pa.DataType) -> bool:
    """Whether values are numbers of any kind."""
    return bool(kinds.is_integer(type_) or kinds.is_floating(type_) or kinds.is_decimal(type_))


def how_far(column: Column, values: pa.Array) -> float | None:
    """Kolmogorov and Smirnov's distance of what the scenario drew from what was seen, where it draws by itself."""
    generator = column.generator
    if not isinstance(generator, Distribution) or generator.expressions():
        return None
    drawn = generator.drawing(None).from_words(words(Address(("calibrate", "drawn")), 0, _DRAWN))  # type: ignore[arg-type]
    made: Any = generator.finish(drawn, None)  # type: ignore[arg-type]
    both = coded("", _rounded(made, column, values.type), values.cast(pa.float64(), safe=False))
    return round(column_distance(both), 4)


def _rounded(made: pa.Array, column: Column, type_: pa.DataType) -> pa.Array:
    plain = made.cast(pa.float64(), safe=False)
    decimals = 0 if kinds.is_integer(type_) else column.options.decimals
    return pc.round(plain, decimals) if decimals is not None else plain


def _plain(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if kinds.is_dictionary(values.type) else values
