"""Sources: rows come whole, the same at every reading, in whatever order their shares are asked for."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from sandbox.checks.check import Broken, Suite, shown
from sandbox.checks.source_subject import Content, SourceSubject, content_of, difference_of
from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.rejected import REASONS
from sandbox.scenario.parts import Source, Unread

_DESCRIPTORS = Path("/dev/fd")
_READINGS = 4
"""What else the process opens meanwhile must not be held against a source: it would not open a file at each reading."""


def rows_conform_or_are_told_why(subject: SourceSubject) -> Broken | None:
    """Every row ends as the contract has it, or among the rejected with at least one reason."""
    source = subject.source()
    for checked in _checked(source):
        data = checked.accepted
        for column in source.contract.columns:
            made = data.column(column.name)
            if not _fits(made.type, column.arrow):
                return Broken(f"{column.name} as {made.type}", str(column.arrow))
            if made.null_count and not column.nullable:
                return Broken(f"a null in {column.name}", "none where the contract allows none")
        if any(not reasons or not all(reasons) for reasons in checked.rejected.column(REASONS).to_pylist()):
            return Broken("a rejected row without a reason", "at least one")
    source.close()
    return None


def every_row_is_counted(subject: SourceSubject) -> Broken | None:
    """Rows accepted and rejected are together the rows that lie there; none is lost or comes twice."""
    source = subject.source()
    found = sum(checked.accepted.num_rows + checked.rejected.num_rows for checked in _checked(source))
    source.close()
    return None if found == subject.rows else Broken(f"{found:,} rows", f"{subject.rows:,}")


def events_have_ids_of_their_own(subject: SourceSubject) -> Broken | None:
    """No two rows carry the same event id, whichever shares they come in."""
    source = subject.source()
    ids: list[pa.Array] = []
    for checked in _checked(source):
        for batch in (checked.accepted, checked.rejected):
            if batch.num_rows:
                ids.append(batch.column(ENVELOPE).field("event_id"))
    source.close()
    together = pa.chunked_array(ids, pa.uint64())
    again = len(together) - len(together.unique())
    return Broken(f"{again:,} event ids a second time", "a name of its own for each share") if again else None


def columns_are_as_the_schema_says(subject: SourceSubject) -> Broken | None:
    """Every batch of a raw source has the columns, in their order, that `schema` told before."""
    raw = subject.raw()
    schema = getattr(raw, "schema", None)
    if schema is None:
        return None
    names = schema().names
    for share in raw.shares():
        for found in raw.batches(share):
            if not isinstance(found, Unread) and found.schema.names != names:
                return Broken(f"columns {shown(found.schema.names)}", shown(names))
    raw.close()
    return None


def shares_come_in_any_order(subject: SourceSubject) -> Broken | None:
    """Read from the last to the first, each share holds what it held from the first to the last."""
    raw = subject.raw()
    shares = raw.shares()
    backwards = {share.index: content_of(raw.batches(share)) for share in reversed(shares)}
    raw.close()
    return difference_of(backwards, _whole(subject))


def shares_do_not_disturb_each_other(subject: SourceSubject) -> Broken | None:
    """Read batch by batch in turn, as workers do, each share holds what it holds alone."""
    raw = subject.raw()
    shares = raw.shares()
    found: dict[int, list[Any]] = {share.index: [] for share in shares}
    for turn in zip_longest(*[raw.batches(share) for share in shares]):
        for share, batch in zip(shares, turn, strict=True):
            found[share.index] += [] if batch is None else [batch]
    raw.close()
    return difference_of({index: content_of(batches) for index, batches in found.items()}, _whole(subject))


def a_second_read_is_identical(subject: SourceSubject) -> Broken | None:
    """Read again, from the same opening and from another, shares and rows are the same."""
    raw, other = subject.raw(), subject.raw()
    are_alike = list(raw.shares()) == list(other.shares())
    other.close()
    if not are_alike:
        return Broken("other shares at a second opening", "the same names, ranges and fingerprints")
    first, second = ({share.index: content_of(raw.batches(share)) for share in raw.shares()} for _ in range(2))
    raw.close()
    return difference_of(second, first) or difference_of(_whole(subject), first)


def resumes_from_any_share(subject: SourceSubject) -> Broken | None:
    """Opened anew and asked for one share only, it gives that share: what was landed is not read again."""
    whole = _whole(subject)
    for index in whole:
        raw = subject.raw()
        share = next(share for share in raw.shares() if share.index == index)
        broken = difference_of({index: content_of(raw.batches(share))}, {index: whole[index]})
        raw.close()
        if broken:
            return broken
    return None


def closes_twice(subject: SourceSubject) -> Broken | None:
    """Closing works before anything was read, in the middle of a share, and a second time."""
    unread, begun = subject.raw(), subject.raw()
    for share in begun.shares():
        next(iter(begun.batches(share)), None)
    for raw in (unread, begun):
        raw.close()
        raw.close()
    return None


def leaves_nothing_open(subject: SourceSubject) -> Broken | None:
    """After `close` no file or connection of it is open any more (looked at where the system lists them)."""
    if not _DESCRIPTORS.is_dir():
        return None
    _whole(subject)
    before = _open_files()
    for _ in range(_READINGS):
        _whole(subject)
    left = _open_files() - before
    return Broken(f"{left} files still open after {_READINGS} readings", "none") if left >= _READINGS else None


def _open_files() -> int:
    gc.collect()
    return len(list(_DESCRIPTORS.iterdir()))


def _checked(source: Source) -> Iterator[Checked]:
    check = RowCheck(source.contract, source.proven)
    for share in source.shares():
        for batch in source.batches(share):
            yield batch if isinstance(batch, Checked) else check(batch)


def _whole(subject: SourceSubject) -> dict[int, Content]:
    """What each share holds, read in order."""
    raw = subject.raw()
    found = {share.index: content_of(raw.batches(share)) for share in raw.shares()}
    raw.close()
    return found


def _fits(made: pa.DataType, wanted: pa.DataType) -> bool:
    return bool(made == wanted or (pa.types.is_dictionary(made) and made.value_type == wanted))


SUITE = Suite(
    "sandbox.sources",
    (
        rows_conform_or_are_told_why,
        every_row_is_counted,
        events_have_ids_of_their_own,
        columns_are_as_the_schema_says,
        shares_come_in_any_order,
        shares_do_not_disturb_each_other,
        a_second_read_is_identical,
        resumes_from_any_share,
        closes_twice,
        leaves_nothing_open,
    ),
)
