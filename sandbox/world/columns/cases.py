"""Which case a row is of, where the value of a column decides among cases that a scenario writes by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandbox.errors import did_you_mean

ELSE = "else"
"""The case of all values that have none of their own, and of null."""


def cases_of(deciding: pa.Array, cases: Sequence[str]) -> NDArray[np.int64]:
    """The case of each row, by its number in `cases`; -1 where there is none. Shape (n,)."""
    encoded = deciding if pa.types.is_dictionary(deciding.type) else deciding.dictionary_encode()
    numbers = {case: number for number, case in enumerate(cases)}
    other = numbers.get(ELSE, -1)
    by_value = [numbers.get(_text(value), other) for value in encoded.dictionary.to_pylist()]
    lookup = np.array([*by_value, other], np.int64)
    indices = pc.fill_null(encoded.indices.cast(pa.int64()), len(by_value))
    return np.asarray(lookup.take(indices.to_numpy(zero_copy_only=False)))


def unknown_cases(facts: Mapping[str, Any], by: str, cases: Collection[str]) -> list[tuple[str, str]]:
    """Cases that the column `by` can never be, as far as that is known (`facts` of it), each with what is wrong."""
    if facts.get("values") is None:
        return []
    known = [_text(value) for value in facts["values"]]
    return [
        (case, f"'{case}' is no value of {by}.{did_you_mean(case, [*known, ELSE])}")
        for case in cases
        if case not in known and case != ELSE
    ]


def is_complete(facts: Mapping[str, Any], cases: Collection[str]) -> bool:
    """Whether every value of a column, and null, is known to have a case."""
    values = facts.get("values")
    return ELSE in cases or (values is not None and all(_text(value) in cases for value in values))


def _text(value: Any) -> str:
    """A value as a scenario's key writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
