"""A column of a dataset: exactly one generator, and options beside it."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from sandbox import registry
from sandbox.errors import InputError, did_you_mean
from sandbox.scenario.parts import ColumnPart
from sandbox.strict import LONGEST_SHOWN, Findings, Path, Strict, show, validated

GIVEN = "given"
"""The modifier that makes a generator's configuration one per value of another column."""


class Check(Strict):
    """What a value must satisfy beside its type: the contract's rules for one column."""

    ge: float | int | datetime.date | datetime.datetime | None = None
    """The smallest value: a number, a date or a time."""
    gt: float | int | datetime.date | datetime.datetime | None = None
    """Values lie above it: a number, a date or a time."""
    le: float | int | datetime.date | datetime.datetime | None = None
    """The largest value: a number, a date or a time."""
    lt: float | int | datetime.date | datetime.datetime | None = None
    """Values lie below it: a number, a date or a time."""
    values: list[str | int | float | bool] | None = None
    """All that a value may be."""
    pattern: str | None = Field(default=None, max_length=1000)
    """A regular expression that the whole text matches."""
    min_length: int | None = Field(default=None, ge=0)
    """Characters at least; elements, of a list."""
    max_length: int | None = Field(default=None, ge=0, le=2**31 - 1)
    """Characters at most; elements, of a list."""


class ColumnOptions(Strict):
    """Keys that any column may have beside the one that says how its values arise."""

    type: str | None = None
    """The column's type, where it is not that of the values: `int32`, `decimal(8, 2)`, `timestamp(ms)` …"""
    about: str = ""
    """What the column means, for the data dictionary."""
    decimals: int | None = Field(default=None, ge=0, le=12)
    """Places that numbers are rounded to."""
    nulls: float | str | None = None
    """Share of nulls: a probability, or an SQL expression that gives one."""
    nullable: bool | None = None
    """Whether a value may be missing; else as the making tells."""
    unique: bool = False
    """No value comes twice."""
    pii: bool = False
    """Personal: masked in reports, previews, logs and rejected samples."""
    hidden: bool = False
    """The column stays in the world: expressions may use it; no dataset, feature or model ever sees it."""
    told_by: str | None = None
    """Of a hidden column: SQL over what lands that tells its value, for `sandbox calibrate` to see it in real data."""
    default: Any = None
    """The value that stands for a missing one in the contract."""
    check: Check | None = None
    """What a value must satisfy; rows that do not are rejected and counted."""

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

ColumnField = Annotated[Column, BeforeValidator(Column.read), WithJsonSchema({"part": "column"})]
