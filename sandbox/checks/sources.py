"""Sources: rows come whole, the same at every reading, in whatever order their shares are asked for."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from sandbox.checks.check import Broken, first_difference, shown
from sandbox.contract.checks import Checked, RowCheck
from sandbox.contract.envelope import ENVELOPE
from sandbox.contract.model import Contract
from sandbox.contract.rejected import REASONS
from sandbox.scenario.language import Binding
from sandbox.scenario.parts import RawSource, Share, Source, SourcePart, Unread
from sandbox.sources.mapped import mapped
from sandbox.world.columns.base import plain

_DESCRIPTORS = Path("/dev/fd")


class Shared(Protocol):
    """What raw sources and sources have in common."""

    def shares(self) -> Any: ...
    def batches(self, share: Share) -> Iterator[Any]: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SourceSample:
    """A source and what lies in it: `rows` counts those that break a rule of the contract, too."""

    part: SourcePart
    contract: Contract
    folder: Path
    """Where its relative paths begin."""
    rows: int


@dataclass(frozen=True, eq=False)
class SourceSubject:
    """A source under check: how it is opened, and how many rows lie in it, those that break a rule included."""

    name: str
    raw: Callable[[], Shared]
    """Opens it as it is; what shares and repeated readings are checked on."""
    source: Callable[[], Source]
    """Opens it mapped on to its contract."""
    rows: int

    @classmethod
    def of_part(cls, name: str, sample: SourceSample) -> SourceSubject:
        """A configured source."""

        def raw() -> RawSource:
            return sample.part.open(str(sample.folder))

        binding = Binding.model_construct(
            kind=name, source=sample.part, rename={}, parse={}, where=None, arrived_at=None
        )
        return cls(name, raw, lambda: mapped(raw(), binding, sample.contract, name), sample.rows)


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
    backwards = {share.index: _content(raw.batches(share)) for share in reversed(shares)}
    raw.close()
    return _same(backwards, _whole(subject))


def shares_do_not_disturb_each_other(subject: SourceSubject) -> Broken | None:
    """Read batch by batch in turn, as workers do, each share holds what it holds alone."""
    raw = subject.raw()
    shares = raw.shares()
    found: dict[int, list[Any]] = {share.index: [] for share in shares}
    for turn in zip_longest(*[raw.batches(share) for share in shares]):
        for share, batch in zip(shares, turn, strict=True):
            found[share.index] += [] if batch is None else [batch]
    raw.close()
    return _same({index: _content(batches) for index, batches in found.items()}, _whole(subject))


def a_second_read_is_identical(subject: SourceSubject) -> Broken | None:
    """Read again, from the same opening and from another, shares and rows are the same."""
    raw = subject.raw()
    if list(raw.shares()) != list(subject.raw().shares()):
        return Broken("other shares at a second opening", "the same names, ranges and fingerprints")
    first, second = ({share.index: _content(raw.batches(share)) for share in raw.shares()} for _ in range(2))
    raw.close()
    return _same(second, first) or _same(_whole(subject), first)


def resumes_from_any_share(subject: SourceSubject) -> Broken | None:
    """Opened anew and asked for one share only, it gives that share: what was landed is not read again."""
    whole = _whole(subject)
    for index in whole:
        raw = subject.raw()
        share = next(share for share in raw.shares() if share.index == index)
        broken = _same({index: _content(raw.batches(share))}, {index: whole[index]})
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
    gc.collect()
    before = len(list(_DESCRIPTORS.iterdir()))
    raw = subject.raw()
    for share in raw.shares():
        _content(raw.batches(share))
    raw.close()
    left = len(list(_DESCRIPTORS.iterdir())) - before
    return Broken(f"{left} files still open", "none") if left > 0 else None


def _checked(source: Source) -> Iterator[Checked]:
    check = RowCheck(source.contract, source.proven)
    for share in source.shares():
        for batch in source.batches(share):
            yield batch if isinstance(batch, Checked) else check(batch)


@dataclass(frozen=True, slots=True)
class _Content:
    """What a share holds, whatever batches it comes in: its rows, and the texts that could not be read."""

    rows: pa.Table
    unread: tuple[tuple[str, str], ...]


def _whole(subject: SourceSubject) -> dict[int, _Content]:
    """What each share holds, read in order."""
    raw = subject.raw()
    found = {share.index: _content(raw.batches(share)) for share in raw.shares()}
    raw.close()
    return found


def _content(batches: Iterable[Any]) -> _Content:
    found = list(batches)
    tables = [_plain(pa.Table.from_batches([batch])) for batch in found if not isinstance(batch, Unread)]
    unread = tuple((each.rule, text) for each in found if isinstance(each, Unread) for text in each.texts)
    return _Content(pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({}), unread)


def _plain(table: pa.Table) -> pa.Table:
    """Texts without their dictionaries."""
    return pa.table(
        [column.cast(plain(column.type)) for column in table.columns],
        schema=pa.schema([(field.name, plain(field.type)) for field in table.schema]),
    )


def _same(seen: dict[int, _Content], expected: dict[int, _Content]) -> Broken | None:
    for index, wanted in expected.items():
        found = seen.get(index, _Content(pa.table({}), ()))
        if found.unread != wanted.unread:
            return Broken(f"unread {shown(found.unread)} in share {index}", shown(wanted.unread))
        if found.rows.column_names != wanted.rows.column_names:
            return Broken(f"columns {shown(found.rows.column_names)} in share {index}", shown(wanted.rows.column_names))
        for name in wanted.rows.column_names:
            pair = (each.rows[name].combine_chunks() for each in (found, wanted))
            broken = first_difference(*pair)
            if broken:
                return Broken(f"{name} of share {index}: {broken.seen}", broken.expected)
    return None


def _fits(made: pa.DataType, wanted: pa.DataType) -> bool:
    return bool(made == wanted or (pa.types.is_dictionary(made) and made.value_type == wanted))


CHECKS = (
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
)
