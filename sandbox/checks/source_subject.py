"""A source in use: how it is opened, and what its shares hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from sandbox.checks.check import Broken, first_difference, shown
from sandbox.contract.model import Contract
from sandbox.scenario.language import Binding
from sandbox.scenario.parts import RawSource, Share, Source, SourcePart, Unread
from sandbox.sources.mapped import mapped
from sandbox.world.columns.base import plain


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


@dataclass(frozen=True, slots=True)
class Content:
    """What a share holds, whatever batches it comes in: its rows, and the texts that could not be read."""

    rows: pa.Table
    unread: tuple[tuple[str, str], ...]


def content_of(batches: Iterable[Any]) -> Content:
    """Batches of a raw source, or of any source of plain batches, taken together."""
    found = list(batches)
    tables = [_without_dictionaries(pa.Table.from_batches([batch])) for batch in found if not isinstance(batch, Unread)]
    unread = tuple((each.rule, text) for each in found if isinstance(each, Unread) for text in each.texts)
    return Content(pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({}), unread)


def _without_dictionaries(table: pa.Table) -> pa.Table:
    """Texts without their dictionaries."""
    return pa.table(
        [column.cast(plain(column.type)) for column in table.columns],
        schema=pa.schema([(field.name, plain(field.type)) for field in table.schema]),
    )


def difference_of(seen: Mapping[int, Content], expected: Mapping[int, Content]) -> Broken | None:
    """Where shares, by index, hold something else than expected."""
    for index, wanted in expected.items():
        found = seen.get(index, Content(pa.table({}), ()))
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
