"""What comes of reading a schema file: contracts, where each column stands, and what a contract cannot hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.contract.imports.fields import Field, ruled_inside
from sandbox.contract.imports.notes import Notes
from sandbox.contract.model import Contract, Expectation, ForeignKey
from sandbox.contract.problems import contract_problems, link_problems
from sandbox.contract.rules import foreign_key_name
from sandbox.errors import InputError, Place, Problem

MOST_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class Described:
    """A dataset as a schema describes it.

    `fields` are the contract's columns with their places, parts and hints, in its order. `rows` are whole rows that
    the schema offers to choose from; `conditions` are SQL conditions over several columns, by name. A stream of several
    kinds of events names the column that tells them apart, and the columns that each kind has. `least_rows` is how many
    rows are expected at least; `key_places` says where foreign keys stand.
    """

    contract: Contract
    fields: tuple[Field, ...]
    place: Place
    rows: tuple[Mapping[str, Any], ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)
    type_column: str | None = None
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least_rows: int | None = None
    key_places: Mapping[ForeignKey, Place] = field(default_factory=dict)
    physical: str = ""
    """What the table or topic is called where it lies, if that is told apart from the dataset's name."""

    @property
    def whole(self) -> Contract:
        """The contract with its conditions as expectations."""
        from sandbox.contract.imports.sql_words import columns_of

        known = {condition.name for condition in self.contract.expectations}
        added = [
            Expectation(name, sql, columns_of(sql, self.contract.names))
            for name, sql in self.conditions.items()
            if name not in known
        ]
        return replace(self.contract, expectations=(*self.contract.expectations, *added))

    def field(self, column: str) -> Field:
        """The field of a column of the contract."""
        self.contract.column(column)
        return next(each for each in self.fields if each.name == column)

    def place_of(self, column: str) -> Place:
        """Where a column stands in the file. Raises InputError: there is none of that name."""
        return self.field(column).place


@dataclass(frozen=True, slots=True)
class Imported:
    """One file. `format` is its format in words; `servers` is where a data contract says the data lie."""

    file: str
    format: str
    datasets: tuple[Described, ...]
    lost: tuple[Problem, ...] = ()
    servers: tuple[Mapping[str, Any], ...] = ()

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """The contracts, in the order of the file."""
        return tuple(described.contract for described in self.datasets)


def describe(contract: Contract, fields: Sequence[Field], place: Place, notes: Notes, **rest: Any) -> Described:
    """A dataset of these fields; `contract` holds all but the columns. What is wrong with it is noted with its place.

    A key is never null, whatever the schema says.
    """
    if len(fields) > MOST_COLUMNS:
        too_many = fields[MOST_COLUMNS]
        notes.wrong(f"has {len(fields):,} columns, at most {MOST_COLUMNS:,} are read.", too_many.place, too_many.name)
        fields = fields[:MOST_COLUMNS]
    fields = [
        each.with_column(nullable=False) if each.name in contract.primary_key and each.column.nullable else each
        for each in fields
    ]
    whole = replace(contract, columns=tuple(each.column for each in fields))
    places = {each.name: each.place for each in fields}
    for problem in contract_problems(whole):
        notes.problems.append(_placed(problem, whole.dataset, places, place))
    for each in fields:
        for path, part in ruled_inside(each):
            notes.lose("rules inside of nested values are not checked; they only guide generation.", part.place, path)
    return Described(whole, tuple(fields), place, **rest)


def check_links(imports: Iterable[Imported]) -> None:
    """Judge the foreign keys of all files together. Raises InputError: one leads to nothing, each with its place."""
    described = {each.contract.dataset: each for imported in imports for each in imported.datasets}
    problems = link_problems({name: each.contract for name, each in described.items()})
    if problems:
        raise InputError([_at_key(problem, described) for problem in problems])


def _placed(problem: Problem, dataset: str, places: Mapping[str, Place], place: Place) -> Problem:
    # A column's own name may hold dots, so it is looked for rather than split off.
    below = [name for name in places if f"{problem.path}.".startswith(f"columns.{name}.")]
    column = max(below, key=len, default="")
    said = problem.path.removeprefix("columns.")
    return Problem(problem.message, f"{dataset}.{said}" if said else dataset, places.get(column, place))


def _at_key(problem: Problem, described: Mapping[str, Described]) -> Problem:
    for dataset, each in described.items():
        for key in each.contract.foreign_keys:
            if problem.path == f"{dataset}.foreign_keys.{foreign_key_name(key)}":
                return Problem(
                    problem.message, f"{dataset}.{', '.join(key.columns)}", each.key_places.get(key, each.place)
                )
    return problem
