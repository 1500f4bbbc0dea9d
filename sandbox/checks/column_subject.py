"""A column generator in use: a sample of how a scenario writes it, and the worlds that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import pyarrow as pa

from sandbox.checks.folders import folder_of
from sandbox.checks.listening import ListeningRows
from sandbox.contract.model import Column as ContractColumn
from sandbox.errors import InputError, Problem
from sandbox.scenario.binding import bind
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.document import dotted
from sandbox.scenario.expressions import compile_expression
from sandbox.scenario.language import Column, ColumnOptions, Scenario
from sandbox.scenario.parts import ColumnPart, Scope
from sandbox.scenario.plan import Plan
from sandbox.strict import validated
from sandbox.world.block import Block
from sandbox.world.columns.base import decoded
from sandbox.world.rows import ColumnRows
from sandbox.world.world import World

ROWS = 70_000
"""More than one block of 65,536."""
DATASET, COLUMN = "checked", "value"


@dataclass(frozen=True)
class ColumnSample:
    """A column as a scenario writes it (or its generator alone), with what must stand around it."""

    column: Mapping[str, Any] | ColumnPart
    beside: Mapping[str, Any] = field(default_factory=dict)
    """Other columns of its dataset."""
    keys: Mapping[str, Any] = field(default_factory=dict)
    """Keys of its dataset, such as `of` and `fan_out`."""
    datasets: Mapping[str, Any] = field(default_factory=dict)
    """Other datasets."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Text of the files that it reads, by name."""
    golden: str | None = None
    """The digest of its values that must stay (see `value_digest`); None where other libraries decide these."""
    most_unique: int = 66_600
    """Rows that are asked to be unique; fewer where each costs much."""


@dataclass(frozen=True)
class Setting:
    """How a sample is put to use; what a check varies."""

    rows: int = ROWS
    """Of its dataset; of children, of the dataset that they descend from."""
    seed: int = 42
    dataset: str = DATASET
    column: str = COLUMN
    unique: bool = False
    before: Mapping[str, Any] = field(default_factory=dict)
    """Columns made and landing before those of the sample."""
    after: Mapping[str, Any] = field(default_factory=dict)
    datasets: Mapping[str, Any] = field(default_factory=dict)


USUAL = Setting()


@dataclass(frozen=True, eq=False)
class Use:
    """A sample in one setting: a world of its own, in which nothing was made yet."""

    world: World
    setting: Setting

    @property
    def rows(self) -> int:
        """Rows of the dataset."""
        return self.world.rows(self.setting.dataset)

    @property
    def part(self) -> ColumnPart:
        """The generator."""
        return self.world.recipe(self.setting.dataset).own[self.setting.column].generator

    @property
    def promised(self) -> ContractColumn:
        """What the dataset's contract says of the column."""
        return self.world.plan.datasets[self.setting.dataset].contract.column(self.setting.column)

    @property
    def proven(self) -> frozenset[str]:
        """Names of the rules that nobody checks again, since the generator says that they hold."""
        return self.world.plan.datasets[self.setting.dataset].proven

    def values(self, start: int = 0, stop: int | None = None) -> pa.Array:
        """The finished column in the rows [start, stop), without a dictionary."""
        stop = self.rows if stop is None else stop
        column = self.setting.column
        pieces = [
            decoded(batch.column(column)) for batch in self.world.batches(self.setting.dataset, start, stop, [column])
        ]
        return pa.concat_arrays(pieces) if pieces else pa.array([], self.finished_type)

    @property
    def finished_type(self) -> pa.DataType:
        """The column's type, without a dictionary."""
        return decoded(pa.array([], self.world.recipe(self.setting.dataset).own[self.setting.column].type)).type

    def generated(self, start: int, stop: int) -> pa.Array:
        """What the generator itself gives for rows of one block, before decimals, type and nulls."""
        block = cast(Block, next(self.world.slices(self.setting.dataset, start, stop)).view)
        return self.part.generate(self._rows_of(block))

    def of_no_rows(self) -> pa.Array:
        """What the generator gives for a block without rows."""
        return self.part.generate(self._rows_of(cast(Block, self.world.block(self.setting.dataset, 0))))

    def draws_words(self) -> bool:
        """Whether the generator asks for words of its rows."""
        block = cast(Block, next(self.world.slices(self.setting.dataset, 0, 9)).view)
        listening = ListeningRows(block.rows)
        self.part.generate(replace(self._rows_of(block), rows=listening))
        return bool(listening.heard)

    def _rows_of(self, block: Block) -> ColumnRows:
        address = block.recipe.column_address(self.setting.column)
        return ColumnRows(block, block.rows, address, block.recipe.is_unique(self.setting.column))

    def scope(self) -> Scope:
        """What the validator told the generator."""
        recipe, plan = self.world.recipe(self.setting.dataset), self.world.plan
        facts: dict[str, Mapping[str, Any]] = {}
        for column in recipe.plan.columns:
            texts = column.generator.expressions().values()
            scope = Scope(
                dataset=recipe.plan.name,
                columns=recipe.types,
                expressions={text: compile_expression(text, recipe.types).type for text in texts},
                datasets={name: each.contract for name, each in plan.datasets.items()},
                parent=recipe.plan.parent,
                rows=recipe.plan.rows,
                folder=plan.folder,
                unique=recipe.is_unique(column.name),
                facts=dict(facts),
            )
            if column.name == self.setting.column:
                return scope
            facts[column.name] = column.generator.facts(scope)
        raise KeyError(self.setting.column)


@dataclass(frozen=True, eq=False)
class ColumnSubject:
    """A generator under check, by its name."""

    name: str
    sample: ColumnSample

    def use(self, setting: Setting = USUAL) -> Use:
        """A fresh world. Raises InputError where the sample makes no scenario in this setting."""
        return Use(World(self._plan(setting)), setting)

    @cached_property
    def whole(self) -> pa.Array:
        """All values in the usual setting, made from first to last; what other ways of making are held against."""
        return self.use().values()

    @cached_property
    def is_random(self) -> bool:
        """Whether it draws words of its own; keys, constants and copies of other columns do not."""
        return self.use().draws_words() or not self.use(Setting(column="renamed")).values(0, 9).equals(self.whole[:9])

    @property
    def is_numbered(self) -> bool:
        """Whether rows are told apart by their numbers; those of children are not."""
        return "of" not in self.sample.keys

    @cached_property
    def _folder(self) -> str:
        folder = folder_of(self)
        for name, text in self.sample.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return str(folder)

    def _plan(self, setting: Setting) -> Plan:
        notes = Notes()
        plan = bind(
            validated(Scenario, self._written(setting)),
            folder=self._folder,
            file="checks",
            target=None,
            scale=1.0,
            digest="",
            notes=notes,
        )
        if plan is None:
            raise InputError([Problem(note.message, dotted(note.path)) for note in notes.found])
        return plan

    def _written(self, setting: Setting) -> dict[str, Any]:
        columns = {**setting.before, **self.sample.beside, setting.column: self._column(setting), **setting.after}
        datasets: dict[str, Any] = {
            **deepcopy(dict(self.sample.datasets)),
            setting.dataset: {"static": True, **self.sample.keys, "columns": columns},
            **setting.datasets,
        }
        first = datasets[setting.dataset]
        while "of" in first:
            first = datasets[first["of"]]
        first["rows"] = setting.rows
        clock = {"start": "2026-01-01", "days": 60, "zone": "Europe/London"}
        return {"sandbox": 1, "name": "checks", "seed": setting.seed, "clock": clock, "datasets": datasets}

    def _column(self, setting: Setting) -> Any:
        written = self.sample.column
        if isinstance(written, ColumnPart):
            options = ColumnOptions(unique=setting.unique)
            return Column.model_construct(kind=self.name, key=self.name, generator=written, options=options)
        return {**written, "unique": True} if setting.unique else dict(written)
