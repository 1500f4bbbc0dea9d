"""A stand-in for the world's rows: plain addresses, columns and expressions given as whole arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sandbox.addresses import Address, hash_columns, words
from sandbox.scenario.language import read_generator
from sandbox.scenario.parts import ColumnPart, Scope

DAY_US = 86_400_000_000
START_US = 1_767_225_600_000_000  # 2026-01-01 UTC


@dataclass(frozen=True)
class PlainTable:
    values: Mapping[str, pa.Array]
    key: str

    @property
    def rows(self) -> int:
        return len(self.values[self.key])

    def take(self, column: str, rows: Any) -> pa.Array:
        return self.values[column].take(pa.array(rows))


@dataclass(frozen=True)
class PlainRows:
    """Rows [start, stop) of one column; `columns` and `expressions` hold the whole dataset's values."""

    start: int = 0
    stop: int = 1000
    total: int = 1000
    unique: bool = False
    folder: str = "."
    zone: str = "UTC"
    window: tuple[int, int] = (START_US, START_US + 30 * DAY_US)
    address: Address = field(default_factory=lambda: Address((42, "table", "column")))
    columns: Mapping[str, pa.Array] = field(default_factory=dict)
    expressions: Mapping[str, pa.Array] = field(default_factory=dict)
    tables: Mapping[str, PlainTable] = field(default_factory=dict)
    leads_to: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.stop - self.start

    def of(self, start: int, stop: int) -> PlainRows:
        return replace(self, start=start, stop=stop)

    def bits(self, purpose: str) -> Any:
        return words(self.address.of(purpose), self.start, self.stop)

    def draw(self, purpose: str, distribution: Any) -> Any:
        return distribution.draw(self.address.of(purpose), self.start, self.stop)

    def once(self, purpose: str, make: Callable[[Address], Any]) -> Any:
        if purpose not in self.made:
            self.made[purpose] = make(self.address.of("once", purpose))
        return self.made[purpose]

    def column(self, name: str) -> pa.Array:
        return self.columns[name].slice(self.start, len(self))

    def expression(self, text: str) -> pa.Array:
        return self.expressions[text].slice(self.start, len(self))

    def within(self, purpose: str, generator: ColumnPart, repeats: Any = None) -> pa.Array:
        counts = np.ones(len(self), np.int64) if repeats is None else np.asarray(repeats)
        row = np.repeat(np.arange(len(self)), counts)
        place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        return generator.generate(ElementRows(self, purpose, row, place))

    def table(self, dataset: str) -> PlainTable:
        return self.tables[dataset]

    def references(self, column: str) -> tuple[PlainTable, Any]:
        dataset, positions = self.leads_to[column]
        return self.tables[dataset], positions[self.start : self.stop]


@dataclass(frozen=True)
class ElementRows:
    """Elements inside rows: addressed by row and place in the row."""

    outer: PlainRows
    purpose: str
    row: Any
    place: Any
    start: int = 0
    total: int = -1
    unique: bool = False

    @property
    def stop(self) -> int:
        return len(self.row)

    @property
    def folder(self) -> str:
        return self.outer.folder

    @property
    def window(self) -> tuple[int, int]:
        return self.outer.window

    @property
    def zone(self) -> str:
        return self.outer.zone

    def __len__(self) -> int:
        return len(self.row)

    def bits(self, purpose: str) -> Any:
        return hash_columns(self.outer.address.of(self.purpose, purpose), self.row + self.outer.start, self.place)

    def draw(self, purpose: str, distribution: Any) -> Any:
        return distribution.from_words(self.bits(purpose))

    def once(self, purpose: str, make: Callable[[Address], Any]) -> Any:
        return self.outer.once(f"{self.purpose}/{purpose}", make)

    def column(self, name: str) -> pa.Array:
        return self.outer.column(name).take(pa.array(self.row))

    def expression(self, text: str) -> pa.Array:
        return self.outer.expression(text).take(pa.array(self.row))

    def within(self, purpose: str, generator: ColumnPart, repeats: Any = None) -> pa.Array:
        counts = np.ones(len(self), np.int64) if repeats is None else np.asarray(repeats)
        row = np.repeat(np.arange(len(self)), counts)
        place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        inner = replace(self.outer, address=self.outer.address.of(self.purpose))
        return generator.generate(ElementRows(inner, purpose, self.row[row] * 1_000_003 + self.place[row], place))

    def table(self, dataset: str) -> PlainTable:
        return self.outer.table(dataset)

    def references(self, column: str) -> tuple[PlainTable, Any]:
        table, positions = self.outer.references(column)
        return table, positions[self.row]


@pytest.fixture
def plain_rows() -> type[PlainRows]:
    return PlainRows


@pytest.fixture
def plain_table() -> type[PlainTable]:
    return PlainTable


@pytest.fixture
def scope() -> Callable[..., Scope]:
    def made(**changes: Any) -> Scope:
        known = {"dataset": "table", "columns": {}, "expressions": {}, "datasets": {}, "parent": None, "rows": 1000}
        return Scope(**{**known, **changes})

    return made


@pytest.fixture
def part() -> Callable[..., ColumnPart]:
    """The generator that a scenario writes, such as `{"normal": {"mean": 0, "sd": 1}}`."""
    return lambda written: read_generator(written)[1]
