"""Bind the columns of one dataset: order, types, expressions, and what a contract may say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.contract import parse_type, type_of
from sandbox.contract.model import Column as ContractColumn
from sandbox.contract.model import Contract
from sandbox.contract.types import Type
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.binding.notes import Notes
from sandbox.scenario.language import Column, ColumnOptions, Dataset
from sandbox.scenario.ordering import CycleError, in_order
from sandbox.scenario.parts import Scope
from sandbox.scenario.plan import ColumnPlan
from sandbox.strict import Findings, Path

if TYPE_CHECKING:
    from sandbox.scenario.expressions import Expression


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """A column's plan, the contract's word on it (None if hidden) and the facets that hold by the making."""

    plan: ColumnPlan
    contract: ContractColumn | None
    proves: frozenset[str]
    references: str | None = None
    """The dataset whose key the column holds."""


@dataclass(slots=True)
class ColumnBinder:
    """Binds the columns of one dataset, one after the other in the order of making."""

    name: str
    spec: Dataset
    columns: Mapping[str, Column]
    """As written, with those that the dataset's process brings along."""
    datasets: Mapping[str, Contract]
    outer: Mapping[str, pa.DataType]
    """Columns of the parent that expressions may use, as `parent.<name>`."""
    rows: int
    folder: str
    notes: Notes
    types: dict[str, pa.DataType] = field(default_factory=dict)
    process: Mapping[str, pa.DataType] = field(default_factory=dict)
    """What the visits of a stream bring, by full name."""
    process_facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    """Prefixes of columns that may well be there: what would bring them is wrong itself, and told where it stands."""
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the generators told of the columns bound so far."""

    def bind(self) -> dict[str, BoundColumn]:
        """Every column that can be bound, in the order of making."""
        parsed = {name: self._expressions(name, column) for name, column in self.columns.items()}
        needs = {name: self._reads(name, column, parsed[name]) for name, column in self.columns.items()}
        bound: dict[str, BoundColumn] = {}
        for name in self._ordered(needs):
            if self.notes.below(self.path(name)):
                continue
            compiled = {at: (text, self.compile(self.path(name, *at), text)) for at, text in parsed[name].items()}
            results = {text: expression.type for text, expression in compiled.values() if expression is not None}
            is_ready = all(text in results for text in parsed[name].values())
            if is_ready and all(needed in self.types for needed in needs[name]):
                made = self._bind_column(name, self.columns[name], results, tuple(needs[name]))
                if made is not None:
                    bound[name] = made
                    self.types[name] = made.plan.type
        return bound

    def _ordered(self, needs: Mapping[str, list[str]]) -> list[str]:
        """The columns in the order of making, without those that need each other in a circle."""
        left = dict(needs)
        while True:
            try:
                return in_order(left)
            except CycleError as error:
                self.notes.add(self.path(error.cycle[0]), f"columns need each other in a circle: {error}; break it.")
                left = {name: needed for name, needed in left.items() if name not in error.cycle}

    def path(self, column: str, *below: str | int) -> Path:
        """The path of a column in the scenario."""
        return ("datasets", self.name, "columns", column, *below)

    def _expressions(self, name: str, column: Column) -> dict[Path, str]:
        """All SQL of a column by its path below the column."""
        texts = {column.written_at(at): text for at, text in column.generator.expressions().items()}
        if isinstance(column.options.nulls, str):
            texts["nulls",] = column.options.nulls
        return texts

    def _reads(self, name: str, column: Column, texts: Mapping[Path, str]) -> list[str]:
        from sandbox.scenario.expressions import ExpressionError, columns_in

        reads: dict[str, None] = {}
        for at, text in texts.items():
            try:
                reads.update(dict.fromkeys(columns_in(text)))
            except ExpressionError as error:
                self.notes.add_faults(self.path(name, *at), error.faults)
        for needed in column.generator.reads():
            reads[needed] = None
            if needed not in self.columns and needed not in self.outer and column.kind != "parent":
                known = did_you_mean(needed, [*self.columns, *self.outer])
                self.notes.add(self._at_key(name, needed), f"unknown column '{needed}'.{known}")
        if name in reads:
            self.notes.add(self.path(name), "is made from itself; use another column.")
        return [needed for needed in reads if needed in self.columns and needed != name]

    def _at_key(self, name: str, value: str) -> Path:
        """The path of the key of a generator whose value is `value`; of the generator where no one key is."""
        column = self.columns[name]
        keys = [key for key in type(column.generator).model_fields if getattr(column.generator, key) == value]
        return self.path(name, *column.written_at(tuple(keys[:1])))

    def compile(self, at: Path, text: str, columns: Mapping[str, pa.DataType] | None = None) -> Expression | None:
        """An expression over the columns bound so far and the parent's, or over `columns`; its faults are noted."""
        from sandbox.scenario.expressions import ExpressionError, compile_expression

        try:
            return compile_expression(text, {**self.types, **self.outer} if columns is None else columns)
        except ExpressionError as error:
            # A column that is itself wrong is told where it stands.
            wrong = tuple(f"unknown column '{column}'." for column in self.columns if column not in self.types)
            wrong += tuple(f"unknown column '{prefix}" for prefix in self.unsure)
            faults = [fault for fault in error.faults if not fault.message.startswith(wrong)]
            if self.spec.of is None:
                faults = [replace(fault, message=_without_parent(fault.message)) for fault in faults]
            self.notes.add_faults(at, faults)
            return None

    def _bind_column(
        self, name: str, column: Column, results: Mapping[str, pa.DataType], reads: tuple[str, ...]
    ) -> BoundColumn | None:
        options, generator = column.options, column.generator
        null_type = results.get(options.nulls) if isinstance(options.nulls, str) else None
        if null_type is not None and not counts_as_number(null_type):
            self.notes.add(
                self.path(name, "nulls"), f"the expression gives {spelt(null_type)}, must give a probability."
            )
        unique = self._is_unique(name, column)
        scope = self.scope(results, unique)
        try:
            made = generator.yields(scope)
            facts, proves = generator.facts(scope), generator.proves(scope)
            capacity = generator.capacity(scope)
        except Findings as error:
            for below, message in error.findings:
                self.notes.add(self.path(name, *column.written_at(below)), message)
            return None
        except OverflowError:
            self.notes.add(self.path(name, column.key), "holds a whole number of more than 64 bits, sign included.")
            return None
        except (InputError, ValueError, pa.ArrowException) as error:
            self.notes.add_error(self.path(name, column.key), error)
            return None
        if unique and capacity is not None and 0 <= capacity < self.rows:
            self.notes.add(
                self.path(name, column.key),
                f"gives at most {capacity:,} different values, {self.rows:,} rows must each have their own; "
                "widen it or make fewer rows.",
            )
        if options.nulls is not None:
            proves -= {"not_null"}
        self.facts[name] = facts
        return self._describe(name, column, made, dict(facts), proves, reads)

    def _describe(
        self,
        name: str,
        column: Column,
        made: pa.DataType,
        facts: dict[str, Any],
        proves: frozenset[str],
        reads: tuple[str, ...],
    ) -> BoundColumn | None:
        options = column.options
        references = facts.pop("references", None)
        check = options.check.model_dump(exclude_none=True) if options.check else {}
        if check:
            proves -= {"range", "values", "pattern", "length"} & _facets(check)
        values = check.pop("values", None) or facts.get("values")
        try:
            declared = parse_type(options.type) if options.type else type_of(made)
        except InputError as error:
            self.notes.add_error(self.path(name, "type"), error)
            return None
        if options.decimals is not None and not declared.is_number:
            self.notes.add(self.path(name, "decimals"), f"is for numbers, and the column is {declared}; take it out.")
        contract = None
        if not options.hidden:
            if str(declared) != str(type_of(made)):  # what a generator knows of its values is said in its own type
                facts = {
                    key: fact
                    for key, fact in facts.items()
                    if key not in ("ge", "gt", "le", "lt") or declared.is_number
                }
            facts.update(check)
            contract = ContractColumn(
                name=name,
                type=str(declared),
                nullable=self._may_be_null(name, options, proves),
                unique=options.unique,
                pii=options.pii,
                about=options.about,
                default=options.default,
                values=tuple(values) if values is not None else None,
                **{key: facts[key] for key in _FACETS if key in facts},
            )
        arrow = contract.arrow if contract else declared.arrow(len(values or ()))
        if not is_convertible(made, arrow) or _are_words(column, made, declared, facts.get("values") or ()):
            self.notes.add(self.path(name, "type"), f"values are {spelt(made)}, which cannot become {declared}.")
            return None
        plan = ColumnPlan(name, column.generator, arrow, options.nulls, options.decimals, options.hidden, reads)
        return BoundColumn(plan, contract, proves, references)

    def _may_be_null(self, name: str, options: ColumnOptions, proves: frozenset[str]) -> bool:
        """As written; else unless the making rules it out. A row makes no sense without its key and its time."""
        if name not in (*self._keys(), self.spec.time):
            return options.nullable if options.nullable is not None else "not_null" not in proves
        for key in ("nulls", "nullable"):
            if getattr(options, key):
                self.notes.add(self.path(name, key), "a key or a time is never null; take this out.")
        return False

    def scope(self, results: Mapping[str, pa.DataType], unique: bool = False) -> Scope:
        """What a generator may know; `results` are the types of its expressions."""
        return Scope(
            self.name, self.types, results, self.datasets, self.spec.of, self.rows, self.folder, unique, self.facts,
            self.process, self.process_facts,
        )  # fmt: skip

    def _is_unique(self, name: str, column: Column) -> bool:
        return column.options.unique or self._keys() == [name]

    def _keys(self) -> list[str]:
        return [self.spec.key] if isinstance(self.spec.key, str) else self.spec.key or []


def _without_parent(message: str) -> str:
    is_parent = message.startswith("unknown column 'parent.")
    return "only a dataset `of` another has a parent; name a column of this one." if is_parent else message


def counts_as_number(made: pa.DataType) -> bool:
    """Whether the result of an expression serves as a number; true and false count as 1 and 0."""
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    return any(is_kind(made) for is_kind in kinds)


_FACETS = ("ge", "gt", "le", "lt", "pattern", "min_length", "max_length")


def _facets(check: Mapping[str, Any]) -> set[str]:
    """The kinds of rule that a user's own check asks for; what a generator proves is about its own bounds only."""
    kinds = {"ge": "range", "gt": "range", "le": "range", "lt": "range", "min_length": "length", "max_length": "length"}
    return {kinds.get(key, key) for key in check}


def spelt(made: pa.DataType) -> str:
    """An Arrow type as users write it; of what is dictionary-encoded, the type of the values."""
    return str(type_of(made.value_type if pa.types.is_dictionary(made) else made))


def _are_words(column: Column, made: pa.DataType, wanted: Type, values: Iterable[Any]) -> bool:
    """Whether texts are surely none of a number, a time or a truth value; digits may well be written as text."""
    is_text = pa.types.is_string(made) or pa.types.is_large_string(made) or pa.types.is_dictionary(made)
    if not is_text or not (wanted.is_number or wanted.is_time or wanted.name == "bool"):
        return False
    if column.kind in ("fake", "uuid"):
        return True
    try:
        pa.array([str(value) for value in values], pa.string()).cast(wanted.arrow())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return True
    return False


def is_convertible(made: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether the world can turn what a generator yields into the declared type."""
    if made == wanted or pa.types.is_null(made):
        return True
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary)
    if any(is_text(made) for is_text in texts) and any(is_text(wanted) for is_text in texts):
        return True
    try:
        pa.array([], made).cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True
