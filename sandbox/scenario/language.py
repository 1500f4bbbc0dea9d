"""The language: what a scenario file may say. Every key of a scenario is a field here or in a part's configuration.

The models hold what was written, with units read (durations in seconds). What it means together (references,
cycles, expressions, capacities) is judged in `binding`; nothing here knows another dataset.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from sandbox import registry
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario import clock, quantities
from sandbox.scenario.parts import ColumnPart, SourcePart
from sandbox.strict import LONGEST_SHOWN, NAME, Findings, Path, Strict, show, unknown_keys, validated

ENGINE = 1
LANGUAGE = 1
MOST_ROWS = 10**12
GIVEN = "given"
"""The modifier that makes a generator's configuration one per value of another column."""

Name = Annotated[str, Field(pattern=NAME)]
Duration = Annotated[
    datetime.timedelta,
    BeforeValidator(quantities.duration),
    WithJsonSchema({"type": "string", "pattern": quantities.DURATION_PATTERN}),
]
"""A length of time, written `30 days`, `5min`, `2h`."""
Moment = Annotated[
    quantities.Moment,
    BeforeValidator(quantities.moment),
    WithJsonSchema({"type": "string", "pattern": quantities.MOMENT_PATTERN}),
]
"""A moment, written `day 30` (so many days after the clock's start), as a date, or as a date and time."""
Rate = Annotated[
    quantities.Rate,
    BeforeValidator(quantities.rate),
    WithJsonSchema({"type": "string", "pattern": quantities.RATE_PATTERN}),
]
"""How often something happens, written `0.002 per day`."""


class Clock(Strict):
    """When the scenario plays, and in which zone its days begin."""

    start: Annotated[datetime.datetime, BeforeValidator(clock.start)]
    """The first day, or a local date and time."""
    days: int = Field(default=30, ge=1, le=clock.MAX_DAYS)
    zone: Annotated[str, BeforeValidator(clock.zone)] = "UTC"


class Check(Strict):
    """What a value must satisfy beside its type: the contract's rules for one column."""

    ge: float | int | datetime.date | datetime.datetime | None = None
    gt: float | int | datetime.date | datetime.datetime | None = None
    le: float | int | datetime.date | datetime.datetime | None = None
    lt: float | int | datetime.date | datetime.datetime | None = None
    values: list[str | int | float | bool] | None = None
    pattern: str | None = Field(default=None, max_length=1000)
    min_length: int | None = Field(default=None, ge=0)
    max_length: int | None = Field(default=None, ge=0, le=2**31 - 1)


class ColumnOptions(Strict):
    """Keys that any column may have beside the one that says how its values arise."""

    type: str | None = None
    about: str = ""
    decimals: int | None = Field(default=None, ge=0, le=12)
    nulls: float | str | None = None
    """Share of nulls: a probability, or an SQL expression that gives one."""
    nullable: bool | None = None
    unique: bool = False
    pii: bool = False
    hidden: bool = False
    """The column stays in the world: expressions may use it; no dataset, feature or model ever sees it."""
    default: Any = None
    check: Check | None = None

    @model_validator(mode="after")
    def _nulls_are_a_share(self) -> ColumnOptions:
        if isinstance(self.nulls, float) and not 0 <= self.nulls <= 1:
            raise Findings([(("nulls",), f"got {self.nulls}, must be a probability from 0 to 1.")])
        return self


class Column(Strict):
    """One column: how its values arise (exactly one generator), and its options."""

    kind: str
    key: str
    """The key that holds the generator's configuration; where it is `given` another column, that of the cases."""
    generator: ColumnPart
    options: ColumnOptions

    def written_at(self, below: Path) -> Path:
        """Where in the column the user wrote what is at `below` in the generator's configuration."""
        return _unfold((self.key,), below, self.kind)

    @classmethod
    def read(cls, value: Any) -> Column:
        """A column as the scenario writes it: `{lognormal: {median: 60}, decimals: 2}`."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be a mapping such as {{serial: 1}}.")])
        options = set(ColumnOptions.model_fields)
        found: list[tuple[Path, str]] = []
        try:
            read_options = validated(ColumnOptions, {key: value[key] for key in value if key in options})
        except Findings as error:
            found += error.findings
        try:
            kind, generator = read_generator({key: value[key] for key in value if key not in options}, also=options)
        except Findings as error:
            found += error.findings
        if found:
            raise Findings(found)
        key = next(key for key in value if key not in options and key != GIVEN)
        return cls.model_construct(kind=kind, key=key, generator=generator, options=read_options)


def read_generator(value: Any, also: set[str] | frozenset[str] = frozenset()) -> tuple[str, ColumnPart]:
    """The generator in `{kind: configuration}` or `{given: column, kind: {case: configuration}}`."""
    known = [name for name in registry.names("sandbox.columns") if name != GIVEN]
    if isinstance(value, ColumnPart):
        return type(value).__name__.lower(), value
    if isinstance(value, str):
        value = {"sql": value}
    if not isinstance(value, dict):
        value = {"constant": value}
    found: list[tuple[Path, str]] = []
    for key in [key for key in value if key not in known and key != GIVEN]:
        near = did_you_mean(key[:LONGEST_SHOWN], [*known, *also, GIVEN])
        found.append(((key,), f"unknown column generator or key {show(key)}.{near}"))
    kinds = [key for key in value if key in known]
    if len(kinds) > 1:
        found.append(((kinds[1],), f"a column arises in one way, and '{kinds[0]}' is given already; take one out."))
    if not kinds and not found:
        found.append(((), f"does not say how its values arise; add one of: {', '.join(known)}."))
    if found:
        raise Findings(found)
    kind = kinds[0]
    written, prefix = value[kind], (kind,)
    if GIVEN in value:
        written = {"by": value[GIVEN], "kind": kind, "cases": value[kind]}
        kind = GIVEN
    try:
        part = registry.load("sandbox.columns", kind)
        return kind, validated(part, written)  # type: ignore[return-value]
    except InputError as error:
        raise Findings([((), str(error))]) from None
    except Findings as error:
        raise Findings([(_unfold(prefix, path, kind), message) for path, message in error.findings]) from None


def _unfold(prefix: Path, path: Path, kind: str) -> Path:
    """Where the user wrote it: `given` folds two keys of the column into one configuration."""
    if kind == GIVEN and path and path[0] in ("by", "cases", "kind"):
        return (GIVEN,) if path[0] == "by" else prefix + path[1:]
    return prefix + path


def _nested(value: Any) -> ColumnPart:
    return read_generator(value)[1]


Nested = Annotated[ColumnPart, BeforeValidator(_nested), WithJsonSchema({"part": "generator"})]
"""A generator inside another part: a mapping with one generator's name, SQL text, or a constant."""


class Hazard(Strict):
    """How fast something happens to an entity: a base rate, times exp(sum of coefficient x column or expression)."""

    base: Rate
    effects: dict[str, float] = Field(default={})
    """Log hazard ratio per unit of each column or SQL expression."""

    @classmethod
    def read(cls, value: Any) -> Hazard:
        """A hazard as written: `{base: 0.002 per day, dropped_calls: 0.35}`; a bare rate is a constant hazard."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            value = {"base": value}
        if "base" not in value:
            raise Findings([(("base",), "is missing; write the rate, such as `base: 0.002 per day`.")])
        effects = {key: value[key] for key in value if key != "base"}
        try:
            return validated(cls, {"base": value["base"], "effects": effects})
        except Findings as error:
            raise Findings(
                [(path[1:] if path[:1] == ("effects",) else path, text) for path, text in error.findings]
            ) from None


HazardField = Annotated[Hazard, BeforeValidator(Hazard.read), WithJsonSchema({"part": "hazard"})]
ColumnField = Annotated[Column, BeforeValidator(Column.read), WithJsonSchema({"part": "column"})]


class Leave(Strict):
    """An entity leaves for good: its last version is closed."""

    hazard: HazardField


class Transition(Strict):
    """Something that changes an entity: a new version begins, with some columns set anew."""

    hazard: HazardField
    set: dict[Name, str] = Field(min_length=1)
    """SQL expressions over the entity's columns."""
    when: str | None = None
    """SQL condition: only entities that satisfy it can change."""


class Correlation(Strict):
    """Columns whose values move together: a Gaussian copula over their own distributions."""

    columns: list[Name] = Field(min_length=2, max_length=200)
    rho: float | None = Field(default=None, ge=-1, le=1)
    matrix: list[list[float]] | None = None


class Dataset(Strict):
    """A table or a stream of rows: how many, how it knows time, its keys and its columns."""

    about: str = ""
    owner: str = ""
    contact: str = ""
    expected: datetime.date | None = None
    """When the real one is due."""
    rows: int | None = Field(default=None, ge=0, le=MOST_ROWS)
    hidden: bool = False
    """The dataset stays in the world: others are made from it; it never lands, and no target need have it."""
    fixed: bool = False
    """`--scale` leaves the number of rows alone."""
    of: Name | None = None
    """The dataset that these rows belong to: each row there has children here."""
    fan_out: Nested | None = None
    """Children per parent: a generator of whole numbers."""
    every: Literal["hour", "day", "week", "month"] | None = None
    """One child per parent and period of the zone's calendar, while the parent is there."""
    rate: str | float | None = None
    """Children per parent and day, a Poisson process while the parent is there: a number or SQL over its columns."""
    static: bool = False
    time: Name | None = None
    history: bool = False
    leave: Leave | None = None
    transitions: dict[Name, Transition] = Field(default={})
    key: Name | list[Name] | None = None
    unique: list[list[Name]] = Field(default=[])
    expect: dict[Name, str] = Field(default={})
    """Rules over several columns of a row, by name: SQL conditions that must hold (null counts as holding)."""
    columns: dict[Name, ColumnField] = Field(min_length=1)
    correlate: list[Correlation] = Field(default=[])
    partition_by: list[Name] = Field(default=[])


class Parse(Strict):
    """How a real source writes the values of a column."""

    format: str | list[str] | None = None
    zone: str | None = None
    decimal: Literal[".", ","] | None = None
    thousands: str | None = Field(default=None, max_length=1)
    nulls: list[str] | None = None
    true: list[str] | None = None
    false: list[str] | None = None
    scale: float | None = None
    """Multiplies what is read: 0.01 for cents."""


class Binding(Strict):
    """Where one dataset comes from in a target, and how its rows map to the contract."""

    kind: str
    source: SourcePart
    rename: dict[str, str] = Field(default={})
    """The source's name → the contract's."""
    parse: dict[str, Parse] = Field(default={})
    where: str | None = None
    """Only rows that satisfy this SQL condition over the source's columns are the dataset's business."""
    arrived_at: str | None = None
    """When a row arrived: a column of the source, or SQL over its columns; else the row's own time."""

    @classmethod
    def read(cls, value: Any) -> Binding:
        """A binding as written: `{csv: "…/*.csv", rename: {…}}`."""
        if isinstance(value, cls):
            return value
        known = registry.names("sandbox.sources")
        options = ["rename", "parse", "where", "arrived_at"]
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be a mapping such as {{parquet: folder/}}.")])
        unknown = [key for key in value if key not in known and key not in options]
        found: list[tuple[Path, str]] = [
            ((key,), f"unknown source '{key}'.{did_you_mean(key, known)}") for key in unknown
        ]
        kinds = [key for key in value if key in known]
        if not found and len(kinds) != 1:
            what = "says two sources" if kinds else "does not say its source"
            found.append(((), f"{what}; give exactly one of: {', '.join(known)}."))
        rest: dict[str, Any] = {}
        if kinds:
            try:
                rest["source"] = validated(registry.load("sandbox.sources", kinds[0]), value[kinds[0]])
            except Findings as error:
                found += [((kinds[0], *path), message) for path, message in error.findings]
            except InputError as error:
                found.append(((kinds[0],), str(error)))
        if found:
            raise Findings(found)
        return validated(cls, {"kind": kinds[0], **rest, **{key: value[key] for key in options if key in value}})


BindingField = Annotated[Binding, BeforeValidator(Binding.read), WithJsonSchema({"part": "binding"})]


class Label(Strict):
    """What is predicted, from timed data strictly after the cut: exactly one of leaving, a change, an event."""

    leaves_within: Duration | None = Field(default=None, alias="leaves within")
    changes: Name | None = None
    """A column of a history that gets another value."""
    occurs: Name | None = None
    """A dataset of events in which the entity appears."""
    within: Duration | None = None
    where: str | None = None
    """SQL condition on the new version or the event."""

    @model_validator(mode="after")
    def _one_kind(self) -> Label:
        kinds = [self.leaves_within is not None, self.changes is not None, self.occurs is not None]
        if sum(kinds) != 1:
            raise Findings([((), "say exactly one of 'leaves within', 'changes' (a column) and 'occurs' (a dataset).")])
        if self.leaves_within is None and self.within is None:
            raise Findings([(("within",), "is missing; say how long after the cut is looked at: `within: 30 days`.")])
        return self

    @property
    def window(self) -> datetime.timedelta:
        """How long after the cut is looked at."""
        return self.leaves_within or self.within or datetime.timedelta()


class Model(Strict):
    """A model to build: which entities, at which moments, what is predicted, from which features."""

    kind: str
    of: Name
    entity: Name | None = None
    """The column that names the entity, where it is not the key of `of`."""
    at: list[Moment]
    label: Label
    features: str
    """A `.sql` file beside the scenario, or the SQL itself; `$cut` is the moment."""
    about: str = ""
    blueprint: Strict

    @classmethod
    def read(cls, value: Any) -> Model:
        """A model as written: its own keys and those of its blueprint side by side."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise Findings([((), f"got {show(value)}, must be a mapping with a `blueprint`.")])
        kind, own = value.get("blueprint"), ["of", "entity", "at", "label", "features", "about"]
        found: list[tuple[Path, str]] = []
        blueprint: Strict | None = None
        try:
            part = registry.load("sandbox.blueprints", _blueprint_name(kind))
            keys = [field.alias or name for name, field in part.model_fields.items()]
            found += unknown_keys(value, ["blueprint", *own, *keys])
            blueprint = validated(part, {key: value[key] for key in value if key in keys})
        except InputError as error:
            found.append((("blueprint",), str(error)))
        except Findings as error:
            found += error.findings
        rest = {key: value[key] for key in value if key in own}
        if "at" in rest and not isinstance(rest["at"], list):
            rest["at"] = [rest["at"]]
        try:
            model = validated(
                cls, {"kind": kind if isinstance(kind, str) else "", "blueprint": blueprint or Strict(), **rest}
            )
        except Findings as error:
            found += error.findings
        if found:
            raise Findings(found)
        return model


def _blueprint_name(written: Any) -> str:
    if isinstance(written, str):
        return written
    known = ", ".join(registry.names("sandbox.blueprints"))
    said = "is missing" if written is None else f"got {show(written)}, must be a name"
    raise InputError(f"{said}; one of: {known}.")


ModelField = Annotated[Model, BeforeValidator(Model.read), WithJsonSchema({"part": "model"})]


class Scenario(Strict):
    """A whole scenario file."""

    sandbox: Literal[1]
    engine: Literal[1] = 1
    name: Name
    about: str = ""
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    clock: Clock
    datasets: dict[Name, Dataset] = Field(min_length=1)
    env: list[str] = Field(default=[])
    targets: dict[Name, dict[str, BindingField]] = Field(default={})
    models: dict[Name, ModelField] = Field(default={})
    done: list[str] = Field(default=[])


def of_mapping(value: Mapping[str, Any]) -> Scenario:
    """The scenario in a mapping of plain values. Raises Findings."""
    return validated(Scenario, value)
