"""Causes that lie in values: numbers in another unit, decimal commas, categories that nobody promised."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Column
from sandbox.verify.likely.cause import Cause, Evidence, distance, numbers

_FACTORS = {60: "", 100: "cents", 1_000: "thousands", 3_600: "", 86_400: "", 1_000_000: "millions"}
"""What units differ by, and what `parse: {unit: …}` calls a number that is so many times too large or too small."""
_LEAST = 30
_SEEN_APART, _SEEN_ALIKE = 0.5, 0.25
_COMMA = re.compile(r"\s*[-+]?(\d+|\d{1,3}([.' ]\d{3})+),\d+\s*")
_THOUSANDS = re.compile(r"\s*[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?\s*")
_MOST_CATEGORIES = 100
_MOST_NAMED = 3

Floats = npt.NDArray[np.float64]


def units(evidence: Evidence) -> Iterator[Cause]:
    """Numbers that are about 100 (60, 1,000, …) times those of the dummy, or the same part of them."""
    promised = set(evidence.dummy.table.column_names)
    for column in evidence.columns():
        if not column.parsed.is_number or column.name not in promised:
            continue
        real, dummy = _read(evidence, column), np.abs(numbers(evidence.dummy.table[column.name]))
        real, dummy = real[real > 0], dummy[dummy > 0]
        if min(len(real), len(dummy)) < _LEAST or distance(real, dummy) < _SEEN_APART:
            continue
        factor = math.exp(float(np.median(np.log(real)) - np.median(np.log(dummy))))
        known = min(_FACTORS, key=lambda each: abs(abs(math.log(factor)) - math.log(each)))
        is_more = factor > 1
        if abs(abs(math.log(factor)) - math.log(known)) > 0.3 or not _is_alike(real, factor, known, dummy):
            continue
        times = f"about {known:,} times those of the dummy" if is_more else f"about 1/{known:,} of those of the dummy"
        unit = _FACTORS[known] if is_more == (known == 100) else ""
        mend = f"Say `parse: {{{column.name}: {{unit: {unit}}}}}`." if unit else "Ask for the unit."
        yield Cause("unit", column.name, f"values are {times}: another unit", mend)


def decimal_marks(evidence: Evidence) -> Iterator[Cause]:
    """Numbers that cannot be read since they are written with a comma."""
    for column in evidence.columns():
        texts = evidence.noticed.texts.get(column.name, [])
        if not column.parsed.is_number or not texts:
            continue
        for kind, pattern, key in (("thousands", _THOUSANDS, "thousands"), ("decimal", _COMMA, "decimal")):
            fitting = [text for text in texts if pattern.fullmatch(text)]
            if len(fitting) >= 0.9 * len(texts):
                shown = "" if evidence.is_secret(column.name) else f", as in {fitting[0].strip()}"
                what = "decimals" if kind == "decimal" else "thousands"
                mend = f"Say `parse: {{{column.name}: {{{key}: ','}}}}`."
                yield Cause("decimal", column.name, f"numbers are written with a comma before the {what}{shown}", mend)
                break


def categories(evidence: Evidence) -> Iterator[Cause]:
    """Words among few that neither the contract nor the dummy knows."""
    promised = set(evidence.dummy.table.column_names)
    for column in evidence.columns():
        if not column.parsed.is_text or column.name not in promised:
            continue
        known = _known(evidence, column)
        if known is None:
            continue
        words = evidence.real[column.name].drop_null().cast(pa.string())
        strangers = words.filter(pc.invert(pc.is_in(words, pa.array(sorted(known), pa.string()))))
        # A rare word may be one that the dummy's sample just happens not to have.
        least = 1 if column.values else max(3.0, 0.01 * len(words), 10 * len(words) / evidence.dummy.table.num_rows)
        if len(strangers) < least:
            continue
        share = len(strangers) / len(words)
        counts = sorted(strangers.value_counts().to_pylist(), key=lambda each: (-each["counts"], each["values"]))
        names = [each["values"] for each in counts[:_MOST_NAMED]]
        alike = {word.casefold().strip(): word for word in known}
        same = next((alike[name.casefold().strip()] for name in names if name.casefold().strip() in alike), None)
        shown = ", ".join(f"'{name}'" for name in names) + (" …" if len(counts) > _MOST_NAMED else "")
        if evidence.is_secret(column.name):
            shown, same = "a word" if len(counts) == 1 else f"{len(counts)} words", None
        written = f"; '{names[0]}' may be '{same}', written otherwise" if same is not None else ""
        mend = "Ask what it means, and add it to the contract or map it."
        yield Cause("category", column.name, f"{shown} in {share:.1%} of the rows was never promised{written}", mend)


def _is_alike(real: Floats, factor: float, known: int, dummy: Floats) -> bool:
    """Whether real values are the dummy's times a factor: just so many times, or about so many."""
    just = float(known) if factor > 1 else 1 / known
    return min(distance(real / just, dummy), distance(real / factor, dummy)) <= _SEEN_ALIKE


def _read(evidence: Evidence, column: Column) -> Floats:
    """The sizes of a column's numbers; what does not fit its type is read as a number all the same."""
    found = [numbers(evidence.real[column.name])]
    texts = [text for text in evidence.noticed.texts.get(column.name, []) if re.fullmatch(r"[-+]?\d*\.?\d+", text)]
    if len(found[0]) < _LEAST:
        found.append(np.array([float(text) for text in texts], np.float64))
    return np.abs(np.concatenate(found))


def _known(evidence: Evidence, column: Column) -> set[str] | None:
    """The words that a column may hold; None where they are not few."""
    if column.values is not None:
        return {str(value) for value in column.values}
    promised = evidence.dummy.table[column.name].drop_null().cast(pa.string())
    words = set(pc.unique(promised).to_pylist())
    few = 0 < len(words) <= min(_MOST_CATEGORIES, len(promised) / 10)
    return words if few else None
