"""From columns of any type to one matrix of numbers, a column for a column, and back to the reasons why not.

Numbers stay, booleans become 0 and 1, times become days before the moment, texts become the code of a frequent
category. Nulls are nan. What a candidate needs beyond that (imputing, scaling, one-hot) is its own pipeline's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.errors import InputError, Problem, did_you_mean
from sandbox.models.base import MOMENT, Floats

MOST_CATEGORIES = 30
FREQUENT_SHARE = 0.005
FREQUENT_LEAST = 5
"""Also keeps what few people share out of the saved contract."""
_LARGEST = 1e50
"""Beyond it a square could overflow on its way through scaling."""
_MICROSECONDS_A_DAY = 86_400_000_000.0
_UNITS_A_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """How one feature is read: its name, the Arrow type it was learnt with, its kind and, for texts, its categories."""

    name: str
    type: str
    kind: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What became of one feature: `used`, or `dropped` and why; `remark` also tells what was made of it."""

    name: str
    type: str
    kind: str
    use: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The features that a model reads, in the order of the matrix's columns."""

    columns: tuple[FeatureColumn, ...]

    @property
    def categorical(self) -> list[int]:
        """Matrix columns that hold codes of categories."""
        return [number for number, column in enumerate(self.columns) if column.kind == "category"]

    def matrix(self, features: pa.Table, moment: pa.Array | datetime) -> Floats:
        """Encode features as known at their moments: float64, shape (rows, columns), nan for null.

        Raises:
            InputError: a column is missing or of another kind than it was learnt with; every one is told.
        """
        problems = [problem for column in self.columns for problem in _misfits(column, features)]
        if problems:
            raise InputError(problems)
        moments = moments_of(moment, features.num_rows)
        encoded = np.empty((features.num_rows, len(self.columns)), dtype=np.float64, order="F")
        for number, column in enumerate(self.columns):
            encoded[:, number] = _encode(column, features.column(column.name), moments)
        return encoded


def learn_encoding(features: pa.Table, moment: pa.Array) -> tuple[Encoding, tuple[ColumnUse, ...]]:
    """Decide from the training side how each feature is read, and which tell nothing.

    Raises:
        InputError: a feature is a list, a struct or another type that is not one value; every one is told.
    """
    problems = [
        Problem(
            f"is {field.type}; a feature must be one number, text, boolean or time. Aggregate it in the feature SQL.",
            f"features.{field.name}",
        )
        for field in features.schema
        if kind_of(field.type) is None
    ]
    if problems:
        raise InputError(problems)
    moments = moments_of(moment, features.num_rows)
    uses = [_learn(name, features.column(name), moments) for name in features.column_names]
    return Encoding(tuple(column for column, use in uses if use.use == "used")), tuple(use for _, use in uses)


def kind_of(arrow: pa.DataType) -> str | None:
    """What kind of feature a type makes; None where it is not one value."""
    if pa.types.is_dictionary(arrow):
        return kind_of(arrow.value_type)
    kinds = {
        "nothing": pa.types.is_null,
        "boolean": pa.types.is_boolean,
        "number": lambda found: pa.types.is_integer(found) or pa.types.is_floating(found) or pa.types.is_decimal(found),
        "category": lambda found: (
            pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)
        ),
        "date": lambda found: pa.types.is_date(found) or pa.types.is_timestamp(found),
        "time of day": pa.types.is_time,
        "duration": pa.types.is_duration,
    }
    return next((kind for kind, belongs in kinds.items() if belongs(arrow)), None)


def moments_of(moment: pa.Array | datetime, rows: int) -> Floats:
    """Moments as microseconds since 1970 (float64, shape (rows,)), one for all rows or one each."""
    if isinstance(moment, datetime):
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return np.full(rows, zoned.timestamp() * 1e6)
    if len(moment) != rows:
        raise InputError(Problem(f"there are {len(moment)} moments for {rows} rows of features.", "moment"))
    return _microseconds(moment)


def _learn(name: str, values: pa.ChunkedArray, moments: Floats) -> tuple[FeatureColumn, ColumnUse]:
    kind = kind_of(values.type)
    assert kind is not None
    categories, remark = _frequent(values) if kind == "category" else ((), "")
    column = FeatureColumn(name, str(values.type), kind, categories)
    encoded = _encode(column, values, moments)
    known = encoded[~np.isnan(encoded)]
    if kind == "number" and (endless := len(encoded) - len(known) - values.null_count):
        remark = f"{endless} values that are not finite count as null"
    reason = ""
    if values.null_count == len(values):
        reason = "it is null in every training row"
    elif not len(known) or (len(known) == len(encoded) and known.min() == known.max()):
        reason = "it tells nothing: " + (remark or "the same in every training row")
    use = ColumnUse(name, str(values.type), kind, "dropped" if reason else "used", reason or remark)
    return column, use


def _frequent(values: pa.ChunkedArray) -> tuple[tuple[str, ...], str]:
    """The categories that get a code of their own, the most frequent first, and what is said of the rest."""
    counts = pc.value_counts(_text(values).combine_chunks().drop_null())
    texts = counts.field("values").to_pylist()
    sizes = counts.field("counts").to_numpy()
    least = max(FREQUENT_LEAST, math.ceil(FREQUENT_SHARE * len(values)))
    frequent = sorted((-int(sizes[at]), texts[at]) for at in np.flatnonzero(sizes >= least))[:MOST_CATEGORIES]
    kept = tuple(text for _, text in frequent)
    rare = len(texts) - len(kept)
    if not rare or len(texts) == 1:
        return kept, ""
    if not kept:
        return kept, f"{rare} different texts, none of them in at least {least} rows"
    return kept, f"{rare} rare of {len(texts)} categories count as one"


def _encode(column: FeatureColumn, values: pa.ChunkedArray, moments: Floats) -> Floats:
    """One column as float64, nan for null. Codes: 0 .. k-1 the categories, k any other text, k+1 null."""
    if pa.types.is_null(values.type):
        size = len(values)
        return np.full(size, len(column.categories) + 1.0 if column.kind == "category" else np.nan)
    plain = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
    if column.kind == "category":
        found = pc.index_in(_text(plain), value_set=pa.array(column.categories, pa.string()))
        code: Floats = pc.fill_null(found, len(column.categories)).to_numpy().astype(np.float64)
        code[pc.is_null(plain).to_numpy()] = len(column.categories) + 1
        return code
    if column.kind == "date":
        days: Floats = (moments - _microseconds(plain)) / _MICROSECONDS_A_DAY
        return days
    if pa.types.is_time(plain.type) or pa.types.is_duration(plain.type):
        whole = plain.cast(pa.int32() if pa.types.is_time32(plain.type) else pa.int64())
        return _floats(whole) / _UNITS_A_SECOND[plain.type.unit]
    numbers = _floats(plain)
    numbers[~np.isfinite(numbers)] = np.nan
    kept: Floats = np.clip(numbers, -_LARGEST, _LARGEST)
    return kept


def _misfits(column: FeatureColumn, features: pa.Table) -> list[Problem]:
    path = f"features.{column.name}"
    if column.name not in features.column_names:
        return [Problem(f"the model needs this column.{did_you_mean(column.name, features.column_names)}", path)]
    if features.column_names.count(column.name) > 1:
        return [Problem("there are two features of this name.", path)]
    found = features.schema.field(column.name).type
    alike = {column.kind, "nothing"} | ({"number", "boolean"} if column.kind in ("number", "boolean") else set())
    if kind_of(found) in alike:
        return []
    return [Problem(f"is {found}, the model learnt it as {column.type}; cast it in the feature SQL.", path)]


def _text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    plain = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
    return plain.cast(pa.string())


def _floats(values: Any) -> Floats:
    numbers = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.array(numbers, dtype=np.float64)


def _microseconds(values: Any) -> Floats:
    """Dates or times as microseconds since 1970; a local time is taken for UTC."""
    zoned = pc.cast(values, pa.timestamp("us"), safe=False) if pa.types.is_date(values.type) else values
    return _floats(pc.cast(pc.cast(zoned, MOMENT, safe=False), pa.int64()))
