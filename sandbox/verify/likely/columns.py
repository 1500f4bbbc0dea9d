"""Causes that lie in columns: one that is called something else, one that is not there, another version of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.contract.model import Column
from sandbox.contract.read_column import read
from sandbox.verify.likely.cause import Cause, Evidence, distance, names_only, numbers
from sandbox.verify.noticed import ARRIVED

_LIKE_IT = 0.6
_MOST_NAMED, _MOST_LOOKED_AT = 5, 50
_SURE = 20.0
"""How many values were to be expected where none is, before that counts as an end or a beginning."""
_DENSE = 0.3


def lacking(evidence: Evidence) -> Iterator[Cause]:
    """For each column that is not there: the extra column that looks like it, if one does; each for one only."""
    taken: set[str] = set()
    there = set(evidence.real.column_names)
    extra = [name for name in evidence.noticed.extra if name in there][:_MOST_LOOKED_AT]
    wanted = {name: evidence.contract.column(name) for name in evidence.missing[:_MOST_LOOKED_AT]}
    likeness = {(name, other): _likeness(evidence, wanted[name], other) for name in wanted for other in extra}
    best: dict[str, str] = {}
    for (name, other), score in sorted(likeness.items(), key=lambda each: (-each[1], each[0])):
        if score >= _LIKE_IT and name not in best and other not in taken:
            best[name] = other
            taken.add(other)
    for name, other in ((name, best[name]) for name in wanted if name in best):
        why = f"is not there; {other} looks like it, by what it holds and how it is called"
        yield Cause("renamed", name, why, f"Say `rename: {{{other}: {name}}}`.")
    lost = [name for name in evidence.missing if name not in best]
    for name in lost[: _MOST_NAMED if len(lost) > _MOST_NAMED + 1 else None]:
        yield Cause("missing", name, "is not there, and no other column looks like it", "Ask for it.")
    if len(lost) > _MOST_NAMED + 1:
        others = f"is not there, nor are {len(lost) - _MOST_NAMED - 1:,} others: this may be another source"
        yield Cause("missing", lost[_MOST_NAMED], others, "Ask for them.")


def versions(evidence: Evidence) -> Iterator[Cause]:
    """Columns that end or begin with a moment: from then on, rows are of another version."""
    arrived = np.asarray(evidence.real[ARRIVED].combine_chunks(), np.int64)
    order = np.argsort(arrived, kind="stable")
    if not arrived.size or arrived[order[0]] == arrived[order[-1]]:
        return
    known_later = {column.name for column in evidence.contract.columns if column.since > 1}
    ends: dict[str, int] = {}
    begins: dict[str, int] = {}
    for name in evidence.real.column_names:
        if name == ARRIVED or name in known_later or name in evidence.noticed.texts:
            continue
        there = np.asarray(pc.is_valid(evidence.real[name]).combine_chunks())[order]
        if _stops(there):
            ends[name] = int(arrived[order[np.flatnonzero(there)[-1] + 1]])
        if _stops(there[::-1]):
            begins[name] = int(arrived[order[np.flatnonzero(there)[0]]])
    # What is no column of the contract and ends is no loss; what begins and is promised was late.
    gone = {name: ends[name] for name in ends if name in evidence.contract.names}
    for name, since in gone.items():
        new = sorted(begins, key=lambda other: (abs(begins[other] - since), other))
        instead = next((other for other in new if other not in evidence.contract.names), None)
        where = f"from {_moment(since)} on"
        if instead is None:
            yield Cause("version", name, f"{where} rows have no {name}: another version", "Ask what version 2 says.")
        else:
            mend = f"Ask what version 2 says; until then, `rename` cannot mend it, as {instead} is there only later."
            yield Cause("version", name, f"{where} rows have {instead} and no {name}: another version", mend)
    for name, since in begins.items():
        if not gone:
            yield Cause(
                "version", name, f"rows have {name} only from {_moment(since)} on: another version", "Ask what it is."
            )


def _stops(there: npt.NDArray[np.bool_]) -> bool:
    """Whether a column that most rows had is in none any more, by more than chance."""
    where = np.flatnonzero(there)
    if not len(where):
        return False
    density = len(where) / (where[-1] - where[0] + 1)
    return bool(density >= _DENSE and density * (len(there) - 1 - where[-1]) > _SURE)


def _likeness(evidence: Evidence, column: Column, other: str) -> float:
    """How alike an extra column is to one that is missing: by its values mostly, and by its name; 0 to 1."""
    named = SequenceMatcher(None, _bare(column.name), _bare(other)).ratio()
    given = evidence.real[other].combine_chunks().drop_null()
    if not len(given) or column.name not in evidence.dummy.table.column_names:
        return named
    read_as = read(given, column.parsed)
    readable = 1.0 if read_as.unreadable is None else 1.0 - float(read_as.unreadable.mean())
    if readable < 0.9:
        return 0.0
    promised = evidence.dummy.table[column.name].combine_chunks()
    if column.name in names_only(evidence.contract):
        held = _named_alike(evidence.real[other].combine_chunks(), promised)
    else:
        held = _alike(column, read_as.values.drop_null(), promised.drop_null())
    return 0.7 * held + 0.3 * named


def _named_alike(real: pa.Array, dummy: pa.Array) -> float:
    """How alike two columns of names (ids) are: by how often there is one, and how often one comes again."""

    def shares(values: pa.Array) -> tuple[float, float]:
        there = values.drop_null()
        return len(there) / max(len(values), 1), pc.count_distinct(there).as_py() / max(len(there), 1)

    (filled, different), (dummy_filled, dummy_different) = shares(real), shares(dummy)
    return max(0.0, 1.0 - abs(filled - dummy_filled) - abs(different - dummy_different))


def _alike(column: Column, real: pa.Array, dummy: pa.Array) -> float:
    """How alike the values of two columns are, as the column's type has them; 0 to 1."""
    if not len(real) or not len(dummy):
        return 0.0
    kind = column.parsed
    if kind.is_number:
        return 1.0 - distance(numbers(real), numbers(dummy))
    if kind.is_time:
        apart = distance(numbers(_counted(real)), numbers(_counted(dummy)))
        return 1.0 - apart / 2  # nothing else reads as a time, whenever it is
    one, other = (pa.array(side).cast(pa.string()) for side in (real, dummy))
    if pc.count_distinct(other).as_py() <= len(other) / 10:
        return 1.0 - _variation(one, other)
    return 1.0 - _variation(_shape(one), _shape(other))


def _counted(times: pa.Array) -> pa.Array:
    return times.cast(pa.int32()) if pa.types.is_date32(times.type) else times.cast(pa.int64(), safe=False)


def _shape(texts: pa.Array) -> pa.Array:
    """The form of texts that hardly come twice: letters as a, digits as 9, runs as one."""
    shape = pc.replace_substring_regex(texts, r"[^\W\d_]+", "a")
    return pc.utf8_slice_codeunits(pc.replace_substring_regex(shape, r"\d+", "9"), 0, 40)


def _variation(one: pa.Array, other: pa.Array) -> float:
    """Total variation of two samples of texts."""
    shares: dict[str, float] = {}
    for side, sign in ((one, 1.0), (other, -1.0)):
        for each in side.value_counts().to_pylist():
            shares[each["values"]] = shares.get(each["values"], 0.0) + sign * each["counts"] / len(side)
    return sum(abs(share) for share in shares.values()) / 2


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _moment(moment_us: int) -> str:
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=moment_us)
    return f"{moment:%Y-%m-%d %H:%M}"
