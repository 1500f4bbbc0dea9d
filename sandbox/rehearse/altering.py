"""Do a fault to the files of a dataset: files in, files out, and what was done in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.addresses import Address, words
from sandbox.rehearse.faults import Fault
from sandbox.rehearse.twin import Part, Twin
from sandbox.sinks.texts import plain_text
from sandbox.verify.likely import Kind

NEW_WORD = "brand new"
_NEW_SHARE = 0.15
_LATE_DAYS = 3
_LEFT_AT_THE_END = 0.15
_HOUR_US = 3_600_000_000

Parts = Sequence[Part]


def altered(twin: Twin, fault: Fault) -> tuple[list[Part], str]:
    """The files of a dataset to which a fault was done, and what that was."""
    parts, said = _DONE[fault.kind](twin, fault)
    return list(parts), said


def _renamed(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    parts = [_with_name(part, fault.what, fault.new_name) for part in twin.parts]
    return parts, f"{fault.what} is called {fault.new_name}"


def _missing(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    return [replace(part, rows=part.rows.drop_columns([fault.what])) for part in twin.parts], f"{fault.what} is gone"


def _unit(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    is_whole = pa.types.is_integer(twin.contract.column(fault.what).arrow)
    factor = max(fault.factor, 1 / fault.factor) if is_whole else fault.factor

    def scaled(values: pa.Array) -> pa.Array:
        if is_whole:
            return pc.multiply(values.cast(pa.int64()), int(factor))
        return pc.round(pc.multiply(values.cast(pa.float64()), factor), 9)

    return _each(twin, fault.what, scaled), f"{fault.what} is {factor:g} times what it was"


def _zone(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    def moved(values: pa.Array) -> pa.Array:
        ticks = pc.add(values.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()), fault.hours * _HOUR_US)
        return ticks.cast(pa.timestamp("us", tz="UTC"))

    return _each(twin, fault.what, moved), f"{fault.what} is {fault.hours:+d} h off"


def _decimal(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    def written(values: pa.Array) -> pa.Array:
        return pc.replace_substring(plain_text(values), ".", ",")

    return _each(twin, fault.what, written), f"{fault.what} is written with a decimal comma"


def _category(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    parts, done = [], 0
    for part in twin.parts:
        changed = _chance(fault, done, part.rows.num_rows) < _NEW_SHARE
        done += part.rows.num_rows
        values = part.rows[fault.what].combine_chunks().cast(pa.string())
        parts.append(_with(part, fault.what, pc.if_else(pa.array(changed), pa.scalar(NEW_WORD), values)))
    return parts, f"{fault.what} is '{NEW_WORD}' in {_NEW_SHARE:.0%} of the rows"


def _late(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    def later(values: pa.Array) -> pa.Array:
        return pc.add(values.cast(pa.int64()), _LATE_DAYS * 24 * _HOUR_US).cast(values.type)

    parts = [
        _with(part, twin.loaded_at, later(part.rows[twin.loaded_at].combine_chunks()))
        if part.day is not None and str(np.datetime64(part.day, "D")) == fault.what
        else part
        for part in twin.parts
    ]
    return parts, f"the rows of {fault.what} came {_LATE_DAYS} days later"


def _repeated(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    copied = next(part for part in twin.parts if part.file == fault.what)
    return [*twin.parts, replace(copied, file=f"{fault.what.removesuffix('.csv')} (1).csv")], f"{fault.what} is twice"


def _drift(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    days = [part.day for part in twin.parts if part.day is not None]
    first, last = min(days), max(days)
    parts, done = [], 0
    for part in twin.parts:
        along = ((part.day or first) - first) / max(last - first, 1)
        kept = _chance(fault, done, part.rows.num_rows) < 1 - (1 - _LEFT_AT_THE_END) * along
        done += part.rows.num_rows
        parts.append(replace(part, rows=part.rows.filter(pa.array(kept))))
    return parts, f"rows become fewer and fewer, {_LEFT_AT_THE_END:.0%} of them at the end"


def _version(twin: Twin, fault: Fault) -> tuple[Parts, str]:
    middle = len(twin.parts) // 2
    later = [_with_name(part, fault.what, fault.new_name) for part in twin.parts[middle:]]
    since = twin.parts[middle].file.removesuffix(".csv")
    return [*twin.parts[:middle], *later], f"{fault.what} is {fault.new_name} from {since} on"


_DONE: Mapping[Kind, Callable[[Twin, Fault], tuple[Parts, str]]] = {
    "renamed": _renamed,
    "missing": _missing,
    "unit": _unit,
    "zone": _zone,
    "decimal": _decimal,
    "category": _category,
    "late": _late,
    "repeated": _repeated,
    "drift": _drift,
    "version": _version,
}


def _chance(fault: Fault, first: int, rows: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A number from 0 to 1 for each row, by its number."""
    address = Address(("rehearse", fault.seed, fault.kind, fault.dataset, fault.what, "rows"))
    return words(address, first, first + rows) / 2.0**64


def _each(twin: Twin, column: str, change: Callable[[pa.Array], pa.Array]) -> list[Part]:
    return [_with(part, column, change(part.rows[column].combine_chunks())) for part in twin.parts]


def _with(part: Part, column: str, values: pa.Array) -> Part:
    return replace(part, rows=part.rows.set_column(part.rows.column_names.index(column), column, values))


def _with_name(part: Part, column: str, name: str) -> Part:
    return replace(
        part, rows=part.rows.rename_columns([name if each == column else each for each in part.rows.column_names])
    )
